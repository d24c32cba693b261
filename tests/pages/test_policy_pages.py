"""The policy by the console's forms: edited, tried, agreed to by another, taken back; and learnt from cases."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from admin_api.web import Web
from core.models import AuditRow
from core.remember import remember
from moderation import wording
from moderation.policies import backtest, service
from moderation.policies.live import TROUBLE
from staff.roles import Role
from tests.admin_api.conftest import ABOUT_A_WORKER, HERE, WORRYING, Parents
from tests.conftest import TestClock
from tests.pages.conftest import Browser
from tests.pages.reading import Page
from tests.policies.conftest import HEARD, ZORBLED
from tests.policies.conftest import small_suite as small_suite
from tests.waiting import until

CARD = "card.breaking_point"


@pytest.fixture
def lead(works_as: Callable[..., Browser]) -> Browser:
    return works_as(Role.SAFEGUARDING_LEAD)


@pytest.fixture
def second(works_as: Callable[..., Browser]) -> Browser:
    return works_as(Role.SAFEGUARDING_LEAD)


@pytest.fixture
def draft(lead: Browser) -> Page:
    """The draft's page, just opened."""
    return lead.fill(lead.get("/policy"), "/policy/draft/open")


def live_number(web: Web) -> int:
    with web.database.unit() as session:
        return service.live(session, web.clock.now()).number


def add_phrase(lead: Browser, page: Page) -> Page:
    return lead.fill(
        page,
        "/policy/draft/phrases",
        phrase="zorbled the bairn",
        category="child_harm",
        urgency="immediate",
        note="a local word",
    )


def test_from_a_word_to_a_policy_and_back(lead: Browser, second: Browser, web: Web, draft: Page) -> None:
    page = add_phrase(lead, draft)
    assert "Saved" in page.words
    assert "“zorbled the bairn”" in page.words
    tried = lead.shown(lead.get("/policy/draft/try"), "/policy/draft/try", text=HEARD)
    assert "In force: policy 1 Not flagged" in tried.words
    assert "Draft: policy 2 ▲ Immediate" in tried.words
    assert "a local word" in tried.words

    page = lead.refused(lead.get("/policy"), "/policy/draft/propose", 409, note=" ")
    assert "Say what changes" in page.words
    page = lead.fill(page, "/policy/draft/propose", note="Parents say zorbled for hit")
    assert "/policy/draft/agree" not in [form.action for form in page.forms]
    assert "Somebody else has to agree" in page.words
    page = second.get("/policy")
    assert "Parents say zorbled for hit" in page.words
    page = second.fill(page, "/policy/draft/agree")
    assert "In force: policy 2" in page.words
    assert live_number(web) == 2
    version = second.get("/policy/versions/2")
    assert "What changed against policy 1" in version.words
    assert "+ phrase: zorbled the bairn" in version.words
    page = lead.fill(lead.get("/policy"), "/policy/versions/1/roll-back")
    assert "In force: policy 3" in page.words
    assert "What changed against policy 2" in lead.get("/policy/versions/3").words


def test_a_forged_agreement_of_the_same_person_is_refused(lead: Browser, web: Web, draft: Page) -> None:
    add_phrase(lead, draft)
    page = lead.fill(lead.get("/policy"), "/policy/draft/propose", note="because")
    fields = page.form("/policy/draft/send-back").fields
    with web.database.reading() as session:
        row = service.draft(session)
        assert row is not None
        forged = {**fields, "lock": str(row.lock)}
    answer = lead.inner.post("/policy/draft/agree", data=forged, headers=HERE)
    assert answer.status_code == 409
    assert "A second person has to agree" in Page(answer.text).words
    assert live_number(web) == 1


def test_a_form_without_the_sessions_token_changes_nothing(lead: Browser, web: Web, draft: Page) -> None:
    for action in ("/policy/draft/discard", "/policy/draft/propose", "/policy/versions/1/roll-back"):
        assert lead.inner.post(action, headers=HERE).status_code == 403
    upload = lead.inner.post("/policy/draft/upload", files={"file": ("p.yaml", ZORBLED)}, headers=HERE)
    assert upload.status_code == 403
    with web.database.reading() as session:
        assert service.draft(session) is not None


