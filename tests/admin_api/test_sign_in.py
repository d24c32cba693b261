"""Signing in at the console's own pages: two factors on every path, guessing slowed, nothing told to strangers."""

from __future__ import annotations

import re
from collections.abc import Callable

import pyotp
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx import Response
from sqlalchemy import select

from admin_api.web import Web
from core.models import AuditRow
from staff.roles import Role
from tests.admin_api.conftest import ADDRESS, HERE, PASSWORD, Colleague
from tests.conftest import TestClock

Add = Callable[..., Colleague]


def browser(app: FastAPI, address: str = "5.5.5.5") -> TestClient:
    return TestClient(app, base_url=ADDRESS, follow_redirects=False, client=(address, 1))


def password(at: TestClient, email: str, typed: str = PASSWORD) -> Response:
    answer: Response = at.post(
        "/sign-in", data={"email": email, "password": typed, "next": "/cases"}, headers=HERE
    )
    return answer


def code(at: TestClient, typed: str) -> Response:
    answer: Response = at.post("/sign-in/code", data={"code": typed, "next": "/cases"}, headers=HERE)
    return answer


def test_both_factors_lead_in_and_a_code_leads_in_once(app: FastAPI, colleague: Add, clock: TestClock) -> None:
    one = colleague(Role.MODERATOR)
    clock.move(minutes=2)
    right = pyotp.TOTP(one.secret).at(clock.now())
    first, second = browser(app), browser(app)
    for at in (first, second):
        assert password(at, one.email).headers["location"].startswith("/sign-in/code")
        assert at.get("/cases").status_code == 303, "a password alone opens nothing"
    assert code(first, "000000").status_code == 422
    assert code(first, right).headers["location"] == "/cases"
    assert first.get("/cases").status_code == 200
    assert code(second, right).status_code == 422
    assert second.get("/cases").status_code == 303


def test_after_five_wrong_codes_the_password_is_asked_again(
    app: FastAPI, colleague: Add, clock: TestClock
) -> None:
    one = colleague(Role.MODERATOR)
    clock.move(minutes=2)
    at = browser(app)
    password(at, one.email)
    for _ in range(6):
        assert code(at, "000000").status_code == 422
    assert code(at, pyotp.TOTP(one.secret).at(clock.now())).status_code == 422
    assert at.get("/cases").status_code == 303


def test_strangers_are_not_told_who_has_an_account(app: FastAPI, colleague: Add) -> None:
    one = colleague(Role.MODERATOR)
    known = password(browser(app), one.email, "wrong words")
    unknown = password(browser(app), "nobody@example.org", "wrong words")
    assert known.status_code == unknown.status_code == 422
    shown = [re.sub(r"nonce[=-]\S+", "", answer.text) for answer in (known, unknown)]
    assert shown[0].replace(one.email, "") == shown[1].replace("nobody@example.org", "")


def test_guessing_is_slowed_and_the_owner_still_gets_in(app: FastAPI, colleague: Add, clock: TestClock) -> None:
    one = colleague(Role.MODERATOR)
    clock.move(minutes=2)
    guesser = browser(app, "6.6.6.6")
    answers = [password(guesser, one.email, f"guess number {n}").status_code for n in range(9)]
    assert answers[:5] == [422] * 5
    assert 429 in answers[5:]
    owner = browser(app, "7.7.7.7")
    assert password(owner, one.email).status_code == 303
    assert code(owner, pyotp.TOTP(one.secret).at(clock.now())).headers["location"] == "/cases"


def test_a_form_from_elsewhere_is_refused(app: FastAPI, colleague: Add) -> None:
    one = colleague(Role.MODERATOR)
    form = {"email": one.email, "password": PASSWORD}
    for headers in ({}, {"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        answer = browser(app).post("/sign-in", data=form, headers=headers)
        assert answer.status_code == 403
        assert "set-cookie" not in answer.headers


def test_signing_in_and_failing_to_are_audited(app: FastAPI, web: Web, colleague: Add, clock: TestClock) -> None:
    one = colleague(Role.MODERATOR)
    clock.move(minutes=2)
    at = browser(app)
    password(at, one.email, "wrong words")
    password(at, one.email)
    code(at, pyotp.TOTP(one.secret).at(clock.now()))
    with web.database.reading() as session:
        acts = list(session.scalars(select(AuditRow.act).order_by(AuditRow.number)))
    assert acts == ["signin.failed", "signin.done"]
