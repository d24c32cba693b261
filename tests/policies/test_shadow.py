"""A draft in shadow judges what the live policy judges, and nothing follows from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from core.database import Database
from core.models import OutboxItem
from moderation.models import Case
from moderation.policies import service, shadow
from moderation.policies.live import LiveScreening
from moderation.screening import Screening
from moderation.screening.judge import Judge
from moderation.ways import Ways
from tests.conftest import TestClock
from tests.factories import hears, parent
from tests.policies.conftest import HEARD, LEAD, ZORBLED, Publishes
from tests.waiting import until


@pytest.fixture
def screening(database: Database, clock: TestClock) -> LiveScreening:
    ticks = iter(range(10_000))
    return LiveScreening(database, clock, None, lambda: float(next(ticks)))


@pytest.fixture
def watched(screening: LiveScreening, ways: Ways) -> Ways:
    """Ways in which the shadow notes what is heard, and a test settles it."""

    def note(text: str, which: Callable[[], tuple[int | None, int]]) -> None:
        screening._shadowed.note(*which(), text)

    return replace(ways, screen=screening, shadow=note)


def in_shadow(database: Database, clock: TestClock, screening: LiveScreening, on: bool = True) -> None:
    with database.unit() as session:
        service.set_shadow(session, on, LEAD, clock.now())
    screening.follow()


def test_counts_and_ids_are_kept_and_no_words_and_nothing_happens(
    database: Database, clock: TestClock, screening: LiveScreening, watched: Ways, drafts: Publishes
) -> None:
    number = drafts(ZORBLED)
    in_shadow(database, clock, screening)
    with database.unit() as session:
        kayleigh = parent(session, clock.now())
        nobody = parent(session, clock.now(), 1002, "Dean", agreed=False)
        hears(session, watched, kayleigh, HEARD, clock.now())
        hears(session, watched, kayleigh, "lovely morning", clock.now())
        hears(session, watched, nobody, "hello", clock.now())
    assert screening.settle_shadow() == 3
    with database.reading() as session:
        [day] = shadow.days(session, number)
        assert (day.seen, day.raised, day.lowered, day.same) == (3, 1, 0, 2)
        [one] = service.differences(session, number)
        assert (one.live, one.draft) == ("none", "immediate")
        assert session.scalar(select(func.count()).select_from(Case)) == 0
        assert session.scalar(select(func.count()).select_from(OutboxItem)) == 0


def test_the_same_message_counts_once_however_often_its_round_is_done(
    database: Database, clock: TestClock, screening: LiveScreening, watched: Ways, drafts: Publishes
) -> None:
    number = drafts(ZORBLED)
    in_shadow(database, clock, screening)
    for _ in range(2):
        with database.unit() as session:
            hears(session, watched, parent(session, clock.now()), HEARD, clock.now(), number=77)
    screening.settle_shadow()
    with database.reading() as session:
        [day] = shadow.days(session, number)
        assert day.seen == 1
        assert len(service.differences(session, number)) == 1


def test_a_round_that_was_rolled_back_leaves_no_id(
    database: Database, clock: TestClock, screening: LiveScreening, watched: Ways, drafts: Publishes
) -> None:
    number = drafts(ZORBLED)
    in_shadow(database, clock, screening)

    def fails() -> None:
        with database.unit() as session:
            hears(session, watched, parent(session, clock.now()), HEARD, clock.now())
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fails()
    screening.settle_shadow()
    with database.reading() as session:
        assert service.differences(session, number) == []


def test_trouble_in_the_shadow_touches_nothing(
    database: Database,
    clock: TestClock,
    screening: LiveScreening,
    watched: Ways,
    drafts: Publishes,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    drafts(ZORBLED)
    in_shadow(database, clock, screening)

    def broken(self: Judge, other: Judge, texts: list[str]) -> list[tuple[Screening, Screening]]:
        raise ValueError("boom")

    monkeypatch.setattr(Judge, "compare", broken)
    with database.unit() as session:
        heard = hears(session, watched, parent(session, clock.now()), "i want to die", clock.now())
        assert heard.case is not None
    assert screening.settle_shadow() == 0


def test_only_the_last_fifty_are_kept_by_id(
    database: Database, clock: TestClock, screening: LiveScreening, watched: Ways, drafts: Publishes
) -> None:
    number = drafts(ZORBLED)
    in_shadow(database, clock, screening)
    with database.unit() as session:
        kayleigh = parent(session, clock.now())
        for at in range(70):
            hears(session, watched, kayleigh, HEARD, clock.now(), number=1000 + at)
    while screening.settle_shadow():
        pass
    with database.reading() as session:
        assert len(service.differences(session, number)) == shadow.MOST_KEPT
        [day] = shadow.days(session, number)
        assert (day.seen, day.raised) == (70, 70)


def test_it_ends_when_it_is_switched_off_and_goes_on_with_what_was_saved_last(
    database: Database, clock: TestClock, screening: LiveScreening, drafts: Publishes
) -> None:
    drafts("")
    in_shadow(database, clock, screening)
    assert screening.shadow is not None
    assert screening.shadow.screen(HEARD).urgency.rank == 0
    with database.unit() as session:
        row = service.draft(session)
        assert row is not None
        service.save(session, ZORBLED, row.lock, LEAD, clock.now())
    screening.follow()
    assert screening.shadow.screen(HEARD).urgency.rank == 3
    in_shadow(database, clock, screening, on=False)
    assert screening.shadow is None


@pytest.mark.parametrize("end", ["discarded", "published"])
def test_it_ends_with_the_draft(
    database: Database, clock: TestClock, screening: LiveScreening, drafts: Publishes, end: str
) -> None:
    drafts(ZORBLED)
    in_shadow(database, clock, screening)
    with database.unit() as session:
        row = service.draft(session)
        assert row is not None
        if end == "discarded":
            service.discard(session, LEAD, clock.now())
        else:
            service.propose(session, "because", row.lock, LEAD, clock.now())
            service.agree(session, row.lock, "staff:9", clock.now())
    screening.follow()
    assert screening.shadow is None


def test_it_works_by_itself_in_a_thread_of_its_own(
    database: Database, clock: TestClock, screening: LiveScreening, ways: Ways, drafts: Publishes
) -> None:
    number = drafts(ZORBLED)
    in_shadow(database, clock, screening)
    itself = replace(ways, screen=screening, shadow=screening.note_shadow)
    with database.unit() as session:
        hears(session, itself, parent(session, clock.now()), HEARD, clock.now())

    def seen() -> bool:
        with database.reading() as session:
            return [day.seen for day in shadow.days(session, number)] == [1]

    until(seen, 20, "the shadow to count")
    screening.close()


def test_without_a_shadow_nothing_is_asked(screening: LiveScreening) -> None:
    def which() -> tuple[int | None, int]:
        raise AssertionError

    screening.note_shadow(HEARD, which)
    assert screening.settle_shadow() == 0
