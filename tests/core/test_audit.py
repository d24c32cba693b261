"""The audit chain: each row carries the hash of the one before, so nobody can change the past unseen."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import delete, text, update

from core import audit
from core.audit import AuditBroken
from core.clock import local
from core.database import Database
from core.models import AuditRow, Remembered
from core.remember import forget
from tests.conftest import TestClock
from tests.waiting import at_once


@pytest.fixture
def chain(database: Database, clock: TestClock) -> Database:
    """Five acts, each in a transaction of its own."""
    for number in range(1, 6):
        with database.unit() as session:
            audit.record(session, clock.move(minutes=1), "staff:1", "case.read", f"K7M-00{number}", page=number)
    return database


def verified(database: Database) -> int:
    with database.reading() as session:
        return audit.verify(session)


def test_an_empty_chain_holds(database: Database) -> None:
    assert verified(database) == 0


def test_an_untouched_chain_holds(chain: Database) -> None:
    assert verified(chain) == 5
    with chain.reading() as session:
        assert audit.length(session) == 5


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("at", "2020-01-01 00:00:00.000000+00:00"),
        ("actor", "'staff:2'"),
        ("act", "'case.closed'"),
        ("subject", "'K7M-999'"),
        ("detail", "'{}'"),
        ("before", f"'{'0' * 63}1'"),
        ("hash", f"'{'0' * 63}1'"),
    ],
)
def test_a_change_to_any_column_is_seen(chain: Database, column: str, value: str) -> None:
    with chain.unit() as session:
        given = f"'{value}'" if column == "at" else value
        session.execute(text(f"UPDATE audit SET {column} = {given} WHERE number = 3"))
    with pytest.raises(AuditBroken, match="row 3"):
        verified(chain)


def test_a_row_moved_to_another_place_is_seen(chain: Database) -> None:
    with chain.unit() as session:
        session.execute(update(AuditRow).where(AuditRow.number == 3).values(number=30))
    with pytest.raises(AuditBroken, match="row 3 is missing"):
        verified(chain)


@pytest.mark.parametrize("gone", [1, 3])
def test_a_row_missing_from_the_beginning_or_middle_is_seen(chain: Database, gone: int) -> None:
    with chain.unit() as session:
        session.execute(delete(AuditRow).where(AuditRow.number == gone))
    with pytest.raises(AuditBroken, match=f"row {gone} is missing"):
        verified(chain)


def test_rows_cut_off_at_the_end_are_seen(chain: Database) -> None:
    with chain.unit() as session:
        session.execute(delete(AuditRow).where(AuditRow.number >= 4))
    with pytest.raises(AuditBroken, match="2 rows are missing from the end"):
        verified(chain)


def test_a_chain_whose_rows_are_all_gone_is_seen(chain: Database) -> None:
    with chain.unit() as session:
        session.execute(delete(AuditRow))
    with pytest.raises(AuditBroken, match="5 rows"):
        verified(chain)


def test_a_forgotten_length_is_seen(chain: Database) -> None:
    with chain.unit() as session:
        forget(session, "audit.length")
        session.execute(delete(AuditRow).where(AuditRow.number >= 4))
    with pytest.raises(AuditBroken, match="the kept length is 0"):
        verified(chain)


def test_a_shorter_length_than_the_rows_is_seen(chain: Database) -> None:
    with chain.unit() as session:
        session.execute(update(Remembered).where(Remembered.name == "audit.length").values(value=2))
    with pytest.raises(AuditBroken, match="the kept length is 2, but there are 5 rows"):
        verified(chain)


def test_a_row_put_in_is_seen(chain: Database, clock: TestClock) -> None:
    row: dict[str, Any] = {"actor": "staff:9", "act": "x", "subject": "", "detail": {}, "before": "0", "hash": "1"}
    with chain.unit() as session:
        session.add(AuditRow(number=6, at=clock.now(), **row))
    with pytest.raises(AuditBroken, match="row 6"):
        verified(chain)


def test_a_moment_in_another_zone_is_recorded_just_as_well(database: Database, clock: TestClock) -> None:
    with database.unit() as session:
        audit.record(session, local(clock.move(days=240)), "command", "guide.loaded")
    assert verified(database) == 1


def test_what_was_rolled_back_leaves_no_gap(chain: Database, clock: TestClock) -> None:
    def fails() -> None:
        with chain.unit() as session:
            audit.record(session, clock.now(), "staff:1", "case.read", "K7M-4QX")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fails()
    with chain.unit() as session:
        assert audit.record(session, clock.now(), "staff:1", "case.read", "K7M-4QX").number == 6
    assert verified(chain) == 6


def test_acts_at_the_same_moment_take_turns(database: Database, clock: TestClock) -> None:
    def act(number: int) -> None:
        for page in range(5):
            with database.unit() as session:
                audit.record(session, clock.now(), f"staff:{number}", "case.read", "K7M-4QX", page=page)

    assert at_once(*[lambda number=number: act(number) for number in range(6)]) == [None] * 6
    assert verified(database) == 30


def test_verifying_while_acts_are_recorded_raises_no_false_alarm(database: Database, clock: TestClock) -> None:
    def act() -> None:
        for page in range(40):
            with database.unit() as session:
                audit.record(session, clock.now(), "staff:1", "case.read", "K7M-4QX", page=page)

    def prove() -> None:
        for _ in range(40):
            verified(database)

    assert at_once(act, prove) == [None, None]
