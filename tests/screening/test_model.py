"""The vocabulary: urgencies in order, sixteen categories with plain names."""

from __future__ import annotations

import dataclasses

import pytest

from moderation.screening import Category, Concern, Screener, Screening, Span, Urgency
from moderation.screening.screener import screen


def test_urgencies_are_ordered_by_rank() -> None:
    assert Urgency.IMMEDIATE > Urgency.TODAY > Urgency.REVIEW > Urgency.NONE
    assert Urgency.NONE <= Urgency.NONE
    assert max(Urgency) is Urgency.IMMEDIATE
    assert sorted(Urgency) == [Urgency.NONE, Urgency.REVIEW, Urgency.TODAY, Urgency.IMMEDIATE]


def test_sixteen_categories_each_with_a_name_of_its_own() -> None:
    assert len(Category) == 16
    assert len({category.label for category in Category}) == 16
    assert all(category.label and "_" not in category.label for category in Category)


@pytest.mark.parametrize("text", [None, "", " ", "\n\t ", "\u200b", "…"])
def test_nothing_said_is_nothing_found(text: str | None) -> None:
    assert screen(text) == Screening(Urgency.NONE, ())


def test_results_are_values() -> None:
    span = Span(0, 1)
    with pytest.raises(dataclasses.FrozenInstanceError):
        span.start = 2  # type: ignore[misc]
    concern = Concern(Category.CHILD_HARM, Urgency.TODAY, (span,), "why.")
    assert Screening(Urgency.TODAY, (concern,)).categories == (Category.CHILD_HARM,)


def test_one_screener_serves_the_process() -> None:
    assert Screener.default() is Screener.default()


def test_many_are_screened_in_order() -> None:
    texts = ["he hit me", "what time is group", None]
    assert Screener.default().screen_many(texts) == [screen(text) for text in texts]
