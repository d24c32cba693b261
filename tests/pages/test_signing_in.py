"""Signing in by the pages, the one-time links, and somebody's own account."""

from __future__ import annotations

from collections.abc import Callable

import pyotp
from sqlalchemy import select

from admin_api.web import Web
from core.models import AuditRow
from people.invites import use_invite
from staff import service as staff
from staff import signin
from staff.roles import Role
from tests.admin_api.conftest import HERE, PASSWORD, Colleague
from tests.conftest import TestClock
from tests.conftest import database as database  # both kinds of database
from tests.pages.conftest import Browser
from tests.pages.reading import Page


def link_for(web: Web, rehearsal: bool = False) -> str:
    with web.database.unit() as session:
        made = staff.add(session, "new@example.org", [Role.MODERATOR], web.clock.now(), "Sam Newby")
        return signin.begin_welcome(session, made, web.clock.now(), rehearsal=rehearsal)


def test_password_then_code_then_where_one_wanted_to_go(
    stranger: Browser, colleague: Callable[..., Colleague], clock: TestClock
) -> None:
    known = colleague(Role.MODERATOR, email="dan@example.org")
    clock.move(minutes=1)
    wanted = stranger.inner.get("/cases?state=closed").headers["location"]
    page = stranger.get(wanted)
    page = stranger.fill(page, "/sign-in", email="dan@example.org", password=PASSWORD)
    code = pyotp.TOTP(known.secret).at(clock.now())
    answer = stranger.send(page, "/sign-in/code", code=f"{code[:3]} {code[3:]}")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/cases?state=closed"
    assert stranger.get("/cases?state=closed").words

    answer = stranger.send(stranger.get("/cases"), "/sign-out")
    assert answer.headers["location"] == "/sign-in"
    assert stranger.inner.get("/cases").status_code == 303


def test_what_is_wrong_is_said_without_saying_which(
    stranger: Browser, colleague: Callable[..., Colleague], web: Web
) -> None:
    colleague(Role.MODERATOR, email="dan@example.org")
    page = stranger.get("/sign-in")
    known = stranger.refused(page, "/sign-in", email="dan@example.org", password="not it at all")
    unknown = stranger.refused(page, "/sign-in", email="nobody@example.org", password="not it at all")
    assert known.words == unknown.words
    assert known.form("/sign-in").fields["email"] == ["dan@example.org"]
    assert "not it at all" not in known.source
    empty = stranger.refused(page, "/sign-in")
    assert "Enter your password" in empty.words
    with web.database.reading() as session:
        assert [row.act for row in session.scalars(select(AuditRow))].count("signin.failed") == 2


def test_a_code_works_once(stranger: Browser, colleague: Callable[..., Colleague], clock: TestClock) -> None:
    known = colleague(Role.MODERATOR, email="dan@example.org")
    code = pyotp.TOTP(known.secret).at(clock.now())  # the one with which the account was set up
    page = stranger.fill(stranger.get("/sign-in"), "/sign-in", email="dan@example.org", password=PASSWORD)
    page = stranger.refused(page, "/sign-in/code", code=code)
    assert "was used before" in page.words
    clock.move(minutes=11)
    page = stranger.refused(page, "/sign-in/code", code=pyotp.TOTP(known.secret).at(clock.now()))
    assert "took too long" in page.words
    assert stranger.inner.get("/sign-in/code").headers["location"] == "/sign-in"


def test_next_never_leads_away(stranger: Browser) -> None:
    for bad in ("//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)"):
        page = stranger.get(f"/sign-in?next={bad}")
        assert page.form("/sign-in").fields["next"] == ["/"]


def test_too_many_tries_have_to_wait(stranger: Browser) -> None:
    page = stranger.get("/sign-in")
    for _ in range(25):
        answer = stranger.send(page, "/sign-in", email="dan@example.org", password="guess")
        if answer.status_code == 429:
            break
    assert answer.status_code == 429
    assert "Too many tries. Wait" in Page(answer.text).words


def test_a_new_colleague_sets_up_the_account(stranger: Browser, web: Web, clock: TestClock) -> None:
    address = f"/welcome/{link_for(web)}"
    page = stranger.get(address)
    assert "Welcome, Sam Newby" in page.words
    assert "<svg" in page.source
    key = page.words.split("Type this key into the app: ")[1].split(" 3. ")[0].replace(" ", "")
    code = pyotp.TOTP(key).at(clock.now())

    weak = stranger.refused(page, address, password="password1", code=code)
    assert "too easy to guess" in weak.words
    assert "password1" not in weak.source
    wrong = stranger.refused(page, address, password=PASSWORD, code="000000" if code != "000000" else "111111")
    assert "That code is not right" in wrong.words
    assert key in wrong.words.replace(" ", "")

    assert stranger.send(page, address, password=PASSWORD, code=code).headers["location"] == "/"
    assert "Sam Newby" in stranger.get("/account").words
    assert "no longer works" in stranger.get(address, 404).words


def test_looking_at_the_rehearsals_link_does_not_use_it(stranger: Browser, web: Web) -> None:
    address = f"/enter/{link_for(web, rehearsal=True)}"
    stranger.get(address)
    page = stranger.get(address)
    assert stranger.send(page, address).headers["location"] == "/cases"
    assert "Sam Newby" in stranger.get("/account").words
    assert "no longer works" in stranger.get(address, 404).words
    assert stranger.inner.post(address, headers=HERE).status_code == 404


def test_a_form_from_elsewhere_does_not_sign_in(stranger: Browser, web: Web) -> None:
    address = f"/enter/{link_for(web, rehearsal=True)}"
    for headers in ({"Origin": "https://evil.example"}, {}):
        assert stranger.inner.post(address, headers=headers).status_code == 403
    assert "Sign in" in stranger.get(address).words


def test_duty_telegram_and_other_sessions(works_as: Callable[..., Browser], web: Web, clock: TestClock) -> None:
    own = works_as(Role.MODERATOR)
    page = own.fill(own.get("/account"), "/account/duty")
    assert "You are on duty" in page.words
    page = own.fill(page, "/account/duty")
    assert "You are off duty" in page.words

    page = own.shown(page, "/account/telegram")
    [link] = {one for one in page.links if one.startswith("https://t.me/")}
    with web.database.unit() as session:
        invite = use_invite(session, link.partition("start=")[2], "staff", clock.now())
        assert invite.subject == str(own.staff_id)
    assert "t.me" not in own.get("/account").source

    with web.database.unit() as session:
        me = staff.get(session, own.staff_id)
        assert me is not None
        other = signin.begin_welcome(session, me, clock.now(), rehearsal=True)
    with web.database.unit() as session:
        elsewhere = signin.enter_rehearsal(session, other, clock.now())
        assert elsewhere is not None
    assert "other sessions have ended" in own.fill(page, "/account/sessions").words
    with web.database.reading() as session:
        assert signin.signed_in(session, elsewhere.token, clock.now()) is None


def test_the_front_door(stranger: Browser, works_as: Callable[..., Browser], web: Web) -> None:
    assert stranger.inner.get("/").headers["location"] == "/guide"
    assert works_as(Role.MODERATOR).inner.get("/").headers["location"] == "/cases"
    assert works_as(Role.GUIDE_EDITOR).inner.get("/").headers["location"] == "/guide-desk"
    assert works_as(Role.AUDITOR).inner.get("/").headers["location"] == "/account"
    web.rehearsal_links.append(("The phones", "http://127.0.0.1:8081/"))
    page = stranger.get("/")
    assert "http://127.0.0.1:8081/" in page.links
    assert "Everybody here is made up" in page.words
