"""The door of the parents' group: linking it, who is let in, who comes and goes."""

from __future__ import annotations

import pytest

from bot import words
from tests.bot.conftest import Codes, issue_code, link_group
from tests.bot.driver import GROUP, KAYLEIGH, PRIYA, Phone, Stage, is_in, plain, said_in, standing, the_group
from tests.factories import AT_THE_END_OF_HER_ROPE

# linking


def test_the_right_code_links_the_group_says_so_and_makes_the_door(stage: Stage, group: int) -> None:
    (said,) = said_in(stage, group)
    assert said.startswith(words.GROUP_LINKED)
    assert "I see every message in this group, whoever writes it" in said
    assert "999" in said
    found = the_group(stage)
    assert found is not None
    assert found.invite_link is not None
    link = stage.world.chats[group].invite_links[found.invite_link.reveal()]
    assert link.creates_join_request


@pytest.mark.parametrize("code", ["", "WRONG", "of a parent"])
def test_a_wrong_code_links_nothing(stage: Stage, codes: Codes, code: str) -> None:
    typed = codes() if code == "of a parent" else code
    stage.phone(PRIYA).says(f"/link {typed}".strip(), chat=GROUP)
    assert said_in(stage, GROUP) == [words.GROUP_LINK_REFUSED]
    assert the_group(stage) is None


def test_a_code_links_one_group_once(stage: Stage, codes: Codes) -> None:
    code = codes(kind="group")
    stage.phone(PRIYA).says(f"/link {code}", chat=GROUP)
    stage.world.add_group(-77, "Another group", owner=KAYLEIGH)
    stage.world.add_bot(-77)
    stage.phone(KAYLEIGH).says(f"/link {code}", chat=-77)
    found = the_group(stage)
    assert found is not None
    assert found.address.reveal() == str(GROUP)
    assert said_in(stage, -77) == [words.GROUP_LINK_REFUSED]


def test_linking_in_the_one_to_one_chat_links_nothing(stage: Stage, kayleigh: Phone, codes: Codes) -> None:
    kayleigh.says(f"/link {codes(kind='group')}")
    assert the_group(stage) is None
    assert kayleigh.sees() == words.UNKNOWN_COMMAND


def test_words_after_a_wrong_link_command_are_screened(stage: Stage, member: Phone) -> None:
    before = said_in(stage, GROUP)
    member.says("/link he strangled me last night", chat=GROUP)
    assert stage.case().urgency == "immediate"
    assert said_in(stage, GROUP) == before, "and nothing is said about it in front of everybody"


def test_linking_another_group_lets_the_first_go(stage: Stage, member: Phone, codes: Codes) -> None:
    stage.world.add_group(-77, "New group", owner=PRIYA)
    stage.world.add_bot(-77)
    stage.phone(PRIYA).says(f"/link {codes(kind='group')}", chat=-77)
    found = the_group(stage)
    assert found is not None
    assert found.address.reveal() == "-77"
    member.says(AT_THE_END_OF_HER_ROPE, chat=GROUP)
    assert stage.cases() == []


# the way in


def test_the_menu_says_what_is_needed_for_the_group(stage: Stage, kayleigh: Phone, codes: Codes) -> None:
    kayleigh.starts().taps(words.NO).taps(words.GROUP)
    assert kayleigh.sees() == plain(words.GROUP_NO_CODE)
    kayleigh.starts(codes())
    kayleigh.says("/group")
    assert kayleigh.sees() == plain(words.GROUP_NO_CONSENT)
    kayleigh.taps(words.PRIVACY).taps(words.YES).taps(words.GROUP)
    assert kayleigh.sees() == plain(words.GROUP_NOT_YET)
    link_group(stage)
    kayleigh.taps(words.MENU_BUTTON).taps(words.GROUP)
    assert kayleigh.links()[words.JOIN_BUTTON].startswith("https://t.me/+")
    assert "I'm in the group and see every message" in kayleigh.sees()
    kayleigh.asks_to_join(kayleigh.links()[words.JOIN_BUTTON])
    assert is_in(stage, kayleigh)


def test_with_a_yes_and_a_code_the_door_opens(stage: Stage, member: Phone) -> None:
    assert member.sees() == words.JOINED
    assert standing(stage, member) == "member"


def test_without_a_code_the_door_stays_shut_and_it_is_said_why(stage: Stage, dean: Phone, join_link: str) -> None:
    dean.joins_in()
    dean.asks_to_join(join_link)
    assert not is_in(stage, dean)
    assert dean.sees() == words.JOIN_NEEDS_CODE
    assert standing(stage, dean) == "refused"


def test_without_a_yes_the_question_is_asked_and_then_the_door_opens(
    stage: Stage, dean: Phone, join_link: str
) -> None:
    dean.starts(issue_code(stage)).taps(words.NO)
    dean.asks_to_join(join_link)
    assert not is_in(stage, dean)
    assert dean.sees().startswith(words.JOIN_NEEDS_CONSENT)
    assert dean.sees().endswith(words.ASK)
    dean.taps(words.YES)
    dean.asks_to_join(join_link)
    assert is_in(stage, dean)


def test_somebody_who_never_pressed_start_is_told_kindly_before_the_request_is_answered(
    stage: Stage, dean: Phone, join_link: str
) -> None:
    dean.asks_to_join(join_link)
    assert not is_in(stage, dean)
    assert dean.sees() == words.JOIN_NEEDS_CODE
    assert words.NEED_HELP in dean.buttons()
    assert not stage.world.chats[GROUP].requests, "the request is answered"


def test_after_stop_the_door_is_shut_again(stage: Stage, member: Phone, join_link: str) -> None:
    stage.world.leave(member.id, GROUP)
    member.says("/stop")
    member.asks_to_join(join_link)
    assert not is_in(stage, member)


def test_nobody_is_told_that_they_are_in_when_the_bot_may_not_let_them_in(
    stage: Stage, dean: Phone, join_link: str
) -> None:
    dean.joins_in(issue_code(stage))
    stage.world.request_to_join(dean.id, None, join_link)
    stage.world.set_bot_rights(GROUP, can_invite_users=False)
    stage.settle()
    assert not is_in(stage, dean)
    assert dean.sees() != words.JOINED


def test_a_request_for_another_group_is_left_alone(stage: Stage, dean: Phone, group: int) -> None:
    dean.joins_in(issue_code(stage))
    stage.world.add_group(-77, "Somebody else's", owner=KAYLEIGH)
    stage.world.add_bot(-77)
    stage.world.promote_bot(-77)
    stage.world.request_to_join(dean.id, -77)
    stage.settle()
    assert dean.id in stage.world.chats[-77].requests
    assert dean.sees() == words.SAID_YES


def test_coming_and_going_is_known(stage: Stage, member: Phone, stranger: Phone) -> None:
    assert standing(stage, stranger) == "member"
    stage.world.leave(member.id, GROUP)
    stage.world.remove_member(GROUP, stranger.id, ban=True)
    stage.settle()
    assert standing(stage, member) == "left"
    assert standing(stage, stranger) == "left"
