"""What no screening can judge, asking for a person, the two buttons of a card, and answers to the team."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import NoReturn

import pytest
from sqlalchemy import select

from core.database import Database
from moderation import desk, service
from moderation.models import Flag
from moderation.service import Ways
from tests.conftest import TestClock
from tests.factories import (
    ABOUT_A_WORKER,
    AT_THE_END_OF_HER_ROPE,
    HARMLESS,
    SKINT,
    hears,
    message,
    parent,
)
from tests.moderation.seen import LONG_AGO, PRIYA, a_moderator_on_duty, kinds, leaving


class TestWhatCannotBeScreened:
    @pytest.mark.parametrize("kind", sorted(service.NEEDS_EYES))
    def test_something_to_look_at_or_listen_to_goes_to_a_human(
        self, database: Database, clock: TestClock, ways: Ways, kind: str
    ) -> None:
        with database.unit() as session:
            heard = hears(session, ways, parent(session, clock.now()), "", clock.now(), kind=kind)
            assert heard.case is not None
            assert (heard.case.kind, heard.case.urgency) == ("media", "review")
            ((_, said),) = leaving(session, "card")
            assert "I'm a computer" in said.text

    @pytest.mark.parametrize("kind", ["text", "sticker", "dice"])
    def test_what_holds_nothing_does_not(
        self, database: Database, clock: TestClock, ways: Ways, kind: str
    ) -> None:
        with database.unit() as session:
            assert hears(session, ways, parent(session, clock.now()), "", clock.now(), kind=kind).case is None

    def test_a_worrying_caption_counts_as_a_worry(self, database: Database, clock: TestClock, ways: Ways) -> None:
        with database.unit() as session:
            person = parent(session, clock.now())
            case = hears(session, ways, person, "", clock.now(), kind="photo").case
            assert case is not None
            hears(session, ways, person, AT_THE_END_OF_HER_ROPE, clock.now(), kind="photo")
            assert (case.kind, case.urgency, case.messages) == ("worry", "immediate", 2)

    @pytest.mark.parametrize("error", [RuntimeError("boom"), RecursionError(), MemoryError(), KeyError("x")])
    def test_screening_that_fails_makes_a_case_of_its_own(
        self, database: Database, clock: TestClock, ways: Ways, error: Exception
    ) -> None:
        def fails(_: str) -> NoReturn:
            raise error

        broken = replace(ways, screen=fails)
        with database.unit() as session:
            a_moderator_on_duty(session, clock)
            person = parent(session, clock.now())
            worry = hears(session, ways, person, SKINT, clock.now()).case
            heard = hears(session, broken, person, HARMLESS, clock.now())
            assert heard.screening is None
            assert heard.case is not None
            assert heard.case is not worry
            assert (heard.case.kind, heard.case.urgency, heard.answered) == ("not_screened", "today", True)
            session.flush()
            flag = session.scalars(select(Flag).where(Flag.case_id == heard.case.id)).one()
            assert (flag.evidence["text"], flag.evidence["screened"]) == (HARMLESS, False)
            assert "I could not read that" in leaving(session, "card")[-1][1].text
            assert len(leaving(session, "alert")) == 2

    def test_an_update_that_could_not_be_handled_is_seen_by_a_human(
        self, database: Database, clock: TestClock, ways: Ways
    ) -> None:
        with database.unit() as session:
            a_moderator_on_duty(session, clock)
            person = parent(session, clock.now())
            harmless = service.not_handled(session, ways, None, HARMLESS, "KeyError", clock.now())
            grave = service.not_handled(session, ways, person, AT_THE_END_OF_HER_ROPE, "KeyError", clock.now())
            about = service.not_handled(session, ways, person, ABOUT_A_WORKER, "KeyError", clock.now())
            assert (harmless.kind, harmless.urgency, harmless.person_id) == ("not_handled", "today", None)
            assert (grave.urgency, grave.person_id) == ("immediate", person.id)
            assert about.restricted
            session.flush()
            flag = session.scalars(select(Flag).where(Flag.case_id == grave.id)).one()
            assert (flag.evidence["text"], flag.evidence["error"]) == (AT_THE_END_OF_HER_ROPE, "KeyError")
            assert len(leaving(session, "alert")) == 3


class TestAskingForAPerson:
    def test_opens_a_case_for_today_with_their_words(
        self, database: Database, clock: TestClock, ways: Ways
    ) -> None:
        with database.unit() as session:
            a_moderator_on_duty(session, clock)
            person = parent(session, clock.now())
            case = service.ask_for_person(
                session, ways, person, message("can sb ring me", clock.now()), clock.now()
            )
            assert (case.kind, case.urgency, case.messages) == ("asked", "today", 1)
            assert len(leaving(session, "alert")) == 1
            assert "A parent asked for a person" in leaving(session, "alert")[0][1].text

    def test_without_words_alerts_all_the_same(self, database: Database, clock: TestClock, ways: Ways) -> None:
        with database.unit() as session:
            a_moderator_on_duty(session, clock)
            case = service.ask_for_person(session, ways, parent(session, clock.now()), None, clock.now())
            assert case.messages == 0
            assert len(leaving(session, "alert")) == 1

    def test_joins_a_worry_and_raises_a_lesser_one(self, database: Database, clock: TestClock, ways: Ways) -> None:
        with database.unit() as session:
            person = parent(session, clock.now())
            case = hears(session, ways, person, LONG_AGO, clock.now()).case
            assert case is not None
            assert service.ask_for_person(session, ways, person, None, clock.now()) is case
            assert case.urgency == "today"


class TestTheTwoButtons:
    def test_safe_for_now_is_noted_even_on_a_closed_case(
        self, database: Database, clock: TestClock, ways: Ways
    ) -> None:
        with database.unit() as session:
            person = parent(session, clock.now())
            case = hears(session, ways, person, SKINT, clock.now()).case
            assert case is not None
            session.flush()
            assert service.says_safe(session, person, case.reference, clock.now())
            desk.close(session, PRIYA, case.reference, "advice", "ok", clock.now())
            assert service.says_safe(session, person, case.reference.lower(), clock.now())
            assert kinds(session, case).count("parent_says_safe") == 2
            assert case.state == "closed"

    def test_needing_somebody_makes_it_immediate_and_alerts_again(
        self, database: Database, clock: TestClock, ways: Ways
    ) -> None:
        with database.unit() as session:
            a_moderator_on_duty(session, clock)
            person = parent(session, clock.now())
            case = hears(session, ways, person, SKINT, clock.now()).case
            assert case is not None
            session.flush()
            assert service.needs_somebody(session, ways, person, case.reference, clock.move(minutes=1)) is case
            assert (case.urgency, case.due_at) == ("immediate", clock.now() + timedelta(minutes=15))
            assert service.needs_somebody(session, ways, person, case.reference, clock.move(minutes=1)) is case
            assert len(leaving(session, "alert")) == 3
            assert "asks for somebody now" in leaving(session, "alert")[-1][1].text

    def test_needing_somebody_after_it_was_closed_opens_a_new_case(
        self, database: Database, clock: TestClock, ways: Ways
    ) -> None:
        with database.unit() as session:
            person = parent(session, clock.now())
            closed = hears(session, ways, person, SKINT, clock.now()).case
            assert closed is not None
            desk.close(session, PRIYA, closed.reference, "advice", "ok", clock.now())
            case = service.needs_somebody(session, ways, person, closed.reference, clock.now())
            assert case is not None
            assert case is not closed
            assert (case.state, case.urgency, closed.state) == ("open", "immediate", "closed")

    @pytest.mark.parametrize("reference", ["", "AAA-AAA", "😀", "x" * 300, "'; --"])
    def test_a_reference_that_is_nobodys_does_nothing(
        self, database: Database, clock: TestClock, ways: Ways, reference: str
    ) -> None:
        with database.unit() as session:
            person = parent(session, clock.now())
            assert not service.says_safe(session, person, reference, clock.now())
            assert service.needs_somebody(session, ways, person, reference, clock.now()) is None

    def test_another_parents_case_cannot_be_touched(
        self, database: Database, clock: TestClock, ways: Ways
    ) -> None:
        with database.unit() as session:
            case = hears(session, ways, parent(session, clock.now(), 1001), SKINT, clock.now()).case
            assert case is not None
            other = parent(session, clock.now(), 1002, "Dean")
            session.flush()
            assert not service.says_safe(session, other, case.reference, clock.now())
            assert service.needs_somebody(session, ways, other, case.reference, clock.now()) is None
            assert case.urgency == "today"


class TestTheConversation:
    def test_an_answer_to_the_team_joins_its_case_for_three_days(
        self, database: Database, clock: TestClock, ways: Ways
    ) -> None:
        with database.unit() as session:
            person = parent(session, clock.now())
            case = hears(session, ways, person, SKINT, clock.now()).case
            assert case is not None
            session.flush()
            assert service.in_conversation(session, person, clock.now()) is None
            desk.reply(session, PRIYA, case.reference, "Can I ring you?", clock.now())
            assert service.in_conversation(session, person, clock.now() + timedelta(hours=71)) is case
            assert service.in_conversation(session, person, clock.now() + timedelta(hours=72)) is None
            answer = message("yes please", clock.now())
            for _ in range(2):
                service.add_to_conversation(session, case, person, answer, clock.now())
                session.flush()
            assert (case.messages, case.urgency) == (2, "today")
            desk.close(session, PRIYA, case.reference, "advice", "rang", clock.now())
            assert service.in_conversation(session, person, clock.now()) is None