def test_it_is_sent_back_with_a_reason(lead: Browser, second: Browser, draft: Page) -> None:
    add_phrase(lead, draft)
    lead.fill(lead.get("/policy"), "/policy/draft/propose", note="because")
    page = lead.get("/policy/draft")
    assert "waits for a second person" in page.words
    assert "/policy/draft/phrases" not in [form.action for form in page.forms]
    page = second.refused(second.get("/policy"), "/policy/draft/send-back", 409)
    page = second.fill(page, "/policy/draft/send-back", why="Use a shorter phrase")
    assert "Sent back: Use a shorter phrase" in page.words


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"phrase": ""}, "Empty phrase"),
        ({"note": ""}, "has no note"),
        ({"phrase": "the"}, "of ordinary talk"),
        ({"category": "weather"}, "Unknown category"),
        ({"urgency": "soon"}, "Unknown urgency"),
        ({"phrase": "{a|b"}, "“{a|b”"),
    ],
)
def test_a_phrase_that_will_not_do_is_refused_at_its_field(
    lead: Browser, draft: Page, typed: dict[str, str], told: str
) -> None:
    good = {"phrase": "zorbled him", "category": "child_harm", "urgency": "today", "note": "local"}
    wrong = lead.refused(draft, "/policy/draft/phrases", **{**good, **typed})
    assert told in wrong.words
    assert "#phrase" in wrong.links
    assert wrong.form("/policy/draft/phrases").fields["note"] == [{**good, **typed}["note"]]


def test_phrases_are_switched_off_and_on_and_added_ones_removed(lead: Browser, draft: Page, web: Web) -> None:
    page = add_phrase(lead, draft)
    page = lead.fill(page, "/policy/draft/phrases/remove")
    assert "zorbled" not in page.words
    found = lead.get("/policy/draft?find=shake")
    offered = [form for form in found.forms if form.action == "/policy/draft/phrases/off"]
    assert offered
    answer = lead.inner.post("/policy/draft/phrases/off", data=offered[0].filled(), headers=HERE)
    assert answer.status_code == 303
    with web.database.reading() as session:
        row = service.draft(session)
        assert row is not None
        [(category, pattern)] = service.read(row).without
        assert offered[0].fields["phrase"] == [pattern]
        assert offered[0].fields["category"] == [category.value]
    page = lead.fill(lead.get("/policy/draft"), "/policy/draft/phrases/on")
    assert "every phrase that comes with Cairn counts" in page.words


def test_thresholds_are_set_and_taken_back(lead: Browser, draft: Page) -> None:
    names = [f"threshold_{name}" for name in ("flag", "today", "immediate", "category")]
    wrong = lead.refused(draft, "/policy/draft/thresholds", **dict.fromkeys(names, "2"))
    assert "#threshold_flag" in wrong.links
    page = lead.fill(wrong, "/policy/draft/thresholds", **dict.fromkeys(names, "0.4"))
    assert "These are this policy’s own" in page.words
    answer = lead.inner.post(
        "/policy/draft/thresholds",
        data={**page.form("/policy/draft/thresholds").filled(), "shipped": "yes"},
        headers=HERE,
    )
    assert answer.status_code == 303
    assert "These come with Cairn" in lead.get("/policy/draft").words


def test_the_whole_text_is_edited_downloaded_and_uploaded(lead: Browser, draft: Page) -> None:
    wrong = lead.refused(draft, "/policy/draft/text", text="phrases:\n- {category: weather}\n")
    assert "draft, line 2: unknown category “weather”" in wrong.words
    assert wrong.form("/policy/draft/text").fields["text"][0].strip() == "phrases:\n- {category: weather}"
    page = lead.fill(wrong, "/policy/draft/text", text=ZORBLED)
    saved = lead.inner.get("/policy/draft/text")
    assert saved.text == ZORBLED
    assert "attachment" in saved.headers["content-disposition"]

    fields = {name: value[0] for name, value in page.form("/policy/draft/upload").fields.items() if name != "file"}
    for content, told in (
        (b"phrases: [", "mine.yaml, line"),
        (b"\xff\xfe\x00", "does not hold text"),
        (b"", "Choose a file"),
    ):
        name = "mine.yaml" if content else ""
        answer = lead.inner.post(
            "/policy/draft/upload", data=fields, files={"file": (name, content)} if name else {}, headers=HERE
        )
        assert answer.status_code == 422
        assert told in Page(answer.text).words
    good = ZORBLED.replace("zorbled", "yorbled").encode()
    answer = lead.inner.post(
        "/policy/draft/upload", data=fields, files={"file": ("mine.yaml", good)}, headers=HERE
    )
    assert answer.status_code == 303
    assert "yorbled the bairn" in lead.get("/policy/draft").words


def test_somebody_elses_save_is_not_overwritten(lead: Browser, second: Browser, draft: Page) -> None:
    add_phrase(second, second.get("/policy/draft"))
    late = lead.refused(draft, "/policy/draft/text", text="")
    assert "Somebody else saved this draft" in late.words
    assert "zorbled" in lead.get("/policy/draft").words


