"""What the moderation room needs from outside."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from moderation.hours import Hours
from moderation.screening import Screening
from moderation.screening.conversation import InLight, Said


@dataclass(frozen=True, slots=True)
class Ways:
    """What the moderation room needs from outside: the screening, the hours, where the console is.

    `in_light` judges a message by its conversation too; without it each stands alone. `follow` takes up a
    policy that has come into force since; `shadow` lets a draft judge a message without effect.
    """

    screen: Callable[[str], Screening]
    hours: Hours
    console: str
    in_light: Callable[[Said, Sequence[Said]], InLight] | None = None
    follow: Callable[[], bool] | None = None
    shadow: Callable[[str, Callable[[], tuple[int | None, int]]], None] | None = None
