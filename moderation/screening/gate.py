"""The gate before the search: a first look that lets most talk pass at almost no cost.

A step of a phrase shows by signs: a word, or two words side by side, of which one must be there. Phrases that
show by the same two steps, their rarest, are one group, and each sign knows as a number, one bit a group, which
groups it is a sign of. So all groups are weighed at once. Plain rows of words, if there are many, are looked up
by their rarest two neighbours instead: thousands of them cost what one costs.

Nothing that the search would find is ever turned away (tests/screening/test_gate.py); what the gate names by
mistake, the search does not find.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, reduce
from itertools import pairwise
from operator import or_

from moderation.screening.matcher import Code, Row, Step
from moderation.screening.normalise import SHAPES
from moderation.screening.spelling import lexicon

_SHAPE_IS_COMMON = 3000.0
_MESSAGES = 10_000  # of which the lexicon counts
_MOST_PAIRS = 4000
_RARE = 2.0
_FEW = 400
_SLOTS = 2
_Sign = str | tuple[str, str]
_Signs = frozenset[_Sign]
_Needs = tuple[_Signs, ...]


class Gate:
    """Made from rows; names those that could stand in given words."""

    def __init__(self, rows: Iterable[Row], code: Code) -> None:
        seeker = _Seeker()
        every = list(rows)
        plain = [row for row in every if row.plain]
        single = [row for row in plain if len(row.forms[0]) == 1]
        set_apart = set(plain).difference(() if len(single) > _FEW else single)
        groups: dict[_Needs, dict[Row, None]] = defaultdict(dict)
        for row in every:
            if row not in set_apart:
                for needs in seeker.needs(row):
                    groups[needs][row] = None
        self._groups = [tuple(behind) for behind in groups.values()]
        self._size = len(groups)
        self._every = (1 << self._size) - 1
        self._masks = _masks(groups, code)
        self._plain: dict[str, list[Row]] = {}
        for row in plain:
            if row in set_apart:
                self._plain.setdefault(code.coded(seeker.sign(row)), []).append(row)
        self._plain_words = frozenset(sign for sign in self._plain if len(sign) == 1)
        signs = (*self._masks, *self._plain)
        self._pairs = frozenset((sign[0], sign[1]) for sign in signs if len(sign) == 2)

    def rows(self, coded: str) -> list[Row]:
        """The rows that could be in a text, given in the letters of the phrases' code."""
        found: list[Row] = []
        letters = [*coded]
        masks, plain = self._masks, self._plain
        if self._plain_words:
            for sign in self._plain_words.intersection(letters):
                found += plain[sign]
        seen = reduce(or_, filter(None, map(masks.get, letters)), 0)
        for one, two in self._pairs.intersection(zip(letters, letters[1:], strict=False)):  # noqa: RUF007  faster
            sign = one + two
            if sign in plain:
                found += plain[sign]
            seen |= masks.get(sign, 0)
        hot = seen & self._every
        for _ in range(1, _SLOTS):
            seen >>= self._size
            hot &= seen
        while hot:
            lowest = hot & -hot
            found += self._groups[lowest.bit_length() - 1]
            hot ^= lowest
        return found


def _masks(groups: Iterable[_Needs], code: Code) -> dict[str, int]:
    """For each sign the groups it is the first sign of, and above them those it is the second sign of."""
    every = list(groups)
    bits: dict[_Signs, int] = defaultdict(int)
    for at, needs in enumerate(every):
        for slot in range(_SLOTS):
            bits[needs[slot % len(needs)]] |= 1 << (at + slot * len(every))
    masks: dict[str, int] = {}
    letter = code.letter
    for signs, bit in bits.items():
        for sign in signs:
            if isinstance(sign, str):
                for coded in code.alike(sign):
                    masks[coded] = masks.get(coded, 0) | bit
            else:
                coded = letter(sign[0]) + letter(sign[1])
                masks[coded] = masks.get(coded, 0) | bit
    same: dict[int, int] = {}
    return {sign: same.setdefault(mask, mask) for sign, mask in masks.items()}


