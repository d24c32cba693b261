"""The database locked, gone for a moment, its connections cut: nothing that was acknowledged is lost."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest
from sqlalchemy import event, text

from core.database import Database
from moderation.service import Ways
from rehearsal import World, serve
from tests.e2e.street import AWFUL, DEAN, KAYLEIGH, SHAZ, Street
from tests.waiting import until


@pytest.fixture
def street(database: Database, ways: Ways) -> Iterator[Street]:
    if database.is_sqlite:

        @event.listens_for(database.engine, "connect")
        def _impatient(connection: sqlite3.Connection, record: object) -> None:
            connection.execute("PRAGMA busy_timeout=50")  # so that a lock is trouble at once, not after 30 seconds

        database.engine.dispose()
    world = World.with_cast()
    with serve(world) as server:
        found = Street(database, ways, world, server)
        yield found
        found.end()


def test_a_database_that_is_gone_for_a_moment_loses_nothing(street: Street) -> None:
    street.begin()
    street.writes(KAYLEIGH, "before, number 1")
    until(street.kept, 20)
    with _gone(street.database):
        for person in (KAYLEIGH, DEAN, SHAZ):
            street.writes(person, f"meanwhile, says {person}")
        street.writes(DEAN, AWFUL)
        until(lambda: _polled(street) > 1, 20, "the poll to come again")
    until(lambda: len(street.kept()) == 5, 30, "what was written meanwhile")
    street.rests(30)
    assert sorted(street.kept()) == sorted(
        ["before, number 1", AWFUL, *(f"meanwhile, says {person}" for person in (KAYLEIGH, DEAN, SHAZ))]
    )
    assert street.flagged() == [AWFUL]
    assert len([said for said in street.said_to(DEAN) if "cot" in said or "999" in said]) == 1


def _polled(street: Street) -> int:
    return int(street.server.controls.counts["getUpdates"])


class _gone:
    """The database refuses to be written to: locked by somebody else (SQLite), or its tables held (PostgreSQL)."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def __enter__(self) -> None:
        if self._database.is_sqlite:
            self._held = sqlite3.connect(self._database.address.removeprefix("sqlite:///"), isolation_level=None)
            self._held.execute("BEGIN IMMEDIATE")
            return
        with self._database.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            connection.execute(text("ALTER TABLE inbox RENAME TO inbox_gone"))
            connection.execute(text("ALTER TABLE outbox RENAME TO outbox_gone"))

    def __exit__(self, *_: object) -> None:
        if self._database.is_sqlite:
            self._held.rollback()
            self._held.close()
            return
        with self._database.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            connection.execute(text("ALTER TABLE inbox_gone RENAME TO inbox"))
            connection.execute(text("ALTER TABLE outbox_gone RENAME TO outbox"))


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_connections_cut_in_the_middle_of_work_lose_nothing(street: Street) -> None:
    street.begin()
    people = (KAYLEIGH, DEAN, SHAZ)
    for number in range(1, 61):
        person = people[number % 3]
        street.writes(person, AWFUL if number % 10 == 0 else f"line {number} of {person}")
        if number % 6 == 0:
            _cut(street.database)
    until(lambda: len(street.kept()) == 60, 60, "sixty messages")
    street.rests(60)
    assert len(street.flagged()) == 6
    for person in people:
        lines = [int(line.split()[1]) for line in street.kept(person) if line.startswith("line")]
        assert lines == sorted(lines)
    assert len({case.person_id for case in street.cases()}) == len(street.cases())


def _cut(database: Database) -> None:
    with database.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE pid <> pg_backend_pid() AND datname = current_database()"
            )
        )
