"""After a worry: the two buttons, asking for a person, the answer of the team, and who cannot be reached."""

from __future__ import annotations

import pytest

from bot import words
from core import taps
from moderation import desk
from moderation.casebook import NotPossible
from moderation.desk import Actor
from tests.bot.conftest import add_moderator, issue_code
from tests.bot.driver import PRIYA, Phone, Stage, closes, plain, says_as_the_team
from tests.factories import AT_THE_END_OF_HER_ROPE, HARMLESS, SKINT

SAFE, NEED = "I am safe for now", "I need somebody now"
WANTS_TO_DIE = "i want to die"


# the two buttons


def test_i_am_safe_for_now_is_heard_and_noted(stage: Stage, kayleigh: Phone) -> None:
    kayleigh.says(AT_THE_END_OF_HER_ROPE)
    kayleigh.taps(SAFE)
    assert kayleigh.sees() == plain(words.SAFE_HEARD)
    assert kayleigh.buttons() == [words.NEED_HELP]
    case = stage.case()
    assert stage.happened(case)[-1] == "parent_says_safe"
    assert case.urgency == "immediate", "a human still looks"
    assert case.state == "open"


def test_i_need_somebody_now_raises_the_case_and_alerts_again(stage: Stage, kayleigh: Phone, priya: Phone) -> None:
    kayleigh.says(SKINT)
    before = priya.bubbles()
    kayleigh.taps(NEED)
    heard, numbers = kayleigh.texts()[-2:]
    assert heard == words.NEED_HEARD.format(promise="Somebody from our team will read this by 10:15am.")
    assert "999" in numbers
    assert "Someone is hurt" in kayleigh.buttons()
    assert stage.case().urgency == "immediate"
    (alert,) = priya.hears_since(before)
    assert "the parent asks for somebody now" in alert


def test_needing_somebody_alerts_again_even_when_nothing_can_be_raised(
    stage: Stage, kayleigh: Phone, priya: Phone
) -> None:
    kayleigh.says(AT_THE_END_OF_HER_ROPE)
    before = priya.bubbles()
    kayleigh.taps(NEED).taps(NEED)
    assert len(priya.hears_since(before)) == 2
    assert stage.happened(stage.case()).count("parent_needs_somebody") == 2


def test_the_card_stays_on_the_phone_when_a_button_was_tapped(kayleigh: Phone) -> None:
    kayleigh.says(AT_THE_END_OF_HER_ROPE)
    kayleigh.taps(SAFE)
    assert any("Never shake a baby" in text for text in kayleigh.texts())


def test_needing_somebody_after_the_case_was_closed_opens_a_new_one(
    stage: Stage, kayleigh: Phone, priya: Phone, moderator: Actor
) -> None:
    kayleigh.says(AT_THE_END_OF_HER_ROPE)
    closes(stage, moderator)
    before = priya.bubbles()
    kayleigh.taps(NEED)
    old, new = stage.cases()
    assert old.state == "closed"
    assert (new.state, new.urgency) == ("open", "immediate")
    assert len(priya.hears_since(before)) == 1


def test_being_safe_is_noted_on_a_closed_case_too(stage: Stage, kayleigh: Phone, moderator: Actor) -> None:
    kayleigh.says(AT_THE_END_OF_HER_ROPE)
    closes(stage, moderator)
    kayleigh.taps(SAFE)
    assert stage.happened(stage.case())[-1] == "parent_says_safe"
    assert stage.case().state == "closed"


@pytest.mark.parametrize("verb", ["safe", "need"])
def test_another_parents_case_cannot_be_touched(
    stage: Stage, kayleigh: Phone, dean: Phone, priya: Phone, verb: str
) -> None:
    kayleigh.says(AT_THE_END_OF_HER_ROPE)
    before = stage.happened(stage.case())
    alerts = priya.bubbles()
    dean.joins_in()
    dean.presses(dean.newest(), taps.write(verb, stage.case().reference))
    assert dean.sees() == words.OLD_BUTTON
    assert stage.happened(stage.case()) == before
    assert priya.hears_since(alerts) == []


@pytest.mark.parametrize("data", ["1:safe:AAA-AAA", "1:need:AAA-AAA", "1:safe", "1:need", "1:need:"])
def test_a_case_that_there_is_not_gets_the_menu(stage: Stage, kayleigh: Phone, data: str) -> None:
    kayleigh.joins_in()
    kayleigh.presses(kayleigh.newest(), data)
    assert kayleigh.sees() == words.OLD_BUTTON
    assert words.NEED_HELP in kayleigh.buttons()
    assert stage.cases() == []


