"""How well the phrases do on labelled messages they were not tuned on.

The example bank lies beside the checkout in ../shared/examples. Counting lines from 0, phrases were
written and tuned on the odd lines, and then pruned and added to on every fourth line (0, 4, 8...).
Only the lines 2, 6, 10... were never read: they are the honest part, and what this measures. The bank
is hard on purpose: most of its messages say nothing outright, and many harmless ones differ from a
harmful one by a word or two. The floors stand just below what was measured: they guard against
getting worse, and say nothing of being good enough.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from moderation.screening import Category, Screener, Urgency

EXAMPLES = Path(__file__).parents[3] / "shared" / "examples"

FLOOR_RECALL = {"immediate": 0.31, "today": 0.26, "review": 0.22}
FLOOR_AS_IMMEDIATE = 0.24
CEILING_FALSE_ALARMS = 0.12

pytestmark = pytest.mark.shared


def held_out() -> list[dict[str, Any]]:
    if not EXAMPLES.is_dir():
        pytest.skip(f"no example bank at {EXAMPLES}: it lies beside the checkout, not in it")
    rows = []
    for path in sorted(EXAMPLES.glob("*.jsonl")):
        lines = path.read_text(encoding="utf-8").splitlines()
        rows += [json.loads(line) for number, line in enumerate(lines) if number % 4 == 2]
    return rows


def test_recall_and_false_alarms_on_held_out_lines() -> None:
    rows = held_out()
    screenings = Screener.default().screen_many(row["text"] for row in rows)
    total: Counter[str] = Counter()
    flagged: Counter[str] = Counter()
    as_immediate = 0
    found: Counter[str] = Counter()
    wanted: Counter[str] = Counter()
    for row, screening in zip(rows, screenings, strict=True):
        total[row["urgency"]] += 1
        flagged[row["urgency"]] += screening.urgency is not Urgency.NONE
        as_immediate += row["urgency"] == "immediate" and screening.urgency is Urgency.IMMEDIATE
        for category in row["categories"]:
            wanted[category] += 1
            found[category] += category in screening.categories
    rate = {urgency: flagged[urgency] / total[urgency] for urgency in total}
    lines = [f"{urgency:10} {flagged[urgency]:4} of {total[urgency]:4}  {rate[urgency]:6.1%}" for urgency in rate]
    lines.append(f"immediate, found as immediate: {as_immediate / total['immediate']:.1%}")
    lines += [f"{c.value:26} {found[c.value]:4} of {wanted[c.value]:4}" for c in Category]
    table = "\n".join(lines)
    print(table)  # noqa: T201
    for urgency, floor in FLOOR_RECALL.items():
        assert rate[urgency] >= floor, table
    assert as_immediate / total["immediate"] >= FLOOR_AS_IMMEDIATE, table
    assert rate["none"] <= CEILING_FALSE_ALARMS, table
