"""Whatever is sent, screening answers, points inside the text, and does work in step with its length."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moderation.screening import Screener, Urgency
from moderation.screening.screener import screen

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=300)
WORDS = [
    "he",
    "hit",
    "me",
    "never",
    "not",
    "the",
    "baby",
    "cant",
    "cope",
    "!",
    "\n",
    "😂",
    "’",
    "\u200d",
    "i",
    "die",
    "ſ",
    "ﬃ",
]


def check(text: str) -> None:
    screening = screen(text)
    for concern in screening.concerns:
        assert concern.evidence
        assert concern.why
        for span in concern.evidence:
            assert 0 <= span.start < span.end <= len(text)
    assert screening.urgency == max((c.urgency for c in screening.concerns), default=Urgency.NONE)


@settings(max_examples=200, deadline=None)
@given(ANY_TEXT)
def test_any_text(text: str) -> None:
    check(text)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=60), st.sampled_from([" ", "", "\u00a0", "\u200b"]))
def test_any_jumble_of_telling_words(words: list[str], between: str) -> None:
    check(between.join(words))


@pytest.mark.parametrize(
    "text",
    [
        "😂" * 4096,
        "👨‍👩‍👧‍👦" * 1000,
        "\0" * 1000,
        "he hit me\0again",
        "\ud800\udfff he hit me \udc00",
        "\u200d" * 50_000,
        "\u202ehe hit me\u202c",
        "a" * 100_000,
        "!?.," * 10_000,
        "'" * 10_000,
        "e\u0301" * 10_000,
        "ﷺ" * 5_000,
        "<" * 5_000,
    ],
    ids=lambda text: ascii(text[:8]),
)
def test_hostile_text(text: str) -> None:
    check(text)


def test_what_is_hidden_among_rubbish_is_found() -> None:
    assert screen("😂" * 500 + " he hit me " + "\0" * 500).urgency is Urgency.IMMEDIATE


@pytest.mark.parametrize(
    "unit",
    [
        "he hit me and i cant cope ",
        "my the a he she baby ",
        "crying crying never not ",
        "aaaa ",
        "i went to the shop. ",
        "!? ",
    ],
)
def test_work_grows_with_length_and_with_nothing_else(unit: str) -> None:
    """Counted in steps, which no busy machine disturbs: ten times the text, about ten times the work."""
    screener = Screener.default()
    small = screener.steps(unit * (10_000 // len(unit)))
    large = screener.steps(unit * (100_000 // len(unit)))
    assert large <= 11 * small + 1_000


def test_a_very_long_message_is_screened_to_its_end() -> None:
    text = "we went to the park and had ice cream " * 2_500 + "then he strangled me"
    screening = screen(text)
    assert screening.urgency is Urgency.IMMEDIATE
    assert screening.concerns[0].evidence[-1].end == len(text)
