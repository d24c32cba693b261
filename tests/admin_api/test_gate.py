"""What stands in front of everything: headers, the host's name, sizes, the unforeseen."""

from __future__ import annotations

import re

import pytest
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient
from sqlalchemy import event

from admin_api.app import create_app
from admin_api.origin import client_address, from_loopback
from admin_api.security import needs
from admin_api.web import Unit, Web
from core.database import Database
from core.remember import recall, remember
from core.settings import Settings
from moderation.service import Ways
from staff.roles import May
from tests.admin_api.conftest import ADDRESS
from tests.conftest import TestClock


@pytest.fixture
def web(sqlite_only: Database, clock: TestClock, ways: Ways, settings: Settings) -> Web:
    """The kind of database makes no difference here."""
    return Web(sqlite_only, clock, ways, settings)


@pytest.mark.parametrize("path", ["/healthz", "/api/v1/me", "/nowhere", "/static/nothing.js", "/cases"])
def test_every_answer_protects_the_browser(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert "camera=()" in headers["permissions-policy"]
    policy = headers["content-security-policy"]
    for part in ("default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"):
        assert part in policy
    assert "unsafe" not in policy
    assert "strict-transport-security" not in headers
    assert "server" not in headers


def test_the_nonce_is_new_each_time_and_absent_where_pages_are_cached(client: TestClient) -> None:
    nonces = [re.search(r"'nonce-([^']{20,})'", client.get("/x").headers["content-security-policy"]) for _ in "ab"]
    assert nonces[0] is not None
    assert nonces[1] is not None
    assert nonces[0].group(1) != nonces[1].group(1)
    assert "nonce" not in client.get("/guide/nothing").headers["content-security-policy"]


def test_nothing_of_the_desk_is_stored_by_anybody(client: TestClient, moderator: dict[str, str]) -> None:
    assert client.get("/api/v1/cases", headers=moderator).headers["cache-control"] == "no-store"
    assert client.get("/guide/nothing").headers["cache-control"] == "public, no-cache"


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "[::1", "cairn@evil.example"])
def test_it_answers_under_its_own_name_alone(client: TestClient, host: str) -> None:
    assert client.get("/api/v1/me", headers={"Host": host}).status_code == 400
    assert client.get("/healthz", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost:9", "LOCALHOST", "[::1]:8000"])
def test_its_own_names(client: TestClient, host: str) -> None:
    assert client.get("/api/v1/me", headers={"Host": host}).status_code == 401


def test_a_body_of_more_than_a_megabyte_is_refused(client: TestClient, moderator: dict[str, str]) -> None:
    address = "/api/v1/cases/K7M-4QX/notes"
    answer = client.post(address, content=b"x" * 1_000_001, headers=moderator)
    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"

    def dripping() -> object:
        for _ in range(30):
            yield b"x" * 50_000

    headers = {**moderator, "Content-Type": "application/json"}
    answer = client.post(address, content=dripping(), headers=headers)  # type: ignore[arg-type]
    assert answer.status_code == 413


def test_what_nobody_foresaw_is_answered_plainly_and_kept_back(
    app: FastAPI, client: TestClient, web: Web, capsys: pytest.CaptureFixture[str]
) -> None:
    written = " ".join(["what", "a", "parent", "wrote"])

    @app.get("/api/v1/broken", dependencies=[needs(May.PUBLIC)])
    def broken(session: Unit) -> None:
        remember(session, "half", "done", web.clock.now())
        raise RuntimeError(written)

    answer = client.get("/api/v1/broken")
    assert answer.status_code == 500
    assert answer.json()["detail"] == "Something went wrong on our side. It has been noted."
    noted = capsys.readouterr()
    assert "RuntimeError" in noted.out + noted.err
    assert written not in answer.text + noted.out + noted.err
    with web.database.reading() as session:
        assert recall(session, "half") is None


def test_the_answer_comes_after_the_commit(app: FastAPI, client: TestClient, web: Web) -> None:
    @app.get("/api/v1/cannot-commit", dependencies=[needs(May.PUBLIC)])
    def cannot(session: Unit) -> dict[str, bool]:
        def refuse(_: object) -> None:
            raise RuntimeError("the disk is full")

        event.listen(session, "before_commit", refuse)
        return {"done": True}

    assert client.get("/api/v1/cannot-commit").status_code == 500


def test_what_may_be_asked_of_a_path_is_said(client: TestClient, moderator: dict[str, str]) -> None:
    answer = client.patch("/api/v1/invites", headers=moderator)
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, POST"


def asked(headers: dict[str, str], peer: str) -> Request:
    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "headers": raw, "client": (peer, 1), "path": "/", "method": "GET"})


def test_forwarded_headers_are_believed_from_the_configured_proxy_alone() -> None:
    forwarded = {"X-Forwarded-For": "9.9.9.9, 7.7.7.7"}
    alone, behind = Settings(trusted_proxy=""), Settings(trusted_proxy="127.0.0.1")
    assert client_address(asked(forwarded, "5.5.5.5"), behind) == "5.5.5.5"
    assert client_address(asked(forwarded, "127.0.0.1"), alone) == "127.0.0.1"
    assert client_address(asked(forwarded, "127.0.0.1"), behind) == "7.7.7.7"
    assert from_loopback(asked({}, "127.0.0.1"), alone)
    assert not from_loopback(asked(forwarded, "127.0.0.1"), alone)
    assert not from_loopback(asked(forwarded, "127.0.0.1"), behind)
    assert not from_loopback(asked({"X-Forwarded-For": "127.0.0.1"}, "5.5.5.5"), behind)


def test_no_description_for_strangers(client: TestClient, moderator: dict[str, str], web: Web) -> None:
    for path in ("/docs", "/redoc", "/openapi.json"):
        assert client.get(path).status_code == 404
    assert client.get("/api/v1/openapi.json").status_code == 401
    described = client.get("/api/v1/openapi.json", headers=moderator).json()
    assert all(path.startswith("/api/v1/") for path in described["paths"])
    assert "/api/v1/cases/{reference}/claim" in described["paths"]
    assert "/docs" not in {getattr(route, "path", "") for route in create_app(web).routes}


def test_a_browser_is_sent_to_sign_in(client: TestClient) -> None:
    answer = client.get("/cases?state=closed", headers={"Accept": "text/html"})
    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in?next=/cases%3Fstate%3Dclosed"
    assert ADDRESS


@pytest.mark.parametrize("path", ["/healthz", "/guide"])
def test_head_is_answered_as_get_without_the_body(client: TestClient, path: str) -> None:
    answer, whole = client.head(path), client.get(path)
    assert answer.status_code == whole.status_code == 200
    assert answer.content == b""
    assert answer.headers["content-length"] == whole.headers["content-length"]
    assert client.head("/api/v1/cases").status_code == 405
