"""How fast the phrase layer is beside spaCy's bare PhraseMatcher, and what more phrases cost: ratios of one run.

The PhraseMatcher gets every word and run of words that a step of our phrases can be, in lower case, over a blank
pipeline. It reads no disguise, no slip, no gap, no denial; we do. One thread; the two take turns, and of each
the best turn counts, so that a busy machine disturbs both alike.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import islice

import spacy
from spacy.matcher import PhraseMatcher

from moderation.screening import Category, Screener, Urgency, bank
from moderation.screening.matcher import Step
from moderation.screening.phrases import Phrase, PhraseBook
from moderation.screening.spelling import lexicon

_TURNS = 9
_MOST_MEMBERS = 60_000
_ORDINARY = frozenset({"ordinary", "practical", "good_news", "guide_question", "short"})


def measure() -> dict[str, float]:
    """Ratios above 1 say that we are faster; "flat" says how many times as long more phrases take."""
    examples = bank.load()
    ordinary = [one.text for one in examples if one.family in _ORDINARY and not one.worrying]
    ordinary = [text for text in ordinary if 10 <= len(text.split()) <= 40]
    whole = random.Random(1).sample([one.text for one in examples], min(3_000, len(examples)))
    ours = Screener.default()
    theirs = _phrase_matcher(ours)
    found: dict[str, float] = {}
    for name, texts in (("ordinary talk", ordinary), ("the whole bank", whole)):
        half = len(texts) // 2
        for run in (theirs, ours.screen):
            _seconds(run, texts[:half])
        first = [_seconds(run, texts[half:]) for run in (theirs, ours.screen)]
        plain, cairn = _turns(texts, theirs, ours.screen)
        found[f"{name}: as fast as PhraseMatcher"] = plain / cairn
        found[f"{name}: as fast, texts never seen before"] = first[0] / first[1]
        found[f"{name}: messages a second"] = len(texts) / cairn
        found[f"{name}: words a message"] = sum(len(text.split()) for text in texts) / len(texts)
    few, some, many = _turns(ordinary, *(_made_up(count).screen for count in (500, 5_000, 50_000)))
    found["flat: 5,000 phrases beside 500"] = some / few
    found["flat: 50,000 phrases beside 500"] = many / few
    return found


def _turns(texts: list[str], *runs: Callable[[str], object]) -> list[float]:
    best = [float("inf")] * len(runs)
    for _ in range(_TURNS):
        best = [min(before, _seconds(run, texts)) for before, run in zip(best, runs, strict=True)]
    return best


def _seconds(run: Callable[[str], object], texts: list[str]) -> float:
    began = time.thread_time()
    for text in texts:
        run(text)
    return time.thread_time() - began


def _phrase_matcher(screener: Screener) -> Callable[[str], object]:
    nlp = spacy.blank("en")
    matcher = PhraseMatcher(nlp.vocab, attr="LOWER")
    members = sorted(set(_members(screener)))
    matcher.add("phrases", [nlp.make_doc(words) for words in members])
    return lambda text: matcher(nlp.make_doc(text))


def _members(screener: Screener) -> Iterator[str]:
    for step in screener._compiler._steps.values():
        yield from (word for word in step.words if "<" not in word)
        for row in step.rows:
            yield from islice(_written_out(row), _MOST_MEMBERS)


def _written_out(row: tuple[Step, ...]) -> Iterator[str]:
    if not row:
        yield ""
        return
    for rest in _written_out(row[1:]):
        for words in (*sorted(row[0].words), *(one for longer in row[0].rows for one in _written_out(longer))):
            yield f"{words} {rest}".strip()


def _made_up(count: int) -> Screener:
    """A screener of so many plain phrases, three words each, of the words that people use most."""
    chance = random.Random(count)
    words = [word for word in islice(lexicon(), 4_000) if word.isalpha() and len(word) > 1]
    texts: Iterable[str] = {" ".join(chance.sample(words, 3)) for _ in range(count)}
    one = Phrase("", Category.DOMESTIC_ABUSE, Urgency.TODAY, "made up", (), (), True, "made up", 1)
    return Screener(PhraseBook(tuple(replace(one, pattern=text) for text in texts), (), (), {}))


if __name__ == "__main__":
    for name, value in measure().items():
        print(f"{name}: {value:.2f}")  # noqa: T201
