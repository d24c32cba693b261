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
from typing import Any, NamedTuple

import spacy

from moderation.screening.spelling import Speller

STOP = "."
"""The word that stands for the end of a sentence. No phrase reaches across it."""

_LONGEST_RUN = 60  # spaCy peels punctuation off one character at a time: keep every run short,
_LONGEST_MARKS = 6  # and runs of marks shorter
_MOST_STRINGS = 200_000  # spaCy keeps every string it has seen: start afresh before that is a leak
_MOST_REMEMBERED = 2_000_000  # characters

_QUOTES = "'`´‘’‛ʼʹ′"
_NO_QUOTES = str.maketrans("", "", _QUOTES)
_HAS_QUOTES = re.compile(f"[{_QUOTES}]")
_NEEDS_CLEANING = re.compile(rf"[^\x20-\x7e\n{_QUOTES}]|\S{{{_LONGEST_RUN}}}|[^A-Za-z0-9\s]{{{_LONGEST_MARKS}}}")
_BREAKS = frozenset(',.;:()-–—…/"“”')
_BUT = frozenset({"but", "though", "tho", "although", "however", "except", "yet", "whereas"})
_APARTERS = _BUT | {",", STOP}
_MAYBE_DISGUISED = re.compile(r"[0-9@$€!|+£*#_.\-][A-Za-z]")
_CHUNK = re.compile(r"\S+")
_PIECE = re.compile(r"[\n\r\x85\u2028\u2029]|\S+")
_APART = re.compile(r"[^\W\d_]{3,}")
_WORDS_OF_A_LETTER = frozenset({"", "i", "a"})
_PLAIN_PIECE = re.compile(r"[A-Za-z]+|[A-Za-z]*[a-z]{2}[,.!?]")
_EDGES = "\"'()[]{}?,;:"
SPACED_LETTERS = 3
"""So many letters on end, each standing alone, may be a word."""
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


class Part(NamedTuple):
    """A word or a mark of a piece and where it stands there; `letter` where it is one letter, standing alone."""

    word: str
    shape: str
    start: int
    end: int
    letter: str


class Piece(NamedTuple):
    """What the reader makes of a piece of text without a blank in it. `words` and `shapes` leave out commas.

    It is `lettered` where it holds a letter that may be one of a word taken apart, and `marked` unless it is one
    word and nothing else.
    """

    parts: tuple[Part, ...]
    words: tuple[str, ...]
    shapes: tuple[str, ...]
    lettered: bool
    marked: bool


