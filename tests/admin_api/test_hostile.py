"""Hostile bodies, paths, numbers and forms: answered with what is wrong, never a 500. On both databases."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from admin_api.app import every_route
from staff.roles import Role
from tests.admin_api.conftest import Colleague

HOSTILE = [
    b"",
    b"{",
    b"null",
    b"[]",
    b'"text"',
    b'{"text": null}',
    b'{"text": "\\u0000"}',
    b'{"text": "\\ud800"}',
    b'{"\\ud800": 1}',
    b'{"text": "\xff\xfe"}',
    b'{"text": 1e999}',
    b'{"text": NaN}',
    b"\xff\xfe\x00",
    b"[" * 20_000,
    b'{"text":' * 5_000,
    b'{"text": ' + b"9" * 6_000 + b"}",
]


@pytest.mark.parametrize("body", HOSTILE)
@pytest.mark.parametrize("kind", ["application/json", "text/plain", "application/x-www-form-urlencoded", ""])
def test_hostile_bodies_are_answered_with_what_is_wrong(
    client: TestClient, token: Callable[..., dict[str, str]], body: bytes, kind: str
) -> None:
    headers = {**token(*Role), "Content-Type": kind}
    for method, path in (
        ("POST", "/api/v1/cases/K7M-4QX/notes"),
        ("POST", "/api/v1/cases/K7M-4QX/removals"),
        ("POST", "/api/v1/invites"),
        ("PUT", "/api/v1/cards/card.again"),
        ("PUT", "/api/v1/guide/entries/x"),
    ):
        answer = client.request(method, path, content=body, headers=headers)
        assert 400 <= answer.status_code < 500, (method, path, answer.status_code)
        assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/cases/%00",
        "/api/v1/cases/%ff%fe",
        "/api/v1/cases/%ED%A0%80",
        "/api/v1/cases?limit=99999999999999999999999999",
        "/api/v1/cases?limit=-1",
        "/api/v1/cases?cursor=%00",
        "/api/v1/cases?state=%00",
        "/api/v1/guide/entries/%00",
        "/api/v1/audit?cursor=%ff",
        "/static/%00",
        "/static/..%2f..%2fapp.py",
        "/assets/govuk/%00",
        "/api/v1/" + "x/" * 3000,
    ],
)
def test_hostile_paths(client: TestClient, token: Callable[..., dict[str, str]], path: str) -> None:
    assert 400 <= client.get(path, headers=token(*Role)).status_code < 500


@pytest.mark.parametrize("number", ["0", "-1", "1.5", "x", "9" * 30, "%ff"])
def test_hostile_numbers(client: TestClient, token: Callable[..., dict[str, str]], number: str) -> None:
    headers = token(*Role)
    for method, path in (
        ("DELETE", f"/api/v1/invites/{number}"),
        ("POST", f"/api/v1/staff/{number}/leave"),
        ("POST", f"/api/v1/system/outbox/{number}/retry"),
    ):
        assert client.request(method, path, headers=headers).status_code == 422


JUNK = ["%00", "%ff", "9" * 40, "..%2f..", "'--", "%F0%9F%98%80" * 50]


def test_hostile_visits_to_every_page(colleague: Callable[..., Colleague]) -> None:
    """Junk in each part of each page's address and in its forms; by somebody who may do everything."""
    one = colleague(*Role)
    form = {"csrf_token": one.signed.session.csrf, "text": "\x00\ud7ff", "number": "9" * 40, "roles": "king"}
    for route in every_route():
        if route.path.startswith(("/api", "/live", "/sign-out")):
            continue
        one.sign_in_again()
        form["csrf_token"] = one.signed.session.csrf
        for junk in JUNK if "{" in route.path else [""]:
            path = re.sub(r"\{[^}]+\}", junk, route.path)
            for method in route.methods - {"DELETE"}:
                for body in ({"data": form}, {"content": b"\xff=%00&&&=;" * 9}, {"content": b"{"}):
                    sent = (
                        body if method != "GET" else {"params": {"q": "\x00", "state": junk or "x", "next": "//x"}}
                    )
                    kind = {"Content-Type": "application/x-www-form-urlencoded"} if method != "GET" else {}
                    answer = one.browser.request(method, path, headers={**one.form, **kind}, **sent)  # type: ignore[arg-type]
                    assert answer.status_code < 500, (method, path, body)
