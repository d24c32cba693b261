"""Find every phrase in a reading.

A phrase is a row of steps: words, word lists and gaps. Every step has a bit. For a stretch of the
message the matcher knows which steps occur in it at all, as one number; a phrase is looked at only
when its rarest step is there, and searched for only when all of its steps are. Ordinary talk
therefore costs almost nothing, however many phrases there are.

Long sentences are taken in overlapping stretches, so that the work grows with the length of the
message and with nothing else. `Scan.steps` counts it, so that a test can say so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from moderation.screening.normalise import STOP, Reading
from moderation.screening.pattern import CHOICE, GAPS, Sequence, members

_STRIDE = 40


@dataclass(frozen=True, slots=True)
class Match:
    """Phrase number `entry` found at words[start:end]; `skipped` are the words in its gaps."""

    entry: int
    start: int
    end: int
    skipped: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Scan:
    """What was found, and how many steps it took."""

    matches: list[Match]
    steps: int


@dataclass(slots=True)
class _Row:
    """One phrase as bits; a gap is the number of words it may skip, below zero."""

    entry: int
    steps: tuple[int, ...]
    needed: int
    aside: bool


@dataclass(slots=True)
class _Node:
    """A place in the trie of everything a step can be: what begins like this, what is complete here."""

    words: dict[str, _Node] = field(default_factory=dict)
    steps: int = 0
    rows: dict[int, _Row] = field(default_factory=dict)
    asides: dict[int, _Row] = field(default_factory=dict)


class Matcher:
    """A compiled set of numbered sequences over word lists. Add everything, `seal`, then scan."""

    def __init__(self, lists: Mapping[str, Iterable[Sequence]]) -> None:
        self._trie = _Node()
        self._bits: dict[str, int] = {}
        self._rows: list[_Row] = []
        self._reach = 0
        self._longest: dict[str, int] = {}
        self._ends: dict[str, list[_Node]] = {}
        self._frequency: Counter[str] = Counter()
        self._openers: dict[str, list[str]] = {}
        self._members: dict[str, list[Sequence]] = {}
        self.vocabulary: set[str] = set()
        for name, sequences in lists.items():
            self._add_step(name, sequences)

    def add(self, entry: int, sequence: Sequence, *, aside: bool = False) -> None:
        """Let `sequence` be found as `entry`; what is set aside is found by its own scan."""
        for item in sequence:
            if item not in GAPS and item not in self._bits:
                self._add_step(item, members(item) if item.startswith(CHOICE) else [(item,)])
        steps = tuple(-GAPS[item] if item in GAPS else self._bits[item] for item in sequence)
        needed = 0
        for step in steps:
            needed |= max(step, 0)
        row = _Row(entry, steps, needed, aside)
        self._rows.append(row)
        self._reach = max(self._reach, sum(GAPS.get(item) or self._longest[item] for item in sequence))

    def _add_step(self, name: str, sequences: Iterable[Sequence]) -> None:
        bit = self._bits[name] = 1 << len(self._bits)
        longest = 0
        for sequence in sequences:
            if len(sequence) == 1 and sequence[0] in self._ends and sequence[0] != name:
                longest = max(longest, self._include(name, bit, sequence[0]))
                continue
            node = self._trie
            for word in sequence:
                node = node.words.setdefault(word, _Node())
            node.steps |= bit
            longest = max(longest, len(sequence))
            self._ends.setdefault(name, []).append(node)
            self._members.setdefault(name, []).append(sequence)
            self._openers.setdefault(name, []).append(sequence[0])
            self._frequency[sequence[0]] += 1
            self.vocabulary.update(sequence)
        self._longest[name] = longest

    def _include(self, name: str, bit: int, other: str) -> int:
        """A list that holds another: its members carry this bit as well."""
        for node in self._ends[other]:
            node.steps |= bit
        self._ends.setdefault(name, []).extend(self._ends[other])
        self._openers.setdefault(name, []).extend(self._openers[other])
        self._members.setdefault(name, []).extend(self._members[other])
        self._frequency.update(set(self._openers[other]))
        return self._longest[other]

    def seal(self) -> None:
        """File each row under its rarest step: the one whose words the fewest lists share."""
        frequency = self._frequency
        cost = {name: sum(frequency[word] for word in set(words)) for name, words in self._openers.items()}
        by_bit = {bit: name for name, bit in self._bits.items()}
        for number, row in enumerate(self._rows):
            names = (by_bit[step] for step in row.steps if step > 0)
            for node in self._ends[min(names, key=lambda name: (cost[name], name))]:
                (node.asides if row.aside else node.rows)[number] = row

    def rows(self) -> list[list[list[Sequence]]]:
        """What each phrase (not set aside) is made of: for each step, everything that step can be."""
        by_bit = {bit: self._members[name] for name, bit in self._bits.items()}
        return [[by_bit[step] for step in row.steps if step > 0] for row in self._rows if not row.aside]

    def scan(self, reading: Reading, *, aside: bool = False) -> Scan:
        """Every phrase in the reading, or everything that was set aside."""
        matches: list[Match] = []
        steps = 0
        for start, end in _sentences(reading.words):
            for at in range(start, end, _STRIDE):
                stretch = _Stretch(self._trie, reading, at, min(end, at + _STRIDE + self._reach), aside)
                steps += stretch.search(min(end, at + _STRIDE), matches)
        return Scan(matches, steps)


class _Stretch:
    """Some words of one sentence, with every step that begins at each of them."""

    __slots__ = ("end", "found", "masks", "present", "rows", "start", "steps")

    def __init__(self, trie: _Node, reading: Reading, start: int, end: int, aside: bool) -> None:
        self.start = start
        self.end = end
        self.steps = 0
        self.present = 0
        self.rows: dict[int, _Row] = {}
        self.found: list[list[tuple[int, int]]] = []
        self.masks: list[int] = []
        shapes = reading.shapes if any(reading.shapes[start:end]) else None
        for at in range(start, end):
            here: list[tuple[int, int]] = []
            mask = 0
            for node, place in _walk(trie, reading.words, shapes, at, end):
                here.append((node.steps, place))
                mask |= node.steps
                rows = node.asides if aside else node.rows
                if rows:
                    self.rows.update(rows)
            self.found.append(here)
            self.masks.append(mask)
            self.present |= mask

    def search(self, until: int, matches: list[Match]) -> int:
        """Add every match that begins before `until`; the number of steps taken."""
        present = self.present
        masks = self.masks
        for row in self.rows.values():
            self.steps += 1
            needed = row.needed
            if needed & present != needed:
                continue
            first = row.steps[0]
            for at in range(self.start, until):
                if masks[at - self.start] & first:
                    self._follow(row, at, matches)
        return self.steps + (until - self.start)

    def _follow(self, row: _Row, start: int, matches: list[Match]) -> None:
        steps = row.steps
        last = len(steps)
        nothing: tuple[int, ...] = ()
        open_ = [(0, start, nothing)]
        while open_:
            index, at, skipped = open_.pop()
            self.steps += 1
            if index == last:
                matches.append(Match(row.entry, start, at, skipped))
                continue
            step = steps[index]
            if step > 0:
                if at < self.end and self.masks[at - self.start] & step:
                    for mask, end in self.found[at - self.start]:
                        if mask & step:
                            open_.append((index + 1, end, skipped))
                continue
            after = steps[index + 1]
            passed = skipped
            for ahead in range(at, min(at - step + 1, self.end)):
                if self.masks[ahead - self.start] & after:
                    open_.append((index + 1, ahead, passed))
                passed = (*passed, ahead)


def _walk(trie: _Node, words: list[str], shapes: list[str] | None, at: int, end: int) -> list[tuple[_Node, int]]:
    """Every step that begins at this word, with the place after it."""
    found: list[tuple[_Node, int]] = []
    if shapes is None:
        node = trie.words.get(words[at])
        place = at + 1
        while node is not None:
            if node.steps:
                found.append((node, place))
            if place >= end or not node.words:
                break
            node = node.words.get(words[place])
            place += 1
        return found
    open_ = [(trie, at)]
    while open_:
        here, place = open_.pop()
        if here.steps:
            found.append((here, place))
        if place < end:
            for word in (words[place], shapes[place]):
                step = here.words.get(word)
                if step is not None:
                    open_.append((step, place + 1))
    return found


def _sentences(words: list[str]) -> Iterator[tuple[int, int]]:
    """The places between one STOP and the next."""
    start = 0
    for at, word in enumerate(words):
        if word == STOP:
            if at > start:
                yield start, at
            start = at + 1
    if len(words) > start:
        yield start, len(words)
