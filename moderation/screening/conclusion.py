"""Turn what was heard in a message into concerns a moderator can read."""

from __future__ import annotations

import re
from dataclasses import dataclass

from moderation.screening.matcher import Match
from moderation.screening.model import Category, Concern, Screening, Span, Urgency
from moderation.screening.normalise import Reading
from moderation.screening.phrases import Phrase

NOTHING = Screening(Urgency.NONE, ())
_MOST_EVIDENCE = 20
_MOST_QUOTED = 80
_MARKUP = re.compile(r"[^\w'’ £-]|_")


@dataclass(frozen=True, slots=True)
class Heard:
    """A phrase found in a message, with the urgency it has where it stands."""

    phrase: Phrase
    match: Match
    urgency: Urgency


def concluded(text: str, reading: Reading, heard: list[Heard]) -> Screening:
    """One concern a category, gravest first; the urgency of the message is the highest of them."""
    by_category: dict[Category, list[Heard]] = {}
    for item in heard:
        if item.phrase.category is not None:
            by_category.setdefault(item.phrase.category, []).append(item)
    if not by_category:
        return NOTHING
    concerns = [_concern(text, reading, category, items) for category, items in by_category.items()]
    concerns.sort(key=lambda concern: (-concern.urgency.rank, concern.category.value))
    return Screening(concerns[0].urgency, tuple(concerns))


def _concern(text: str, reading: Reading, category: Category, items: list[Heard]) -> Concern:
    """Its gravest phrase says why; the words of every phrase are evidence."""
    items.sort(key=_gravest)
    first = items[0]
    spans = {(reading.starts[i.match.start], reading.ends[i.match.end - 1]) for i in items}
    evidence = tuple(Span(start, end) for start, end in _merged(spans))[:_MOST_EVIDENCE]
    words = text[reading.starts[first.match.start] : reading.ends[first.match.end - 1]]
    past = ", spoken of as past" if first.urgency < first.phrase.urgency else ""
    return Concern(category, first.urgency, evidence, f"“{quotable(words)}”: {first.phrase.note}{past}.")


def _gravest(item: Heard) -> tuple[int, int, int, int]:
    return -item.urgency.rank, item.match.start, -item.match.end, item.match.entry


def _merged(spans: set[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def quotable(words: str) -> str:
    """The matched words without anything a page or a chat could read as markup."""
    short = " ".join(_MARKUP.sub(" ", words).split())
    return short if len(short) <= _MOST_QUOTED else short[: _MOST_QUOTED - 1].rstrip() + "…"
