"""A policy: what screening goes by, as one text that people can read, compare and take back.

A policy is written as changes to what comes with Cairn: phrases added, phrases switched off, thresholds,
examples agreed on, and cards. Version 1 changes nothing. A text that cannot be used is refused with the
line and the reason, so that a broken policy can never become the live one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field, fields, replace
from functools import cache, lru_cache

import yaml

from moderation.screening import bank
from moderation.screening.bank import Example
from moderation.screening.model import Category, Urgency
from moderation.screening.phrases import Phrase, PhraseBook, load_phrases, one_phrase, packaged
from moderation.screening.screener import Screener
from moderation.screening.yaml_lines import PhraseFileError, line_of, pairs, parsed

MOST_OF_ORDINARY = 0.1
"""A phrase that stands in this share of ordinary talk is refused."""

_FIELDS = ("phrases", "without", "thresholds", "examples", "cards")
_ORDINARY = frozenset({"ordinary", "practical", "good_news", "guide_question", "banter", "short"})


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From which likelihood on (0 to 1) the meaning layer's judgement counts.

    `flag`: a human should look at all. `today`: at least today. `immediate`: at once. `category`: a category is
    named beside the likeliest. Lower finds more and cries wolf more.
    """

    flag: float = 0.5
    today: float = 0.5
    immediate: float = 0.5
    category: float = 0.5

    def as_dict(self) -> dict[str, float]:
        """By name."""
        return {one.name: getattr(self, one.name) for one in fields(self)}


@dataclass(frozen=True, slots=True)
class Policy:
    """One numbered policy, read and checked."""

    number: int = 1
    added: tuple[Phrase, ...] = ()
    without: frozenset[tuple[Category, str]] = frozenset()
    thresholds: Thresholds | None = None
    examples: tuple[Example, ...] = ()
    cards: Mapping[str, str] = field(default_factory=dict)

    def book(self) -> PhraseBook:
        """The phrases that stand: those that come with Cairn less those switched off, and those added."""
        whole = load_phrases(packaged())
        off = self.without
        kept = [one for one in whole.phrases if one.category is None or (one.category, one.pattern) not in off]
        return replace(whole, phrases=(*kept, *self.added))


def read(text: str, number: int = 1, file: str = "policy.yaml") -> Policy:
    """Read a policy. Raises PhraseFileError (file, line, reason) for anything that cannot be used."""
    if not text.strip():
        return Policy(number)
    root = parsed(file, text)
    found: dict[str, yaml.Node] = {}
    for key, value, line in pairs(file, root):
        if key not in _FIELDS:
            raise PhraseFileError(file, line, f"unknown field “{key}”")
        found[key] = value
    shipped = {(one.category, one.pattern) for one in load_phrases(packaged()).phrases}
    policy = Policy(
        number=number,
        added=tuple(_added(file, found.get("phrases"), shipped)),
        without=frozenset(_without(file, found.get("without"), shipped)),
        thresholds=_thresholds(file, found["thresholds"]) if "thresholds" in found else None,
        examples=tuple(_examples(file, found.get("examples"))),
        cards=dict(_cards(file, found.get("cards"))),
    )
    _not_too_broad(policy)
    return policy


def phrase_of(category: str, phrase: str, urgency: str, note: str) -> Phrase:
    """A phrase for a policy from what somebody entered. Raises PhraseFileError with the reason."""
    row = {"category": category, "phrase": phrase.strip(), "urgency": urgency, "note": note.strip()}
    text = yaml.safe_dump({"phrases": [row]}, allow_unicode=True)
    return read(text, file="phrase").added[0]


def written(policy: Policy) -> str:
    """The policy as text; reading it gives the same policy."""
    thresholds = policy.thresholds
    whole = {
        "phrases": [_phrase_row(one) for one in policy.added],
        "without": [{"category": category.value, "phrase": words} for category, words in sorted(policy.without)],
        "thresholds": {f.name: getattr(thresholds, f.name) for f in fields(thresholds)} if thresholds else {},
        "examples": [
            {
                "text": one.text,
                "urgency": one.urgency.value,
                "categories": [c.value for c in one.categories],
                "family": one.family,
            }
            for one in policy.examples
        ],
        "cards": dict(policy.cards),
    }
    kept = {name: value for name, value in whole.items() if value}
    return yaml.safe_dump(kept, allow_unicode=True, sort_keys=False, width=110) if kept else ""


def _phrase_row(one: Phrase) -> dict[str, object]:
    assert one.category is not None
    row: dict[str, object] = {
        "category": one.category.value,
        "phrase": one.pattern,
        "urgency": one.urgency.value,
        "note": one.note,
    }
    if one.needs:
        row["needs"] = list(one.needs)
    if one.unless:
        row["unless"] = list(one.unless)
    if not one.negatable:
        row["negatable"] = False
    return row


