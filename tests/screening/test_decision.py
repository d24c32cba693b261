"""Both layers weighed together: what each may do to the other."""

from __future__ import annotations

import pytest

from moderation.screening import Category, Urgency, decision, policy
from moderation.screening.judge import Judge, default_judge
from moderation.screening.meaning import Meaning, ModelError
from moderation.screening.policy import Policy, Thresholds

WEIGHTS = {level: [1.0, 0.0, 1.0, 2.0, 3.0] for level in decision.LEVELS}
LEVELS = {"flag": 0.5, "today": 0.5, "immediate": 0.5}


def weighed(flag: float, today: float, immediate: float, heard: Urgency = Urgency.NONE) -> decision.Weighed:
    return decision.weigh({"flag": flag, "today": today, "immediate": immediate}, heard, WEIGHTS)


def test_a_likelihood_counts_from_its_threshold_on() -> None:
    assert decision.urgency(weighed(0.6, 0.1, 0.1), LEVELS) is Urgency.REVIEW
    assert decision.urgency(weighed(0.9, 0.6, 0.1), LEVELS) is Urgency.TODAY
    assert decision.urgency(weighed(0.9, 0.8, 0.6), LEVELS) is Urgency.IMMEDIATE
    assert decision.urgency(weighed(0.4, 0.3, 0.2), LEVELS) is Urgency.NONE


def test_a_phrase_lowers_the_bar_and_a_sure_one_stands_alone() -> None:
    assert decision.urgency(weighed(0.3, 0.05, 0.01, Urgency.REVIEW), LEVELS) is Urgency.REVIEW
    assert decision.urgency(weighed(0.001, 0.0, 0.0, Urgency.IMMEDIATE), LEVELS) is Urgency.NONE
    assert decision.urgency(weighed(0.001, 0.0, 0.0), LEVELS, Urgency.TODAY) is Urgency.TODAY


def test_categories_are_the_likely_ones_then_what_phrases_heard_then_the_likeliest() -> None:
    likely = [0.01] * 16
    likely[4] = 0.6
    assert decision.named(likely, [], 0.3) == [Category.DOMESTIC_ABUSE]
    likely[0] = 0.1
    assert decision.named(likely, [Category.CHILD_HARM], 0.3) == [Category.DOMESTIC_ABUSE, Category.CHILD_HARM]
    assert decision.named([0.01] * 15 + [0.02], [], 0.3) == [Category.GROUP_SAFETY]


def test_every_flag_has_a_reason_and_points_into_the_message() -> None:
    text = "he wont stop crying and im scared im going to shake him"
    found = default_judge().screen(text)
    assert found.urgency is Urgency.IMMEDIATE
    for concern in found.concerns:
        assert len(concern.why) > 20
        assert all(0 <= span.start < span.end <= len(text) for span in concern.evidence)


def test_what_no_phrase_says_is_seen_and_its_nearest_examples_are_named() -> None:
    text = "i give them an old number now so they cant ring about the appointments"
    found = default_judge().screen(text)
    assert found.urgency is not Urgency.NONE
    assert "weighed most" in found.concerns[0].why
    assert "reads like “" in found.concerns[0].why


def test_a_policys_own_phrase_stands_and_its_threshold_is_used() -> None:
    meaning = Meaning.named("large")
    text = "we had a nice blarg at the park"
    assert Judge(Policy(), meaning).screen(text).urgency is Urgency.NONE
    own = policy.read(
        'phrases:\n- {category: child_harm, phrase: "nice blarg", urgency: today, note: "a local word"}\n', 7
    )
    found = Judge(own, meaning).screen(text)
    assert (found.urgency, found.policy) == (Urgency.TODAY, 7)
    low = Policy(2, thresholds=Thresholds(flag=0.0001, today=0.9999, immediate=0.9999, category=0.5))
    assert Judge(low, meaning).screen(text).urgency is Urgency.REVIEW


def test_an_agreed_example_decides_for_nearly_the_same_words() -> None:
    agreed = policy.read(
        "examples:\n- {text: he wont stop crying at this film, urgency: none, categories: []}\n", 3
    )
    judge = Judge(agreed, Meaning.named("large"))
    assert judge.screen("He wont stop crying at this film!!").urgency is Urgency.NONE
    missed = policy.read(
        "examples:\n- {text: the zobs are back, urgency: today, categories: [mental_health]}\n", 3
    )
    assert Judge(missed, None).screen("the zobs are back 😩").urgency is Urgency.TODAY


def test_without_a_meaning_layer_phrases_decide_alone() -> None:
    judge = Judge(Policy(), None)
    assert judge.screen("he strangled me").urgency is Urgency.IMMEDIATE
    assert judge.screen("").urgency is Urgency.NONE


def test_several_at_once_are_judged_as_one_by_one() -> None:
    texts = ["", "he hit me", "lovely day", "😂", "x" * 5000, "im done now. look after him", "he hit me"]
    judge = default_judge()
    together = judge.screen_many(texts)
    assert [one.urgency for one in together] == [judge.screen(text).urgency for text in texts]


def test_a_folder_that_is_no_model_is_refused(tmp_path) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ModelError):
        Meaning(tmp_path)
