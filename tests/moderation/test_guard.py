"""Screening that hangs fails loud, and the next message is screened all the same."""

from __future__ import annotations

import threading

import pytest

from moderation.guard import TimeLimited
from moderation.screening import Screening, Urgency, screen


def test_it_gives_what_screening_gives_and_passes_on_what_it_raises() -> None:
    assert TimeLimited(screen)("i want to die").urgency is Urgency.IMMEDIATE

    def broken(text: str) -> Screening:
        raise ValueError(text)

    with pytest.raises(ValueError, match="hello"):
        TimeLimited(broken)("hello")


def test_a_message_that_hangs_is_given_up_and_does_not_hold_up_the_next() -> None:
    stuck = threading.Event()

    def hangs_once(text: str) -> Screening:
        if text == "hang":
            stuck.wait(30)
        return screen(text)

    limited = TimeLimited(hangs_once, seconds=0.2)
    with pytest.raises(TimeoutError):
        limited("hang")
    assert limited("i want to die").urgency is Urgency.IMMEDIATE
    stuck.set()


def test_what_was_foreseen_is_not_screened_again() -> None:
    asked: list[str] = []

    def counting(text: str) -> Screening:
        asked.append(text)
        return screen(text)

    limited = TimeLimited(counting)
    limited.foresee(["i want to die", "hello"])
    assert limited("i want to die").urgency is Urgency.IMMEDIATE
    assert sorted(asked) == ["hello", "i want to die"]


def test_one_that_fails_is_still_raised_for_and_spoils_no_other() -> None:
    def broken_once(text: str) -> Screening:
        if text == "poison":
            raise ValueError
        return screen(text)

    limited = TimeLimited(broken_once)
    limited.foresee(["i want to die", "poison"])
    assert limited("i want to die").urgency is Urgency.IMMEDIATE
    with pytest.raises(ValueError):
        limited("poison")