def _rows(file: str, node: yaml.Node | None, name: str) -> Iterator[tuple[yaml.Node, dict[str, str], int]]:
    """The entries of a list, each with its plain fields and its line."""
    if node is None:
        return
    if not isinstance(node, yaml.SequenceNode):
        raise PhraseFileError(file, line_of(node), f"“{name}” must be a list")
    for item in node.value:
        given = pairs(file, item)
        plain = {key: str(value.value) for key, value, _ in given if isinstance(value, yaml.ScalarNode)}
        yield item, plain, line_of(item)


def _category(file: str, line: int, plain: Mapping[str, str]) -> Category:
    word = plain.get("category", "")
    if word not in set(Category):
        raise PhraseFileError(file, line, f"unknown category “{word}”")
    return Category(word)


def _added(file: str, node: yaml.Node | None, shipped: Set[tuple[Category | None, str]]) -> Iterator[Phrase]:
    seen: dict[tuple[Category, str], int] = {}
    for item, plain, line in _rows(file, node, "phrases"):
        category = _category(file, line, plain)
        phrase = replace(one_phrase(file, item, category, besides=frozenset({"category"})), sure=True)
        key = (category, " ".join(phrase.pattern.lower().split()))
        if key in seen:
            raise PhraseFileError(file, line, f"duplicate of line {seen[key]}: “{phrase.pattern}”")
        if (category, phrase.pattern) in shipped:
            raise PhraseFileError(file, line, f"duplicate: “{phrase.pattern}” comes with Cairn")
        seen[key] = line
        yield phrase


def _without(
    file: str, node: yaml.Node | None, shipped: Set[tuple[Category | None, str]]
) -> Iterator[tuple[Category, str]]:
    for _, plain, line in _rows(file, node, "without"):
        key = (_category(file, line, plain), plain.get("phrase", ""))
        if key not in shipped:
            raise PhraseFileError(file, line, f"no phrase “{key[1]}” in {key[0].value} to switch off")
        yield key


def _thresholds(file: str, node: yaml.Node) -> Thresholds | None:
    names = {f.name for f in fields(Thresholds)}
    found: dict[str, float] = {}
    for key, value, line in pairs(file, node):
        if key not in names:
            raise PhraseFileError(file, line, f"unknown threshold “{key}”")
        try:
            number = float(str(value.value))
        except ValueError:
            number = -1.0
        if not 0.0 < number < 1.0:
            raise PhraseFileError(file, line, f"“{key}” must be a number between 0 and 1")
        found[key] = number
    if not found:
        return None
    if set(found) != names:
        raise PhraseFileError(file, line_of(node), f"thresholds need all of {', '.join(sorted(names))}")
    return Thresholds(**found)


def _examples(file: str, node: yaml.Node | None) -> Iterator[Example]:
    seen: dict[str, int] = {}
    for item, _, line in _rows(file, node, "examples"):
        try:
            found = bank.example({"family": "agreed", **yaml.safe_load(yaml.serialize(item))}, "policy")
        except (ValueError, KeyError, TypeError) as error:
            raise PhraseFileError(file, line, str(error)) from error
        key = " ".join(found.text.lower().split())
        if key in seen:
            raise PhraseFileError(file, line, f"duplicate of line {seen[key]}: “{found.text[:60]}”")
        seen[key] = line
        yield found


def _cards(file: str, node: yaml.Node | None) -> Iterator[tuple[str, str]]:
    if node is None:
        return
    for key, value, line in pairs(file, node):
        text = str(value.value).strip()
        if not text:
            raise PhraseFileError(file, line, f"“{key}” is empty")
        yield key, text


def _not_too_broad(policy: Policy) -> None:
    """A phrase that stands in a tenth of ordinary talk would have a queue that nobody can read."""
    if not policy.added:
        return
    from_ordinary = ordinary_talk()
    for phrase in policy.added:
        share = how_often(phrase, from_ordinary)
        if share >= MOST_OF_ORDINARY:
            reason = f"“{phrase.pattern}” would flag {share:.0%} of ordinary talk"
            raise PhraseFileError(phrase.file, phrase.line, reason)


@lru_cache(maxsize=2000)
def how_often(phrase: Phrase, texts: tuple[str, ...]) -> float:
    """The share of these texts that the phrase alone would flag."""
    alone = Screener(replace(load_phrases(packaged()), phrases=(phrase,)))
    return sum(alone.screen(text).urgency is not Urgency.NONE for text in texts) / max(1, len(texts))


@cache
def ordinary_talk() -> tuple[str, ...]:
    """Harmless everyday messages of the bank."""
    return tuple(one.text for one in bank.load() if not one.worrying and one.family in _ORDINARY)
