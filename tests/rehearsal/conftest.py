"""A world whose time the test moves, and a server for it on a free port."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from rehearsal import ApiError, Server, World, serve

GROUP = -1_000_000_000_001


class Clock:
    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now

    def pass_time(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def world(clock: Clock) -> World:
    made = World.with_cast(clock)
    made.limits = None
    return made


@pytest.fixture
def server(world: World) -> Iterator[Server]:
    with serve(world) as running:
        yield running


@pytest.fixture
def refusal(world: World) -> Callable[..., ApiError]:
    """What Telegram says to a call that must fail."""

    def call(method: str, **params: Any) -> ApiError:
        with pytest.raises(ApiError) as caught:
            world.call(method, params)
        return caught.value

    return call


@pytest.fixture
def take(world: World) -> Callable[[], list[dict[str, Any]]]:
    """All updates waiting, taken and confirmed."""

    def read() -> list[dict[str, Any]]:
        found = [json.loads(update.body) for update in world.updates.pending]
        world.updates.clear()
        return found

    return read
