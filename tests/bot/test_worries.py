"""A worry: the card that answers it, the case it opens or joins, and the alert."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from bot import words
from moderation import desk
from moderation.desk import Actor
from moderation.screening import Category, Urgency
from moderation.wording import named_card
from moderation.wording import text as wording
from staff import service as staff
from staff.roles import Role
from tests.bot.conftest import add_moderator, issue_code
from tests.bot.driver import PRIYA, SAM, Phone, Stage, plain
from tests.factories import ABOUT_A_WORKER, AT_THE_END_OF_HER_ROPE, SKINT

SAFE, NEED = "I am safe for now", "I need somebody now"
WANTS_TO_DIE = "i want to die"


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
        ("my mam used to hit us when i was a kid", "child_harm.review"),
    ],
)
def test_the_card_fits_what_was_said(stage: Stage, kayleigh: Phone, typed: str, name: str) -> None:
    kayleigh.says(typed)
    assert kayleigh.sees().startswith(card(stage, name))
    assert kayleigh.buttons() == [SAFE, NEED]


@pytest.mark.parametrize("category", ["child_harm", "domestic_abuse", "sexual_harm_exploitation"])
def test_what_was_done_to_them_long_ago_is_not_answered_as_if_it_went_on(category: str) -> None:
    assert named_card(Category(category), Urgency.REVIEW) == f"card.{category}.review"


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
    assert "We've sent a message to people from the team, but they may be asleep." in kayleigh.sees()
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
