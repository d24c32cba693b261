"""The database: SQLite (WAL) by default, PostgreSQL in production, one schema.

Services flush and never commit. Whoever stands at the edge (an HTTP request, a round of chats, a
scheduled job, a command) opens `Database.unit()` and commits there, once.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import DateTime, Engine, MetaData, create_engine, event, text
from sqlalchemy.engine import Dialect
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.types import TypeDecorator

from core import after
from core.signals import InProcessSignals, Signals
from core.turns import Turns

MIGRATIONS = Path(__file__).parent.parent / "migrations"


class Base(DeclarativeBase):
    """All tables; constraint names are fixed so that migrations can speak of them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class Moment(TypeDecorator[datetime]):
    """A moment in UTC. Refuses naive datetimes; gives back aware ones on both databases."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a stored moment must know its zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Database:
    """An engine and its sessions."""

    def __init__(self, address: str, signals: Signals | None = None) -> None:
        """`address` is an SQLAlchemy URL. Nothing is opened until the first use.

        `signals` carries what `core.after.tell` was told, after each commit.
        """
        self.address = address
        self.signals: Signals = signals or InProcessSignals()
        self.is_sqlite = address.startswith("sqlite")
        self.engine = _sqlite(address) if self.is_sqlite else _postgresql(address)
        self._sessions = sessionmaker(self.engine, expire_on_commit=False)
        # One process writes to SQLite; its threads take turns here rather than by polling the file's lock.
        self._turn: Turns | contextlib.nullcontext[None] = Turns() if self.is_sqlite else contextlib.nullcontext()
        self._readers = sessionmaker(self.engine.execution_options(reading=True), expire_on_commit=False)

    @contextmanager
    def unit(self) -> Iterator[Session]:
        """One unit of work: commits at the end, rolls back if anything raises. Units must not nest."""
        with self._turn, self._sessions() as session:
            with session.begin():
                yield session
            told = after.take(session)
        for topic, facts in told:
            self.signals.send(topic, **facts)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session to look with; whatever it changed is thrown away."""
        with self._readers() as session:
            yield session
            session.rollback()

    def migrate(self) -> None:
        """Bring the schema to the newest revision."""
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["engine"] = self.engine
        command.upgrade(config, "head")

    def migrated(self) -> bool:
        """Whether the schema is at the newest revision. Raises DBAPIError when the database does not answer."""
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        newest = set(ScriptDirectory.from_config(config).get_heads())
        with self.reading() as session:
            return set(MigrationContext.configure(session.connection()).get_current_heads()) == newest

    def alive(self) -> bool:
        """Whether a simple question is answered."""
        with self.reading() as session:
            return bool(session.scalar(text("SELECT 1")) == 1)

    def close(self) -> None:
        self.engine.dispose()


def _sqlite(address: str) -> Engine:
    file = address.removeprefix("sqlite:///")
    if file and not file.startswith(":"):
        Path(file).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    engine = create_engine(address, connect_args={"timeout": 30, "check_same_thread": False}, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def _prepare(connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
        # The driver must not open transactions of its own: BEGIN IMMEDIATE below does.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",  # an acknowledged message survives a power cut, not only a crash
            "foreign_keys=ON",
            "busy_timeout=30000",
            "cache_size=-32000",
            "temp_store=MEMORY",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        reading = connection.get_execution_options().get("reading")
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    return engine


def _postgresql(address: str) -> Engine:
    return create_engine(address, pool_pre_ping=True, pool_size=10, max_overflow=20, hide_parameters=True)
