"""From what both layers found to one screening. Pure: numbers and phrases in, concerns out.

The meaning layer's likelihoods are weighed together with what phrases heard: a phrase lowers the bar that a
likelihood must pass, by as much as the bank shows it is worth (the card's `phrase_weights`). A phrase that a
safeguarding lead put into the policy stands by itself.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from moderation.screening.model import Category, Concern, Span, Urgency

LEVELS = {"flag": Urgency.REVIEW, "today": Urgency.TODAY, "immediate": Urgency.IMMEDIATE}
_MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class Weighed:
    """The likelihoods (0 to 1) that a human should look at all, today, at once; each with phrases weighed in."""

    flag: float
    today: float
    immediate: float


def weigh(likely: Mapping[str, float], heard: Urgency, weights: Mapping[str, Sequence[float]]) -> Weighed:
    """Weigh likelihoods by level with the gravest urgency that phrases heard.

    `weights` has for each level the slope of the likelihood and what is added when phrases heard nothing, a
    review, a today, an immediate worry; all in log odds.
    """
    return Weighed(**{level: _sigmoid(_score(likely[level], heard.rank, weights[level])) for level in LEVELS})


def _score(likelihood: float, rank: int, weights: Sequence[float]) -> float:
    slope, *added = weights
    bounded = min(max(likelihood, 1e-6), 1 - 1e-6)
    return slope * math.log(bounded / (1 - bounded)) + added[rank]


def _sigmoid(score: float) -> float:
    return 1 / (1 + math.exp(-max(-40.0, min(40.0, score))))


def urgency(weighed: Weighed, thresholds: Mapping[str, float], sure: Urgency = Urgency.NONE) -> Urgency:
    """How soon a human looks. `sure` is the least it may be."""
    found = Urgency.NONE
    if weighed.flag >= thresholds["flag"]:
        found = Urgency.TODAY if weighed.today >= thresholds["today"] else Urgency.REVIEW
    if weighed.immediate >= thresholds["immediate"]:
        found = Urgency.IMMEDIATE
    return max(found, sure, key=lambda level: level.rank)


def named(likely: Sequence[float], heard: Sequence[Category], least: float) -> list[Category]:
    """The categories to name: those likely enough, and those that phrases heard.

    Where that leaves none, the likeliest.
    """
    order = sorted(Category, key=lambda category: -likely[_NUMBER[category]])
    found = [category for category in order if likely[_NUMBER[category]] >= least][:_MOST_NAMED]
    found += [c for c in dict.fromkeys(heard) if c not in found]
    return found or order[:1]


_NUMBER = {category: number for number, category in enumerate(Category)}


def concerns(
    level: Urgency,
    categories: Sequence[Category],
    by_phrase: Sequence[Concern],
    by_meaning: Callable[[Category], tuple[Span | None, str]],
) -> tuple[Concern, ...]:
    """A concern for each category, with its reason: the phrase heard, or what it reads like."""
    phrases = {concern.category: concern for concern in by_phrase}
    said_outright = any(concern.urgency >= level for concern in by_phrase)
    found = []
    for category in categories:
        heard = phrases.get(category)
        if heard is not None:
            soon = level if category is categories[0] or heard.urgency > level else heard.urgency
            found.append(Concern(category, soon, heard.evidence, heard.why))
        else:
            span, why = by_meaning(category)
            # the card is to be about what was said outright
            soon = min(level, Urgency.TODAY) if said_outright else level
            found.append(Concern(category, soon, (span,) if span else (), why))
    if found and all(concern.urgency is not level for concern in found):
        first = found[0]
        found[0] = Concern(first.category, level, first.evidence, first.why)
    found.sort(key=lambda concern: -concern.urgency.rank)
    return tuple(found)