class Reader:
    """Turns text into a `Reading`, with the spellings and known words it was given.

    People repeat themselves: what stands between two blanks is read once and remembered.
    """

    def __init__(self, spelling: Mapping[str, str] | None = None) -> None:
        self._speller = Speller(spelling or {})
        self._tokens: dict[str, tuple[tuple[str, ...], str]] = {}
        self._tokenizer = _tokenizer()
        self._pieces: dict[str, Piece] = {}
        self._size = 0

    def learn(self, words: frozenset[str]) -> None:
        """Tell the reader which words phrases use, so that "hellllp" can be read as "help"."""
        self._speller.learn(words)
        self._forget()

    def piece(self, raw: str) -> Piece:
        """What a text without blanks says, read now if it was never seen."""
        found = self._pieces.get(raw)
        if found is None:
            if self._size > _MOST_REMEMBERED or len(self._tokenizer.vocab.strings) > _MOST_STRINGS:
                self._forget()
            found = self._pieces[raw] = self._read(raw)
            self._size += len(raw) + 1
        return found

    def read(self, text: str) -> Reading:
        """Read any text. Never raises; an empty or unreadable text has no words."""
        piece = self.piece
        words: list[str] = []
        shapes: list[str] = []
        starts: list[int] = []
        ends: list[int] = []
        clauses: list[int] = []
        sentences: list[int] = []
        clause = sentence = 0
        apart = False
        found = [(match.start(), piece(match[0])) for match in _PIECE.finditer(text)]
        for at, one in found:
            if one.marked:
                apart = apart or one.lettered
                for word, shape, start, end, _ in one.parts:
                    if word in _APARTERS:
                        clause += 1
                        if word == ",":
                            continue
                        if word == STOP:
                            sentence += 1
                    words.append(word)
                    shapes.append("" if shape == "<name>" and words[-2:-1] in ([], [STOP]) else shape)
                    starts.append(at + start)
                    ends.append(at + end)
                    clauses.append(clause)
                    sentences.append(sentence)
            else:
                part = one.parts[0]
                words.append(part[0])
                shapes.append("")
                starts.append(at + part[2])
                ends.append(at + part[3])
                clauses.append(clause)
                sentences.append(sentence)
        reading = Reading(words, shapes, starts, ends, clauses, sentences)
        if apart:
            every = (part for _, one in found for part in one.parts)
            self._join(reading, "".join(part.letter or " " for part in every if part.word != ","))
        return reading

    def _join(self, reading: Reading, letters: str) -> None:
        """Letters written one by one ("s u i c i d e") as the words they spell."""
        for run in reversed([*_APART.finditer(letters)]):
            first, last, words = self._spelt(run[0])
            if not words:
                continue
            first += run.start()
            last += run.start()
            begins = [first + sum(map(len, words[:index])) for index in range(len(words))]
            stops = [*begins[1:], last]
            reading.clauses[first:last] = [reading.clauses[place] for place in begins]
            reading.sentences[first:last] = [reading.sentences[place] for place in begins]
            reading.starts[first:last] = [reading.starts[place] for place in begins]
            reading.ends[first:last] = [reading.ends[place - 1] for place in stops]
            reading.words[first:last], reading.shapes[first:last] = words, [""] * len(words)

    def _spelt(self, letters: str) -> tuple[int, int, tuple[str, ...]]:
        """The words in a run of letters, and from where to where; one before or after ("i", "a") may stay."""
        for lead in (0, 1):
            for tail in (0, 1):
                last = len(letters) - tail
                words = self._speller.joined(letters[lead:last])
                if words:
                    return lead, last, words
        return 0, 0, ()

    def _forget(self) -> None:
        self._pieces = {}
        self._tokens = {}
        self._size = 0
        if len(self._tokenizer.vocab.strings) > _MOST_STRINGS:
            self._tokenizer = _tokenizer()

    def _read(self, raw: str) -> Piece:
        clean, origin = _clean(raw)
        if _MAYBE_DISGUISED.search(clean):
            clean = _CHUNK.sub(self._undisguise, clean)
        parts: list[Part] = []
        for text, at in self._cut(clean):
            found = self._tokens.get(text)
            if found is None:
                found = self._tokens[text] = self._plain(text)
            words, shape = found
            if words == (STOP,) and parts and parts[-1].word == STOP:
                continue
            letter = text.lower() if len(text) == 1 and text.isalpha() and len(text.lower()) == 1 else ""
            end = at + len(text) - 1
            for word in words:
                last = end if len(words) == 1 else min(at + len(word) - 1, end)
                start, stop = (origin[at], origin[last] + 1) if origin else (at, last + 1)
                parts.append(Part(word, shape, start, stop, letter))
                at = min(last + 1, end)
        spoken = [part for part in parts if part.word != ","]
        lettered = any(part.letter not in _WORDS_OF_A_LETTER for part in parts)
        return Piece(
            parts=tuple(parts),
            words=tuple(part.word for part in spoken),
            shapes=tuple(part.shape for part in spoken),
            lettered=lettered,
            marked=lettered or len(parts) != 1 or parts[0].shape != "" or parts[0].word in _APARTERS,
        )

    def _cut(self, clean: str) -> list[tuple[str, int]]:
        """The tokens of a piece and where they begin: spaCy's, which need not be asked where it is plain."""
        if _PLAIN_PIECE.fullmatch(clean):
            if clean[-1] in ",.!?":
                return [(clean[:-1], 0), (clean[-1], len(clean) - 1)]
            return [(clean, 0)]
        return [(token.text, token.idx) for token in self._tokenizer(clean)]

    def _undisguise(self, chunk: re.Match[str]) -> str:
        """ "k1ll" as "kill": a listed word of the same length, so that nothing moves."""
        raw = chunk[0]
        if not _MAYBE_DISGUISED.search(raw) or len(raw) > _LONGEST_RUN:
            return raw
        core = raw.strip(_EDGES).rstrip("!.")
        meant = self._speller.undisguised(core.lower())
        return raw.replace(core, meant, 1) if meant else raw

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
        shape = shape_of(words[0])
        return words, shape or ("<name>" if named and not speller.listed(words[0]) else "")


def shape_of(word: str) -> str:
    """The shape a word has whoever writes it; "" for most."""
    return next((shape for pattern, shape in _SHAPES if pattern.fullmatch(word)), "")


def pieces(text: str) -> list[str]:
    """A text cut at its blanks; the end of a line is a piece of its own."""
    return text.split() if text.isprintable() else _PIECE.findall(text)


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
