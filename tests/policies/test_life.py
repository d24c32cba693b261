"""A policy from draft to live and back, and never by one person alone."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import select

from core.database import Database
from core.models import AuditRow
from moderation import wording
from moderation.policies import service
from moderation.policies.service import PolicyRefused
from moderation.screening import PhraseFileError
from tests.conftest import TestClock

ANNA, BEN = "staff:1", "staff:2"
LOCAL = 'phrases:\n- {category: child_harm, phrase: "blarged him", urgency: immediate, note: "a local word"}\n'


def published(database: Database, clock: TestClock, text: str, note: str = "A local word.") -> int:
    """Anna writes and proposes, Ben agrees; the number that is then live."""
    with database.unit() as session:
        row = service.open_draft(session, ANNA, clock.now())
        row = service.save(session, text, row.lock, ANNA, clock.now())
        service.propose(session, note, row.lock, ANNA, clock.now())
        return service.agree(session, row.lock, BEN, clock.now()).number


def test_the_first_policy_is_what_comes_with_cairn(database: Database, clock: TestClock) -> None:
    with database.unit() as session:
        live = service.live(session, clock.now())
        assert (live.number, live.text, live.state) == (1, "", "live")
        assert service.read(live).added == ()


def test_cards_edited_before_there_were_policies_are_in_the_first(database: Database, clock: TestClock) -> None:
    with database.unit() as session:
        wording.change(session, "card.child_harm", "Ring 999 now. {when}", ANNA, clock.now())
        assert service.read(service.live(session, clock.now())).cards == {
            "card.child_harm": "Ring 999 now. {when}"
        }


def test_a_draft_goes_live_by_a_second_person(database: Database, clock: TestClock) -> None:
    assert published(database, clock, LOCAL) == 2
    with database.unit() as session:
        live = service.live(session, clock.now())
        assert (live.number, live.proposed_by, live.agreed_by) == (2, ANNA, BEN)
        first = service.version(session, 1)
        assert first is not None
        assert first.state == "retired"
        assert service.draft(session) is None
        done = [row.act for row in session.scalars(select(AuditRow).order_by(AuditRow.number))]
        assert done == [
            "policy.drafted", "policy.edited", "policy.proposed", "policy.agreed", "policy.published",
        ]  # fmt: skip


@pytest.mark.parametrize("who", ["proposer", "writer"])
def test_nobody_agrees_with_themselves(database: Database, clock: TestClock, who: str) -> None:
    with database.unit() as session:
        row = service.open_draft(session, ANNA, clock.now())
        row = service.save(session, LOCAL, row.lock, ANNA if who == "proposer" else BEN, clock.now())
        service.propose(session, "why", row.lock, ANNA, clock.now())
        with pytest.raises(PolicyRefused, match="second person"):
            service.agree(session, row.lock, ANNA if who == "proposer" else BEN, clock.now())
        assert service.live(session, clock.now()).number == 1


def test_what_was_proposed_cannot_be_changed_under_the_second_person(database: Database, clock: TestClock) -> None:
    with database.unit() as session:
        row = service.open_draft(session, ANNA, clock.now())
        service.propose(session, "why", row.lock, ANNA, clock.now())
        with pytest.raises(PolicyRefused, match="waits for a second person"):
            service.save(session, LOCAL, row.lock, ANNA, clock.now())
        service.send_back(session, "Say which words", BEN, clock.now())
        assert service.save(session, LOCAL, row.lock, ANNA, clock.now()).state == "draft"


def test_nothing_is_proposed_or_sent_back_without_a_word(database: Database, clock: TestClock) -> None:
    with database.unit() as session:
        with pytest.raises(PolicyRefused, match="no draft"):
            service.propose(session, "why", 1, ANNA, clock.now())
        row = service.open_draft(session, ANNA, clock.now())
        with pytest.raises(PolicyRefused, match="what changes and why"):
            service.propose(session, "  ", row.lock, ANNA, clock.now())
        with pytest.raises(PolicyRefused, match="already"):
            service.open_draft(session, BEN, clock.now())
        service.propose(session, "why", row.lock, ANNA, clock.now())
        with pytest.raises(PolicyRefused, match="changed first"):
            service.send_back(session, " ", BEN, clock.now())


def test_two_who_edit_at_once_are_told(database: Database, clock: TestClock) -> None:
    with database.unit() as session:
        row = service.open_draft(session, ANNA, clock.now())
        seen = row.lock
        service.save(session, LOCAL, seen, ANNA, clock.now())
        with pytest.raises(PolicyRefused, match="since you opened it"):
            service.save(session, "", seen, BEN, clock.now())


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("phrases:\n- {category: weather, phrase: rain, urgency: today, note: wet}\n", 2, "unknown category"),
        ('phrases:\n- {category: child_harm, phrase: " ", urgency: today, note: x}\n', 2, "empty phrase"),
        (LOCAL + LOCAL.split("\n")[1] + "\n", 3, "duplicate of line 2"),
        ("phrases:\n- {category: child_harm, phrase: the, urgency: review, note: x}\n", 2, "of ordinary talk"),
        ("phrases:\n- {category: child_harm, phrase: zob, urgency: soon, note: x}\n", 2, "unknown urgency"),
        ("colour: red\n", 1, "unknown field"),
        ("thresholds: {flag: 2, today: 0.5, immediate: 0.5, category: 0.5}\n", 1, "between 0 and 1"),
        ("thresholds: {flag: 0.5}\n", 1, "need all of"),
        ("without:\n- {category: child_harm, phrase: nothing such}\n", 2, "to switch off"),
        ("examples:\n- {text: hi, urgency: none, categories: [child_harm]}\n", 2, "empty only where"),
        ("examples:\n- {text: ' ', urgency: none, categories: []}\n", 2, "empty text"),
        ("cards: {card.nothing: hello}\n", 1, "no card"),
        ("cards: {card.child_harm: ''}\n", 1, "is empty"),
        ("phrases: [1\n", 2, "malformed YAML"),
        ("- a list\n", 1, "expected fields"),
    ],
)
def test_a_text_that_cannot_be_used_is_refused_and_the_live_policy_stays(
    database: Database, clock: TestClock, text: str, line: int, reason: str
) -> None:
    with database.unit() as session:
        row = service.open_draft(session, ANNA, clock.now())
        with pytest.raises(PhraseFileError) as caught:
            service.save(session, text, row.lock, ANNA, clock.now())
        assert reason in caught.value.reason
        assert caught.value.line == line
        assert (row.text, row.lock) == ("", 1)
        assert service.live(session, clock.now()).number == 1


def test_going_back_is_one_act_and_makes_a_new_number(database: Database, clock: TestClock) -> None:
    published(database, clock, LOCAL)
    with database.unit() as session:
        made = service.roll_back(session, 1, ANNA, clock.now())
        assert (made.number, made.text, made.state, made.based_on) == (3, "", "live", 1)
        with pytest.raises(PolicyRefused, match="in force can be put back"):
            service.roll_back(session, 3, ANNA, clock.now())
        with pytest.raises(PolicyRefused):
            service.roll_back(session, 99, ANNA, clock.now())


def test_cards_go_into_force_and_back_with_their_policy(database: Database, clock: TestClock) -> None:
    with database.reading() as session:
        shipped = wording.text(session, "card.child_harm")
    published(database, clock, "cards:\n  card.child_harm: Ring 999 now. {when}\n")
    with database.unit() as session:
        assert wording.text(session, "card.child_harm") == "Ring 999 now. {when}"
        service.roll_back(session, 1, ANNA, clock.now())
        assert wording.text(session, "card.child_harm") == shipped


def test_a_card_changed_by_itself_is_a_version_too(database: Database, clock: TestClock) -> None:
    with database.unit() as session:
        service.live(session, clock.now())
        wording.change(session, "card.child_harm", "Ring 999. {when}", ANNA, clock.now())
        made = service.card_changed(session, "card.child_harm", ANNA, clock.now())
        assert (made.number, made.state) == (2, "live")
        assert service.read(made).cards == {"card.child_harm": "Ring 999. {when}"}


def test_only_one_of_two_who_agree_at_once_publishes(database: Database, clock: TestClock) -> None:
    with database.unit() as session:
        row = service.open_draft(session, ANNA, clock.now())
        service.propose(session, "why", row.lock, ANNA, clock.now())
    outcomes: list[str] = []

    def agree(who: str) -> None:
        try:
            with database.unit() as session:
                service.agree(session, 1, who, clock.now())
            outcomes.append("published")
        except PolicyRefused:
            outcomes.append("refused")

    threads = [threading.Thread(target=agree, args=(f"staff:{number}",)) for number in (2, 3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["published", "refused"]
    with database.unit() as session:
        assert service.live(session, clock.now()).number == 2
