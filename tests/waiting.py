"""Waiting for something to come true, with a deadline, instead of sleeping and hoping."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TypeVar

import pytest

Found = TypeVar("Found")

LOOK_EVERY = 0.01


def until(condition: Callable[[], Found], seconds: float = 5.0, what: str = "") -> Found:
    """What `condition` gives once it is true; fails the test when that takes longer than `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > deadline:
            pytest.fail(f"waited {seconds} s in vain for {what or condition}")
        threading.Event().wait(LOOK_EVERY)


def at_once(*acts: Callable[[], object]) -> list[object]:
    """Do the acts in threads that begin at the same moment; what each gave, or the exception it raised."""
    gate = threading.Barrier(len(acts))
    results: list[object] = [None] * len(acts)

    def run(place: int, act: Callable[[], object]) -> None:
        gate.wait(10)
        try:
            results[place] = act()
        except Exception as error:
            results[place] = error

    threads = [threading.Thread(target=run, args=(place, act), daemon=True) for place, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive(), "one of the acts never came to an end"
    return results
