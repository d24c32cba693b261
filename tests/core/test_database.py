"""The database: one commit a unit, signals only after it, moments that know their zone, one schema for both."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Engine, inspect, select, text
from sqlalchemy.exc import StatementError

import moderation.models  # noqa: F401 (these make every table known)
import offer_guide.models  # noqa: F401
import people.models  # noqa: F401
import staff.models  # noqa: F401
from core import after
from core.database import MIGRATIONS, Base, Database
from core.models import Remembered
from core.remember import recall, remember
from tests.conftest import TestClock


def kept(database: Database, name: str) -> Any:
    with database.reading() as session:
        return recall(session, name)


class TestAUnitOfWork:
    def test_commits_once_at_its_end(self, database: Database, clock: TestClock) -> None:
        with database.unit() as session:
            remember(session, "a", 1, clock.now())
            assert kept(database, "a") is None
        assert kept(database, "a") == 1

    def test_signals_only_after_the_commit_and_each_signal_once(
        self, database: Database, clock: TestClock
    ) -> None:
        ears = database.signals.listen("desk")
        with database.unit() as session:
            remember(session, "a", 1, clock.now())
            for reference in ("K7M-4QX", "K7M-4QX", "B2B-222"):
                after.tell(session, "desk", case=reference)
            assert ears.wait(0) == []
        assert kept(database, "a") == 1
        assert ears.wait(1) == [{"case": "K7M-4QX"}, {"case": "B2B-222"}]

    def test_that_fails_keeps_nothing_and_signals_nothing(self, database: Database, clock: TestClock) -> None:
        ears = database.signals.listen("desk")

        def fails() -> None:
            with database.unit() as session:
                remember(session, "a", 1, clock.now())
                after.tell(session, "desk", case="K7M-4QX")
                raise RuntimeError

        with pytest.raises(RuntimeError):
            fails()
        assert kept(database, "a") is None
        assert ears.wait(0.05) == []

    def test_whose_commit_is_refused_signals_nothing(self, sqlite_only: Database, clock: TestClock) -> None:
        ears = sqlite_only.signals.listen("desk")

        def breaks_a_promise_to_the_database() -> None:
            with sqlite_only.unit() as session:
                session.execute(text("PRAGMA defer_foreign_keys=ON"))
                after.tell(session, "desk", case="K7M-4QX")
                session.execute(
                    text(
                        "INSERT INTO membership (conversation_id, person_id, state, at) VALUES (9, 9, 'asked', 0)"
                    )
                )

        with pytest.raises(Exception, match="FOREIGN KEY"):
            breaks_a_promise_to_the_database()
        assert ears.wait(0.05) == []

    def test_that_only_reads_throws_changes_away(self, database: Database, clock: TestClock) -> None:
        with database.reading() as session:
            remember(session, "a", 1, clock.now())
        assert kept(database, "a") is None


class TestMoments:
    def test_one_without_a_zone_is_refused(self, database: Database) -> None:
        def stores_a_naive_one() -> None:
            with database.unit() as session:
                remember(session, "a", 1, datetime(2026, 11, 4, 10, 0))  # noqa: DTZ001

        with pytest.raises(StatementError, match="must know its zone"):
            stores_a_naive_one()

    def test_one_comes_back_in_utc_whatever_its_zone_was(self, database: Database) -> None:
        nepal = timezone(timedelta(hours=5, minutes=45))
        with database.unit() as session:
            remember(session, "a", 1, datetime(2026, 11, 4, 15, 45, 0, 123456, tzinfo=nepal))
        with database.reading() as session:
            moment = session.scalars(select(Remembered)).one().at
            assert moment == datetime(2026, 11, 4, 10, 0, 0, 123456, tzinfo=UTC)
            assert moment.utcoffset() == timedelta(0)

    def test_one_can_be_looked_for_from_another_zone(self, database: Database, clock: TestClock) -> None:
        with database.unit() as session:
            remember(session, "a", 1, clock.now())
            wall = clock.now().astimezone(timezone(timedelta(hours=5)))
            assert session.scalars(select(Remembered).where(Remembered.at == wall)).one().name == "a"
            assert session.scalars(select(Remembered).where(Remembered.at < wall)).all() == []


class TestSQLite:
    def test_keeps_an_acknowledged_message_over_a_power_cut(self, sqlite_only: Database) -> None:
        with sqlite_only.reading() as session:
            assert session.execute(text("PRAGMA journal_mode")).scalar() == "wal"
            assert session.execute(text("PRAGMA synchronous")).scalar() == 2
            assert session.execute(text("PRAGMA foreign_keys")).scalar() == 1

    def test_makes_its_folder_for_its_owner_alone(self, tmp_path: Path) -> None:
        made = Database(f"sqlite:///{tmp_path}/new/cairn.sqlite3")
        assert made.alive()
        assert (tmp_path / "new").stat().st_mode & 0o777 == 0o700
        made.close()

    def test_can_be_read_while_it_is_written(self, sqlite_only: Database, clock: TestClock) -> None:
        with sqlite_only.unit() as session:
            remember(session, "a", 1, clock.now())
            session.flush()
            assert kept(sqlite_only, "a") is None
            assert sqlite_only.alive()


def _config(engine: Engine) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["engine"] = engine
    return config


@pytest.fixture(params=["sqlite", "postgresql"])
def bare(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """A database with nothing in it, of each kind."""
    if request.param == "sqlite":
        made = Database(f"sqlite:///{tmp_path}/bare.sqlite3")
        yield made
        made.close()
        return
    address = request.getfixturevalue("postgresql_server").replace("postgresql://", "postgresql+psycopg://", 1)
    server = Database(address)
    with server.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("DROP DATABASE IF EXISTS bare"))
        connection.execute(text("CREATE DATABASE bare"))
    made = Database(str(server.engine.url.set(database="bare").render_as_string(hide_password=False)))
    yield made
    made.close()
    server.close()


def test_the_migrations_lead_to_what_the_models_say_and_back_to_nothing(bare: Database) -> None:
    bare.migrate()
    bare.migrate()
    with bare.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        assert compare_metadata(context, Base.metadata) == []
    command.downgrade(_config(bare.engine), "base")
    assert set(inspect(bare.engine).get_table_names()) <= {"alembic_version"}
    bare.migrate()
    assert set(Base.metadata.tables) <= set(inspect(bare.engine).get_table_names())
