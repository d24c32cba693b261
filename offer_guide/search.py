"""Finding entries by what a tired parent types. Pure: entries in, hits out, and the honesty to say "nothing".

BM25 over four fields of each entry (how parents ask for it, its title, its summary, its text), English
stems, and light spelling help. `confident` is False when too little of what was typed is what the best
hit is about; the caller then says so and offers a person.
"""

from __future__ import annotations

import difflib
import logging
import math
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import bm25s
import numpy as np
import Stemmer

from offer_guide.views import EntryView

SPELLINGS_KEPT = 5000
QUERY_MOST, WORDS_MOST = 400, 30
LEAST_WORTH = 0.5  # what a hit that covers nothing keeps of its score; one that covers all keeps 1.5 times
WEIGHTS = {"asked": 3.0, "title": 3.0, "summary": 1.2, "body": 0.6}
ENOUGH = 0.5
"""How much of what was typed, by rarity, the best hit has to cover; chosen on tests/offer_guide/queries.yaml."""

_WORD = re.compile(r"[a-z0-9]+")
_EMPTY_WORDS = """
    a about after again all also am an and any anyone are as at be because been before being but by can cant
    could couldnt did didnt do does doesnt doing dont down for from get gets getting give go going gonna got
    had has have havent having he hello help her here hers hi him his how i id if ill im in into is isnt it
    its ive just know let like me mine more much my need needs no not now of off ok on one only or our out
    over please really say says she should so some someone something still such tell than thanks that thats
    the their them then there these they theyre thing things this those to too u up us very want wants was
    way we well were what whats when where which while who whos why will with wont would yes you your youre
    yours s t
"""
_STOP = frozenset(_EMPTY_WORDS.split())


@dataclass(frozen=True, slots=True)
class Hit:
    """An entry that may answer."""

    slug: str
    title: str
    score: float


@dataclass(frozen=True, slots=True)
class Found:
    """The best hits, best first, and whether the first is about what was typed."""

    hits: list[Hit]
    confident: bool


