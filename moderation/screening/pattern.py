"""The notation phrases are written in, and what it stands for.

    {he|she|my partner} {hit|slapped} me    any one of the alternatives
    [really] hurt me                        words that may be there
    crying ... cant take it                 a gap of up to three words
    fell ~ sleepy                           a wide gap, of up to seven
    <child>                                 any word or words of a list in words.yaml
    <number> <name> <phone> <postcode>      a word known by its look

A pattern becomes one or more sequences of items. An item is a word, a shape ("<number>"), a
word list ("<child>"), a choice written on the spot ("<=he|she|my partner>") or a gap. Choices are
kept together, so that a pattern with four of them is one sequence and not ten thousand.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import pairwise, product

GAPS = {"...": 3, "~": 7}
"""The gaps there are, and how many words each may skip."""

CHOICE = "<="
_FEWEST_IN_CHOICE = 3
_MOST_SEQUENCES = 2000
_MOST_GAPS = 3
_PIECES = re.compile(r"\.\.\.|~|<[a-z_]+>|[{}\[\]|]|[^\s{}\[\]|<>~]+|[<>]")

Sequence = tuple[str, ...]
Split = Callable[[str], list[str]]


class PatternError(ValueError):
    """A pattern that cannot be read, with the reason in plain words."""


def expand(pattern: str, split: Split) -> list[Sequence]:
    """Every sequence a pattern stands for. `split` turns a written word into plain words."""
    pieces = _PIECES.findall(pattern)
    items, rest = _alternatives(pieces, 0, "", split)
    if rest != len(pieces):
        raise PatternError(f"“{pieces[rest]}” closes nothing")
    sequences = list(dict.fromkeys(items))
    for sequence in sequences:
        _check(sequence)
    return sequences


def _check(sequence: Sequence) -> None:
    if not sequence:
        raise PatternError("empty phrase")
    if sequence[0] in GAPS or sequence[-1] in GAPS:
        raise PatternError("a gap must stand between words")
    if any(one in GAPS and two in GAPS for one, two in pairwise(sequence)):
        raise PatternError("two gaps side by side")
    if sum(item in GAPS for item in sequence) > _MOST_GAPS:
        raise PatternError(f"more than {_MOST_GAPS} gaps")


def _alternatives(pieces: list[str], at: int, closing: str, split: Split) -> tuple[list[Sequence], int]:
    """Read up to `closing`; the choices found and the place after them."""
    found: list[Sequence] = []
    parts: list[list[Sequence]] = []
    while at < len(pieces):
        piece = pieces[at]
        if piece in ("}", "]"):
            if piece != closing:
                break
            return found + _joined(parts), at + 1
        if piece == "|":
            if not closing:
                raise PatternError("“|” outside braces")
            found += _joined(parts)
            parts = []
            at += 1
        elif piece in ("{", "["):
            inner, at = _alternatives(pieces, at + 1, "}" if piece == "{" else "]", split)
            inner = gathered(inner)
            parts.append([*inner, ()] if piece == "[" else inner)
        else:
            parts.append([_item(piece, split)])
            at += 1
    if closing:
        raise PatternError(f"no “{closing}” to close what was opened")
    return found + _joined(parts), at


def gathered(choices: list[Sequence]) -> list[Sequence]:
    """Plain alternatives as one choice; those with lists, gaps or choices of their own apart."""
    plain = [words for words in choices if words and not any(w in GAPS or w[0] == "<" for w in words)]
    if len(plain) < _FEWEST_IN_CHOICE:
        return choices
    rest = [words for words in choices if words not in plain]
    name = "|".join(dict.fromkeys(" ".join(words) for words in plain))
    return [(f"{CHOICE}{name}>",), *rest]


def members(choice: str) -> list[Sequence]:
    """The alternatives of a choice item."""
    return [tuple(words.split(" ")) for words in choice[len(CHOICE) : -1].split("|")]


def _item(piece: str, split: Split) -> Sequence:
    if piece in ("<", ">"):
        raise PatternError("“<” and “>” go round the name of a word list")
    if piece in GAPS or piece[0] == "<":
        return (piece,)
    return tuple(split(piece))


def _joined(parts: list[list[Sequence]]) -> list[Sequence]:
    size = 1
    for part in parts:
        size *= len(part)
    if size > _MOST_SEQUENCES:
        raise PatternError(f"stands for {size} phrases: split it up")
    return [tuple(_chain(choice)) for choice in product(*parts)]


def _chain(choice: tuple[Sequence, ...]) -> Iterator[str]:
    for sequence in choice:
        yield from sequence
