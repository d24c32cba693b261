"""Read a message into plain words that know where they came from.

People write in a hurry: curly quotes, no apostrophes, "soooo", stray invisible characters. Here
they become the words a phrase is written in, each with its offsets in the text as sent.

Every step is linear in the length of the text, whatever the text. Words that are disguised, run
together or taken apart are read as what was meant (spelling.py).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import spacy

from moderation.screening.spelling import Speller

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
_MAYBE_DISGUISED = re.compile(r"[0-9@$€!|+£*#_.\-][A-Za-z]")
_CHUNK = re.compile(r"\S+")
_EDGES = "\"'()[]{}?,;:"
_SPACED_LETTERS = 3
_LOOK_ALIKE = str.maketrans(
    "асԁеһіјӏкмоԛрѕтѵԝхуАВЕНІЈКМОРЅТХУαβεικνορτυχΑΒΕΖΗΙΚΜΝΟΡΤΥΧɡıℓ",
    "acdehijlkmoqpstvwxyABEHIJKMOPSTXYabeikvoptuxABEZHIKMNOPTYXgil",
)
"""Letters of other alphabets that look like ours, where they stand in a word with ours."""
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


_Found = tuple[tuple[str, ...], str, int]


class Reader:
    """Turns text into a `Reading`, with the spellings and known words it was given."""

    def __init__(self, spelling: Mapping[str, str] | None = None) -> None:
        self._speller = Speller(spelling or {})
        self._cache: dict[int, _Found] = {}
        self._tokenizer = _tokenizer()

    def learn(self, words: frozenset[str]) -> None:
        """Tell the reader which words phrases use, so that "hellllp" can be read as "help"."""
        self._speller.learn(words)
        self._cache.clear()

    def read(self, text: str, *, opening: bool = True) -> Reading:
        """Read any text. Never raises; an empty or unreadable text has no words.

        `opening` says that the text begins a sentence, where a capital letter makes no name.
        """
        clean, origin = _clean(text)
        if _MAYBE_DISGUISED.search(clean):
            clean = _CHUNK.sub(self._undisguise, clean)
        if len(self._tokenizer.vocab.strings) > _MOST_STRINGS:
            self._tokenizer = _tokenizer()
        words: list[str] = []
        shapes: list[str] = []
        starts: list[int] = []
        ends: list[int] = []
        clauses: list[int] = []
        sentences: list[int] = []
        clause = sentence = single = 0
        spaced = False
        cache = self._cache
        tokens = self._tokenizer(clean).to_array(_FIELDS).tolist()
        for orth, at in tokens:
            found = cache.get(orth) or self._remember(orth)
            meant, shape, length = found
            if not meant:
                continue
            word = meant[0]
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
                single = single + 1 if length == 1 else 0
            end = at + length - 1
            for word in meant:
                last = end if len(meant) == 1 else min(at + len(word) - 1, end)
                words.append(word)
                shapes.append(shape)
                starts.append(origin[at] if origin else at)
                ends.append((origin[last] if origin else last) + 1)
                clauses.append(clause)
                sentences.append(sentence)
                at = min(last + 1, end)
            if single >= _SPACED_LETTERS:
                spaced = True
        reading = Reading(words, shapes, starts, ends, clauses, sentences)
        return self._joined(reading) if spaced else reading

    def _undisguise(self, chunk: re.Match[str]) -> str:
        """ "k1ll" as "kill": a listed word of the same length, so that nothing moves."""
        raw = chunk[0]
        if not _MAYBE_DISGUISED.search(raw) or len(raw) > _LONGEST_RUN:
            return raw
        core = raw.strip(_EDGES).rstrip("!.")
        meant = self._speller.undisguised(core.lower())
        return raw.replace(core, meant, 1) if meant else raw

    def _joined(self, reading: Reading) -> Reading:
        """Letters written one by one ("s u i c i d e") as the words they spell."""
        rows = list(
            zip(
                reading.words,
                reading.shapes,
                reading.starts,
                reading.ends,
                reading.clauses,
                reading.sentences,
                strict=True,
            )
        )
        out: list[tuple[str, str, int, int, int, int]] = []
        at = 0
        while at < len(rows):
            end = at
            while end < len(rows) and len(rows[end][0]) == 1 and rows[end][0].isalpha():
                end += 1
            spelt = self._spelt(rows[at:end]) if end - at >= _SPACED_LETTERS else []
            out += spelt or rows[at : max(end, at + 1)]
            at = max(end, at + 1)
        return Reading(*(list(column) for column in zip(*out, strict=True)))

    def _spelt(
        self, letters: list[tuple[str, str, int, int, int, int]]
    ) -> list[tuple[str, str, int, int, int, int]]:
        """The words in a run of letters; what stands before or after them ("i", "a") is left as it was."""
        for lead in (0, 1):
            for tail in (0, 1):
                run = letters[lead : len(letters) - tail]
                words = self._speller.joined("".join(row[0] for row in run))
                if words:
                    out = letters[:lead]
                    place = 0
                    for word in words:
                        first, last = run[place], run[min(place + len(word), len(run)) - 1]
                        out.append((word, "", first[2], last[3], first[4], first[5]))
                        place += len(word)
                    return out + letters[len(letters) - tail :]
        return []

    def _remember(self, orth: int) -> _Found:
        if len(self._cache) >= _MOST_CACHED:
            self._cache.clear()
        raw = str(self._tokenizer.vocab.strings[orth])
        found = self._cache[orth] = (*self._plain(raw), len(raw))
        return found

    def _plain(self, raw: str) -> tuple[tuple[str, ...], str]:
        """One token as the plain words meant and its shape; nothing for what is no word."""
        if "\n" in raw or (raw[0] in ".!?" and not raw.startswith("..")):
            return (STOP,), ""
        speller = self._speller
        word = raw.lower()
        if word == "&":
            return ("and",), ""
        if not any(letter.isalnum() for letter in word):
            if raw[0] in _BREAKS:
                return (",",), ""
            return ((word,), "") if speller.listed(word) else ((), "")
        named = raw[0].isupper() and len(raw) > 1 and not raw.isupper()
        if speller.listed(word):
            words: tuple[str, ...] = (speller.right(word),)
        elif named:
            words = (speller.right(word),)
        else:
            words = speller.meant(word)
        if len(words) > 1:
            return words, ""
        for pattern, shape in _SHAPES:
            if pattern.fullmatch(words[0]):
                return words, shape
        return words, "<name>" if named and not speller.listed(words[0]) else ""


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
    if not text.isascii():
        text = _CHUNK.sub(_our_letters, text)
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


def _our_letters(chunk: re.Match[str]) -> str:
    """A word of mixed alphabets in ours; a word of another alphabet as it is."""
    raw = chunk[0]
    if raw.isascii():
        return raw
    plain = raw.translate(_LOOK_ALIKE)
    return plain if any("a" <= char.lower() <= "z" for char in raw) else raw


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
