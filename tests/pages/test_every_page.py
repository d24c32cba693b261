"""Every page: who may see it, and what all of them keep to."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.parse import urldefrag

import pytest

from admin_api.web import Web
from moderation.desk import Actor
from moderation.policies import proposals
from moderation.policies import service as policies
from people import conversations
from people import service as people
from staff.roles import May, Role, allowed
from tests.admin_api.conftest import WORRYING, Parents
from tests.pages.conftest import EVERYTHING, Browser
from tests.pages.reading import Page

PAGES = {
    "/account": May.SIGNED_IN,
    "/cases": May.READ_CASES,
    "/cases?state=closed": May.READ_CASES,
    "/cases/{case}": May.READ_CASES,
    "/guide-desk": May.EDIT_GUIDE,
    "/guide-desk/new": May.EDIT_GUIDE,
    "/guide-desk/child-benefit": May.EDIT_GUIDE,
    "/wording": May.EDIT_CARDS,
    "/wording/card.breaking_point": May.EDIT_CARDS,
    "/policy": May.EDIT_POLICY,
    "/policy/draft": May.EDIT_POLICY,
    "/policy/draft?find=shake": May.EDIT_POLICY,
    "/policy/draft/try": May.EDIT_POLICY,
    "/policy/draft/backtest": May.EDIT_POLICY,
    "/policy/draft/shadow": May.EDIT_POLICY,
    "/policy/draft/cards": May.EDIT_POLICY,
    "/policy/draft/cards/card.again": May.EDIT_POLICY,
    "/policy/versions/1": May.EDIT_POLICY,
    "/policy/proposals/1": May.EDIT_POLICY,
    "/cases/{case}/proposals/new?kind=false_alarm&message=1": May.ACT_ON_CASES,
    "/cases/{case}/proposals/new?kind=missed&message=1": May.ACT_ON_CASES,
    "/people/invites": May.INVITE,
    "/group": May.INVITE,
    "/system": May.SEE_SYSTEM,
    "/staff": May.MANAGE_STAFF,
    "/staff/1": May.MANAGE_STAFF,
}
FOR_ANYBODY = (
    "/sign-in",
    "/guide",
    "/guide?category=money",
    "/guide?q=nappies",
    "/guide?q=football+scores+tonight",
    "/guide/child-benefit",
    "/guide/urgent-help",
)
ROOMS = {"/cases", "/guide-desk", "/wording", "/policy", "/people/invites", "/group", "/system", "/staff"}
MODULES = Path(__file__).parents[2] / "admin_api"


@pytest.fixture
def case(with_guide: Web, parents: Parents) -> str:
    at = with_guide.clock.now()
    with with_guide.database.unit() as session:
        group = conversations.link_group(session, "telegram", -5, at)
        person = people.meet(session, "telegram", 1001, "Parent 1", at)
        conversations.set_standing(session, group, person, "member", at)
    parents.writes(WORRYING, group=True)
    reference = parents.writes("i cant do this any more, i want to die")
    with with_guide.database.unit() as session:
        lead = Actor("staff:99", (Role.SAFEGUARDING_LEAD.value,))
        policies.open_draft(session, lead.name, at)
        proposals.make(session, lead, reference, proposals.FALSE_ALARM, "it was only a joke", "", [], at)
    return reference


def sound(page: Page, address: str) -> None:
    """What every page keeps to."""
    assert page.troubles == [], address
    assert page.title.strip(), address
    assert len([one for one in page.headings if one.strip()]) >= 1, address
    twice = {one for one in page.ids if page.ids.count(one) > 1}
    assert not twice, address
    unlabelled = [one for one in page.wants_label if one not in page.labelled]
    assert not unlabelled, address
    assert "main-content" in page.ids
    assert "#main-content" in page.links
    for link in page.links:
        if link.startswith("#"):
            assert link[1:] in page.ids, f"{address}: {link} leads nowhere"
    for resource in page.resources:
        assert resource.startswith(("/static/", "/assets/govuk/")), resource
    for words in ("{{", "Undefined", "None,", "object at 0x"):
        assert words not in page.words, f"{address}: {words}"


@pytest.mark.parametrize("role", list(Role))
def test_each_role_sees_its_own_pages_and_no_others(
    works_as: Callable[..., Browser], case: str, role: Role
) -> None:
    browser = works_as(role)
    for pattern, permission in PAGES.items():
        address = pattern.format(case=case)
        if allowed([role], permission):
            page = browser.get(address)
            sound(page, address)
        else:
            page = browser.get(address, 403)
            assert "does not have permission" in page.words
            sound(page, address)


def test_the_navigation_offers_what_somebody_may_use_and_nothing_else(
    works_as: Callable[..., Browser], case: str
) -> None:
    for role in Role:
        page = works_as(role).get("/account")
        for pattern, permission in PAGES.items():
            if pattern in ROOMS:
                assert (pattern in page.links) == allowed([role], permission), (role, pattern)


def test_a_stranger_is_asked_to_sign_in_and_comes_back(stranger: Browser, case: str) -> None:
    for pattern in PAGES:
        address = pattern.format(case=case)
        answer = stranger.inner.get(address)
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/sign-in?next=/")


def test_pages_for_anybody(stranger: Browser, with_guide: Web) -> None:
    for address in FOR_ANYBODY:
        sound(stranger.get(address), address)


def test_every_link_leads_somewhere(works_as: Callable[..., Browser], case: str) -> None:
    browser = works_as(*EVERYTHING)
    seen: set[str] = set()
    for address in [*(pattern.format(case=case) for pattern in PAGES), *FOR_ANYBODY[1:]]:
        page = browser.get(address)
        for link in [*page.links, *page.resources]:
            target = urldefrag(link)[0]
            if target.startswith("/") and not target.startswith("/assets/"):
                seen.add(target)
    # of the many entries of the guide and its desk a few stand for all
    entries = sorted(one for one in seen if one.startswith(("/guide/", "/guide-desk/")))
    for target in sorted(seen - set(entries)) + entries[::25]:
        assert browser.inner.get(target, follow_redirects=True).status_code == 200, target


def test_a_page_that_is_not_there(stranger: Browser, works_as: Callable[..., Browser]) -> None:
    for browser in (stranger, works_as(Role.MODERATOR)):
        page = browser.get("/nothing-here", 404)
        assert "Page not found" in page.words
        sound(page, "/nothing-here")
    assert "may see" in works_as(Role.MODERATOR).get("/cases/AAA-AAA", 404).words


def test_scripts_are_modules_of_our_own() -> None:
    for file in (MODULES / "templates").rglob("*.html"):
        text = file.read_text("utf-8")
        assert "<script" not in text.replace('<script type="module" src="/static/', ""), file
        assert "style=" not in text, file
    for file in (MODULES / "static").glob("*.js"):
        assert "http://" not in file.read_text("utf-8"), file
        assert "https://" not in file.read_text("utf-8"), file
