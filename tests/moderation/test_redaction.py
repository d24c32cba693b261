"""Names and whatever else points to somebody are taken out of a text before it can become an example."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.policies import redaction
from moderation.policies.redaction import redacted
from moderation.screening.spelling import lexicon
from tests.screening.test_ordinary import ORDINARY


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("kayleigh hit me again", "[name] hit me again"),
        ("KAYLEIGH hit me again", "[name] hit me again"),
        ("i think tyler has hurt him", "i think [name] has hurt him"),
        ("Ewelina nie spi", "[name] nie spi"),
        ("agnieszka said shed ring", "[name] said shed ring"),
        ("andreea and ionut are fighting", "[name] and [name] are fighting"),
        ("fatima wont eat", "[name] wont eat"),
        ("gurpreet pushed me", "[name] pushed me"),
        ("oluwaseun is at mine", "[name] is at mine"),
        ("tell chidi im not in", "tell [name] im not in"),
        ("nguyen came round", "[name] came round"),
        ("jonty and elspeth were there", "[name] and [name] were there"),
        ("it was liam's idea", "it was [name]'s idea"),
        ("it was liam’s idea", "it was [name]’s idea"),
        ("tylers dad is back", "[name]s dad is back"),
        ("Sarah-Jane is back", "[name] is back"),
        ("hes called keir and hes 3", "hes called [name] and hes 3"),
        ("shes called zephyrine", "shes called [name]"),
        ("Kayleigh Dixon from playgroup", "[name] from playgroup"),
        ("that Mrs Braithwaite again", "that Mrs [name] again"),
        ("mr patel from the clinic", "mr [name] from the clinic"),
        ("our Zebedee is poorly", "our [name] is poorly"),
        ("Łukasz i Małgorzata", "[name] i [name]"),
        ("poppy wont settle and neither will charlie", "[name] wont settle and neither will [name]"),
    ],
)
def test_names_go_however_they_are_written(written: str, kept: str) -> None:
    assert redacted(written) == kept


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("and then Mark hit me", "and then [name] hit me"),
        ("i live with Rose now", "i live with [name] now"),
        ("our Jack is poorly", "our [name] is poorly"),
        ("our jack is poorly", "our [name] is poorly"),
        ("my summer is only 4", "my [name] is only 4"),
        ("im with grace tonight", "im with [name] tonight"),
        ("he told Will to go", "he told [name] to go"),
        ("Grace is 3 and wont sleep", "[name] is 3 and wont sleep"),
        ("Rose has a rash", "[name] has a rash"),
    ],
)
def test_names_that_are_words_go_where_they_stand_as_names(written: str, kept: str) -> None:
    assert redacted(written) == kept


@pytest.mark.parametrize(
    "said",
    [
        "will you ring me",
        "Will you ring me",
        "i hope he stops",
        "Hope you are ok",
        "there was a mark on her arm",
        "Mark on her arm again",
        "its been a long summer",
        "in May he went",
        "may i ask something",
        "he gave me a rose",
        "sat in the car with a jack",
        "I went out and I rang the police",
        "the school rang on Monday",
        "Can't cope, I'm done",
        "can anyone lend me a moses basket",
        "hes taking the mick",
        "ring 999 or 111 or 101",
        "samaritans is 116 123",
        "24/7 and 50/50",
        "he is 3 and she is 14 months",
        "38.5 temperature since 4am",
        "10 minutes down the road",
        "£2000 behind with rent",
        "i took 12 tablets at half 2",
    ],
)
def test_plain_talk_stays_as_it_is(said: str) -> None:
    assert redacted(said) == said


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("ring me on 07700 900123", "ring me on [number]"),
        ("its 07700900123 ok", "its [number] ok"),
        ("+44 7700 900123", "[number]"),
        ("01946 496 0123 is mine", "[number] is mine"),
        ("0770-090-0123", "[number]"),
        ("nhs number 485 777 3456", "nhs number [number]"),
        ("mail me at kay.d+x@example.co.uk pls", "mail me at [link] pls"),
        ("look at https://example.org/a?b=c#d now", "look at [link] now"),
        ("its on www.example.com/kay", "its on [link]"),
        ("hes @big_dave99 on there", "hes [name] on there"),
        ("we are CA28 7AB", "we are [address]"),
        ("ca14 2xy btw", "[address] btw"),
        ("im at 12 Duke Street", "im at [address]"),
        ("14a church st", "[address]"),
        ("flat 3, 22 high road is damp", "[address] is damp"),
        ("she was born 12/03/2021", "she was born [date]"),
        ("dob 3.4.21", "dob [date]"),
        ("born on the 3rd of March 2021", "born [date]"),
        ("born 12 march 2021 at 4am", "born [date] at 4am"),
    ],
)
def test_what_can_be_rung_opened_or_found_goes(written: str, kept: str) -> None:
    assert redacted(written) == kept


def test_names_that_the_service_knows_go_too() -> None:
    known = ["Zébulon Ó Fíaich", "xX_Bexxo", "Ms Thistlethwaite", "Will"]
    assert redacted("zébulon came", known) == "[name] came"
    assert redacted("that thistlethwaite woman", known) == "that [name] woman"
    assert redacted("will you come", known) == "will you come"
    assert redacted("and Will came", known) == "and [name] came"


@pytest.mark.parametrize("known", ["mum of 3", "The Boss", "Me", "x", "Baby", "🌸", "", "I am not ok"])
def test_what_people_call_themselves_does_not_take_plain_words_out(known: str) -> None:
    said = "the baby is ok and i am not, me mum is the one"
    assert redacted(said, [known]) == said


def test_a_second_time_changes_nothing() -> None:
    once = redacted("liam rang 07700 900123 from 12 Duke Street, CA28 7AB, kay@example.org, 1/2/2020, @kay")
    assert redacted(once) == once
    for gone in ("liam", "900123", "Duke", "7AB", "kay", "2020"):
        assert gone not in once


@given(st.text(alphabet="abk liam Grace.'’-[]@0123456789\n", max_size=60))
def test_whatever_the_text_a_second_time_changes_nothing(said: str) -> None:
    once = redacted(said)
    assert redacted(once) == once


def test_the_list_of_names_is_wide_and_holds_no_plain_words() -> None:
    names, words = redaction._names()
    assert len(names) > 600
    assert not names & words
    for name in (
        "kayleigh",
        "agnieszka",
        "ionut",
        "gurpreet",
        "mohammed",
        "oluwaseun",
        "wullie",
        "nguyen",
        "dmytro",
    ):
        assert name in names
    for word in ("will", "grace", "mark", "hope", "summer", "may", "rose", "jack"):
        assert word in words
    often = {word for word, count in lexicon().items() if count >= 40}
    assert names & often == set()


def test_most_ordinary_talk_is_left_alone() -> None:
    """Too much taken out is better than too little, but a text must stay readable."""
    changed = [(line, redacted(line)) for line in ORDINARY if redacted(line) != line]
    assert len(changed) <= len(ORDINARY) * 0.12, changed[:40]


def test_a_long_text_takes_no_longer_than_it_must() -> None:
    began = time.process_time()
    redacted("a1 " * 20_000 + "0" * 20_000 + "@" * 5_000 + "x." * 20_000)
    assert time.process_time() - began < 5