def test_a_card_in_a_draft_is_in_force_with_it(lead: Browser, second: Browser, web: Web, draft: Page) -> None:
    page = lead.get(f"/policy/draft/cards/{CARD}")
    assert "Put baby down" in page.words
    wrong = lead.refused(page, f"/policy/draft/cards/{CARD}", text="Put baby down.")
    assert "Keep {when}" in wrong.words
    lead.fill(wrong, f"/policy/draft/cards/{CARD}", text="**Stop.** {when}")
    with web.database.reading() as session:
        assert wording.text(session, CARD) != "**Stop.** {when}"
    lead.fill(lead.get("/policy"), "/policy/draft/propose", note="clearer")
    second.fill(second.get("/policy"), "/policy/draft/agree")
    with web.database.reading() as session:
        assert wording.text(session, CARD) == "**Stop.** {when}"
    assert "no card of that name" in lead.get("/policy/draft/cards/card.nothing", 404).words


def test_a_card_changed_by_itself_makes_a_version_that_can_be_taken_back(lead: Browser, web: Web) -> None:
    lead.fill(lead.get(f"/wording/{CARD}"), f"/wording/{CARD}", text="**Stop.** {when}")
    page = lead.get("/policy")
    assert "In force: policy 2" in page.words
    assert f"Card “{CARD}” changed" in page.words
    lead.fill(page, "/policy/versions/1/roll-back")
    with web.database.reading() as session:
        assert wording.text(session, CARD) == wording.shipped(CARD)


def test_a_draft_that_was_overtaken_says_so(lead: Browser, second: Browser, web: Web, draft: Page) -> None:
    add_phrase(lead, draft)
    lead.fill(lead.get("/policy"), "/policy/draft/propose", note="because")
    second.fill(second.get("/policy"), "/policy/draft/agree")
    page = lead.fill(lead.get("/policy"), "/policy/draft/open")
    lead.fill(lead.get("/policy"), "/policy/versions/1/roll-back")
    page = lead.get("/policy")
    assert "Policy 4 came into force after this draft was begun" in page.words
    page = lead.refused(page, "/policy/draft/propose", 409, note="because")
    page = lead.fill(page, "/policy/draft/rebase")
    assert "came into force after" not in page.words
    lead.fill(page, "/policy/draft/propose", note="I want it back")


def test_a_backtest_shows_how_far_it_is_and_what_would_change(
    lead: Browser, web: Web, clock: TestClock, parents: Parents, draft: Page, small_suite: Path
) -> None:
    parents.writes(f"{WORRYING}, {HEARD}")
    lead.fill(lead.get("/policy/draft"), "/policy/draft/text", text=ZORBLED)
    page = lead.get("/policy/draft/backtest")
    page = lead.fill(page, "/policy/draft/backtest")

    def done() -> bool:
        return bool(lead.inner.get("/policy/draft/backtest/progress").json()["state"] == "done")

    until(done, 30, "the backtest")
    page = lead.get("/policy/draft/backtest")
    assert "1 judged" in page.words
    assert "The functional suite" in page.words
    with web.database.reading() as session:
        rows = [row.act for row in session.scalars(select(AuditRow))]
        assert "policy.backtest_started" in rows


def test_a_backtest_that_was_left_alone_can_be_started_again(
    lead: Browser, web: Web, clock: TestClock, draft: Page
) -> None:
    with web.database.unit() as session:
        backtest.start(session, "staff:9", clock.now())
    page = lead.get("/policy/draft/backtest")
    assert page.form("/policy/draft/backtest/cancel")
    assert "<progress" in page.source
    late = lead.inner.post(
        "/policy/draft/backtest", data=page.form("/policy/draft/backtest/cancel").filled(), headers=HERE
    )
    assert late.status_code == 409
    assert "under way" in Page(late.text).words
    clock.move(seconds=61)
    assert "stopped before its end" in lead.get("/policy/draft/backtest").words
    with web.database.unit() as session:
        run = backtest.start(session, "staff:9", clock.now())
        assert run.state == "running"
    page = lead.fill(lead.get("/policy/draft/backtest"), "/policy/draft/backtest/cancel")
    assert page.form("/policy/draft/backtest")