# talking to a person


def test_talk_to_a_person_takes_the_next_words_to_the_team(stage: Stage, kayleigh: Phone, priya: Phone) -> None:
    kayleigh.joins_in()
    kayleigh.taps(words.TALK)
    assert "by 2pm" in kayleigh.sees()
    kayleigh.says("can somebody help me fill in a form")
    assert kayleigh.sees() == words.PASSED_ON.format(promise="Somebody from our team will read this by 2pm.")
    case = stage.case()
    assert (case.kind, case.urgency, case.messages) == ("asked", "today", 1)
    assert stage.flags(case)[0].evidence["text"] == "can somebody help me fill in a form"
    assert "A parent asked for a person" in priya.sees()
    assert "form" not in priya.sees()


def test_what_is_sent_to_the_team_is_kept_even_after_a_no(stage: Stage, kayleigh: Phone) -> None:
    kayleigh.starts().taps(words.NO).taps(words.TALK)
    kayleigh.says("can somebody help me fill in a form")
    assert stage.words_kept() == ["can somebody help me fill in a form"]


def test_only_the_next_words_are_for_the_team(stage: Stage, kayleigh: Phone) -> None:
    kayleigh.joins_in()
    kayleigh.taps(words.TALK)
    kayleigh.says("can somebody help me fill in a form")
    kayleigh.says("healthy start card")
    assert stage.case().messages == 1
    assert "Healthy Start card" in kayleigh.buttons()


def test_the_menu_takes_back_the_wish_to_talk(stage: Stage, kayleigh: Phone) -> None:
    kayleigh.joins_in()
    kayleigh.taps(words.TALK).taps(words.MENU_BUTTON)
    kayleigh.says("healthy start card")
    assert stage.cases() == []


def test_just_ask_them_to_write_to_me(stage: Stage, kayleigh: Phone, priya: Phone) -> None:
    kayleigh.joins_in()
    kayleigh.taps(words.TALK).taps(words.JUST_WRITE_TO_ME)
    assert kayleigh.sees() == words.PASSED_ON.format(promise="Somebody from our team will read this by 2pm.")
    case = stage.case()
    assert (case.kind, case.urgency, case.messages) == ("asked", "today", 0)
    assert "A parent asked for a person" in priya.sees()


def test_tapping_it_twice_does_not_make_two_cases_or_two_alerts(
    stage: Stage, kayleigh: Phone, priya: Phone
) -> None:
    kayleigh.joins_in()
    before = priya.bubbles()
    kayleigh.says("/talk")
    bubble = kayleigh.newest()
    for _ in range(2):
        kayleigh.presses(bubble, "1:call")
    assert len(stage.cases()) == 1
    assert len(priya.hears_since(before)) == 1


def test_a_worry_sent_to_the_team_gets_its_card_and_its_urgency(stage: Stage, kayleigh: Phone) -> None:
    kayleigh.joins_in()
    kayleigh.taps(words.TALK)
    kayleigh.says(WANTS_TO_DIE)
    assert stage.case().urgency == "immediate"
    assert kayleigh.buttons() == [SAFE, NEED]
    kayleigh.says("healthy start card")
    assert "Healthy Start card" in kayleigh.buttons(), "the words for the team have been sent"


# the team answers


def test_a_moderators_reply_arrives_as_from_the_team(stage: Stage, kayleigh: Phone, moderator: Actor) -> None:
    kayleigh.says(AT_THE_END_OF_HER_ROPE)
    says_as_the_team(stage, moderator, "Hi Kayleigh, is your mum with you? <3 & **love**")
    assert kayleigh.sees() == "From the team:\n\nHi Kayleigh, is your mum with you? <3 & love"
    assert stage.happened(stage.case())[-2:] == ["replied", "reply_delivered"]
    assert stage.words_kept("service") == ["Hi Kayleigh, is your mum with you? <3 & **love**"]


def test_the_parents_answer_joins_the_case(stage: Stage, kayleigh: Phone, moderator: Actor) -> None:
    kayleigh.says(AT_THE_END_OF_HER_ROPE)
    says_as_the_team(stage, moderator, "Is your mum with you?")
    kayleigh.says("yes she came over just now")
    assert kayleigh.sees() == words.ADDED
    assert [flag.evidence["text"] for flag in stage.flags(stage.case())][-1] == "yes she came over just now"
    assert stage.case().messages == 2