class _Seeker:
    """Finds the signs of rows; what steps share is worked out once."""

    def __init__(self) -> None:
        self._within: dict[Step, _Signs] = {}
        self._beside: dict[tuple[Step, Step | None, Step | None], _Signs] = {}
        self._costs: dict[_Signs, float] = {}
        self._known: dict[_Signs, _Signs] = {}

    def needs(self, row: Row) -> Iterator[_Needs]:
        """For each kind of form that a phrase takes, the signs of its rarest steps: one of each must be there.

        Forms are of a kind where they share their rarest step.
        """
        kinds: dict[Step, list[dict[Step, _Signs]]] = defaultdict(list)
        for form in row.forms:
            shown = {step: self._shown(form, at) for at, step in enumerate(form) if isinstance(step, Step)}
            kinds[min(shown, key=lambda step: self._cost(self._inner(step) | step.words))].append(shown)
        for forms in kinds.values():
            common = set.intersection(*(set(shown) for shown in forms))
            needs = {self._same(frozenset().union(*(shown[step] for shown in forms))) for step in common}
            first, *others = sorted(needs, key=lambda signs: (self._cost(signs), len(signs)))
            # what stands beside the first step shows by the same pairs, and says nothing new
            others.sort(key=lambda signs: not first.isdisjoint(signs))
            yield first, *others[: _SLOTS - 1]

    def sign(self, row: Row) -> tuple[str, ...]:
        """The rarest two neighbours of a plain row of words, or its only word."""
        words = [word for step in row.forms[0] if isinstance(step, Step) for word in step.words]
        pairs: list[_Sign] = [*pairwise(words)]
        rarest = min(pairs, key=_commonness, default=words[0])
        return (rarest,) if isinstance(rarest, str) else rarest

    def _shown(self, steps: Sequence[Step | int], at: int) -> _Signs:
        """The signs of a step, where its common words count only beside what must stand next to them."""
        step, before, after = steps[at], _step(steps, at - 1), _step(steps, at + 1)
        assert isinstance(step, Step)
        key = (step, before, after)
        found = self._beside.get(key)
        if found is None:
            inner = self._inner(step)
            signs: set[_Sign] = set(inner)
            for word in step.words:
                if word in inner or word in SHAPES or _rate(word) < _RARE:
                    signs.add(word)
                else:
                    signs |= _narrowed(word, before, after)
            found = self._beside[key] = self._same(frozenset(signs))
        return found

    def _inner(self, step: Step) -> _Signs:
        """Signs of the longer rows that can stand in a step."""
        found = self._within.get(step)
        if found is None:
            signs: set[_Sign] = set()
            for row in step.rows:
                options: list[_Signs] = [self._inner(one) | one.words for one in row]
                options += [both for one, two in pairwise(row) if (both := _both(one, two))]
                signs |= self._rarest(options)
            found = self._within[step] = self._same(frozenset(signs))
        return found

    def _rarest(self, options: Iterable[_Signs]) -> _Signs:
        return min(options, key=self._cost)

    def _cost(self, signs: _Signs) -> float:
        """In how many messages of the lexicon's one of the signs stands, about."""
        cost = self._costs.get(signs)
        if cost is None:
            cost = self._costs[signs] = sum(map(_commonness, signs))
        return cost

    def _same(self, signs: _Signs) -> _Signs:
        return self._known.setdefault(signs, signs)


def _narrowed(word: str, before: Step | None, after: Step | None) -> _Signs:
    """A word, or where it is rarer the word beside any of those that must stand next to it."""
    own = _rate(word)
    best, which = own, 0
    for side, around in ((-1, before and before.stops), (1, after and after.begins)):
        if around and len(around) < _MOST_PAIRS and SHAPES.isdisjoint(around):
            cost = sum([_together(own, _rate(one)) for one in around])
            if cost < best:
                best, which = cost, side
    if which < 0 and before:
        return frozenset((one, word) for one in before.stops)
    return frozenset((word, one) for one in after.begins) if which and after else frozenset((word,))


def _both(one: Step, two: Step) -> _Signs | None:
    if len(one.stops) * len(two.begins) > _MOST_PAIRS or not SHAPES.isdisjoint(one.stops | two.begins):
        return None
    return frozenset((before, after) for before in one.stops for after in two.begins)


def _step(steps: Sequence[Step | int], at: int) -> Step | None:
    step = steps[at] if 0 <= at < len(steps) else None
    return step if isinstance(step, Step) else None


def _commonness(sign: _Sign) -> float:
    return _rate(sign) if isinstance(sign, str) else _together(_rate(sign[0]), _rate(sign[1]))


@cache
def _rate(word: str) -> float:
    return _SHAPE_IS_COMMON if word in SHAPES else lexicon().get(word, 0) + 0.5


def _together(one: float, two: float) -> float:
    """How common two words are side by side: more than by chance, and no more than either."""
    least = one * two * 2 / _MESSAGES + 0.05
    return least if least < one and least < two else min(one, two)
