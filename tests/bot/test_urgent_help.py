"""I need help now: always, first thing, in every state, with nothing kept."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot import words
from moderation import wording
from tests.bot.driver import PRIYA, Phone, Stage, plain

TOPICS = {
    "Someone is hurt": "999",
    "My baby will not stop crying and I cannot take it": "Shut the door",
    "I do not feel safe at home": "999",
    "I do not want to be here": "116 123",
    "My baby is ill": "111",
    "I have nowhere to go": "0300 373 2724",
}
FIRST = "Someone is hurt"


def nothing(phone: Phone) -> None:
    """Before anything else was ever said."""


def started(phone: Phone) -> None:
    phone.starts()


def said_no(phone: Phone) -> None:
    phone.starts().taps(words.NO)


def said_yes(phone: Phone) -> None:
    phone.joins_in()


def stopped(phone: Phone) -> None:
    phone.joins_in()
    phone.says("/stop")


def talking(phone: Phone) -> None:
    phone.joins_in()
    phone.says("/talk")


def turned_away(phone: Phone) -> None:
    phone.starts("WRONGCODE")


STATES = [nothing, started, said_no, said_yes, stopped, talking, turned_away]


@pytest.mark.parametrize("state", STATES)
def test_help_is_there_in_every_state_with_nothing_kept(
    stage: Stage, kayleigh: Phone, state: Callable[[Phone], None]
) -> None:
    state(kayleigh)
    kayleigh.says("/help")
    assert "999" in kayleigh.sees()
    assert kayleigh.buttons() == [*TOPICS, words.TALK, words.MENU_BUTTON]
    kayleigh.taps("I do not feel safe at home")
    assert "999" in kayleigh.sees()
    assert stage.messages_kept() == []
    assert stage.messages_kept("bot") == []
    assert stage.cases() == []
    assert "unsafe_home" not in stage.everything_kept(), "not even which button was tapped"


@pytest.mark.parametrize("label", TOPICS)
def test_each_button_leads_to_who_there_is_to_ring(kayleigh: Phone, label: str) -> None:
    kayleigh.says("/help")
    kayleigh.taps(label)
    assert TOPICS[label] in kayleigh.sees()
    assert kayleigh.buttons() == [words.BACK, words.TALK, words.MENU_BUTTON]


@pytest.mark.parametrize("state", [nothing, started, said_no, said_yes, stopped])
def test_the_plain_word_is_enough(kayleigh: Phone, state: Callable[[Phone], None]) -> None:
    state(kayleigh)
    for typed in ("help", "HELP", "I need help now", "999", "sos"):
        kayleigh.says(typed)
        assert FIRST in kayleigh.buttons(), typed


def test_help_while_the_team_waits_for_words_reaches_the_team_and_shows_the_numbers(
    stage: Stage, kayleigh: Phone
) -> None:
    talking(kayleigh)
    kayleigh.says("help")
    assert stage.case().kind == "asked"
    assert FIRST in kayleigh.buttons()


@pytest.mark.parametrize("state", STATES[1:])
def test_the_button_is_within_reach_in_every_state(
    stage: Stage, kayleigh: Phone, state: Callable[[Phone], None]
) -> None:
    state(kayleigh)
    kayleigh.taps(words.NEED_HELP)
    assert FIRST in kayleigh.buttons()


def test_urgent_help_does_not_take_the_words_meant_for_the_team_away(stage: Stage, kayleigh: Phone) -> None:
    talking(kayleigh)
    kayleigh.taps(words.NEED_HELP).taps("My baby is ill")
    kayleigh.says("can somebody ring me about the house")
    assert stage.case().kind == "asked"


def test_workers_and_moderators_have_it_too(stage: Stage, sam: Phone, priya: Phone) -> None:
    for phone in (sam, priya):
        phone.says("/help")
        assert FIRST in phone.buttons()
        phone.taps("Someone is hurt")
        assert "999" in phone.sees()
    assert stage.messages_kept() == []
    assert priya.id == PRIYA


def test_the_words_are_those_that_staff_keep(stage: Stage, kayleigh: Phone) -> None:
    with stage.database.unit() as session:
        wording.change(session, "urgent.hurt", "Ring 999. Then tell us.", "staff:1", stage.clock.now())
    kayleigh.says("/help")
    kayleigh.taps("Someone is hurt")
    assert kayleigh.sees() == "Ring 999. Then tell us."


def test_what_is_shown_is_what_is_shipped(kayleigh: Phone) -> None:
    kayleigh.says("/help")
    for topic in wording.topics():
        kayleigh.taps(topic.label)
        assert kayleigh.sees() == plain(topic.text)
        kayleigh.taps(words.BACK)
    assert len(kayleigh.bubbles()) == 1


def test_numbers_in_urgent_help_can_be_tapped(kayleigh: Phone) -> None:
    kayleigh.says("/help")
    kayleigh.taps("I have nowhere to go")
    kinds = [entity["type"] for entity in kayleigh.bubbles()[-1].json["entities"]]
    assert kinds.count("phone_number") >= 3


@pytest.mark.parametrize("typed", ["/help please", "/now please", "/help\nplease"])
def test_the_command_with_words_after_it_still_shows_help(kayleigh: Phone, typed: str) -> None:
    kayleigh.says(typed)
    assert FIRST in kayleigh.buttons()


def test_urgent_help_on_both_databases(stage_on_each: Stage) -> None:
    kayleigh = stage_on_each.phone(1001)
    kayleigh.says("/help")
    kayleigh.taps("I do not want to be here")
    assert "116 123" in kayleigh.sees()
    assert stage_on_each.messages_kept() == []
