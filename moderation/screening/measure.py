"""How well screening does, counted: recall by category and urgency, false alarms by family, with intervals."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from moderation.screening.bank import Example
from moderation.screening.model import Category, Screening, Urgency

_Z = 1.959964


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the report: `hits` of `of`. In a group called "false alarms" fewer are better."""

    group: str
    name: str
    hits: int
    of: int

    @property
    def share(self) -> float:
        """From 0 to 1; 0 where nothing was counted."""
        return self.hits / self.of if self.of else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """The 95% interval of the share, by Wilson's score."""
        if not self.of:
            return 0.0, 1.0
        share, n = self.share, self.of
        middle = (share + _Z * _Z / (2 * n)) / (1 + _Z * _Z / n)
        half = _Z * math.sqrt(share * (1 - share) / n + _Z * _Z / (4 * n * n)) / (1 + _Z * _Z / n)
        return max(0.0, middle - half), min(1.0, middle + half)


ALARMS = "false alarms"
Judged = Sequence[tuple[Example, Screening]]


def report(judged: Judged) -> list[Row]:
    """Every row, in a fixed order. What is not in the examples has no row."""
    worrying = [(one, found) for one, found in judged if one.worrying]
    harmless = [(one, found) for one, found in judged if not one.worrying]
    rows = [_row("all", "flagged of those that need a human", worrying, _flagged)]
    rows.append(_row("all", "right category among those flagged", _only_flagged(worrying), _right_category))
    rows.append(_row("all", "false alarms of the harmless", harmless, _flagged))
    for level in (Urgency.IMMEDIATE, Urgency.TODAY, Urgency.REVIEW):
        these = [pair for pair in worrying if pair[0].urgency is level]
        rows.append(_row("urgency", f"{level.value}: flagged", these, _flagged))
        rows.append(_row("urgency", f"{level.value}: at least as urgent", these, _urgent_enough))
    for category in Category:
        these = [pair for pair in worrying if category in pair[0].categories]
        rows.append(_row("category", category.value, these, _flagged))
    for family in sorted({one.family for one, _ in worrying}):
        rows.append(_row("capability", family, [pair for pair in worrying if pair[0].family == family], _flagged))
    for family in sorted({one.family for one, _ in harmless}):
        rows.append(_row(ALARMS, family, [pair for pair in harmless if pair[0].family == family], _flagged))
    for subject in sorted({one.subject for one, _ in harmless if one.subject}):
        these = [pair for pair in harmless if pair[0].subject == subject]
        rows.append(_row(ALARMS, f"about {subject}", these, _flagged))
    return [row for row in rows if row.of]


def table(rows: Iterable[Row]) -> str:
    """The report as a Markdown table."""
    lines = ["| what | of | share | 95% interval |", "| --- | --- | --- | --- |"]
    for row in rows:
        low, high = row.interval
        lines.append(f"| {row.group}: {row.name} | {row.of} | {row.share:.1%} | {low:.1%} to {high:.1%} |")
    return "\n".join(lines)


def lowered(before: Iterable[Row], now: Iterable[Row], tolerance: float = 0.0) -> list[str]:
    """What got worse: each row that fell (for false alarms: rose), in words.

    With a tolerance (a share of the row), a fall within it, or by a single message, does not count.
    """
    found = {(row.group, row.name): row for row in now}
    worse = []
    for old in before:
        new = found.get((old.group, old.name))
        if new is None:
            worse.append(f"{old.group}: {old.name} is no longer measured")
            continue
        alarms = old.group == ALARMS or old.name.startswith("false alarms")
        change = (old.share - new.share) * (-1 if alarms else 1)
        if change > max(tolerance, 1 / old.of if tolerance else 0.0) + 1e-9:
            worse.append(f"{old.group}: {old.name} was {old.share:.1%} and is {new.share:.1%}")
    return worse


def _row(group: str, name: str, pairs: Judged, holds: Callable[[Example, Screening], bool]) -> Row:
    return Row(group, name, sum(holds(one, found) for one, found in pairs), len(pairs))


def _only_flagged(pairs: Judged) -> Judged:
    return [(one, found) for one, found in pairs if _flagged(one, found)]


def _flagged(_: Example, found: Screening) -> bool:
    return found.urgency is not Urgency.NONE


def _urgent_enough(one: Example, found: Screening) -> bool:
    return found.urgency >= one.urgency


def _right_category(one: Example, found: Screening) -> bool:
    return bool(set(one.categories) & set(found.categories))
