"""Two workers at once on PostgreSQL: each chat in order, nothing double, and nobody's worry between two chairs."""

from __future__ import annotations

import asyncio
import random
import threading
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from bot.updates import CHANNEL, arrival
from bot.worker import Worker
from core import inbox
from core.database import Database
from core.models import OutboxItem
from moderation import desk
from moderation.casebook import Happened, Kind, Outcome, fold
from moderation.cases import mirrored
from moderation.models import Case, CaseEvent, Flag
from moderation.service import Ways
from people.models import Conversation, Message, Person
from staff.roles import Role
from tests import factories
from tests.conftest import TestClock
from tests.e2e.updates import GROUP, written
from tests.waiting import at_once, until

pytestmark = pytest.mark.parametrize("database", ["postgresql"], indirect=True)
PEOPLE = tuple(range(1001, 1007))
AWFUL = "im going to shake her if she doesnt stop, number {}"
HARMLESS = "anyone going to the park later, number {}"
MODERATOR = desk.Actor("staff:1", (Role.MODERATOR.value,))


@pytest.fixture
def workers(database: Database, clock: TestClock, ways: Ways) -> Iterator[list[Worker]]:
    """Two, each with a database of its own, as two processes have."""
    with database.unit() as session:
        for person in PEOPLE:
            factories.parent(session, clock.now(), person, f"Parent {person}")
        factories.parents_group(session, clock.now())
    databases = [Database(database.address) for _ in range(2)]
    yield [Worker(one, clock, ways, "Cairn", "1:rehearsal") for one in databases]
    for one in databases:
        one.close()


def store(database: Database, clock: TestClock, updates: list[Any]) -> None:
    with database.unit() as session:
        inbox.store(session, CHANNEL, [arrival(update) for update in updates], clock.now())


def settle(workers: list[Worker], database: Database, seconds: float = 60) -> None:
    """Both at work until nothing is pending."""
    stop = threading.Event()
    threads = [threading.Thread(target=worker.run, args=(stop,), daemon=True) for worker in workers]
    for thread in threads:
        thread.start()

    def nothing_pending() -> bool:
        with database.reading() as session:
            return not inbox.backlog(session)

    try:
        until(nothing_pending, seconds, "the workers to finish")
    finally:
        stop.set()
        for thread in threads:
            thread.join(10)


@pytest.mark.slow
def test_a_crowd_in_all_chats_at_once(workers: list[Worker], database: Database, clock: TestClock) -> None:
    rng = random.Random(5)
    sent: list[tuple[int, int, bool, bool]] = []
    for number in range(1, 301):
        sent.append((number, rng.choice(PEOPLE), rng.random() < 0.5, rng.random() < 0.3))
    updates = [
        written(number, (AWFUL if worrying else HARMLESS).format(number), GROUP if in_group else person, person)
        for number, person, in_group, worrying in sent
    ]

    def feed() -> None:
        for start in range(0, len(updates), 7):
            store(database, clock, updates[start : start + 7])

    feeding = threading.Thread(target=feed, daemon=True)
    store(database, clock, updates[:30])
    feeding.start()  # what is stored again is known by its number
    settle(workers, database)
    feeding.join(30)
    settle(workers, database)
    with database.reading() as session:
        _nothing_double_and_all_in_order(session, sent)


def _nothing_double_and_all_in_order(session: Any, sent: list[tuple[int, int, bool, bool]]) -> None:
    worrying = {number for number, _, _, worries in sent if worries}
    worried = {person for _, person, _, worries in sent if worries}
    rows = session.execute(
        select(Message, Conversation).join(Conversation).where(Message.author == "person").order_by(Message.id)
    ).all()
    by_chat: dict[str, list[int]] = {}
    for message, conversation in rows:
        by_chat.setdefault(conversation.address.reveal(), []).append(int(message.text.reveal().split()[-1]))
    assert sorted(number for numbers in by_chat.values() for number in numbers) == [one[0] for one in sent]
    for chat, numbers in by_chat.items():
        assert numbers == sorted(numbers), f"chat {chat} was handled out of order"
    flags = Counter(int(flag.evidence["text"].split()[-1]) for flag in session.scalars(select(Flag)))
    assert flags == Counter(worrying)
    cases = session.scalars(select(Case)).all()
    people = {person.id: int(person.address.reveal()) for person in session.scalars(select(Person))}
    assert sorted(people[case.person_id] for case in cases) == sorted(worried)
    for case in cases:
        events = session.scalars(
            select(CaseEvent).where(CaseEvent.case_id == case.id).order_by(CaseEvent.number)
        ).all()
        assert [event.number for event in events] == list(range(1, len(events) + 1))
        assert fold(Happened(one.at, Kind(one.kind), one.actor, one.detail) for one in events) == mirrored(case)
    cards = [item for item in session.scalars(select(OutboxItem)) if item.about.get("what") == "card"]
    assert len(cards) == len(worrying)


