"""Words as they were meant: disguised, run together, taken apart, or within one slip of a listed word.

Only ever towards a word that phrases list, and never away from a word that is spelt as it should be.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files

from rapidfuzz.distance import OSA

_SIGNS = {
    "0": "o",
    "1": "il",
    "3": "e",
    "4": "a",
    "5": "s",
    "7": "t",
    "8": "b",
    "9": "g",
    "@": "a",
    "$": "s",
    "€": "e",
    "!": "il",
    "|": "il",
    "+": "t",
    "£": "l",
}
_ANY = "*#_.-"
_DISGUISED = re.compile(r"[a-z0-9@$€!|+£*#_.\-]+")
_SPELT_OUT = re.compile(r"(?:[a-z][._*\-~]+)+[a-z]")
_RUN_OF_LETTERS = re.compile(r"([^\W\d_])\1{2,}")
_SHORTEST_SLIP = 5
_SHORTEST_RUN_TOGETHER = 7
_LONGEST = 24
_MOST_PARTS = 7
_FAR_MORE = 100
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


@cache
def lexicon() -> Mapping[str, int]:
    """Words spelt as they should be, with how many messages of the bank use each."""
    text = (files("moderation.screening") / "lexicon.txt").read_text(encoding="utf-8")
    return {word: int(count) for word, count in (line.split(" ") for line in text.splitlines())}


class Speller:
    """Reads a word as one that is listed, where that is what was meant."""

    def __init__(self, table: Mapping[str, str], known: Mapping[str, int] | None = None) -> None:
        self._table = {wrong.replace("'", ""): right for wrong, right in table.items()}
        self._known = lexicon() if known is None else known
        self._listed: frozenset[str] = frozenset()
        self._by_length: dict[int, list[str]] = {}
        self._shortened_by_one: dict[str, list[str]] = {}

    def learn(self, listed: Iterable[str]) -> None:
        """Tell it which words phrases use."""
        self._listed = frozenset(listed)
        by_length: dict[int, list[str]] = defaultdict(list)
        by_one: dict[str, list[str]] = defaultdict(list)
        for word in sorted(self._listed):
            if word.isalpha():
                by_length[len(word)].append(word)
                if len(word) >= _SHORTEST_SLIP:
                    for short in _less_one(word):
                        by_one[short].append(word)
        self._by_length = dict(by_length)
        self._shortened_by_one = dict(by_one)

    def listed(self, word: str) -> bool:
        """Whether some phrase uses the word as it stands."""
        return word in self._listed

    def right(self, word: str) -> str:
        """The word by the table of known misspellings, or as it is."""
        return self._table.get(word, word)

    def undisguised(self, word: str) -> str:
        """A listed word written with signs or digits for letters, as long as it was; "" if it is none.

        "k1ll", "st*rve", "su!cide", "$hake". Most of it must be letters: "10st4" is no word, and nor is "80th".
        """
        letters = sum(char.isalpha() for char in word)
        shortest = 3 if word[:1].isalpha() else 4
        if len(word) < shortest or letters * 2 < len(word) or not _DISGUISED.fullmatch(word):
            return ""
        if letters < 2 or (letters * 2 == len(word) and word[0].isdigit()):
            return ""
        meant = re.compile("".join(_class(char) for char in word)).fullmatch
        found = [one for one in self._by_length.get(len(word), ()) if meant(one)]
        return found[0] if len(found) == 1 or (found and not set(word) & set(_ANY)) else ""

    def meant(self, word: str) -> tuple[str, ...]:
        """The word or words meant by one that nobody lists. Itself where no better reading is found."""
        if _SPELT_OUT.fullmatch(word):
            word = "".join(char for char in word if char.isalpha())
        word = self._shortened(word)
        right = self._table.get(word, word)
        if right in self._listed or right in self._known or not right.isalpha() or len(right) > _LONGEST:
            return (right,)
        rivals = [one for one in _slips(right) if one in self._known]
        parts = self.parted(right) if not rivals else ()
        return parts or (self._within_a_slip(right, max(map(self._known.__getitem__, rivals), default=0)),)

    def joined(self, letters: str) -> tuple[str, ...]:
        """What letters written one by one spell ("k i l l m e"); nothing if they spell nothing listed."""
        whole = self._shortened(letters)
        if len(whole) >= 3 and whole in self._listed and len(set(whole)) > 1:
            return (whole,)
        return self.parted(letters) if len(letters) >= 5 else ()

    def parted(self, word: str) -> tuple[str, ...]:
        """A word taken apart into known ones, one of them listed and at least four letters long."""
        if len(word) < 5 or len(word) > _LONGEST:
            return ()
        best: list[tuple[float, tuple[str, ...]] | None] = [None] * (len(word) + 1)
        best[0] = (0.0, ())
        for end in range(1, len(word) + 1):
            for start in range(max(0, end - 14), end):
                before = best[start]
                if before is None:
                    continue
                piece = word[start:end]
                cost = self._cost(piece)
                if cost is None:
                    continue
                whole = before[0] + cost
                now = best[end]
                if now is None or whole < now[0]:
                    best[end] = (whole, (*before[1], piece))
        found = best[len(word)]
        if found is None or not 2 <= len(found[1]) <= _MOST_PARTS:
            return ()
        if len(word) < _SHORTEST_RUN_TOGETHER and len(found[1]) > 2:
            return ()
        return found[1] if any(len(part) >= 4 and part in self._listed for part in found[1]) else ()

    def _cost(self, piece: str) -> float | None:
        """Common words are cheap, so that "killmyself" is kill and myself and not kill, my and self."""
        if len(piece) == 1:
            return 3.0 if piece in "ia" else None
        count = self._known.get(piece, 0)
        if count < (30 if len(piece) == 2 else 3):
            return None
        return 2.0 - min(1.0, count / 200)

    def _shortened(self, word: str) -> str:
        """ "hellllp" as "help", "nooooo" as "no"."""
        if not _RUN_OF_LETTERS.search(word):
            return word
        twice = _RUN_OF_LETTERS.sub(r"\1\1", word)
        once = _RUN_OF_LETTERS.sub(r"\1", word)
        for guess in (twice, once):
            if guess in self._listed or guess in self._table:
                return guess
        return once

    def _within_a_slip(self, word: str, rival: int) -> str:
        """The one listed word that a slip makes of it: a letter too many, too few, wrong, or two the wrong way.

        Such words share what is left of them without a letter, and so are looked up, not compared one by one.
        Far more common words (`rival` is their count) are what was meant: "whent" is went and not "whens".
        """
        if len(word) < _SHORTEST_SLIP:
            return word
        near = {one for short in _less_one(word) for one in self._shortened_by_one.get(short, ())}
        found = [
            one
            for one in sorted(near)
            if (one[0] == word[0] or one[1] == word[0] or one[0] == word[1])
            and OSA.distance(word, one) == 1
            and rival <= _FAR_MORE * max(1, self._known.get(one, 0))
        ]
        same_start = [one for one in found if one[0] == word[0]]
        if len(found) == 1:
            return found[0]
        return same_start[0] if len(same_start) == 1 else word


def _less_one(word: str) -> set[str]:
    """The word, and all that is left of it without one of its letters."""
    return {word, *(word[:at] + word[at + 1 :] for at in range(len(word)))}


def _slips(word: str) -> Iterator[str]:
    """All that one slip could make of a word."""
    for at in range(len(word) + 1):
        before, after = word[:at], word[at:]
        yield before + after[1:]
        yield before + after[1:2] + after[:1] + after[2:]
        for letter in _LETTERS:
            yield before + letter + after
            yield before + letter + after[1:]


def _class(char: str) -> str:
    if char in _ANY:
        return "[a-z]"
    letters = _SIGNS.get(char)
    if letters:
        return f"[{letters}]"
    return re.escape(char)
