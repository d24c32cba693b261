"""The report: shares, their intervals, and that a lowered row is seen."""

from __future__ import annotations

import pytest

from moderation.screening import Category, Concern, Screening, Urgency, measure
from moderation.screening.bank import Example
from moderation.screening.measure import Row


def one(urgency: Urgency, family: str, found: Urgency, *categories: Category) -> tuple[Example, Screening]:
    named = (Category.CHILD_HARM,) if urgency is not Urgency.NONE else ()
    concerns = tuple(Concern(c, found, (), "why") for c in categories)
    return Example("words", urgency, named, family, "w", subject="" if named else "child_harm"), Screening(
        found, concerns
    )


def test_recall_and_false_alarms_are_counted() -> None:
    rows = measure.report(
        [
            one(Urgency.IMMEDIATE, "plain", Urgency.IMMEDIATE, Category.CHILD_HARM),
            one(Urgency.IMMEDIATE, "plain", Urgency.TODAY, Category.MENTAL_HEALTH),
            one(Urgency.TODAY, "typo", Urgency.NONE),
            one(Urgency.NONE, "idiom", Urgency.NONE),
            one(Urgency.NONE, "idiom", Urgency.REVIEW, Category.CHILD_HARM),
        ]
    )
    found = {(row.group, row.name): (row.hits, row.of) for row in rows}
    assert found["all", "flagged of those that need a human"] == (2, 3)
    assert found["all", "right category among those flagged"] == (1, 2)
    assert found["all", "false alarms of the harmless"] == (1, 2)
    assert found["urgency", "immediate: at least as urgent"] == (1, 2)
    assert found["category", "child_harm"] == (2, 3)
    assert found["capability", "typo"] == (0, 1)
    assert found["false alarms", "idiom"] == (1, 2)
    assert found["false alarms", "about child_harm"] == (1, 2)


def test_intervals_are_wilsons() -> None:
    assert Row("g", "n", 9, 10).interval == pytest.approx((0.5958, 0.9821), abs=1e-3)
    assert Row("g", "n", 0, 0).interval == (0.0, 1.0)


def test_a_row_that_falls_is_named_and_for_alarms_one_that_rises() -> None:
    before = [Row("category", "a", 9, 10), Row("false alarms", "b", 1, 10), Row("category", "gone", 1, 1)]
    now = [Row("category", "a", 8, 10), Row("false alarms", "b", 2, 10)]
    worse = measure.lowered(before, now)
    assert worse == [
        "category: a was 90.0% and is 80.0%",
        "false alarms: b was 10.0% and is 20.0%",
        "category: gone is no longer measured",
    ]
    assert measure.lowered(before[:2], before[:2]) == []
    assert measure.lowered(before[:2], now, tolerance=0.11) == []


def test_the_table_is_markdown() -> None:
    text = measure.table([Row("category", "child_harm", 9, 10)])
    assert text.splitlines()[-1] == "| category: child_harm | 10 | 90.0% | 59.6% to 98.2% |"
