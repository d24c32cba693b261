"""Signing in and being signed in: cookies, their end, CSRF, and what the browser is told."""

from __future__ import annotations

from collections.abc import Callable

import pyotp
import pytest
from fastapi import FastAPI, Request, Response
from fastapi.testclient import TestClient

from admin_api.app import create_app
from admin_api.problems import safe_next
from admin_api.security import needs
from admin_api.visitors import begin_session, end_session
from admin_api.web import Now, Unit, Web
from core.database import Database
from core.settings import Settings
from moderation.service import Ways
from staff import service as staff
from staff import signin
from staff.roles import May, Role
from tests.admin_api.conftest import ADDRESS, HERE, PASSWORD, WORRYING, Colleague, Parents
from tests.conftest import TestClock

ME = "/api/v1/me"
Add = Callable[..., Colleague]


def test_a_cookie_says_who_it_is(colleague: Add) -> None:
    one = colleague(Role.MODERATOR)
    found = one.browser.get(ME).json()
    assert found["actor"] == f"staff:{one.id}"
    assert found["roles"] == ["moderator"]
    assert "cases.read" in found["permissions"]
    assert "staff.manage" not in found["permissions"]


def test_an_idle_session_ends_and_a_used_one_lasts(colleague: Add, clock: TestClock) -> None:
    one = colleague(Role.MODERATOR)
    for _ in range(5):
        clock.move(minutes=50)
        assert one.browser.get(ME).status_code == 200
    clock.move(minutes=61)
    assert one.browser.get(ME).status_code == 401


def test_what_a_console_asks_by_itself_does_not_keep_it_awake(colleague: Add, clock: TestClock) -> None:
    one = colleague(Role.MODERATOR)
    clock.move(minutes=50)
    assert one.browser.get(ME, headers={"X-Cairn-Live": "1"}).status_code == 200
    clock.move(minutes=11)
    assert one.browser.get(ME).status_code == 401


def test_no_session_outlives_twelve_hours(colleague: Add, clock: TestClock) -> None:
    one = colleague(Role.MODERATOR)
    for _ in range(14):
        clock.move(minutes=50)
        assert one.browser.get(ME).status_code == 200
    clock.move(minutes=50)
    assert one.browser.get(ME).status_code == 401


def test_a_leaver_is_cut_off_at_once(colleague: Add) -> None:
    leaver, administrator = colleague(Role.MODERATOR), colleague(Role.ADMINISTRATOR)
    assert leaver.browser.get(ME).status_code == 200
    address = f"/api/v1/staff/{leaver.id}/leave"
    assert administrator.browser.post(address, headers=administrator.form).status_code == 200
    assert leaver.browser.get(ME).status_code == 401


def test_roles_count_from_the_next_request(colleague: Add) -> None:
    one, administrator = colleague(Role.MODERATOR), colleague(Role.ADMINISTRATOR)
    assert one.browser.get("/api/v1/cases").status_code == 200
    answer = administrator.browser.put(
        f"/api/v1/staff/{one.id}/roles", json={"roles": ["auditor"]}, headers=administrator.form
    )
    assert answer.status_code == 200
    assert one.browser.get("/api/v1/cases").status_code == 403
    assert one.browser.get("/api/v1/audit").status_code == 200


def test_a_code_is_good_once(colleague: Add, web: Web, clock: TestClock) -> None:
    one = colleague(Role.MODERATOR)
    clock.move(minutes=2)
    code = pyotp.TOTP(one.secret).at(clock.now())
    outcomes = []
    for _ in range(2):
        with web.database.unit() as session:
            step = signin.first_factor(session, one.email, PASSWORD, clock.now())
            assert step is not None
            outcomes.append(signin.second_factor(session, step, code, clock.now()) is not None)
    assert outcomes == [True, False]


def test_a_password_alone_opens_nothing(colleague: Add, web: Web, client: TestClient, clock: TestClock) -> None:
    one = colleague(Role.MODERATOR)
    with web.database.unit() as session:
        step = signin.first_factor(session, one.email, PASSWORD, clock.now())
        assert step is not None
        assert signin.first_factor(session, one.email, "wrong", clock.now()) is None
    client.cookies.set("cairn", step, domain="127.0.0.1", path="/")
    assert client.get(ME).status_code == 401


@pytest.mark.parametrize("cookie", ["", "x", "x" * 5000, "../..", "\u00e9"])
def test_a_forged_cookie_is_nobody(client: TestClient, cookie: str) -> None:
    answer = client.get(ME, headers={"Cookie": f"cairn={cookie}".encode("latin-1")})  # type: ignore[dict-item]
    assert answer.status_code == 401


@pytest.mark.parametrize(
    "value", ["", "Bearer", "Bearer ", "Basic eDp5", "Bearer cairn_no", "Bearer \xff", "x" * 999]
)
def test_a_forged_token_is_nobody_even_beside_a_good_cookie(colleague: Add, value: str) -> None:
    one = colleague(Role.MODERATOR)
    answer = one.browser.get(ME, headers={"Authorization": value.encode("latin-1")})  # type: ignore[dict-item]
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


def test_a_token_runs_out(client: TestClient, clock: TestClock, moderator: dict[str, str]) -> None:
    assert client.get(ME, headers=moderator).status_code == 200
    clock.move(days=366)
    assert client.get(ME, headers=moderator).status_code == 401


