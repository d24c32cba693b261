"""One open case for a person, and its row says what its events say: also when much happens at the same moment."""

from __future__ import annotations

from sqlalchemy import select

from core.database import Database
from moderation import desk, service
from moderation.casebook import Happened, Kind, fold
from moderation.cases import mirrored
from moderation.models import Case, CaseEvent, Flag
from moderation.service import Ways
from people import conversations
from people.models import Person
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
from tests.moderation.seen import LONG_AGO, PRIYA, a_moderator_on_duty, cases
from tests.waiting import at_once


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