def test_words_that_a_draft_judges_otherwise_are_read_by_those_who_read_cases_and_that_is_audited(
    lead: Browser, web: Web, clock: TestClock, parents: Parents, draft: Page
) -> None:
    parents.writes(WORRYING)
    hidden = parents.writes(ABOUT_A_WORKER, who=2)
    assert hidden
    listed = [{"message": number, "live": "none", "draft": "today"} for number in (1, 3)]
    with web.database.unit() as session:
        run = backtest.start(session, "staff:9", clock.now())
        run.state = "done"
        run.result = {"messages": 2, "moved": {}, "listed": listed, "suite": [], "categories": []}
    page = lead.get("/policy/draft/backtest")
    assert WORRYING in page.words
    with web.database.reading() as session:
        acts = [(row.act, row.subject) for row in session.scalars(select(AuditRow))]
        assert ("policy.messages_read", "policy:2") in acts


def test_shadow_is_switched_on_and_off(lead: Browser, web: Web, draft: Page) -> None:
    page = lead.fill(lead.get("/policy"), "/policy/draft/shadow")
    assert "judges every message" in page.words
    page = lead.fill(page, "/policy/draft/shadow")
    assert "no longer judges" in page.words


def test_a_false_alarm_and_a_miss_go_from_the_case_to_the_lead(
    works_as: Callable[..., Browser], lead: Browser, web: Web, parents: Parents, draft: Page
) -> None:
    moderator = works_as(Role.MODERATOR)
    reference = parents.writes(f"{WORRYING} says Kayleigh")
    page = moderator.get(f"/cases/{reference}")
    assert "Flagged by policy 1" in page.words
    [address] = [link for link in page.links if "kind=false_alarm" in link]
    form = moderator.get(address)
    assert "says [name]" in form.form(f"/cases/{reference}/proposals").fields["text"][0]
    page = moderator.fill(form, f"/cases/{reference}/proposals", text="shake him says liam")
    assert "A safeguarding lead decides" in page.words

    wrong = moderator.refused(
        moderator.get(address.replace("false_alarm", "missed")), f"/cases/{reference}/proposals"
    )
    assert "Choose how soon" in wrong.words
    assert "#urgency" in wrong.links
    moderator.fill(wrong, f"/cases/{reference}/proposals", urgency="today", categories=["child_harm"])

    page = lead.get("/policy")
    assert "A false alarm, proposal 1" in page.words
    assert "Something missed, proposal 2" in page.words
    one = lead.get("/policy/proposals/1")
    assert "shake him says [name]" in one.form("/policy/proposals/1/accept").fields["text"][0]
    page = lead.fill(one, "/policy/proposals/1/accept")
    assert "shake him says [name]" in page.words
    lead.refused(lead.get("/policy/proposals/2"), "/policy/proposals/2/decline")
    lead.fill(lead.get("/policy/proposals/2"), "/policy/proposals/2/decline", why="It was flagged after all")
    assert "None waits" in lead.get("/policy").words
    assert "Declined: It was flagged after all" in lead.get("/policy/proposals/2").words
    lead.get("/policy/proposals/77", 404)
    page = lead.fill(lead.get("/policy/draft"), "/policy/draft/examples/remove")
    assert "shake him" not in page.words


def test_closing_as_no_worry_offers_to_learn_from_it(works_as: Callable[..., Browser], parents: Parents) -> None:
    moderator = works_as(Role.MODERATOR)
    case = f"/cases/{parents.writes(WORRYING)}"
    page = moderator.fill(moderator.get(case), f"{case}/close", outcome="false_alarm", reason="About a cocktail")
    assert "Choose “This was a false alarm” beside the message" in page.words
    assert [link for link in page.links if "kind=false_alarm" in link]


def test_a_moderator_sees_no_proposal_and_no_policy(works_as: Callable[..., Browser]) -> None:
    moderator = works_as(Role.MODERATOR)
    for address in ("/policy", "/policy/draft", "/policy/proposals/1", "/policy/versions/1"):
        moderator.get(address, 403)
    assert "/policy" not in moderator.get("/cases").links


def test_what_could_not_be_built_is_said_on_the_system_page(
    works_as: Callable[..., Browser], lead: Browser, web: Web
) -> None:
    with web.database.unit() as session:
        remember(session, TROUBLE, "Policy 3 could not be built; policy 2 goes on.", web.clock.now())
    assert "policy 2 goes on" in works_as(Role.ADMINISTRATOR).get("/system").words
    assert "policy 2 goes on" in lead.get("/policy").words


def test_nothing_that_was_written_becomes_markup(lead: Browser, draft: Page) -> None:
    words: Any = "<script>alert(1)</script>"
    page = lead.refused(draft, "/policy/draft/text", text=words)
    assert page.troubles == []
    tried = lead.shown(lead.get("/policy/draft/try"), "/policy/draft/try", text=words)
    assert tried.troubles == []