CROSS_SITE = [
    {},
    {"Origin": "https://evil.example"},
    {"Origin": "http://127.0.0.1:8001"},
    {"Origin": "null"},
    {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
    {"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"},
    {"Sec-Fetch-Site": "same-site"},
]


@pytest.mark.parametrize("headers", CROSS_SITE)
def test_a_write_by_cookie_must_come_from_our_pages(
    colleague: Add, parents: Parents, headers: dict[str, str]
) -> None:
    one = colleague(Role.MODERATOR)
    address = f"/api/v1/cases/{parents.writes(WORRYING)}/claim"
    sent = {**headers, "X-CSRF-Token": one.signed.session.csrf}
    assert one.browser.post(address, headers=sent).status_code == 403


@pytest.mark.parametrize("csrf", [None, "", "wrong", "\u00e9"])
def test_a_write_by_cookie_must_carry_the_session_s_token(
    colleague: Add, parents: Parents, csrf: str | None
) -> None:
    one = colleague(Role.MODERATOR)
    address = f"/api/v1/cases/{parents.writes(WORRYING)}/claim"
    sent = HERE if csrf is None else {**HERE, "X-CSRF-Token": csrf.encode("utf-8")}
    assert one.browser.post(address, headers=sent).status_code == 403  # type: ignore[arg-type]
    assert one.browser.post(address, headers=HERE, data={"csrf_token": csrf or ""}).status_code == 403


@pytest.mark.parametrize(
    "headers", [HERE, {"Origin": "http://localhost:8000"}, {"Origin": "null", "Sec-Fetch-Site": "same-origin"}]
)
def test_our_own_pages_may_write(colleague: Add, parents: Parents, headers: dict[str, str]) -> None:
    one = colleague(Role.MODERATOR)
    here = f"/api/v1/cases/{parents.writes(WORRYING)}"
    csrf = one.signed.session.csrf
    assert one.browser.post(f"{here}/claim", headers={**headers, "X-CSRF-Token": csrf}).status_code == 200
    assert one.browser.post(f"{here}/release", headers=headers, data={"csrf_token": csrf}).status_code == 200


def doors(app: FastAPI, staff_id: int, opened: list[str]) -> None:
    """Two pages as the console's: one that signs in, one that signs out."""

    @app.post("/enter-here", dependencies=[needs(May.PUBLIC)])
    def enter(request: Request, session: Unit, now: Now) -> Response:
        one = staff.get(session, staff_id)
        assert one is not None
        link = signin.begin_welcome(session, one, now, rehearsal=True)
        fresh = signin.enter_rehearsal(session, link, now)
        assert fresh is not None
        opened.append(fresh.token)
        response = Response()
        begin_session(request, response, session, fresh, now)
        return response

    @app.post("/leave-here", dependencies=[needs(May.PUBLIC)])
    def leave(request: Request, session: Unit, now: Now) -> Response:
        response = Response()
        end_session(request, response, session, now)
        return response


def test_a_new_session_at_each_sign_in_and_none_after_signing_out(app: FastAPI, colleague: Add) -> None:
    one = colleague(Role.MODERATOR)
    opened: list[str] = []
    doors(app, one.id, opened)
    before = one.browser.cookies["cairn"]
    assert one.browser.post("/enter-here", headers={"Origin": "https://evil.example"}).status_code == 403
    answer = one.browser.post("/enter-here", headers=HERE)
    attributes = {part.strip().lower() for part in answer.headers["set-cookie"].split(";")[1:]}
    assert attributes == {"httponly", "path=/", "samesite=lax"}
    assert opened[0] != before
    stranger = TestClient(app, base_url=ADDRESS)
    assert stranger.get(ME, headers={"Cookie": f"cairn={before}"}).status_code == 401
    assert stranger.get(ME, headers={"Cookie": f"cairn={opened[0]}"}).status_code == 200
    assert one.browser.post("/leave-here", headers=HERE).status_code == 200
    assert stranger.get(ME, headers={"Cookie": f"cairn={opened[0]}"}).status_code == 401


def test_over_tls_the_cookie_is_tied_to_the_host(
    database: Database, clock: TestClock, ways: Ways, colleague: Add
) -> None:
    one = colleague(Role.MODERATOR)
    settings = Settings(public_url="https://cairn.example", trusted_proxy="", redis_url=None)
    app = create_app(Web(database, clock, ways, settings))
    opened: list[str] = []
    doors(app, one.id, opened)
    browser = TestClient(app, base_url="https://cairn.example")
    answer = browser.post("/enter-here", headers={"Origin": "https://cairn.example"})
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-cairn=")
    assert {"secure", "httponly", "path=/"} <= {part.strip().lower() for part in cookie.split(";")}
    assert "domain" not in cookie.lower()
    assert answer.headers["strict-transport-security"].startswith("max-age=")
    assert browser.get(ME).status_code == 200
    bare = TestClient(app, base_url="https://cairn.example")
    assert bare.get(ME, headers={"Cookie": f"cairn={opened[0]}"}).status_code == 401


@pytest.mark.parametrize(
    ("given", "safe"),
    [
        ("/cases/K7M-4QX?x=1", "/cases/K7M-4QX?x=1"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example", "/"),
        ("/a\nb", "/"),
        ("", "/"),
        (None, "/"),
        ("/" + "x" * 600, "/"),
    ],
)
def test_after_signing_in_nobody_is_sent_elsewhere(given: str | None, safe: str) -> None:
    assert safe_next(given) == safe
