"""How the two models that Cairn ships are trained, and what is held back to measure and set them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

from moderation.learning.encoder import MINILM, MPNET
from moderation.learning.train import Recipe
from moderation.screening import bank
from moderation.screening.bank import Example

RECIPES = {
    "large": Recipe(MPNET, epochs=6, rate=8e-5, size=16, decay=0.95, frozen=4),
    "light": Recipe(MINILM, epochs=3, rate=3e-4, size=16, decay=0.95, head_rate=3.0),
}
LATER = frozenset({"plain-days", "in-passing-more"})
"""Files of the bank that are learnt in one last round, after the others and twice each, at a lower rate.

Added when the first training was seen to take plain talk for worry; nothing of them is held back.
"""

PARTS = 10
_SEED = 7


def settling(recipe: Recipe) -> Recipe:
    """The last round: gentle, so that what was learnt stays."""
    return replace(recipe, epochs=1, rate=recipe.rate / 3, seed=recipe.seed + 1)


def parted(examples: Sequence[Example], parts: int = PARTS) -> list[int]:
    """For each example the part it belongs to; near-duplicates are always in the same one."""
    groups = bank.groups(examples)
    keys = sorted(set(groups))
    random.Random(_SEED).shuffle(keys)
    part = {key: place % parts for place, key in enumerate(keys)}
    return [part[group] for group in groups]
