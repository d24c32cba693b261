"""A worry: the card, the case, the alert, the answer of the team, and what follows."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from bot import words
from core import taps
from moderation import desk
from moderation.desk import Actor
from moderation.wording import text as wording
from staff import service as staff
from staff.roles import Role
from tests.bot.conftest import add_moderator, issue_code
from tests.bot.driver import PRIYA, SAM, Phone, Stage, plain
from tests.factories import ABOUT_A_WORKER, AT_THE_END_OF_HER_ROPE, HARMLESS, SKINT

SAFE, NEED = "I am safe for now", "I need somebody now"
WANTS_TO_DIE = "i want to die"


def says_as_the_team(stage: Stage, actor: Actor, text: str) -> None:
    """A moderator answers the one case there is."""
    with stage.database.unit() as session:
        desk.reply(session, actor, stage.cases()[-1].reference, text, stage.clock.now())
    stage.settle()


def closes(stage: Stage, actor: Actor) -> None:
    with stage.database.unit() as session:
        reference = stage.cases()[-1].reference
        desk.close(session, actor, reference, "advice", "Spoke to her. Her mum is there.", stage.clock.now())


def card(stage: Stage, name: str) -> str:
    """A card's first line, which says that it was heard."""
    with stage.database.reading() as session:
        return plain(wording(session, f"card.{name}")).split("\n")[0]


# the card


def test_a_parent_at_the_end_of_her_rope_gets_the_card_with_its_two_buttons_and_no_menu(kayleigh: Phone) -> None:
    kayleigh.joins_in()
    before = kayleigh.bubbles()
    kayleigh.says(AT_THE_END_OF_HER_ROPE)
    (seen,) = kayleigh.hears_since(before)
    assert "Put baby down on their back in the cot" in seen
    assert "Never shake a baby" in seen
    assert "0800 448 0737" in seen
    assert "Somebody from our team will read this by 10:15am." in seen
    assert kayleigh.buttons() == [SAFE, NEED]


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        (AT_THE_END_OF_HER_ROPE, "breaking_point"),
        ("my boyfriend hit the baby", "child_harm"),
        (WANTS_TO_DIE, "suicide_self_harm"),
        ("he strangled me last night", "domestic_abuse.immediate"),
        (ABOUT_A_WORKER, "worker_concern"),
        (SKINT, "neglect_basic_needs"),
        ("my stepdad hit me when i was little", "child_harm.review"),
    ],
)
def test_the_card_fits_what_was_said(stage: Stage, kayleigh: Phone, typed: str, name: str) -> None:
    kayleigh.says(typed)
    assert kayleigh.sees().startswith(card(stage, name))
    assert kayleigh.buttons() == [SAFE, NEED]


def test_fathers_and_everybody_else_get_the_same(dean: Phone) -> None:
    dean.joins_in()
    dean.says(AT_THE_END_OF_HER_ROPE)
    assert "Put baby down" in dean.sees()


def test_the_same_worry_again_within_minutes_is_answered_shortly(stage: Stage, kayleigh: Phone) -> None:
    kayleigh.says(AT_THE_END_OF_HER_ROPE)
    stage.clock.move(minutes=3)
    kayleigh.says("im going to shake her i mean it")
    assert kayleigh.sees().startswith(card(stage, "again"))
    assert kayleigh.buttons() == [SAFE, NEED]
    stage.clock.move(minutes=11)
    kayleigh.says("i swear im going to shake her")
    assert kayleigh.sees().startswith(card(stage, "breaking_point"))


@pytest.mark.parametrize(
    ("moment", "promise"),
    [
        (datetime(2026, 11, 4, 10, 0, tzinfo=UTC), "Somebody from our team will read this by 10:15am."),
        (datetime(2026, 11, 5, 3, 0, tzinfo=UTC), "The team is back at 8am."),
        (datetime(2026, 11, 5, 23, 0, tzinfo=UTC), "The team is back at 8am tomorrow."),
    ],
)
def test_the_card_promises_what_is_true_at_that_hour(
    stage: Stage, kayleigh: Phone, moment: datetime, promise: str
) -> None:
    stage.clock.set(moment)
    kayleigh.says(AT_THE_END_OF_HER_ROPE)
    assert promise in kayleigh.sees()
    assert "sent word" not in kayleigh.sees(), "nobody's phone is linked, so nobody was told"


def test_at_night_a_parent_is_told_that_word_went_out_only_when_it_did(
    stage: Stage, kayleigh: Phone, priya: Phone
) -> None:
    stage.clock.set(datetime(2026, 11, 5, 3, 0, tzinfo=UTC))
    kayleigh.says(AT_THE_END_OF_HER_ROPE)
    assert "We have sent word to the people on call." in kayleigh.sees()
    assert "Immediate" in priya.sees()


# the case


def test_a_worry_opens_a_case_with_the_words_as_they_were_and_why(stage: Stage, kayleigh: Phone) -> None:
    kayleigh.says(AT_THE_END_OF_HER_ROPE)
    case = stage.case()
    assert (case.urgency, case.state, case.kind, case.messages) == ("immediate", "open", "worry", 1)
    assert "breaking_point" in case.categories
    assert re.fullmatch(r"[2-9A-Z]{3}-[2-9A-Z]{3}", case.reference)
    (flag,) = stage.flags(case)
    assert flag.evidence["text"] == AT_THE_END_OF_HER_ROPE
    concern = next(one for one in flag.evidence["concerns"] if one["category"] == "breaking_point")
    start, end = concern["evidence"][0]
    assert AT_THE_END_OF_HER_ROPE[start:end]
    assert concern["why"]
    assert stage.happened(case)[:2] == ["opened", "message_added"]


