"""From what a trained model says of held-back messages to the card's weights and thresholds.

First, for each level (a human should look at all, today, at once), a logistic regression learns how much the
model's own log odds and what phrases heard are worth together. Then the thresholds are set where false alarms
on hard harmless messages stay within what moderators can bear.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from moderation.screening import decision
from moderation.screening.bank import Example
from moderation.screening.model import Urgency

Floats = np.ndarray[Any, np.dtype[np.float64]]

HARD_ALARMS = 0.24
"""The share of the held-back hard harmless messages that may be flagged.

They are far harder than life: on the functional suite this is about one in fourteen (docs/screening.md).
"""

_EASY = frozenset({"ordinary", "short", "good_news", "command", "noise", "language"})
_CATEGORY = 0.2


def at_least(likely: Floats, level: Urgency) -> Floats:
    """How likely each message is to need a human this soon."""
    result: Floats = likely[:, level.rank :].sum(1)
    return result


def weights(likely: Floats, heard: Sequence[Urgency], examples: Sequence[Example]) -> dict[str, list[float]]:
    """For each level the slope of the log odds, and what is added for what phrases heard."""
    ranks = np.array([urgency.rank for urgency in heard])
    found = {}
    for name, level in decision.LEVELS.items():
        odds = np.clip(at_least(likely, level), 1e-6, 1 - 1e-6)
        columns = [np.log(odds / (1 - odds)), *((ranks == rank).astype(float) for rank in range(4))]
        truth = np.array([float(one.urgency >= level) for one in examples])
        fitted = _regress(np.stack(columns, 1), truth)
        slope, added = fitted[0], fitted[1:]
        added[1:] = np.maximum.accumulate(np.maximum(added[1:], added[0]))  # a phrase never speaks against a worry
        found[name] = [round(float(slope), 4), *(round(float(value), 4) for value in added)]
    return found


def _regress(columns: Floats, truth: Floats, rounds: int = 60) -> Floats:
    """Logistic regression by Newton's steps, held back a little."""
    found = np.zeros(columns.shape[1])
    hold = np.diag([0.1, *([0.5] * (columns.shape[1] - 1))])
    for _ in range(rounds):
        said = 1 / (1 + np.exp(-np.clip(columns @ found, -30, 30)))
        slope = columns.T @ (said - truth) + hold @ found
        bend = (columns * (said * (1 - said))[:, None]).T @ columns + hold
        found -= np.linalg.solve(bend, slope)
    return found


def weighed(likely: Floats, heard: Sequence[Urgency], learned: dict[str, list[float]]) -> dict[str, Floats]:
    """The weighed likelihood of each level for each message."""
    rows = [
        decision.weigh({n: float(row[level.rank :].sum()) for n, level in decision.LEVELS.items()}, one, learned)
        for row, one in zip(likely, heard, strict=True)
    ]
    return {name: np.array([getattr(row, name) for row in rows]) for name in decision.LEVELS}


def thresholds(scores: dict[str, Floats], examples: Sequence[Example]) -> dict[str, float]:
    """Where each level begins."""
    hard = np.array([not one.worrying and one.family not in _EASY for one in examples])
    flag = float(np.quantile(scores["flag"][hard], 1 - HARD_ALARMS))
    flagged = scores["flag"] >= flag
    immediate = np.array([one.urgency is Urgency.IMMEDIATE for one in examples])
    today = np.array([one.urgency >= Urgency.TODAY for one in examples])
    return {
        "flag": round(flag, 4),
        "today": _catching(scores["today"], today & flagged, 0.90),
        "immediate": _catching(scores["immediate"], immediate & flagged, 0.90),
        "category": _CATEGORY,
    }


def _catching(scores: Floats, these: np.ndarray[Any, np.dtype[np.bool_]], share: float) -> float:
    """The highest threshold that still catches this share of them."""
    return round(float(np.quantile(scores[these], 1 - share)), 4)
