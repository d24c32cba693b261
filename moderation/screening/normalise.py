"""Read a message into plain words that know where they came from.

People write in a hurry: curly quotes, no apostrophes, "soooo", stray invisible characters. Here
they become the words a phrase is written in, each with its offsets in the text as sent.

Every step is linear in the length of the text, whatever the text. Spaced letters, digits for
letters and near-spellings belong to a later version; they will go in `_plain`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import spacy

STOP = "."
"""The word that stands for the end of a sentence. No phrase reaches across it."""

_LONGEST_RUN = 60  # spaCy peels punctuation off one character at a time: keep every run short,
_LONGEST_MARKS = 6  # and runs of marks shorter
_MOST_STRINGS = 200_000  # spaCy keeps every string it has seen: start afresh before that is a leak
_MOST_CACHED = 50_000
_FIELDS = ["ORTH", "IDX"]

_QUOTES = "'`´‘’‛ʼʹ′"
_NO_QUOTES = str.maketrans("", "", _QUOTES)
_HAS_QUOTES = re.compile(f"[{_QUOTES}]")
_NEEDS_CLEANING = re.compile(rf"[^\x20-\x7e\n{_QUOTES}]|\S{{{_LONGEST_RUN}}}|[^A-Za-z0-9\s]{{{_LONGEST_MARKS}}}")
_BREAKS = frozenset(',.;:()-–—…/"“”')
_BUT = frozenset({"but", "though", "tho", "although", "however", "except", "yet", "whereas"})
_RUN_OF_LETTERS = re.compile(r"([^\W\d_])\1{2,}")
_SHAPES = (
    (re.compile(r"(?:\+?44|0)\d{9,10}"), "<phone>"),
    (re.compile(r"07\d{3}|01\d{3,4}"), "<dialling>"),
    (re.compile(r"\d{1,9}"), "<number>"),
    (re.compile(r"(?:ca|la|dl|ne)\d{1,2}"), "<postcode>"),
)
SHAPES = frozenset({"<phone>", "<dialling>", "<number>", "<postcode>", "<name>"})
"""Words known by their look rather than their letters; a phrase may name one."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A message as words. The lists run side by side, one entry a word."""

    words: list[str]
    shapes: list[str]
    starts: list[int]
    ends: list[int]
    clauses: list[int]
    sentences: list[int]

    def __len__(self) -> int:
        return len(self.words)


class Reader:
    """Turns text into a `Reading`, with the spellings and known words it was given."""

    def __init__(self, spelling: Mapping[str, str] | None = None) -> None:
        self._spelling = dict(spelling or {})
        self._known: frozenset[str] = frozenset()
        self._cache: dict[int, tuple[str, str, int]] = {}
        self._tokenizer = _tokenizer()

    def learn(self, words: frozenset[str]) -> None:
        """Tell the reader which words phrases use, so that "hellllp" can be read as "help"."""
        self._known = words
        self._cache.clear()

    def read(self, text: str) -> Reading:
        """Read any text. Never raises; an empty or unreadable text has no words."""
        clean, origin = _clean(text)
        if len(self._tokenizer.vocab.strings) > _MOST_STRINGS:
            self._tokenizer = _tokenizer()
        words: list[str] = []
        shapes: list[str] = []
        starts: list[int] = []
        ends: list[int] = []
        clauses: list[int] = []
        sentences: list[int] = []
        clause = sentence = 0
        opening = True
        cache = self._cache
        tokens = self._tokenizer(clean).to_array(_FIELDS).tolist()
        for orth, at in tokens:
            found = cache.get(orth) or self._remember(orth)
            word, shape, length = found
            if not word:
                continue
            if word == ",":
                clause += 1
                continue
            if word == STOP:
                if not words or words[-1] == STOP:
                    continue
                clause += 1
                sentence += 1
                opening = True
            else:
                if word in _BUT:
                    clause += 1
                if opening and shape == "<name>":
                    shape = ""
                opening = False
            words.append(word)
            shapes.append(shape)
            last = at + length - 1
            starts.append(origin[at] if origin else at)
            ends.append((origin[last] if origin else last) + 1)
            clauses.append(clause)
            sentences.append(sentence)
        return Reading(words, shapes, starts, ends, clauses, sentences)

    def _remember(self, orth: int) -> tuple[str, str, int]:
        if len(self._cache) >= _MOST_CACHED:
            self._cache.clear()
        raw = str(self._tokenizer.vocab.strings[orth])
        found = self._cache[orth] = (*self._plain(raw), len(raw))
        return found

    def _plain(self, raw: str) -> tuple[str, str]:
        """One token as a plain word and its shape; "" for what is no word."""
        if "\n" in raw or (raw[0] in ".!?" and not raw.startswith("..")):
            return STOP, ""
        word = raw.lower()
        if word == "&":
            return "and", ""
        if not any(letter.isalnum() for letter in word):
            if raw[0] in _BREAKS:
                return ",", ""
            return (word, "") if word in self._known else ("", "")
        if word not in self._known:
            word = self._shorten(word)
        word = self._spelling.get(word, word)
        for pattern, shape in _SHAPES:
            if pattern.fullmatch(word):
                return word, shape
        name = raw[0].isupper() and len(raw) > 1 and not raw.isupper() and word not in self._known
        return word, "<name>" if name else ""

    def _shorten(self, word: str) -> str:
        if not _RUN_OF_LETTERS.search(word):
            return word
        twice = _RUN_OF_LETTERS.sub(r"\1\1", word)
        once = _RUN_OF_LETTERS.sub(r"\1", word)
        for guess in (twice, once):
            if guess in self._known or guess in self._spelling:
                return guess
        return once


def _tokenizer() -> Any:
    """spaCy's English tokenizer without its special cases: "cant" and "im" stay one word."""
    tokenizer: Any = spacy.blank("en").tokenizer
    tokenizer.rules = {}
    tokenizer.url_match = None
    return tokenizer


def _clean(text: str) -> tuple[str, list[int] | None]:
    """The text without what hides words, and for each character left, where it stood.

    Compatibility forms are taken apart (NFKC and a step further: accents go too), invisible
    characters and apostrophes are dropped, emoji stand alone, lone surrogates and control
    characters become spaces. None for the origins means that nothing moved.
    """
    if not _NEEDS_CLEANING.search(text):
        if not _HAS_QUOTES.search(text):
            return text, None
        return text.translate(_NO_QUOTES), [i for i, char in enumerate(text) if char not in _QUOTES]
    out: list[str] = []
    origin: list[int] = []
    run = marks = 0
    for index, char in enumerate(text):
        for piece in _spell_out(char):
            if piece == " " or piece == "\n":
                run = marks = 0
            elif run >= _LONGEST_RUN or marks >= _LONGEST_MARKS:
                out.append(" ")
                origin.append(index)
                run = marks = 0
            run += 1
            marks = 0 if piece.isalnum() else marks + 1
            out.append(piece)
            origin.append(index)
    return "".join(out), origin


def _spell_out(char: str) -> str:
    if char in _QUOTES:
        return ""
    if " " <= char <= "~" or char == "\n":
        return char
    if char in "\r\u2028\u2029\x85":
        return "\n"
    kind = unicodedata.category(char)
    if kind in ("Cf", "Mn", "Me"):
        return ""
    if kind[0] in "CZ":
        return " "
    if kind == "So":
        return f" {char} "
    plain = unicodedata.normalize("NFKD", char)
    if plain == char:
        return char
    return "".join(c for c in plain if c not in _QUOTES and unicodedata.category(c) not in ("Mn", "Cf"))
