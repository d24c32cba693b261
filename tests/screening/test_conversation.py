"""Messages in the light of those before: spread, answered, grown, taken back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from importlib.resources import files

import pytest

from moderation.screening import Category, Concern, Screening, Urgency
from moderation.screening.conversation import Said, in_light
from moderation.screening.judge import default_judge

START = datetime(2026, 11, 4, 22, 0, tzinfo=UTC)


class Weighing:
    """Judges by a few known words, so that only the rules of conversations are tested."""

    def __init__(self) -> None:
        spread = "hes at it again\ndownstairs\nkids are in my room"
        self.graves = {spread: Urgency.IMMEDIATE, "im ending it": Urgency.IMMEDIATE}
        self.uneasy = {"no sleep", "cant eat", "everything is grey"}

    def likely(self, texts: Sequence[str]) -> list[tuple[Screening, float]]:
        return [(self._found(text), 0.3 if text in self.uneasy else 0.01) for text in texts]

    def remembered(self, texts: Sequence[str]) -> list[tuple[Urgency, float]]:
        return [(found.urgency, likely) for found, likely in self.likely(texts)]

    def _found(self, text: str) -> Screening:
        urgency = self.graves.get(text, Urgency.NONE)
        if text.count("\n") == 2 and all(line in self.uneasy for line in text.split("\n")):
            urgency = Urgency.TODAY
        if text == "has he hit you?\nonce":
            urgency = Urgency.IMMEDIATE
        if urgency is Urgency.NONE:
            return Screening(urgency, ())
        return Screening(urgency, (Concern(Category.DOMESTIC_ABUSE, urgency, (), "heard"),))


def told(*lines: tuple[str, str, float]) -> list[Urgency]:
    """The urgency of the conversation after each line (who, words, minutes since the one before)."""
    earlier: list[Said] = []
    at, found = START, []
    for who, text, minutes in lines:
        at += timedelta(minutes=minutes)
        said = Said(text, who, at)
        found.append(in_light(Weighing(), said, earlier).conversation)
        earlier.append(said)
    return found


NONE, TODAY, IMMEDIATE = Urgency.NONE, Urgency.TODAY, Urgency.IMMEDIATE


def test_a_worry_spread_over_short_messages_is_seen_with_the_last() -> None:
    lines = ("a", "hes at it again", 0.0), ("a", "downstairs", 1.0), ("a", "kids are in my room", 1.0)
    assert told(*lines) == [NONE, NONE, IMMEDIATE]


def test_an_hour_between_them_is_too_long() -> None:
    lines = ("a", "hes at it again", 0.0), ("a", "downstairs", 1.0), ("a", "kids are in my room", 120.0)
    assert told(*lines) == [NONE, NONE, NONE]


def test_a_short_answer_is_read_with_its_question() -> None:
    assert told(("b", "has he hit you?", 0.0), ("a", "once", 2.0)) == [NONE, IMMEDIATE]


def test_a_joke_does_not_unsay_what_was_grave() -> None:
    assert told(("a", "im ending it", 0.0), ("a", "lol only joking", 1.0)) == [IMMEDIATE, IMMEDIATE]
    assert told(("a", "im ending it", 0.0), ("a", "morning all", 60 * 80.0)) == [IMMEDIATE, NONE]


def test_what_grows_over_days_is_seen() -> None:
    day = 24 * 60.0
    lines = ("a", "no sleep", 0.0), ("a", "cant eat", day), ("a", "everything is grey", day)
    assert told(*lines) == [NONE, NONE, TODAY]
    other = ("a", "no sleep", 0.0), ("b", "cant eat", day), ("a", "everything is grey", day)
    assert told(*other) == [NONE, NONE, NONE]


def test_what_earlier_messages_said_already_is_not_said_again() -> None:
    earlier = [Said("hes at it again", "a", START), Said("downstairs", "a", START)]
    first = in_light(Weighing(), Said("kids are in my room", "a", START), earlier)
    assert first.together is not None
    assert first.together.concerns[0].why.startswith("Seen together with the messages just before it.")
    alone = in_light(Weighing(), Said("im ending it", "a", START), earlier)
    assert alone.together is None


def test_without_times_everything_counts_as_just_said() -> None:
    earlier = [Said("hes at it again"), Said("downstairs")]
    assert in_light(Weighing(), Said("kids are in my room"), earlier).conversation is IMMEDIATE


@pytest.mark.slow
def test_the_conversations_that_came_with_the_bank_are_mostly_seen() -> None:
    """Floors under what was measured (docs/screening.md); nothing of these was learnt from."""
    text = (files("moderation.screening") / "conversations" / "talks.jsonl").read_text(encoding="utf-8")
    judge = default_judge()
    counts: dict[str, list[int]] = {}
    for row in map(json.loads, text.splitlines()):
        at, earlier, urgency = START, [], Urgency.NONE
        for line in row["messages"]:
            at += timedelta(minutes=line["after_min"])
            found = judge.in_light(Said(line["text"], line["from"], at), earlier)
            urgency = found.conversation
            earlier.append(Said(line["text"], line["from"], at, urgency))
        seen = counts.setdefault(row["family"], [0, 0])
        seen[0] += urgency is not Urgency.NONE
        seen[1] += 1
    worrying = {name: hits / of for name, (hits, of) in counts.items() if not name.endswith("harmless")}
    harmless = [(hits, of) for name, (hits, of) in counts.items() if name.endswith("harmless")]
    assert min(worrying.values()) >= 0.6, counts
    assert sum(hits for hits, _ in harmless) / sum(of for _, of in harmless) <= 0.65, counts
