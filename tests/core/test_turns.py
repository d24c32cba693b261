"""Turns at writing: whoever waits longest is next, however eager the one before."""

from __future__ import annotations

import threading

import pytest

from core.turns import Turns
from tests.waiting import until


def test_one_at_a_time() -> None:
    turns, inside, most = Turns(), 0, 0
    counting = threading.Lock()

    def take() -> None:
        nonlocal inside, most
        for _ in range(200):
            with turns:
                with counting:
                    inside += 1
                    most = max(most, inside)
                with counting:
                    inside -= 1

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (inside, most) == (0, 1)


def test_an_eager_holder_does_not_starve_who_waits() -> None:
    turns, order = Turns(), []
    first = threading.Event()

    def waits() -> None:
        first.set()
        with turns:
            order.append("sender")

    with turns:
        thread = threading.Thread(target=waits)
        thread.start()
        until(first.is_set)
        until(lambda: turns._waiting)
        order.append("worker")
    with turns:
        order.append("worker again")
    thread.join()
    assert order == ["worker", "sender", "worker again"]


def test_it_is_given_back_when_something_raises() -> None:
    turns = Turns()
    with pytest.raises(ValueError), turns:
        raise ValueError
    with turns:
        pass
