"""What a draft would change, counted over kept messages and the suite, without a word kept of any message."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.database import Database
from moderation.policies import backtest, service
from moderation.policies.models import PolicyBacktest
from moderation.policies.service import PolicyRefused
from moderation.screening.judge import Judge
from moderation.service import Ways
from tests.conftest import TestClock
from tests.factories import hears, parent
from tests.policies.conftest import HEARD, LEAD, ZORBLED, Publishes
from tests.waiting import until

pytestmark = pytest.mark.usefixtures("small_suite")


@pytest.fixture
def kept(database: Database, clock: TestClock, ways: Ways) -> None:
    """Three messages of this month and one of long ago."""
    with database.unit() as session:
        kayleigh = parent(session, clock.now())
        hears(session, ways, kayleigh, f"{HEARD}, long ago", clock.now() - timedelta(days=31))
        for words in (HEARD, "lovely morning at the park", "i want to die"):
            hears(session, ways, kayleigh, words, clock.now())


def begun(database: Database, clock: TestClock) -> int:
    with database.unit() as session:
        return backtest.start(session, LEAD, clock.now()).id


def run_of(session: Session, number: int) -> PolicyBacktest:
    run = session.get(PolicyBacktest, number)
    assert run is not None
    return run


@pytest.mark.usefixtures("kept")
def test_it_counts_what_would_change_and_keeps_no_words(
    database: Database, clock: TestClock, drafts: Publishes
) -> None:
    drafts(ZORBLED)
    number = begun(database, clock)
    backtest.carry_out(database, clock, number, lambda: None)
    with database.reading() as session:
        run = run_of(session, number)
        assert (run.state, run.done, run.total) == ("done", 6, 6)
        result: dict[str, Any] = run.result
        assert result["messages"] == 3
        assert result["moved"] == {"none to immediate": 1}
        assert result["categories"] == [{"category": "child_harm", "more": 1, "fewer": 0}]
        assert [(one["live"], one["draft"]) for one in result["listed"]] == [("none", "immediate")]
        rows = {(row["group"], row["name"]): (row["live"], row["draft"]) for row in result["suite"]}
        assert rows["category", "child_harm"] == (0.0, 1.0)
        assert rows["category", "suicide_self_harm"] == (1.0, 1.0)
        assert rows["false alarms", "practical"] == (0.0, 0.0)
        for words in ("zorbled", "park", "want to die"):
            assert words not in json.dumps(result)


def test_it_works_with_no_messages_and_no_suite(
    database: Database, clock: TestClock, drafts: Publishes, small_suite: Path
) -> None:
    (small_suite / "a.jsonl").unlink()
    drafts(ZORBLED)
    number = begun(database, clock)
    backtest.carry_out(database, clock, number, lambda: None)
    with database.reading() as session:
        assert run_of(session, number).state == "done"


def test_there_is_one_at_a_time_and_only_of_a_draft(
    database: Database, clock: TestClock, drafts: Publishes
) -> None:
    with database.unit() as session, pytest.raises(PolicyRefused, match="no draft"):
        backtest.start(session, LEAD, clock.now())
    drafts(ZORBLED)
    begun(database, clock)
    with database.unit() as session, pytest.raises(PolicyRefused, match="under way"):
        backtest.start(session, LEAD, clock.now())


def test_one_that_is_not_heard_of_for_a_minute_has_stopped_and_can_be_started_again(
    database: Database, clock: TestClock, drafts: Publishes
) -> None:
    drafts(ZORBLED)
    first = begun(database, clock)
    clock.move(seconds=60)
    with database.reading() as session:
        assert not backtest.stopped(run_of(session, first), clock.now())
    clock.move(seconds=1)
    with database.reading() as session:
        assert backtest.stopped(run_of(session, first), clock.now())
    second = begun(database, clock)
    backtest.carry_out(database, clock, second, lambda: None)
    backtest.carry_out(database, clock, first, lambda: None)
    with database.reading() as session:
        states = session.scalars(select(PolicyBacktest.state).order_by(PolicyBacktest.id)).all()
        assert states == ["failed", "done"]


@pytest.mark.usefixtures("kept")
def test_it_can_be_cancelled_between_two_batches(
    database: Database, clock: TestClock, drafts: Publishes, monkeypatch: pytest.MonkeyPatch
) -> None:
    drafts(ZORBLED)
    number = begun(database, clock)
    asked: list[int] = []
    really = Judge.compare

    def compare(self: Judge, other: Judge, texts: list[str]) -> Any:
        asked.append(len(texts))
        with database.unit() as session:
            backtest.cancel(session, number, LEAD, clock.now())
        return really(self, other, texts)

    monkeypatch.setattr(Judge, "compare", compare)
    backtest.carry_out(database, clock, number, lambda: None)
    assert len(asked) == 1
    with database.reading() as session:
        assert (run_of(session, number).state, run_of(session, number).result) == ("cancelled", None)


def test_trouble_is_noted_and_never_raised(
    database: Database, clock: TestClock, drafts: Publishes, monkeypatch: pytest.MonkeyPatch
) -> None:
    drafts(ZORBLED)
    number = begun(database, clock)
    monkeypatch.setattr(Judge, "compare", None)
    backtest.carry_out(database, clock, number, lambda: None)
    with database.reading() as session:
        assert run_of(session, number).state == "failed"


def test_a_later_save_makes_it_stale(database: Database, clock: TestClock, drafts: Publishes) -> None:
    drafts("")
    number = begun(database, clock)
    with database.unit() as session:
        row = service.draft(session)
        assert row is not None
        service.save(session, ZORBLED, row.lock, LEAD, clock.now())
        assert run_of(session, number).lock != row.lock


def test_it_runs_beside_everything_else(database: Database, clock: TestClock, drafts: Publishes) -> None:
    drafts(ZORBLED)
    number = begun(database, clock)
    backtest.in_background(database, clock, number, lambda: None)

    def done() -> bool:
        with database.reading() as session:
            return run_of(session, number).state == "done"

    until(done, 30, "the backtest to be done")
