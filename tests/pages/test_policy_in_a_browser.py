"""The policy's pages in a real browser: the bar moves by itself, all works without scripts, nothing hangs over."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from admin_api.web import Web
from moderation.desk import Actor
from moderation.policies import backtest, proposals, service
from moderation.policies.models import PolicyDifference
from moderation.screening.judge import Judge
from staff.roles import Role
from tests.admin_api.conftest import WORRYING, Parents
from tests.pages.test_in_a_browser import chromium, opened, parents, served
from tests.policies.conftest import ZORBLED, small_suite

__all__ = ["chromium", "opened", "parents", "served", "small_suite"]
pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("small_suite")]
LEAD = Actor("staff:99", (Role.SAFEGUARDING_LEAD.value,))


@pytest.fixture
def reference(served: Web, parents: Parents) -> str:
    """A case with a proposal, and a draft with something of everything in it."""
    found = parents.writes(f"{WORRYING} {'w' * 300}")
    now = served.clock.now()
    with served.database.unit() as session:
        row = service.open_draft(session, LEAD.name, now)
        long = f"examples:\n- {{text: {'w' * 300}, urgency: none, categories: [], family: agreed}}\n"
        row = service.save(session, ZORBLED + long, row.lock, LEAD.name, now)
        service.set_shadow(session, True, LEAD.name, now)
        proposals.make(session, LEAD, found, "missed", "w" * 300, "today", ["child_harm"], now)
        session.add(
            PolicyDifference(number=row.number, message_id=1, version=1, live="none", draft="today", at=now)
        )
    return found


@pytest.mark.parametrize("width", [320, 375, 1280])
def test_nothing_hangs_over_the_edge(opened: Callable[..., Page], reference: str, width: int) -> None:
    page = opened("/policy", width=width)
    base = page.url.removesuffix("/policy")
    for address in (
        "/policy/draft?find=shake", "/policy/draft/try", "/policy/draft/backtest", "/policy/draft/shadow",
        "/policy/draft/cards", "/policy/draft/cards/card.again", "/policy/versions/2", "/policy/proposals/1",
        f"/cases/{reference}/proposals/new?kind=missed&message=1", f"/cases/{reference}", "/policy",
    ):  # fmt: skip
        over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert over <= 0, page.url
        page.goto(base + address)


def test_the_bar_moves_by_itself_until_the_result_is_there(
    opened: Callable[..., Page], served: Web, reference: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on, really = threading.Event(), Judge.compare

    def compare(self: Judge, other: Judge, texts: list[str]) -> Any:
        if len(texts) == 1:  # the kept message: the suite is behind it
            go_on.wait(30)
        return really(self, other, texts)

    monkeypatch.setattr(Judge, "compare", compare)
    page = opened("/policy/draft/backtest")
    page.get_by_role("button", name="Start").click()
    expect(page.locator("#progress-words")).to_have_text("3 of 4", timeout=15_000)
    assert page.locator("progress").get_attribute("value") in {"0", "75"}
    page.reload()
    expect(page.locator("#progress-words")).to_have_text("3 of 4", timeout=15_000)
    go_on.set()
    expect(page.get_by_role("heading", name="The functional suite")).to_be_visible(timeout=15_000)
    expect(page.get_by_role("button", name="Start again")).to_be_visible()


def test_everything_works_without_scripts(opened: Callable[..., Page], served: Web, reference: str) -> None:
    page = opened("/policy/draft/try", Role.SAFEGUARDING_LEAD, script=False, width=375)
    page.get_by_label("What a parent might write").fill("he zorbled the bairn")
    page.get_by_role("button", name="Judge it by both").click()
    expect(page.get_by_role("heading", name="Draft: policy 2")).to_be_visible()
    with served.database.unit() as session:
        run = backtest.start(session, LEAD.name, served.clock.now()).id
    base = page.url.removesuffix("/policy/draft/try")
    page.goto(f"{base}/policy/draft/backtest")
    expect(page.locator("progress")).to_be_visible()
    backtest.carry_out(served.database, served.clock, run, lambda: None)
    page.reload()
    expect(page.get_by_role("heading", name="The functional suite")).to_be_visible()
    page.goto(f"{base}/policy")
    page.get_by_label("What changes, and why").fill("Parents say zorbled")
    page.get_by_role("button", name="Ask a second person to agree").click()
    expect(page.get_by_text("A second person now has to agree")).to_be_visible()
    other = opened("/policy", Role.SAFEGUARDING_LEAD, script=False, width=375)
    other.get_by_role("button", name="Agree and publish now").click()
    expect(other.get_by_role("heading", name="In force: policy 2")).to_be_visible()
