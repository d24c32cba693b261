"""The gate before the matcher: a first look that lets most talk pass at almost no cost.

A message is cut at its blanks, and each piece is looked up: which steps of phrases could stand in it? A phrase
can only be in the message when all of its steps could. Nothing that the matcher would find is ever turned
away (tests/screening/test_gate.py), and what the gate lets through by mistake the matcher turns away.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from moderation.screening.normalise import SHAPES, STOP, Reader
from moderation.screening.spelling import lexicon

_SHAPE_IS_COMMON = 3000
_MOST_PIECES = 100_000
_LETTERS_APART = re.compile(r"(?:(?<!\S)\S\s+){2}\S(?!\S)")
Steps = Sequence[Sequence[tuple[str, ...]]]
_Sign = str | tuple[str, str]
_Piece = tuple[int, str, str]


class Gate:
    """Made from what phrases are made of: for each phrase its steps, for each step all it can be.

    A step of one word shows by that word; one of several words by its rarest two that stand together.
    """

    def __init__(self, phrases: Sequence[Steps], reader: Reader) -> None:
        self._reader = reader
        self._pieces: dict[str, _Piece] = {}
        self._signs: dict[_Sign, int] = {}
        self._behind: dict[int, list[int]] = {}
        signs: dict[int, frozenset[_Sign]] = {}
        bits: dict[frozenset[_Sign], int] = {}
        costs: dict[int, int] = {}
        for steps in phrases:
            needed, rarest = 0, 0
            for members in steps:
                shown = signs.get(id(members))
                if shown is None:
                    shown = signs[id(members)] = frozenset(_sign(member) for member in members)
                bit = bits.get(shown)
                if bit is None:
                    bit = bits[shown] = 1 << len(bits)
                    costs[bit] = sum(_commonness(sign) for sign in shown)
                needed |= bit
                if not rarest or costs[bit] < costs[rarest]:
                    rarest = bit
            behind = self._behind.setdefault(rarest, [])
            if needed not in behind:
                behind.append(needed)
        for shown, bit in bits.items():
            for sign in shown:
                self._signs[sign] = self._signs.get(sign, 0) | bit
        self._pairs = {sign: bit for sign, bit in self._signs.items() if isinstance(sign, tuple)}
        self._anchors = sum(self._behind)

    def open_to(self, text: str) -> bool:
        """Whether any phrase could be in the text."""
        pieces, pairs = self._pieces, self._pairs
        present = singles = 0
        before = ""
        for piece in text.split():
            found = pieces.get(piece)
            if found is None:
                found = self._look(piece)
            mask, first, last = found
            present |= mask
            if first:
                pair = pairs.get((before, first))
                if pair is not None:
                    present |= pair
                before = last
            if len(piece) == 1:
                singles += 1
        if singles > 2 and _LETTERS_APART.search(text):
            return True
        hot = present & self._anchors
        while hot:
            anchor = hot & -hot
            for needed in self._behind[anchor]:
                if needed & present == needed:
                    return True
            hot ^= anchor
        return False

    def _look(self, piece: str) -> _Piece:
        """Which steps could stand in one piece of a message; remembered, for people repeat themselves."""
        if len(self._pieces) >= _MOST_PIECES:
            self._pieces.clear()
        reading = self._reader.read(piece, opening=False)
        words = [word for word in reading.words if word != STOP]
        signs = self._signs
        mask = 0
        seen: list[_Sign] = [*words, *reading.shapes, *pairwise(words)]
        for sign in seen:
            mask |= signs.get(sign, 0)
        found = self._pieces[piece] = (mask, words[0], words[-1]) if words else (mask, "", "")
        return found


def _sign(member: tuple[str, ...]) -> _Sign:
    if len(member) == 1:
        return member[0]
    return min(pairwise(member), key=lambda pair: (_commonness(pair), pair))


def _commonness(sign: _Sign) -> int:
    if isinstance(sign, tuple):
        return min(_commonness(sign[0]), _commonness(sign[1])) // 4
    return _SHAPE_IS_COMMON if sign in SHAPES else lexicon().get(sign, 0) + 1
