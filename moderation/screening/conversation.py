"""A message in the light of what was said before it.

A worry can lie in several short messages ("hes at it again" / "downstairs" / "kids are in my room"), in the
answer to a question ("has he hit you" / "once"), or grow over days. So a message is judged alone, then
together with what its writer has just said and the question it answers, then with those of the writer's last
days that sounded a little like a worry themselves. And what was grave stays grave: a later "lol only
joking" does not unsay it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from moderation.screening.model import Screening, Urgency

JUST_NOW = timedelta(minutes=45)
A_WHILE = timedelta(days=14)
STAYS_GRAVE = timedelta(hours=72)
MOST_EARLIER = 24
_MOST_TOGETHER = 6
_LONGEST_TOGETHER = 700
_MOST_OVER_DAYS = 4


class Judging(Protocol):
    """What a judge must offer: `likely` is how likely it is that a human should look (0 to 1), however low."""

    def likely(self, texts: Sequence[str]) -> list[tuple[Screening, float]]: ...

    def remembered(self, texts: Sequence[str]) -> list[tuple[Urgency, float]]: ...


UNEASY = 0.12
"""From this likelihood on, a message that alone is no worry counts towards one that grows over days."""


@dataclass(frozen=True, slots=True)
class Said:
    """One message of a conversation: its words, who wrote it, and when (None where nobody knows).

    `urgency` is how urgent the conversation was found to be when it was said, where that was kept.
    """

    text: str
    who: str = ""
    at: datetime | None = None
    urgency: Urgency | None = None


@dataclass(frozen=True, slots=True)
class InLight:
    """A message alone, and the same in the light of the earlier ones of its conversation.

    `conversation` is how urgent the conversation is as it now stands. `together` is what was found only
    because of earlier messages, and `why` says so; both empty where they add nothing.
    """

    alone: Screening
    conversation: Urgency
    together: Screening | None = None
    why: str = ""


def in_light(judging: Judging, message: Said, earlier: Sequence[Said]) -> InLight:
    """Judge a message by what its conversation already holds. `earlier` is in the order it was said."""
    before = [said for said in earlier if _within(said, message, A_WHILE)][-MOST_EARLIER:]
    joined = _together(message, before)
    texts = [message.text, "\n".join(joined), "\n".join(joined[:-1])] if joined else [message.text]
    judged = judging.likely(texts)
    alone, uneasy = judged[0]
    of_before = judging.remembered([said.text for said in before])
    best, without, why = alone, Urgency.NONE, ""
    if joined:
        without = judged[2][0].urgency
        if judged[1][0].urgency > max(best.urgency, without):
            best, why = judged[1][0], "Seen together with the messages just before it."
    days = _over_days(message, before, [likelihood for _, likelihood in of_before], uneasy)
    if days and not why:
        grown, so_far = (found for found, _ in judging.likely(["\n".join(days), "\n".join(days[:-1])]))
        if grown.urgency > max(best.urgency, so_far.urgency):
            best, why = grown, "Seen together with what they wrote over the last days."
    lasting = [
        found if said.urgency is None else said.urgency
        for said, (found, _) in zip(before, of_before, strict=True)
        if _within(said, message, STAYS_GRAVE)
    ]
    urgency = max([best.urgency, without, *lasting], key=lambda level: level.rank)
    if not why:
        return InLight(alone, urgency)
    concerns = tuple(replace(one, evidence=(), why=f"{why} {one.why}") for one in best.concerns)
    return InLight(alone, urgency, replace(best, concerns=concerns), why)


def _together(message: Said, before: Sequence[Said]) -> list[str]:
    """What the writer has just said, with the question it answers, the message last; [] if it stands alone."""
    lines = [message.text]
    answered = False
    for said in reversed(before):
        if not _within(said, message, JUST_NOW) or len(lines) >= _MOST_TOGETHER:
            break
        if said.who != message.who:
            if answered or len(lines) > 1 or ("?" not in said.text and not _asks(said.text)):
                continue
            answered = True
        if sum(map(len, lines)) + len(said.text) > _LONGEST_TOGETHER:
            break
        lines.insert(0, said.text)
    return lines if len(lines) > 1 else []


def _asks(text: str) -> bool:
    return text.lower().split(" ", 1)[0] in _ASKING


_ASKING = frozenset(
    [
        "who",
        "what",
        "when",
        "where",
        "why",
        "how",
        "is",
        "are",
        "was",
        "were",
        "has",
        "have",
        "did",
        "does",
        "do",
        "can",
        "could",
        "would",
        "will",
        "u",
        "you",
    ]
)


def _over_days(message: Said, before: Sequence[Said], likely: Sequence[float], now: float) -> list[str]:
    """The writer's uneasy messages of the last days and this one, if it is uneasy itself."""
    if now < UNEASY:
        return []
    signs = [
        said.text
        for said, likelihood in zip(before, likely, strict=True)
        if said.who == message.who and likelihood >= UNEASY and not _within(said, message, JUST_NOW)
    ]
    return [*signs[-_MOST_OVER_DAYS:], message.text] if signs else []


def _within(said: Said, message: Said, span: timedelta) -> bool:
    if said.at is None or message.at is None:
        return True
    return timedelta(0) <= message.at - said.at <= span
