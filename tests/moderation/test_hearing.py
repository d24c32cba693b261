"""From a message to a human: kept, in a case, answered with a card, and those on duty alerted, all in one go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import NoReturn

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core import outbox, taps
from core.database import Database
from core.models import OutboxItem
from core.outbox import Say
from moderation import desk, service
from moderation.casebook import Happened, Kind, fold
from moderation.cases import mirrored
from moderation.models import Case, CaseEvent, Flag
from moderation.service import Ways
from people import conversations
from people import service as people
from people.models import Message, Person
from staff import service as staff
from staff.roles import Role
from tests.conftest import TestClock
from tests.factories import (
    ABOUT_A_WORKER,
    AT_THE_END_OF_HER_ROPE,
    HARMLESS,
    SKINT,
    colleague,
    hears,
    message,
    parent,
    parents_group,
)
from tests.waiting import at_once

LONG_AGO = "my stepdad hit me when I was little"
PRIYA = desk.Actor("staff:1", (Role.MODERATOR.value,))


def cases(session: Session) -> Sequence[Case]:
    return session.scalars(select(Case).order_by(Case.id)).all()


def kinds(session: Session, case: Case) -> list[str]:
    """What happened in a case, in order."""
    session.flush()
    return list(
        session.scalars(select(CaseEvent.kind).where(CaseEvent.case_id == case.id).order_by(CaseEvent.number))
    )


def leaving(session: Session, what: str) -> list[tuple[OutboxItem, Say]]:
    """The cards, alerts or replies in the outbox."""
    session.flush()
    found = []
    for item in session.scalars(select(OutboxItem).order_by(OutboxItem.id)):
        if item.about.get("what") == what:
            said = outbox.opened(item)[1]
            assert isinstance(said, Say)
            found.append((item, said))
    return found


def a_moderator_on_duty(session: Session, clock: TestClock, *roles: Role, number: int = 2001) -> None:
    """Somebody whom alerts reach."""
    member = colleague(session, clock.now(), *roles, email=f"m{number}@example.org")
    staff.set_duty(session, member, True)
    staff.link_telegram(session, member.id, parent(session, clock.now(), number, f"Moderator {number}").id)


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


def test_the_promise_tells_of_word_sent_only_where_somebody_is_reached(
    database: Database, clock: TestClock, ways: Ways
) -> None:
    clock.move(hours=14)
    with database.unit() as session:
        hears(session, ways, parent(session, clock.now(), 1001), AT_THE_END_OF_HER_ROPE, clock.now())
        assert "sent word" not in leaving(session, "card")[-1][1].text
    with database.unit() as session:
        a_moderator_on_duty(session, clock)
        hears(session, ways, parent(session, clock.now(), 1002), AT_THE_END_OF_HER_ROPE, clock.now())
        assert "sent word" in leaving(session, "card")[-1][1].text


def test_every_case_says_the_same_as_its_events(database: Database, clock: TestClock, ways: Ways) -> None:
    """After a day with a bit of everything, each row holds just what its list of events gives."""
    with database.unit() as session:
        a_moderator_on_duty(session, clock)
        group = parents_group(session, clock.now())
        for number in range(1001, 1005):
            person = parent(session, clock.now(), number)
            for words in (LONG_AGO, HARMLESS, SKINT, AT_THE_END_OF_HER_ROPE, ABOUT_A_WORKER)[: number - 1000]:
                hears(session, ways, person, words, clock.move(minutes=3), chat=group if number % 2 else None)
            case = service.ask_for_person(session, ways, person, None, clock.move(minutes=3))
            session.flush()
            service.says_safe(session, person, case.reference, clock.move(minutes=1))
            desk.claim(session, PRIYA, case.reference, clock.move(minutes=1))
            desk.reply(session, PRIYA, case.reference, "Hello", clock.move(minutes=1))
            if number % 2:
                desk.release(session, PRIYA, case.reference, clock.move(minutes=1))
            else:
                desk.close(session, PRIYA, case.reference, "advice", "rang", clock.move(minutes=1))
            service.needs_somebody(session, ways, person, case.reference, clock.move(minutes=1))
    with database.reading() as session:
        assert len(cases(session)) >= 6
        for case in cases(session):
            rows = session.scalars(
                select(CaseEvent).where(CaseEvent.case_id == case.id).order_by(CaseEvent.number)
            )
            events = [Happened(row.at, Kind(row.kind), row.actor, row.detail) for row in rows]
            assert fold(events) == mirrored(case)
            assert (case.rank, case.state) == (fold(events).urgency.rank, fold(events).name)
            assert case.messages == len(session.scalars(select(Flag).where(Flag.case_id == case.id)).all())


def test_two_worries_of_one_person_at_the_same_moment_are_one_case(
    database: Database, clock: TestClock, ways: Ways
) -> None:
    with database.unit() as session:
        person = parent(session, clock.now())
        conversations.private(session, person, clock.now())
        group_id = parents_group(session, clock.now()).id

    def writes(in_group: bool) -> str:
        with database.unit() as session:
            person = parent(session, clock.now())
            chat = conversations.get(session, group_id) if in_group else None
            case = hears(session, ways, person, AT_THE_END_OF_HER_ROPE, clock.now(), chat=chat).case
            assert case is not None
            return case.reference

    assert len(set(at_once(*[lambda n=n: writes(bool(n % 2)) for n in range(6)]))) == 1
    with database.reading() as session:
        case = session.scalars(select(Case)).one()
        assert case.messages == 6
        assert len(session.scalars(select(Person)).all()) == 1


def test_a_worry_that_comes_while_the_case_is_being_closed_is_never_lost(
    database: Database, clock: TestClock, ways: Ways
) -> None:
    """Whichever comes first: the worry is in a case that was open when it came, or in a new one."""
    for number in range(1001, 1009):
        with database.unit() as session:
            case = hears(session, ways, parent(session, clock.now(), number), SKINT, clock.now()).case
            assert case is not None
            reference = case.reference

        def closes(reference: str = reference) -> None:
            with database.unit() as session:
                desk.reply(session, PRIYA, reference, "All sorted?", clock.now())
                desk.close(session, PRIYA, reference, "advice", "sorted", clock.now())

        def writes(number: int = number) -> None:
            with database.unit() as session:
                hears(session, ways, parent(session, clock.now(), number), AT_THE_END_OF_HER_ROPE, clock.now())

        assert at_once(closes, writes) == [None, None]
    with database.reading() as session:
        for case in cases(session):
            rows = session.scalars(
                select(CaseEvent).where(CaseEvent.case_id == case.id).order_by(CaseEvent.number)
            )
            assert fold(Happened(row.at, Kind(row.kind), row.actor, row.detail) for row in rows) == mirrored(case)
        assert len(session.scalars(select(Flag)).all()) == 16