def test_a_second_worry_joins_the_open_case_without_a_second_alert(
    stage: Stage, kayleigh: Phone, priya: Phone
) -> None:
    kayleigh.says(AT_THE_END_OF_HER_ROPE)
    before = priya.bubbles()
    kayleigh.says(SKINT)
    case = stage.case()
    assert case.messages == 2
    assert case.urgency == "immediate"
    assert {"breaking_point", "neglect_basic_needs"} <= set(case.categories)
    assert priya.hears_since(before) == []


def test_a_graver_worry_raises_the_case_and_alerts_again(stage: Stage, kayleigh: Phone, priya: Phone) -> None:
    kayleigh.says(SKINT)
    assert stage.case().urgency == "today"
    assert "Today" in priya.sees()
    before = priya.bubbles()
    stage.clock.move(minutes=5)
    kayleigh.says(WANTS_TO_DIE)
    case = stage.case()
    assert case.urgency == "immediate"
    assert case.due_at == datetime(2026, 11, 4, 10, 20, tzinfo=UTC)
    (alert,) = priya.hears_since(before)
    assert alert.startswith("Immediate")
    assert "now graver than before" in alert
    assert stage.happened(case).count("raised") == 1
    assert kayleigh.sees().startswith(card(stage, "suicide_self_harm"))


def test_two_parents_have_two_cases(stage: Stage, kayleigh: Phone, dean: Phone) -> None:
    kayleigh.says(AT_THE_END_OF_HER_ROPE)
    dean.says(AT_THE_END_OF_HER_ROPE)
    assert len({case.person_id for case in stage.cases("open")}) == 2


def test_a_worry_about_a_worker_has_a_case_of_its_own_that_only_leads_see(stage: Stage, kayleigh: Phone) -> None:
    kayleigh.says(SKINT)
    kayleigh.says(ABOUT_A_WORKER)
    ordinary, about = stage.cases()
    assert not ordinary.restricted
    assert about.restricted
    assert "worker_concern" in about.categories
    assert kayleigh.sees().startswith(card(stage, "worker_concern"))
    with stage.database.unit() as session:
        staff.add(session, "lead@example.org", [Role.SAFEGUARDING_LEAD], stage.clock.now())
        for roles, seen in ((Role.MODERATOR, 1), (Role.SAFEGUARDING_LEAD, 2)):
            assert len(desk.queue(session, Actor("staff:9", (roles,)))) == seen


def test_a_worry_about_a_worker_alerts_leads_and_not_the_moderators_who_may_be_meant(
    stage: Stage, kayleigh: Phone, priya: Phone
) -> None:
    lead = add_moderator(stage, SAM, Role.SAFEGUARDING_LEAD)
    before = priya.bubbles()
    kayleigh.says(ABOUT_A_WORKER)
    assert priya.hears_since(before) == []
    assert "A worry about a worker or carer" in lead.sees()


def test_a_workers_own_worry_is_a_worry_like_any_other(stage: Stage, sam: Phone) -> None:
    sam.says(WANTS_TO_DIE)
    assert stage.case().urgency == "immediate"
    assert sam.buttons() == [SAFE, NEED]


# the alert


def test_an_alert_holds_urgency_categories_reference_and_link_and_not_a_word_of_the_parent(
    stage: Stage, kayleigh: Phone, priya: Phone
) -> None:
    kayleigh.says(AT_THE_END_OF_HER_ROPE)
    reference = stage.case().reference
    alert = priya.sees()
    assert alert.startswith("Immediate: ")
    assert "A carer about to lose control" in alert
    assert f"Case {reference}" in alert
    assert f"http://127.0.0.1:8000/cases/{reference}" in alert
    assert "10:15am" in alert
    for word in ("shake", "crying", "cope", "Kayleigh", "1001"):
        assert word not in alert
    assert priya.bubbles()[-1].protected, "and it cannot be passed on"


def test_alerts_go_to_those_on_duty(stage: Stage, kayleigh: Phone, priya: Phone) -> None:
    off = add_moderator(stage, SAM, on_duty=False)
    before = off.bubbles()
    kayleigh.says(AT_THE_END_OF_HER_ROPE)
    assert "Immediate" in priya.sees()
    assert off.hears_since(before) == []


def test_when_nobody_is_on_duty_everybody_who_may_act_hears_of_it(stage: Stage, kayleigh: Phone) -> None:
    off = [add_moderator(stage, user, on_duty=False) for user in (SAM, PRIYA)]
    kayleigh.says(AT_THE_END_OF_HER_ROPE)
    assert all("Immediate" in phone.sees() for phone in off)


def test_those_who_may_not_see_cases_hear_nothing(stage: Stage, kayleigh: Phone, priya: Phone) -> None:
    editor = add_moderator(stage, SAM, Role.GUIDE_EDITOR)
    before = editor.bubbles()
    kayleigh.says(AT_THE_END_OF_HER_ROPE)
    assert editor.hears_since(before) == []


def test_a_staff_code_links_one_phone_once(stage: Stage, priya: Phone, kayleigh: Phone) -> None:
    code = issue_code(stage, kind="staff", subject="1")
    stage.phone(SAM).starts(code)
    kayleigh.starts(code)
    assert words.CODE_REFUSED in kayleigh.sees()


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
    with stage.database.unit() as session, pytest.raises(desk.NotPossible, match="blocked"):
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
