"""Workers follow the live policy while they run; what cannot be built leaves the old one in force, and is said."""

from __future__ import annotations

import asyncio
import threading

import pytest
from sqlalchemy import select, update

from bot.updates import CHANNEL, arrival
from bot.worker import Worker
from core import inbox
from core.database import Database
from core.remember import recall
from moderation.guard import TimeLimited
from moderation.hours import Hours
from moderation.models import Flag
from moderation.policies import live, service
from moderation.policies.live import LiveScreening
from moderation.policies.models import PolicyVersion
from moderation.screening import Screening, Urgency
from moderation.ways import Ways
from tests import factories
from tests.conftest import TestClock
from tests.e2e.updates import written
from tests.policies.conftest import HEARD, LEAD, ZORBLED, Publishes


class Ticks:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def ticks() -> Ticks:
    return Ticks()


@pytest.fixture
def screening(database: Database, clock: TestClock, ticks: Ticks) -> LiveScreening:
    return LiveScreening(database, clock, None, ticks)


def test_it_begins_with_what_is_live(
    database: Database, clock: TestClock, ticks: Ticks, publishes: Publishes
) -> None:
    number = publishes(ZORBLED)
    begun = LiveScreening(database, clock, None, ticks)
    assert begun.follow()
    assert (begun(HEARD).urgency, begun(HEARD).policy) == (Urgency.IMMEDIATE, number)


def test_two_processes_follow_within_a_second_and_back(
    database: Database, clock: TestClock, ticks: Ticks, screening: LiveScreening, publishes: Publishes
) -> None:
    other = LiveScreening(database, clock, None, ticks)
    assert [one.follow() for one in (screening, other)] == [True, True]
    assert screening(HEARD).urgency is Urgency.NONE
    number = publishes(ZORBLED)
    assert not screening.follow(), "it looks once a second"
    ticks.now += 1
    for one in (screening, other):
        assert one.follow()
        assert (one(HEARD).urgency, one(HEARD).policy) == (Urgency.IMMEDIATE, number)
        assert one.screen_many([HEARD, "hello"])[0].policy == number
    with database.unit() as session:
        service.roll_back(session, 1, LEAD, clock.now())
    ticks.now += 1
    assert screening.follow()
    assert (screening(HEARD).urgency, screening(HEARD).policy) == (Urgency.NONE, number + 1)


def test_nothing_is_asked_of_the_database_within_a_second(
    database: Database, ticks: Ticks, screening: LiveScreening, monkeypatch: pytest.MonkeyPatch
) -> None:
    screening.follow()
    monkeypatch.setattr(database, "reading", None)
    ticks.now += 0.9
    assert not screening.follow()


def test_a_policy_that_cannot_be_built_leaves_the_old_one_and_is_said(
    database: Database, clock: TestClock, ticks: Ticks, screening: LiveScreening, publishes: Publishes
) -> None:
    good = publishes(ZORBLED)
    screening.follow()
    bad = publishes("thresholds:\n  flag: 0.4\n  today: 0.5\n  immediate: 0.6\n  category: 0.5\n")
    with database.unit() as session:
        session.execute(update(PolicyVersion).where(PolicyVersion.number == bad).values(sealed="phrases: ["))
    ticks.now += 1
    assert not screening.follow()
    assert (screening(HEARD).urgency, screening(HEARD).policy) == (Urgency.IMMEDIATE, good)
    ticks.now += 1
    assert not screening.follow(), "it is not tried each second"
    with database.reading() as session:
        assert f"Policy {bad} could not be built; policy {good} goes on" in recall(session, live.TROUBLE)
    with database.unit() as session:
        service.roll_back(session, 1, LEAD, clock.now())
    ticks.now += 1
    assert screening.follow()
    with database.reading() as session:
        assert recall(session, live.TROUBLE) is None


def test_what_could_not_be_built_is_tried_again(
    ticks: Ticks, screening: LiveScreening, publishes: Publishes, monkeypatch: pytest.MonkeyPatch
) -> None:
    screening.follow()
    publishes(ZORBLED)
    with monkeypatch.context() as away:
        away.setattr(live, "Judge", None)
        ticks.now += 1
        assert not screening.follow()
    ticks.now += 31
    assert screening.follow()
    assert screening(HEARD).policy == 2


def test_screening_goes_on_while_another_policy_is_built(
    screening: LiveScreening, ticks: Ticks, publishes: Publishes, monkeypatch: pytest.MonkeyPatch
) -> None:
    screening.follow()
    publishes(ZORBLED)
    ticks.now += 1
    building, go_on = threading.Event(), threading.Event()
    really = live.Judge

    def slow(*given: object) -> live.Judge:
        building.set()
        go_on.wait(30)
        return really(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(live, "Judge", slow)
    thread = threading.Thread(target=screening.follow)
    thread.start()
    assert building.wait(30)
    assert screening("i want to die").policy == 1
    go_on.set()
    thread.join(30)
    assert screening(HEARD).policy == 2


def test_a_worker_takes_up_another_policy_between_its_rounds(
    database: Database, clock: TestClock, ticks: Ticks, screening: LiveScreening, publishes: Publishes
) -> None:
    limited = TimeLimited(screening)
    ways = Ways(limited, Hours(), "http://127.0.0.1:8000", limited.limited(screening.in_light), screening.follow)
    worker = Worker(database, clock, ways, "Cairn", "1:rehearsal")
    with database.unit() as session:
        factories.parent(session, clock.now(), 1001)

    def says(number: int, words: str) -> None:
        with database.unit() as session:
            inbox.store(session, CHANNEL, [arrival(written(number, words, 1001, 1001))], clock.now())

    with asyncio.Runner() as runner:
        says(1, "i want to die")
        assert runner.run(worker.round()) == 1
        publishes(ZORBLED)
        ticks.now += 1
        while screening.judge.policy.number == 1:
            runner.run(worker.round())
            ticks.now += 1
        says(2, HEARD)
        assert runner.run(worker.round()) == 1
    with database.reading() as session:
        flags = session.scalars(select(Flag).order_by(Flag.id)).all()
        assert [(flag.urgency, flag.evidence["policy"]) for flag in flags] == [("immediate", 1), ("immediate", 2)]


def test_trouble_in_looking_does_not_stop_a_worker(database: Database, clock: TestClock) -> None:
    asked: list[int] = []

    def fails() -> bool:
        asked.append(1)
        if len(asked) > 1:
            raise RuntimeError
        return False

    def calm(text: str) -> Screening:
        return Screening(Urgency.NONE, ())

    worker = Worker(database, clock, Ways(calm, Hours(), "", follow=fails), "Cairn", "1:rehearsal")
    with asyncio.Runner() as runner:
        for _ in range(4):
            assert runner.run(worker.round()) == 0
    assert len(asked) > 1
