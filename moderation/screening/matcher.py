"""Find phrases in words.

A phrase is a row of steps and gaps. A step is a word or everything that a word list can be, and a list is made
of shorter rows: nothing is written out. Only the rows that the gate names are looked for, so that the work
does not grow with the number of phrases; `Search.steps` counts it, so that a test can say so.

Each word that phrases use also has a letter of its own (`Code`). A message in these letters is as long as it has
words, and whether a phrase is in it at all a regular expression says at once; `Search` then says where.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import repeat

from moderation.screening.normalise import SHAPES, STOP, shape_of
from moderation.screening.pattern import CHOICE, GAPS, members
from moderation.screening.pattern import Sequence as Items

_LETTERS, _LETTERS_IN_A_ROW = 0x3400, 0xA000
_MORE = 0x10000


@dataclass(frozen=True, slots=True)
class Match:
    """Phrase number `entry` found at words[start:end]; `skipped` are the words in its gaps."""

    entry: int
    start: int
    end: int
    skipped: tuple[int, ...]


@dataclass(slots=True, eq=False)
class Step:
    """All that can stand in one place of a phrase: single words, and rows of steps by their first word."""

    words: set[str] = field(default_factory=set)
    longer: dict[str, list[tuple[Step, ...]]] = field(default_factory=dict)
    rows: list[tuple[Step, ...]] = field(default_factory=list)
    begins: set[str] = field(default_factory=set)
    stops: set[str] = field(default_factory=set)
    reach: int = 1

    def include(self, row: tuple[Step, ...]) -> None:
        """Let one more row stand here."""
        if len(row) == 1:
            only = row[0]
            self.words |= only.words
            self.rows += only.rows
            for word, rows in only.longer.items():
                self.longer.setdefault(word, []).extend(rows)
        else:
            self.rows.append(row)
            for word in row[0].begins:
                self.longer.setdefault(word, []).append(row)
        self.begins |= row[0].begins
        self.stops |= row[-1].stops
        self.reach = max(self.reach, sum(step.reach for step in row))


_Steps = tuple[Step | int, ...]


@dataclass(slots=True, eq=False)
class Node:
    """A place in a phrase: which step or gap can come next, and whether the phrase may end here."""

    moves: list[tuple[Step | int, Node]] = field(default_factory=list)
    begins: set[str] = field(default_factory=set)
    ends: bool = False


@dataclass(slots=True, eq=False)
class Row:
    """A phrase in all its forms: steps, and between them gaps, as the number of words they may skip."""

    entry: int
    forms: tuple[_Steps, ...]
    start: Node
    code: Code
    _pattern: re.Pattern[str] | None = None

    def places(self, coded: str, start: int, end: int) -> list[int]:
        """Every place where it begins in a stretch of a message in the letters of its code."""
        pattern = self._pattern
        if pattern is None:
            pattern = self._pattern = re.compile(f"(?={self.code.pattern(self.start)})")
        return [found.start() for found in pattern.finditer(coded, start, end)]

    @property
    def reach(self) -> int:
        """How many words it can cover."""
        return max(sum(one if isinstance(one, int) else one.reach for one in form) for form in self.forms)

    @property
    def plain(self) -> bool:
        """Whether it is words one after the other and nothing else."""
        return len(self.forms) == 1 and all(
            isinstance(step, Step) and len(step.words) == 1 and not step.longer for step in self.forms[0]
        )


class Code:
    """A letter for each word that phrases use, one for each shape, and one for all other words."""

    def __init__(self) -> None:
        self._letters: dict[str, str] = {}
        self._patterns: dict[Step, str] = {}
        self.other = self.letter("")
        self.stop = self.letter(STOP)

    def letter(self, word: str) -> str:
        """The letter of a word that phrases use, or of a shape."""
        size = len(self._letters)
        return self._letters.setdefault(word, chr(_LETTERS + size if size < _LETTERS_IN_A_ROW else _MORE + size))

    def coded(self, words: Iterable[str], shapes: Iterable[str] = repeat("")) -> str:
        """Words in letters, one each."""
        get = self._letters.get
        return "".join([get(word) or get(shape) or self.other for word, shape in zip(words, shapes, strict=False)])

    def alike(self, sign: str) -> set[str]:
        """The letters of a word, or of all words of a shape."""
        alike = {word for word in self._letters if shape_of(word) == sign} if sign in SHAPES else set()
        return {self.letter(sign), *map(self.letter, alike)}

    def pattern(self, node: Node) -> str:
        """A regular expression for all that can follow from here; it need not find the whole of it."""
        if node.ends:
            return ""
        ways = []
        for item, following in node.moves:
            here = self._step(item) if isinstance(item, Step) else f"[^{self.stop}]{{0,{item}}}?"
            ways.append(here + self.pattern(following))
        return ways[0] if len(ways) == 1 else f"(?:{'|'.join(ways)})"

    def _step(self, step: Step) -> str:
        found = self._patterns.get(step)
        if found is None:
            letters = {letter for word in step.words for letter in self.alike(word)}
            ways = [f"[{''.join(sorted(letters))}]"] if letters else []
            ways += ["".join(map(self._step, row)) for row in step.rows]
            found = self._patterns[step] = ways[0] if len(ways) == 1 else f"(?:{'|'.join(ways)})"
        return found


class Compiler:
    """Turns sequences of items (pattern.py) into rows. Equal items become one and the same step."""

    def __init__(self) -> None:
        self._steps: dict[str, Step] = {}
        self.code = Code()

    def define(self, name: str, sequences: Iterable[Items]) -> None:
        """A word list, by its name in angle brackets; it may use those defined before."""
        step = Step()
        for sequence in dict.fromkeys(sequences):
            step.include(tuple(self._step(item) for item in sequence))
        self._steps[name] = step

    def row(self, entry: int, sequences: Iterable[Items]) -> Row:
        """A phrase, by the forms it can take."""
        forms = tuple(
            tuple(GAPS.get(item) or self._step(item) for item in sequence) for sequence in dict.fromkeys(sequences)
        )
        return Row(entry, forms, _node(forms, {}), self.code)

    def learn(self, word: str) -> None:
        """A word that is looked for by itself."""
        self._step(word)

    def vocabulary(self) -> frozenset[str]:
        """Every word that some step can hold."""
        return frozenset(word for step in self._steps.values() for word in step.words)

    def _step(self, item: str) -> Step:
        step = self._steps.get(item)
        if step is None and item.startswith(CHOICE):
            self.define(item, members(item))
            step = self._steps[item]
        elif step is None:
            step = self._steps[item] = Step({item}, begins={item}, stops={item})
            self.code.letter(item)
        return step


def _node(forms: tuple[_Steps, ...], made: dict[tuple[_Steps, ...], Node]) -> Node:
    """Where the forms begin; what they share, before or after, is there once."""
    node = made.get(forms)
    if node is None:
        node = made[forms] = Node(ends=() in forms)
        rest: dict[Step | int, list[_Steps]] = {}
        for form in forms:
            if form:
                rest.setdefault(form[0], []).append(form[1:])
        for item, after in rest.items():
            node.moves.append((item, _node(tuple(after), made)))
            if isinstance(item, Step):
                node.begins |= item.begins
    return node


class Search:
    """Tells how rows stand in some words, where they begin there."""

    __slots__ = ("_ends", "_shapes", "_words", "steps")

    def __init__(self, words: Sequence[str], shapes: Sequence[str]) -> None:
        self._words = words
        self._shapes = shapes if any(shapes) else None
        self._ends: dict[tuple[Step, int], set[int]] = {}
        self.steps = len(words)

    def matches(self, row: Row, places: Iterable[int]) -> Iterator[Match]:
        """Every way in which a row stands in the words that begins at one of these places."""
        for place in places:
            yield from self._follow(row, place)

    def _follow(self, row: Row, start: int) -> Iterator[Match]:
        words, shapes = self._words, self._shapes
        size = len(words)
        nothing: tuple[int, ...] = ()
        open_ = [(row.start, start, nothing)]
        while open_:
            node, at, skipped = open_.pop()
            self.steps += 1
            if node.ends:
                yield Match(row.entry, start, at, skipped)
            if at >= size:
                continue
            for item, following in node.moves:
                if isinstance(item, Step):
                    if words[at] in item.begins or (shapes and shapes[at] in item.begins):
                        open_ += [(following, end, skipped) for end in self._after(item, at)]
                    continue
                begins, passed = following.begins, skipped
                for ahead in range(at, min(at + item + 1, size)):
                    word = words[ahead]
                    if word == STOP:
                        break
                    if word in begins or (shapes and shapes[ahead] in begins):
                        open_.append((following, ahead, passed))
                    passed = (*passed, ahead)

    def _after(self, step: Step, at: int) -> Iterable[int]:
        """Every place where the step can end that begins here."""
        word = self._words[at]
        if word not in step.longer and not self._shapes:
            return (at + 1,) if word in step.words else ()
        key = (step, at)
        ends = self._ends.get(key)
        if ends is None:
            ends = set()
            for sign in (word, self._shapes[at]) if self._shapes else (word,):
                if sign in step.words:
                    ends.add(at + 1)
                for row in step.longer.get(sign, ()):
                    ends |= self._through(row, at)
            self._ends[key] = ends
        return ends

    def _through(self, row: tuple[Step, ...], at: int) -> set[int]:
        """Every place where a row without gaps can end that begins here."""
        size = len(self._words)
        places = {at}
        for step in row:
            self.steps += 1
            places = {end for place in places if place < size for end in self._after(step, place)}
            if not places:
                break
        return places