class Finder:
    """An index over entries. Built once and then only read, but for a note of spellings; threads may share it."""

    def __init__(self, entries: Iterable[EntryView]) -> None:
        self._entries = list(entries)
        self._words: Counter[str] = Counter()
        fields: dict[str, list[list[str]]] = {name: [] for name in WEIGHTS}
        for entry in self._entries:
            for name, text in _texts(entry).items():
                words = _words(text)
                self._words.update(words)
                fields[name].append(_stems(words))
        self._indexes = {name: index for name, texts in fields.items() if (index := _index(texts)) is not None}
        self._reach = [set(fields["asked"][n] + fields["title"][n] + fields["summary"][n]) for n in self._numbers]
        self._body = [set(fields["body"][n]) for n in self._numbers]
        self._rarity = _rarity([about | body for about, body in zip(self._reach, self._body, strict=True)])
        self._rarest = math.log(1 + 2 * (len(self._entries) + 1))
        self._spellings: dict[str, str | None] = {}
        self._by_trigram: dict[str, set[str]] = defaultdict(set)
        for word in self._words:
            if len(word) >= 4 and word.isalpha():
                for piece in _trigrams(word):
                    self._by_trigram[piece].add(word)

    @property
    def _numbers(self) -> range:
        return range(len(self._entries))

    def find(self, text: str, most: int = 5) -> Found:
        """Up to `most` entries for any text at all. Never raises; no words give no hits."""
        stems = self._understood(text)
        if not stems or not self._indexes or most < 1:
            return Found([], False)
        scores = self._scores(list(stems))
        near = [int(place) for place in np.argsort(-scores, kind="stable")[: max(most, 20)] if scores[place] > 0]
        covered = {place: self._covered(stems, place) for place in near}
        worth = {place: float(scores[place]) * (LEAST_WORTH + covered[place]) for place in near}
        best = sorted(near, key=lambda place: -worth[place])[:most]
        hits = [
            Hit(self._entries[place].slug, self._entries[place].title, round(worth[place], 3)) for place in best
        ]
        return Found(hits, bool(best) and covered[best[0]] >= ENOUGH)

    def _scores(self, stems: list[str]) -> np.ndarray[Any, np.dtype[np.float32]]:
        total = np.zeros(len(self._entries), dtype=np.float32)
        for name, index in self._indexes.items():
            known = [stem for stem in stems if stem in index.vocab_dict]
            if known:
                total += WEIGHTS[name] * index.get_scores(known)
        return total

    def _covered(self, stems: dict[str, float], place: int) -> float:
        """The share of what was typed, by rarity, that the entry is about; its text counts half."""
        whole = sum(self._rarity.get(stem, self._rarest) for stem in stems)
        part = 0.0
        for stem, surety in stems.items():
            rarity = self._rarity.get(stem, self._rarest) * surety
            part += rarity if stem in self._reach[place] else rarity / 2 if stem in self._body[place] else 0.0
        return part / whole

    def _understood(self, text: str) -> dict[str, float]:
        """The stems of what was typed, with how sure we are that they were meant."""
        words = [word for word in dict.fromkeys(_words(text[:QUERY_MOST])) if word not in _STOP][:WORDS_MOST]
        understood: dict[str, float] = {}
        for word in words:
            stem, surety = _stem(word), 1.0
            if stem not in self._rarity and (meant := self._spelt(word)) is not None:
                stem, surety = _stem(meant), 0.8
            understood[stem] = max(understood.get(stem, 0.0), surety)
        return understood

    def _spelt(self, word: str) -> str | None:
        """The word of the guide that a misspelt one most likely is, or None. The last few thousand are kept."""
        if word not in self._spellings:
            if len(self._spellings) >= SPELLINGS_KEPT:
                self._spellings.clear()
            self._spellings[word] = self._nearest(word)
        return self._spellings.get(word)

    def _nearest(self, word: str) -> str | None:
        if not 5 <= len(word) <= 24 or not word.isalpha():
            return None
        shared: Counter[str] = Counter()
        for piece in _trigrams(word):
            shared.update(self._by_trigram.get(piece, ()))
        best, closeness = None, 0.0
        for other, _ in shared.most_common(12):
            if other[0] != word[0] or abs(len(word) - len(other)) > 2:
                continue
            ratio = difflib.SequenceMatcher(None, word, other, autojunk=False).ratio()
            if ratio > closeness:
                best, closeness = other, ratio
        return best if closeness >= (0.86 if len(word) < 8 else 0.82) else None


def _texts(entry: EntryView) -> dict[str, str]:
    return {
        "asked": "\n".join(entry.asked_as),
        "title": f"{entry.title} {entry.slug.replace('-', ' ')}",
        "summary": entry.summary,
        "body": "\n".join((entry.agency, *(text for _, text in entry.sections))),
    }


def _words(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", text.encode("utf-8", "ignore").decode()).lower()
    plain = "".join(character for character in plain if not unicodedata.combining(character))
    plain = plain.replace("'", "").replace("\u2019", "").replace("a&e", "casualty hospital emergency")
    return _WORD.findall(plain)


def _stems(words: Sequence[str]) -> list[str]:
    # A stemmer holds state while it works: one for each call keeps threads apart.
    stemmer = Stemmer.Stemmer("english", 0)
    stems: list[str] = stemmer.stemWords([word for word in words if word not in _STOP])
    return stems


def _stem(word: str) -> str:
    return str(Stemmer.Stemmer("english", 0).stemWord(word))


def _index(texts: list[list[str]]) -> Any | None:
    """A BM25 index of one field, or None when there is no word in it."""
    if not any(texts):
        return None
    logging.getLogger("bm25s").setLevel(logging.WARNING)
    index = bm25s.BM25(k1=1.2, b=0.6, method="lucene")
    index.index(texts, show_progress=False)
    return index


def _rarity(texts: Sequence[set[str]]) -> dict[str, float]:
    """How much a stem says: the rarer among entries, the more."""
    seen: Counter[str] = Counter(stem for text in texts for stem in text)
    return {stem: math.log(1 + (len(texts) - count + 0.5) / (count + 0.5)) for stem, count in seen.items()}


def _trigrams(word: str) -> set[str]:
    padded = f"  {word} "
    return {padded[place : place + 3] for place in range(len(padded) - 2)}
