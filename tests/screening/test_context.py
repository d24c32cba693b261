"""How a phrase is read where it stands: denial, the past, who does what to whom, and why."""

from __future__ import annotations

import pytest

from moderation.screening import Category, Urgency
from moderation.screening.screener import screen


@pytest.mark.parametrize(
    "text",
    [
        "he has never hurt us",
        "he's never hit me",
        "im not going to hurt myself",
        "she isn't suicidal",
        "he didn't hit him",
        "nobody has hit me",
        "he has never once hit us",
    ],
)
def test_a_plain_denial_is_believed(text: str) -> None:
    assert screen(text).urgency is Urgency.NONE


@pytest.mark.parametrize(
    "text",
    [
        "it's not that he hasn't hit me",
        "not that he hasnt hit me",
        "i cant say he has never hit us",
        "i dont know why he hit me",
        "i dont know if im going to hurt her",
        "he said he would never do it but he hit me again",
        "i never thought he would hit me",
    ],
)
def test_what_only_sounds_like_a_denial_counts(text: str) -> None:
    assert screen(text).urgency is Urgency.IMMEDIATE


@pytest.mark.parametrize(
    "text",
    [
        "i can't cope",
        "i dont want to be here anymore",
        "im not safe with him",
        "he never lets me see my mam",
        "cant do this anymore he wont stop screaming",
    ],
)
def test_a_worry_may_be_said_with_a_not(text: str) -> None:
    assert screen(text).urgency >= Urgency.TODAY


@pytest.mark.parametrize(
    "text",
    [
        "my stepdad hit me when i was little",
        "my dad used to batter me when i was a kid",
        "as a bairn i was locked in a cupboard by my foster mam",
        "years ago my stepdad hit me",
        "i tried to kill myself when i was 15",
    ],
)
def test_a_disclosure_of_long_ago_is_reviewed(text: str) -> None:
    screening = screen(text)
    assert screening.urgency is Urgency.REVIEW
    assert "spoken of as past" in screening.concerns[0].why or screening.concerns[0].urgency is Urgency.REVIEW


def test_the_past_that_goes_on_is_not_past() -> None:
    assert screen("my stepdad hit me when i was little and he still hits me now").urgency is Urgency.IMMEDIATE


@pytest.mark.parametrize(
    "text", ["my toddler hits me when hes tired, what do you do", "she bit me while teething haha"]
)
def test_a_little_one_who_hits_is_no_danger(text: str) -> None:
    assert screen(text).urgency is Urgency.NONE


def test_an_idiom_hides_only_what_is_inside_it() -> None:
    assert screen("could murder a brew, he hit me again last night").urgency is Urgency.IMMEDIATE


def test_a_message_carries_every_category_and_the_highest_urgency() -> None:
    screening = screen("he hit me last night and ive got no nappies left and no money")
    assert set(screening.categories) >= {Category.DOMESTIC_ABUSE, Category.NEGLECT_BASIC_NEEDS}
    assert screening.urgency is Urgency.IMMEDIATE
    assert screening.urgency == max(concern.urgency for concern in screening.concerns)
    assert [c.urgency for c in screening.concerns] == sorted((c.urgency for c in screening.concerns), reverse=True)


@pytest.mark.parametrize(
    "text",
    [
        "hes BRAYED us again",
        "me fella leathered us last neet",
        "she’s skriking all night and I’m ganna snap",
        "Ah cannae cope",
    ],
)
def test_dialect(text: str) -> None:
    assert screen(text).urgency >= Urgency.TODAY


@pytest.mark.parametrize(
    "text",
    [
        "he hit me",
        "HE HIT ME",
        "he hiiiiit me",
        "he h\u200bit m\u200be",
        "ｈｅ ｈｉｔ ｍｅ",
        "he hit me!!!",
        "he\u00a0hit\u00a0me",
    ],
)
def test_however_it_is_typed(text: str) -> None:
    assert screen(text).urgency is Urgency.IMMEDIATE


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("honestly he hit me last night", "hit me"),
        ("Well… he’s never said sorry, he strangled me", "strangled me"),
        ("😂😂 lol he hit\u200b me", "hit\u200b me"),
        ("ﬁne. I want to die", "want to die"),
    ],
)
def test_evidence_points_at_the_words_as_sent(text: str, words: str) -> None:
    spans = [text[span.start : span.end] for concern in screen(text).concerns for span in concern.evidence]
    assert any(words in span for span in spans), spans


def test_why_names_the_words_and_what_the_phrase_means() -> None:
    why = screen("he hit me last night").concerns[0].why
    assert "hit me" in why
    assert "violence at home" in why
    assert why.endswith(".")


def test_why_never_carries_markup() -> None:
    for text in ("he hit <b>me</b>", "he hit *me* _again_ `x`", "he strangled &lt; me", "[he hit me](http://x)"):
        for concern in screen(text).concerns:
            assert not set("<>&*_`[]()") & set(concern.why)


@pytest.mark.parametrize(
    "text",
    [
        "i was abused when i was little and i want to die",
        "he hit me after the footy last night",
        "he strangled me while we were watching corrie",
        "you can hear him battering her through the wall",
        "do you know how many paracetamol it takes to die",
        "please ring someone he has hit her again",
        "worker here, mam says he hit her last night",
        "samaritans are engaged and she wants to kill herself",
        "goodbye everyone im going to end it",
        "he threw her on the floor",
        "he battered me in front of the kids",
        "he kicked me in the ribs",
        "he kicked me out tonight with the baby",
        "strangling the life out of me",
        "he hits me when hes had a drink",
        "they would all be fine without me and i want to go to sleep and never wake up",
        "locked myself in the bathroom, he is outside with a knife",
    ],
)
def test_no_idiom_story_or_advice_hides_harm(text: str) -> None:
    assert screen(text).urgency is Urgency.IMMEDIATE
