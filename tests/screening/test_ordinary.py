"""Ordinary talk: what must not be flagged. A bot that cries wolf gets switched off."""

from __future__ import annotations

from pathlib import Path

import pytest

from moderation.screening import Urgency
from moderation.screening.screener import screen

ORDINARY = (Path(__file__).parent / "ordinary.txt").read_text("utf-8").splitlines()


def test_ordinary_talk_is_left_alone() -> None:
    """Phrases err on the side of looking: a few of these may slip through, and no more."""
    flagged = [text for text in ORDINARY if screen(text).urgency is not Urgency.NONE]
    assert len(flagged) <= len(ORDINARY) * 0.03, flagged


@pytest.mark.parametrize(
    "text",
    [
        "could murder a brew",
        "I could murder a bacon buttie",
        "this heat is killing us",
        "he smashed his weaning today",
        "has anyone seen my shaker bottle",
        "crack on with it lass",
        "hitting his milestones",
        "up at the crack of dawn",
        "we got battered 5 nil",
        "i'll beat you at dominoes",
        "speed awareness course on thursday",
        "he is overdosed on chocolate buttons",
        "them suicide wings had me sweating",
        "lost the will to live on page 9 of that form",
        "dead tired but happy",
    ],
)
def test_idioms_and_sound_alikes(text: str) -> None:
    assert screen(text).urgency is Urgency.NONE


@pytest.mark.parametrize(
    "text",
    [
        "did you watch corrie when he strangled her",
        "that episode of Vera where he hit her with the belt",
        "my essay on domestic abuse, he hit her and she left, is due friday",
        "in the film he threatened to kill her",
    ],
)
def test_stories_games_and_lessons(text: str) -> None:
    assert screen(text).urgency is Urgency.NONE


@pytest.mark.parametrize(
    "text",
    [
        "if it gets too much put her down safe and walk away",
        "if you ever feel like shaking him put him down safe and walk away",
        "never shake a baby, ring someone",
        "dont fall asleep on the sofa with baby",
    ],
)
def test_advice_given_well(text: str) -> None:
    assert screen(text).urgency is Urgency.NONE
