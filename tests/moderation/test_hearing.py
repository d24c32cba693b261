"""From a message to a human: kept, in a case, answered with a card, and those on duty alerted, all in one go."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from core import outbox, taps
from core.database import Database
from core.models import OutboxItem
from moderation import desk
from moderation.models import Flag
from moderation.service import Ways
from people import service as people
from people.models import Message
from staff.roles import Role
from tests.conftest import TestClock
from tests.factories import (
    ABOUT_A_WORKER,
    AT_THE_END_OF_HER_ROPE,
    HARMLESS,
    SKINT,
    hears,
    parent,
    parents_group,
)
from tests.moderation.seen import LONG_AGO, PRIYA, a_moderator_on_duty, cases, kinds, leaving


def test_a_harmless_message_is_kept_and_makes_no_case(database: Database, clock: TestClock, ways: Ways) -> None:
    with database.unit() as session:
        heard = hears(session, ways, parent(session, clock.now()), HARMLESS, clock.now())
        assert (heard.case, heard.answered) == (None, False)
        session.flush()
        assert session.scalars(select(Message)).one().text.reveal() == HARMLESS
        assert cases(session) == []
        assert session.scalars(select(OutboxItem)).all() == []


@pytest.mark.parametrize("consent", ["unasked", "no", "ended"])
def test_without_a_yes_nothing_harmless_is_kept_and_a_worry_is(
    database: Database, clock: TestClock, ways: Ways, consent: str
) -> None:
    with database.unit() as session:
        person = parent(session, clock.now(), agreed=False)
        if consent == "no":
            people.answer_notice(session, person, False, clock.now())
        if consent == "ended":
            people.answer_notice(session, person, True, clock.now())
            people.withdraw(session, person, clock.now())
        hears(session, ways, person, HARMLESS, clock.now())
        session.flush()
        assert session.scalars(select(Message)).all() == []
        heard = hears(session, ways, person, AT_THE_END_OF_HER_ROPE, clock.now())
        assert heard.case is not None
        assert heard.answered
        session.flush()
        words = [one.text.reveal() for one in session.scalars(select(Message).where(Message.author == "person"))]
        assert words == [AT_THE_END_OF_HER_ROPE]


def test_a_worry_opens_a_case_answers_with_a_card_and_alerts(
    database: Database, clock: TestClock, ways: Ways
) -> None:
    with database.unit() as session:
        a_moderator_on_duty(session, clock)
        heard = hears(session, ways, parent(session, clock.now()), AT_THE_END_OF_HER_ROPE, clock.now())
        case = heard.case
        assert case is not None
        assert heard.answered
        assert kinds(session, case) == ["opened", "message_added", "alerted", "card_queued"]
        assert (case.state, case.urgency, case.kind, case.messages) == ("open", "immediate", "worry", 1)
        assert case.categories[0] == "breaking_point"
        assert case.due_at == clock.now() + timedelta(minutes=15)
        ((card, said),) = leaving(session, "card")
        assert (card.priority, card.repeatable) == (outbox.URGENT, True)
        assert "Never shake a baby" in said.text
        assert "by 10:15am" in said.text
        assert "{when}" not in said.text
        assert [[button.label for button in row] for row in said.rows] == [
            ["I am safe for now"],
            ["I need somebody now"],
        ]
        assert [taps.read(row[0].data) for row in said.rows] == [
            taps.Tap("safe", (case.reference,)),
            taps.Tap("need", (case.reference,)),
        ]
        ((alert, told),) = leaving(session, "alert")
        assert (alert.priority, alert.repeatable, told.protect) == (outbox.URGENT, True, True)
        assert case.reference in told.text
        assert f"http://127.0.0.1:8000/cases/{case.reference}" in told.text
        assert "Immediate" in told.text
        assert not any(word in told.text for word in ("shake him", "cope", "Kayleigh", "1001"))


def test_what_was_found_is_kept_with_the_words_as_they_were(
    database: Database, clock: TestClock, ways: Ways
) -> None:
    with database.unit() as session:
        hears(session, ways, parent(session, clock.now()), AT_THE_END_OF_HER_ROPE, clock.now())
    with database.reading() as session:
        evidence = session.scalars(select(Flag)).one().evidence
        assert evidence["text"] == AT_THE_END_OF_HER_ROPE
        assert (evidence["where"], evidence["screened"], evidence["kind"]) == ("private", True, "text")
        gravest = evidence["concerns"][0]
        assert (gravest["category"], gravest["urgency"]) == ("breaking_point", "immediate")
        assert gravest["why"]
        for start, end in gravest["evidence"]:
            assert 0 <= start < end <= len(AT_THE_END_OF_HER_ROPE)


class TestASecondWorry:
    def test_joins_the_open_case(self, database: Database, clock: TestClock, ways: Ways) -> None:
        with database.unit() as session:
            a_moderator_on_duty(session, clock)
            person = parent(session, clock.now())
            first = hears(session, ways, person, AT_THE_END_OF_HER_ROPE, clock.now()).case
            second = hears(session, ways, person, SKINT, clock.move(minutes=1)).case
            assert first is second
            assert first is not None
            session.flush()
            assert (len(cases(session)), first.messages, first.urgency) == (1, 2, "immediate")
            assert {"breaking_point", "neglect_basic_needs"} <= set(first.categories)
            assert first.due_at == clock.now() + timedelta(minutes=14)
            assert len(leaving(session, "alert")) == 1
            assert len(leaving(session, "card")) == 2

    def test_that_is_graver_raises_it_and_alerts_again(
        self, database: Database, clock: TestClock, ways: Ways
    ) -> None:
        with database.unit() as session:
            a_moderator_on_duty(session, clock)
            person = parent(session, clock.now())
            case = hears(session, ways, person, SKINT, clock.now()).case
            assert case is not None
            desk_seen = desk.note(session, PRIYA, case.reference, "will ring her", clock.now())
            assert desk_seen.seen_at is not None
            hears(session, ways, person, AT_THE_END_OF_HER_ROPE, clock.move(minutes=5))
            assert (case.urgency, case.seen_at) == ("immediate", None)
            assert case.due_at == clock.now() + timedelta(minutes=15)
            assert "raised" in kinds(session, case)
            assert len(leaving(session, "alert")) == 2
            assert "graver" in leaving(session, "alert")[1][1].text

    def test_of_the_same_kind_within_minutes_is_told_that_it_was_put_with_the_first(
        self, database: Database, clock: TestClock, ways: Ways
    ) -> None:
        with database.unit() as session:
            person = parent(session, clock.now())
            for minutes in (0, 9, 10):
                hears(session, ways, person, AT_THE_END_OF_HER_ROPE, clock.move(minutes=minutes))
            said = [card.text for _, card in leaving(session, "card")]
            assert "Never shake" in said[0]
            assert "put that with what you wrote before" in said[1]
            assert "999" in said[1]
            assert len(said) == 3

    def test_after_closing_opens_a_new_case(self, database: Database, clock: TestClock, ways: Ways) -> None:
        with database.unit() as session:
            person = parent(session, clock.now())
            first = hears(session, ways, person, SKINT, clock.now()).case
            assert first is not None
            desk.close(session, PRIYA, first.reference, "advice", "food bank", clock.move(minutes=9))
            second = hears(session, ways, person, SKINT, clock.move(minutes=1)).case
            assert second is not None
            session.flush()
            assert second.id != first.id
            assert [case.state for case in cases(session)] == ["closed", "open"]
            assert [case.open_for for case in cases(session)] == [None, f"person:{person.id}"]

    def test_from_somebody_else_is_another_case(self, database: Database, clock: TestClock, ways: Ways) -> None:
        with database.unit() as session:
            for number in (1001, 1002):
                hears(session, ways, parent(session, clock.now(), number), SKINT, clock.now())
            session.flush()
            assert len({case.person_id for case in cases(session)}) == 2

    def test_that_is_the_same_message_again_changes_nothing(
        self, database: Database, clock: TestClock, ways: Ways
    ) -> None:
        for _ in range(2):
            with database.unit() as session:
                hears(session, ways, parent(session, clock.now()), SKINT, clock.now(), number=5)
        with database.unit() as session:
            assert cases(session)[0].messages == 1
            assert len(leaving(session, "card")) == 1

    def test_that_is_an_edit_is_judged_anew(self, database: Database, clock: TestClock, ways: Ways) -> None:
        with database.unit() as session:
            person = parent(session, clock.now())
            for words in (HARMLESS, SKINT, AT_THE_END_OF_HER_ROPE, HARMLESS):
                hears(session, ways, person, words, clock.now(), number=5)
                session.flush()
            flags = session.scalars(select(Flag).order_by(Flag.id)).all()
            assert [(flag.version, flag.urgency) for flag in flags] == [(2, "today"), (3, "immediate")]
            assert [flag.evidence["text"] for flag in flags] == [SKINT, AT_THE_END_OF_HER_ROPE]
            kept = session.scalars(select(Message).where(Message.author == "person")).one()
            assert (kept.version, kept.text.reveal()) == (4, HARMLESS)


class TestAWorryAboutAWorker:
    def test_has_a_restricted_case_of_its_own(self, database: Database, clock: TestClock, ways: Ways) -> None:
        with database.unit() as session:
            person = parent(session, clock.now())
            ordinary = hears(session, ways, person, SKINT, clock.now()).case
            restricted = hears(session, ways, person, ABOUT_A_WORKER, clock.now()).case
            assert ordinary is not None
            assert restricted is not None
            assert (ordinary.restricted, restricted.restricted) == (False, True)
            session.flush()
            assert restricted.id != ordinary.id

    def test_is_told_to_safeguarding_leads_alone_once_there_is_one(
        self, database: Database, clock: TestClock, ways: Ways
    ) -> None:
        with database.unit() as session:
            a_moderator_on_duty(session, clock, Role.MODERATOR, number=2001)
            a_moderator_on_duty(session, clock, Role.SAFEGUARDING_LEAD, number=2002)
            hears(session, ways, parent(session, clock.now()), ABOUT_A_WORKER, clock.now())
            assert [outbox.opened(item)[0] for item, _ in leaving(session, "alert")] == [2002]

    def test_is_told_to_moderators_while_there_is_no_lead(
        self, database: Database, clock: TestClock, ways: Ways
    ) -> None:
        with database.unit() as session:
            a_moderator_on_duty(session, clock, Role.MODERATOR)
            hears(session, ways, parent(session, clock.now()), ABOUT_A_WORKER, clock.now())
            assert len(leaving(session, "alert")) == 1


class TestInTheGroup:
    def test_somebody_in_danger_is_written_to_privately(
        self, database: Database, clock: TestClock, ways: Ways
    ) -> None:
        with database.unit() as session:
            person, group = parent(session, clock.now()), parents_group(session, clock.now())
            heard = hears(session, ways, person, AT_THE_END_OF_HER_ROPE, clock.now(), chat=group)
            assert heard.answered
            ((item, _),) = leaving(session, "card")
            assert outbox.opened(item)[0] == 1001

    def test_a_low_worry_makes_a_case_but_no_card(self, database: Database, clock: TestClock, ways: Ways) -> None:
        with database.unit() as session:
            person, group = parent(session, clock.now()), parents_group(session, clock.now())
            heard = hears(session, ways, person, LONG_AGO, clock.now(), chat=group)
            assert heard.case is not None
            assert heard.case.urgency == "review"
            assert not heard.answered
            assert leaving(session, "card") == []

    def test_who_never_opened_the_chat_cannot_be_written_to_and_the_moderator_is_told(
        self, database: Database, clock: TestClock, ways: Ways
    ) -> None:
        with database.unit() as session:
            stranger = parent(session, clock.now(), agreed=False, started=False)
            group = parents_group(session, clock.now())
            heard = hears(session, ways, stranger, AT_THE_END_OF_HER_ROPE, clock.now(), chat=group)
            assert heard.case is not None
            assert not heard.answered
            assert "parent_cannot_be_reached" in kinds(session, heard.case)
            assert leaving(session, "card") == []

    def test_one_to_one_and_in_the_group_it_is_one_case(
        self, database: Database, clock: TestClock, ways: Ways
    ) -> None:
        with database.unit() as session:
            person, group = parent(session, clock.now()), parents_group(session, clock.now())
            here = hears(session, ways, person, SKINT, clock.now()).case
            there = hears(session, ways, person, AT_THE_END_OF_HER_ROPE, clock.now(), chat=group).case
            assert here is there
            assert here is not None
            session.flush()
            assert desk.whereabouts(session, [here]) == {here.id: ["private", "group"]}


def test_the_promise_tells_of_word_sent_only_where_somebody_is_reached(
    database: Database, clock: TestClock, ways: Ways
) -> None:
    clock.move(hours=14)
    with database.unit() as session:
        hears(session, ways, parent(session, clock.now(), 1001), AT_THE_END_OF_HER_ROPE, clock.now())
        assert "sent a message" not in leaving(session, "card")[-1][1].text
    with database.unit() as session:
        a_moderator_on_duty(session, clock)
        hears(session, ways, parent(session, clock.now(), 1002), AT_THE_END_OF_HER_ROPE, clock.now())
        assert "sent a message" in leaving(session, "card")[-1][1].text
