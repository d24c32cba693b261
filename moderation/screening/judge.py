"""Judge messages by a policy: both layers together. One judge serves a whole process and holds no message."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache

from moderation.screening import decision, language
from moderation.screening.bank import Example
from moderation.screening.conclusion import quotable
from moderation.screening.conversation import InLight, Said, in_light
from moderation.screening.meaning import Meaning, Meant
from moderation.screening.model import Category, Concern, Screening, Span, Urgency
from moderation.screening.policy import Policy
from moderation.screening.screener import Screener

NOTHING = Screening(Urgency.NONE, ())
_WORD = re.compile(r"\w+")
_SAME = 0.85
_NEVER_SILENCED = frozenset({Category.BREAKING_POINT, Category.CHILD_HARM, Category.SUICIDE_SELF_HARM})
_SHORT_QUOTE = 70
_MOST_REMEMBERED = 20_000


class Judge:
    """A policy, ready to judge with. Making one takes up to a second; it may be used by several threads.

    Without a meaning layer (None) phrases alone decide: for a machine too small for either model.
    """

    def __init__(self, policy: Policy, meaning: Meaning | None) -> None:
        self.policy = policy
        self.meaning = meaning
        self._phrases = Screener(policy.book()) if policy.added or policy.without else Screener.default()
        self._seen: dict[bytes, tuple[Urgency, float]] = {}
        self._agreed = [(_words(one.text), one) for one in policy.examples]
        self._thresholds: Mapping[str, float] = {}
        if meaning is not None:
            own = policy.thresholds
            self._thresholds = own.as_dict() if own is not None else meaning.card.thresholds

    def screen(self, text: str | None) -> Screening:
        """What one message says that a person should see. Never raises for any text."""
        return self.screen_many([text])[0]

    def screen_many(self, texts: Iterable[str | None]) -> list[Screening]:
        """Several messages at once, in order: cheaper than one by one."""
        given = [text or "" for text in texts]
        return self._concluded(given, self._meant(given))

    def likely(self, texts: Sequence[str]) -> list[tuple[Screening, float]]:
        """Each message's screening, and how likely it is that a human should look (0 to 1), however low."""
        meant = self._meant(texts)
        return [
            (found, one.at_least(Urgency.REVIEW) if one is not None else float(found.urgency.rank > 0))
            for found, one in zip(self._concluded(texts, meant), meant, strict=True)
        ]

    def remembered(self, texts: Sequence[str]) -> list[tuple[Urgency, float]]:
        """The same for messages that were judged lately, without doing it again. No words are kept for it."""
        seen = self._seen
        if len(seen) > _MOST_REMEMBERED:
            seen = self._seen = {}
        marks = [hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=16).digest() for text in texts]
        fresh = {mark: text for mark, text in zip(marks, texts, strict=True) if mark not in seen}
        for mark, (found, likely) in zip(fresh, self.likely(list(fresh.values())), strict=True):
            seen[mark] = (found.urgency, likely)
        return [seen[mark] for mark in marks]

    def in_light(self, message: Said, earlier: Sequence[Said]) -> InLight:
        """A message in the light of the earlier ones of its conversation."""
        return in_light(self, message, earlier)

    def compare(self, other: Judge, texts: Sequence[str]) -> list[tuple[Screening, Screening]]:
        """Each message by this judge and by another. What does not depend on the policy is done once."""
        meant = self._meant(texts)
        if other.meaning is not self.meaning:
            return list(zip(self._concluded(texts, meant), other.screen_many(texts), strict=True))
        return list(zip(self._concluded(texts, meant), other._concluded(texts, meant), strict=True))

    def _meant(self, texts: Sequence[str]) -> list[Meant | None]:
        if self.meaning is None:
            return [None] * len(texts)
        worded = [at for at, text in enumerate(texts) if _WORD.search(text)]
        found: list[Meant | None] = [None] * len(texts)
        judged = self.meaning.judge([texts[at] for at in worded])
        for at, meant in zip(worded, judged, strict=True):
            found[at] = meant
        return found

    def _concluded(self, texts: Sequence[str], meant: Sequence[Meant | None]) -> list[Screening]:
        pairs = zip(texts, meant, strict=True)
        return [replace(self._one(text, one), policy=self.policy.number) for text, one in pairs]

    def _one(self, text: str, meant: Meant | None) -> Screening:
        agreed = self._as_agreed(text)
        if agreed is not None:
            return agreed
        by_phrase = self._phrases.screen(text)
        if meant is None or self.meaning is None:
            return by_phrase
        doubt = _doubt(by_phrase)
        sure = max(self._surely(text), doubt) if self.policy.added else doubt
        likely = {name: meant.at_least(level) for name, level in decision.LEVELS.items()}
        weighed = decision.weigh(likely, by_phrase.urgency, self.meaning.card.phrase_weights)
        found = decision.urgency(weighed, self._thresholds, sure)
        if not by_phrase.concerns and language.not_english(text):
            return Screening(max(found, Urgency.TODAY), by_phrase.concerns, unread="language")
        if found is Urgency.NONE:
            return NOTHING
        likely_categories = meant.categories.tolist()
        categories = decision.named(likely_categories, by_phrase.categories, self._thresholds["category"])
        return Screening(
            found,
            decision.concerns(
                found, categories, by_phrase.concerns, lambda category: self._reason(text, meant, category)
            ),
        )

    def _surely(self, text: str) -> Urgency:
        """The gravest of what the policy's own phrases found: it stands whatever the meaning layer makes of it."""
        found = [one.urgency for one in self._phrases.heard(text) if one.phrase.sure]
        return max(found, key=lambda level: level.rank, default=Urgency.NONE)

    def _reason(self, text: str, meant: Meant, category: Category) -> tuple[Span | None, str]:
        """What it reads like, and the words that weighed most."""
        assert self.meaning is not None
        span = meant.weighed_most(category)
        like = " and ".join(f"“{_short(one)}”" for one in self.meaning.nearest(meant, category))
        words = f"“{quotable(text[span.start : span.end])}” weighed most" if span else "Read as a whole"
        return span, f"{words}; reads like {like}." if like else f"{words}."

    def _as_agreed(self, text: str) -> Screening | None:
        """What the policy's examples say of a message in nearly the same words."""
        if not self._agreed:
            return None
        words = _words(text)
        for known, one in self._agreed:
            if words and len(words & known) >= _SAME * len(words | known):
                why = "Nearly the words of an example that the team agreed on."
                whole = (Span(0, len(text)),)
                return Screening(one.urgency, tuple(Concern(c, one.urgency, whole, why) for c in one.categories))
        return None


def _doubt(by_phrase: Screening) -> Urgency:
    """Where a phrase says outright that a child or the writer may be hurt now, a person looks in any case."""
    grave = {one.category for one in by_phrase.concerns if one.urgency is Urgency.IMMEDIATE}
    return Urgency.NONE if grave.isdisjoint(_NEVER_SILENCED) else Urgency.TODAY


def _words(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(text.lower().replace("'", "").replace("’", "")))


def _short(one: Example) -> str:
    words = quotable(one.text)
    return words if len(words) <= _SHORT_QUOTE else words[: _SHORT_QUOTE - 1].rstrip() + "…"


@cache
def default_judge() -> Judge:
    """The judge of the policy that comes with Cairn, with the large model, made once."""
    return Judge(Policy(), Meaning.named("large"))


def screen(text: str | None) -> Screening:
    """Screen one message by what comes with Cairn."""
    return default_judge().screen(text)
