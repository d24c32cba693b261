"""Decide what a matched phrase means where it stands.

The rules come from "What must not be flagged" and "How people really write" in
shared/domain/safeguarding-categories.md. Each can only lower a phrase; when two readings are open
and one of them is harm, the harmful one counts, so a rule that is unsure leaves the phrase alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from moderation.screening.matcher import Match
from moderation.screening.model import Category, Urgency
from moderation.screening.normalise import Reading
from moderation.screening.phrases import Phrase

_CAN_BE_OVER = frozenset(
    {
        Category.FEEDING_UNSETTLED,
        Category.MENTAL_HEALTH,
        Category.MISSED_CARE,
        Category.NEGLECT_BASIC_NEEDS,
        Category.HOMELESSNESS,
        Category.UNSAFE_SLEEP,
        Category.SUBSTANCE_MISUSE,
    }
)
"""Troubles a person can call finished. Violence told as finished is still told to somebody."""

_GOES_ON = frozenset({Category.GROUP_SAFETY, Category.WORKER_CONCERN, Category.HIDING_OR_MISSING})
"""Never read as history: what they are about is today."""

_ADVISED = frozenset(
    {
        Category.BREAKING_POINT,
        Category.CHILD_HARM,
        Category.UNSAFE_SLEEP,
        Category.FEEDING_UNSETTLED,
        Category.MENTAL_HEALTH,
        Category.SUICIDE_SELF_HARM,
        Category.DOMESTIC_ABUSE,
        Category.SUBSTANCE_MISUSE,
    }
)
_OF_THE_MOMENT = frozenset({Category.SUICIDE_SELF_HARM, Category.BREAKING_POINT})
_SAID_AS_PAST = frozenset(
    {"tried", "was", "used", "took", "wanted", "had", "overdosed", "attempted", "were", "did"}
)
_WRITER = frozenset({"me", "us", "i", "im", "ive", "ill", "my", "myself", "we", "our", "wor"})
_REACH = 6
_NO_PLACE: frozenset[int] = frozenset()
_NO_WORDS: frozenset[str] = frozenset()


WEIGHED = frozenset({"negators", "light", "carriers"})
"""Cues that are words of every message: they are looked at one by one, where a negative is weighed."""


class Surroundings:
    """Where the cues, the idioms and the conditions of phrases stand in one message.

    Kept by place rather than as lists, so that asking costs the same in a long message.
    """

    __slots__ = ("_cue_sentences", "_cue_words", "_reading", "_weighed", "condition_clauses", "idiom_ends")

    def __init__(self, reading: Reading, weighed: Mapping[str, frozenset[str]]) -> None:
        self._reading = reading
        self._weighed = weighed
        self._cue_sentences: dict[str, set[int]] = {}
        self._cue_words: dict[str, set[int]] = {}
        self.condition_clauses: dict[str, set[int]] = {}
        self.idiom_ends: dict[int, int] = {}

    def add_cue(self, name: str, places: Iterable[int]) -> None:
        """A cue of context.yaml found in the message, and where it begins."""
        sentences = self._reading.sentences
        for place in places:
            self._cue_sentences.setdefault(name, set()).add(sentences[place])
            self._cue_words.setdefault(name, set()).add(place)

    def add_condition(self, words: str, places: Iterable[int]) -> None:
        """The `needs` or `unless` words of some phrase found in the message."""
        clauses = self._reading.clauses
        for place in places:
            self.condition_clauses.setdefault(words, set()).add(clauses[place])

    def add_idiom(self, match: Match) -> None:
        """An idiom: every word of it knows how far it reaches."""
        for at in range(match.start, match.end):
            self.idiom_ends[at] = max(self.idiom_ends.get(at, 0), match.end)

    def is_cue(self, cue: str, place: int) -> bool:
        """Whether a word is one of those that are weighed, or begins some."""
        return self._reading.words[place] in self._weighed.get(cue, _NO_WORDS) or (
            place in self._cue_words.get(cue, _NO_PLACE)
        )

    def has(self, cue: str, sentences: range | None = None) -> bool:
        """Whether a cue stands in any of these sentences, or anywhere."""
        found = self._cue_sentences.get(cue, _NO_PLACE)
        return bool(found) if sentences is None else not found.isdisjoint(sentences)


def judge(phrase: Phrase, match: Match, reading: Reading, around: Surroundings) -> Urgency:
    """The urgency of a matched phrase in its place; NONE where it means nothing."""
    if around.idiom_ends.get(match.start, 0) >= match.end:
        return Urgency.NONE
    if phrase.needs and not any(needed in around.condition_clauses for needed in phrase.needs):
        return Urgency.NONE
    if phrase.unless and _cancelled(phrase, match, reading, around):
        return Urgency.NONE
    if phrase.negatable and negated(match, reading, around):
        return Urgency.NONE
    here = _sentences(match, reading)
    if around.has("media", here) and not _of_the_writer(match, reading):
        return Urgency.NONE
    if phrase.category in _ADVISED and _advice(here, around):
        return Urgency.NONE
    if phrase.category in _CAN_BE_OVER and phrase.urgency < Urgency.IMMEDIATE and around.has("resolved"):
        return Urgency.NONE
    if phrase.category not in _GOES_ON and _past(phrase, match, reading, here, around):
        return min(phrase.urgency, Urgency.REVIEW)
    return phrase.urgency


def negated(match: Match, reading: Reading, around: Surroundings) -> bool:
    """Whether an odd number of negatives lies on the phrase.

    A negative counts in a gap of the phrase ("he has [never] hurt us"), or before it in the same
    clause with nothing between but light words ("not going to hurt myself"). Two of them undo each
    other: "not that he hasn't hit me" is no denial, nor is "can't say he has never hit us". "I don't
    know if I'll hurt her" is none either: "know" is not a light word.
    """
    count = sum(1 for at in match.skipped if around.is_cue("negators", at))
    clause = reading.clauses[match.start]
    for at in range(match.start - 1, max(-1, match.start - 1 - _REACH), -1):
        if reading.clauses[at] != clause:
            break
        if around.is_cue("negators", at):
            count += 1
        elif not around.is_cue("light", at) and not (count and around.is_cue("carriers", at)):
            break
    return count % 2 == 1


def _cancelled(phrase: Phrase, match: Match, reading: Reading, around: Surroundings) -> bool:
    clauses = {reading.clauses[match.start], reading.clauses[match.end - 1]}
    return any(not around.condition_clauses.get(words, _NO_PLACE).isdisjoint(clauses) for words in phrase.unless)


def _advice(here: range, around: Surroundings) -> bool:
    """Good advice is given to another: nobody speaks of themselves in its sentence."""
    return around.has("advice", here) and not around.has("speaker", here)


def _past(phrase: Phrase, match: Match, reading: Reading, here: range, around: Surroundings) -> bool:
    """A historical disclosure: said of long ago, and nothing in the sentence says it goes on.

    Wanting to die, or to hurt a child, is past only when its own words are: "I was hit as a kid and
    I want to die" is about tonight.
    """
    if not around.has("history", here) or around.has("now", here):
        return False
    if phrase.category in _OF_THE_MOMENT:
        return not _SAID_AS_PAST.isdisjoint(reading.words[max(0, match.start - 3) : match.end])
    return True


def _of_the_writer(match: Match, reading: Reading) -> bool:
    """What happens in a story happens to nobody: words about "me" are no story."""
    return not _WRITER.isdisjoint(reading.words[match.start : match.end])


def _sentences(match: Match, reading: Reading) -> range:
    return range(reading.sentences[match.start], reading.sentences[match.end - 1] + 1)