def test_the_answer_is_kept_for_the_team_even_without_a_yes(
    stage: Stage, kayleigh: Phone, moderator: Actor
) -> None:
    kayleigh.starts().taps(words.NO)
    kayleigh.says(AT_THE_END_OF_HER_ROPE)
    says_as_the_team(stage, moderator, "Is your mum with you?")
    kayleigh.says("yes she came over just now")
    assert "yes she came over just now" in stage.words_kept()


def test_help_typed_in_answer_reaches_the_team_and_shows_the_numbers(
    stage: Stage, kayleigh: Phone, moderator: Actor
) -> None:
    kayleigh.says(AT_THE_END_OF_HER_ROPE)
    says_as_the_team(stage, moderator, "Is your mum with you?")
    kayleigh.says("help")
    assert stage.case().messages == 2
    assert "Someone is hurt" in kayleigh.buttons()


def test_after_three_days_of_silence_words_are_for_the_guide_again(
    stage: Stage, kayleigh: Phone, moderator: Actor
) -> None:
    kayleigh.joins_in()
    kayleigh.says(AT_THE_END_OF_HER_ROPE)
    says_as_the_team(stage, moderator, "Is your mum with you?")
    stage.clock.move(days=3, minutes=1)
    kayleigh.says("healthy start card")
    assert stage.case().messages == 1
    assert "Healthy Start card" in kayleigh.buttons()


def test_after_closing_a_new_worry_opens_a_new_case(
    stage: Stage, kayleigh: Phone, priya: Phone, moderator: Actor
) -> None:
    kayleigh.says(AT_THE_END_OF_HER_ROPE)
    closes(stage, moderator)
    before = priya.bubbles()
    stage.clock.move(hours=1)
    kayleigh.says(WANTS_TO_DIE)
    old, new = stage.cases()
    assert (old.state, new.state) == ("closed", "open")
    assert len(priya.hears_since(before)) == 1


def test_after_closing_harmless_words_are_for_the_guide_again(
    stage: Stage, kayleigh: Phone, moderator: Actor
) -> None:
    kayleigh.joins_in()
    kayleigh.says(AT_THE_END_OF_HER_ROPE)
    says_as_the_team(stage, moderator, "Is your mum with you?")
    closes(stage, moderator)
    kayleigh.says("healthy start card")
    assert "Healthy Start card" in kayleigh.buttons()


# a parent who cannot be reached


def test_blocking_the_bot_is_noted_on_the_open_case(stage: Stage, kayleigh: Phone) -> None:
    kayleigh.says(AT_THE_END_OF_HER_ROPE)
    kayleigh.blocks()
    assert stage.happened(stage.case())[-1] == "parent_cannot_be_reached"


def test_a_reply_that_meets_a_block_is_noted_and_no_second_is_tried(
    stage: Stage, kayleigh: Phone, moderator: Actor
) -> None:
    kayleigh.says(AT_THE_END_OF_HER_ROPE)
    stage.world.bot.blocked.add(kayleigh.id)  # so that Telegram has not told of it
    says_as_the_team(stage, moderator, "Is your mum with you?")
    assert {"not_delivered", "parent_cannot_be_reached"} <= set(stage.happened(stage.case()))
    with stage.database.unit() as session, pytest.raises(NotPossible, match="blocked"):
        desk.reply(session, moderator, stage.case().reference, "Again?", stage.clock.now())


def test_somebody_who_comes_back_can_be_written_to_again(stage: Stage, kayleigh: Phone, moderator: Actor) -> None:
    kayleigh.says(AT_THE_END_OF_HER_ROPE)
    kayleigh.blocks()
    kayleigh.starts()
    says_as_the_team(stage, moderator, "Good to see you back.")
    assert "Good to see you back." in kayleigh.sees()


def test_a_worry_from_end_to_end_on_both_databases(stage_on_each: Stage, moderator: Actor) -> None:
    stage = stage_on_each
    priya, kayleigh = add_moderator(stage, PRIYA), stage.phone(1001)
    kayleigh.joins_in(issue_code(stage))
    kayleigh.says(HARMLESS)
    kayleigh.says(SKINT)
    kayleigh.says(AT_THE_END_OF_HER_ROPE)
    assert stage.case().urgency == "immediate"
    assert "now graver than before" in priya.sees()
    kayleigh.taps(NEED)
    says_as_the_team(stage, moderator, "Shall I ring you?")
    assert kayleigh.sees() == "From the team:\n\nShall I ring you?"
    kayleigh.says("yes please")
    assert stage.case().messages == 3
    closes(stage, moderator)
    assert stage.case().state == "closed"
    assert stage.words_kept() == [HARMLESS, SKINT, AT_THE_END_OF_HER_ROPE, "yes please"]