def test_one_person_one_to_one_and_in_the_group_at_the_same_moment(
    workers: list[Worker], database: Database, clock: TestClock
) -> None:
    """Neither worker knows of a case when it begins; still there is one."""
    for turn, person in enumerate(PEOPLE, 1):
        number = turn * 10
        store(
            database,
            clock,
            [
                written(number, AWFUL.format(number), person, person),
                written(number + 1, AWFUL.format(number + 1), GROUP, person),
            ],
        )
        at_once(*(lambda worker=worker: asyncio.run(worker.round()) for worker in workers))
        settle(workers, database)
    with database.reading() as session:
        cases = session.scalars(select(Case)).all()
        assert len(cases) == len(PEOPLE)
        assert {case.messages for case in cases} == {2}
        assert len(session.scalars(select(Flag)).all()) == 2 * len(PEOPLE)


def test_somebody_new_in_two_chats_at_once_is_one_person(
    workers: list[Worker], database: Database, clock: TestClock
) -> None:
    for turn in range(4):
        person, number = 5000 + turn, 100 + turn * 10
        store(
            database,
            clock,
            [
                written(number, AWFUL.format(number), person, person),
                written(number + 1, AWFUL.format(number + 1), GROUP, person),
            ],
        )
        at_once(*(lambda worker=worker: asyncio.run(worker.round()) for worker in workers))
        settle(workers, database)
    with database.reading() as session:
        known = Counter(person.address.reveal() for person in session.scalars(select(Person)))
        assert [known[str(5000 + turn)] for turn in range(4)] == [1] * 4
        assert len(session.scalars(select(Case)).all()) == 4


def test_a_worry_that_comes_while_the_case_is_being_closed_is_in_an_open_case(
    workers: list[Worker], database: Database, clock: TestClock
) -> None:
    """The moderator closes, the parent writes: whichever is first, the worry is before somebody's eyes."""
    for turn, person in enumerate(PEOPLE):
        number = 1000 + turn * 10
        store(database, clock, [written(number, AWFUL.format(number), person, person)])
        asyncio.run(workers[0].round())
        with database.reading() as session:
            reference = session.scalars(
                select(Case.reference).where(Case.state == "open").order_by(-Case.id)
            ).first()
        assert reference is not None
        store(database, clock, [written(number + 1, AWFUL.format(number + 1), person, person)])

        def close(reference: str = reference) -> None:
            with database.unit() as session:
                desk.close(session, MODERATOR, reference, Outcome.ADVICE.value, "We talked.", clock.now())

        results = at_once(close, lambda: asyncio.run(workers[1].round()))
        assert not [one for one in results if isinstance(one, DBAPIError)]
        settle(workers, database)
        with database.reading() as session:
            flag = next(
                flag for flag in session.scalars(select(Flag)) if flag.evidence["text"].endswith(str(number + 1))
            )
            case = session.get_one(Case, flag.case_id)
            events = [
                event.kind
                for event in session.scalars(
                    select(CaseEvent).where(CaseEvent.case_id == case.id).order_by(CaseEvent.number)
                )
            ]
            if case.state == "closed":
                assert events.index("closed") > max(
                    place for place, kind in enumerate(events) if kind == "message_added"
                ), "a message was added to a case that was closed already"


def test_a_worker_waits_for_a_moderator_who_is_closing_the_case(
    workers: list[Worker], database: Database, clock: TestClock
) -> None:
    """The worst moment: the closing is decided and not yet committed when the next worry is handled."""
    person = PEOPLE[0]
    store(database, clock, [written(1, AWFUL.format(1), person, person)])
    asyncio.run(workers[0].round())
    with database.reading() as session:
        (reference,) = session.scalars(select(Case.reference)).all()
    store(database, clock, [written(2, AWFUL.format(2), person, person)])
    handling = threading.Thread(target=lambda: asyncio.run(workers[1].round()), daemon=True)
    with database.unit() as session:
        desk.close(session, MODERATOR, reference, Outcome.ADVICE.value, "We talked.", clock.now())
        session.flush()
        handling.start()
        handling.join(1.0)
        assert handling.is_alive(), "the worker went on without waiting"
    handling.join(20)
    settle(workers, database)
    with database.reading() as session:
        states = [(case.state, case.messages) for case in session.scalars(select(Case).order_by(Case.id))]
    assert states == [("closed", 1), ("open", 1)]
