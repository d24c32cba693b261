"""Nothing acknowledged is ever lost, though Cairn is killed at random moments with messages pouring in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import create_engine, text

from tests.e2e.kill import rounds


@pytest.fixture
def empty_postgresql(postgresql_server: str) -> Iterator[str]:
    """The address of a database of its own: other processes use it, so the tests' shared one will not do."""
    address = postgresql_server.replace("postgresql://", "postgresql+psycopg://", 1)
    engine = create_engine(address, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("CREATE DATABASE killed"))
    yield postgresql_server.replace("/postgres?", "/killed?", 1)
    with engine.connect() as connection:
        connection.execute(text("DROP DATABASE killed WITH (FORCE)"))
    engine.dispose()


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_twenty_kills_lose_nothing_on_sqlite() -> None:
    found = rounds(20, seed=20261123)
    assert found["wrong"] == []
    assert found["of them cairn up"] >= 3
    assert found["worrying"] > 50
    assert found["stored"] == found["messages"]
    assert found["cards said"] >= found["cards decided"] > 50
    assert found["replies said"] + found["replies of unknown fate"] >= found["replies"] > 0


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_six_kills_lose_nothing_on_postgresql(empty_postgresql: str) -> None:
    found = rounds(6, seed=7, real_every=100, database_url=empty_postgresql)
    assert found["wrong"] == []
    assert found["stored"] == found["messages"] > 50
    assert found["cards said"] >= found["cards decided"] > 10
