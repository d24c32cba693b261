"""Redis carries wake-ups and nothing else: with it gone in the middle, Cairn goes on with a look each second."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from core.database import Database
from core.signals import RedisSignals
from moderation.service import Ways
from rehearsal import World, serve
from tests.core.test_signals import RedisServer, redis_server  # noqa: F401 (a fixture)
from tests.e2e.street import AWFUL, DEAN, KAYLEIGH, SHAZ, Street
from tests.waiting import until


@pytest.fixture
def street(sqlite_only: Database, ways: Ways, redis_server: RedisServer) -> Iterator[Street]:  # noqa: F811
    sqlite_only.signals = RedisSignals(redis_server.address)
    world = World.with_cast()
    with serve(world) as server:
        found = Street(sqlite_only, ways, world, server)
        found.begin()
        yield found
        found.end()
        sqlite_only.signals.close()


def answered(street: Street, person: int, times: int = 1) -> bool:
    return len(street.said_to(person)) >= times


def test_redis_that_goes_and_comes_back_costs_a_second_and_no_message(
    street: Street,
    redis_server: RedisServer,  # noqa: F811
) -> None:
    street.writes(KAYLEIGH, AWFUL)
    until(lambda: answered(street, KAYLEIGH), 20, "a card with Redis there")
    redis_server.stop()
    street.writes(DEAN, AWFUL)
    street.writes(KAYLEIGH, "are you still there")
    until(lambda: answered(street, DEAN), 20, "a card with Redis gone")
    until(lambda: answered(street, KAYLEIGH, 2), 20, "an answer with Redis gone")
    redis_server.start()
    street.writes(SHAZ, AWFUL)
    until(lambda: answered(street, SHAZ), 20, "a card with Redis back")
    street.rests()
    assert len(street.flagged()) == 3
    assert [len(street.said_to(person)) for person in (KAYLEIGH, DEAN, SHAZ)] == [2, 1, 1]
