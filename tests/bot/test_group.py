"""The parents' group: everything written in it, its rights and its new ids."""

from __future__ import annotations

from typing import Any

import pytest

from bot import words
from core import outbox
from core.remember import recall
from moderation import desk
from moderation.casebook import NotPossible
from moderation.desk import Actor
from rehearsal.group_acts import USUAL_RIGHTS
from tests.bot.conftest import add_moderator, issue_code, link_group
from tests.bot.driver import DEAN, GROUP, KAYLEIGH, PRIYA, SHAZ, Phone, Stage, is_in, said_in, the_group
from tests.factories import AT_THE_END_OF_HER_ROPE, HARMLESS, SKINT

BASIC = -500


# what is written there


def test_a_member_in_danger_is_written_to_privately_and_never_in_the_group(
    stage: Stage, member: Phone, priya: Phone
) -> None:
    before = said_in(stage, GROUP)
    member.says(AT_THE_END_OF_HER_ROPE, chat=GROUP)
    assert stage.case().urgency == "immediate"
    assert stage.flags(stage.case())[0].evidence["where"] == "group"
    assert "Never shake a baby" in member.sees()
    assert "I need somebody now" in member.buttons()
    assert said_in(stage, GROUP) == before
    assert "Immediate" in priya.sees()


def test_a_low_worry_in_the_group_goes_to_a_human_without_a_private_card(stage: Stage, member: Phone) -> None:
    before = member.bubbles()
    member.says("my stepdad hit me when i was little", chat=GROUP)
    assert stage.case().urgency == "review"
    assert member.hears_since(before) == []


def test_harmless_talk_in_the_group_is_kept_and_not_answered(stage: Stage, member: Phone) -> None:
    before = said_in(stage, GROUP), member.texts()
    member.says(HARMLESS, chat=GROUP)
    assert HARMLESS in stage.words_kept()
    assert (said_in(stage, GROUP), member.texts()) == before


def test_harmless_talk_of_somebody_who_never_agreed_is_not_kept(stage: Stage, stranger: Phone) -> None:
    stranger.says("our tommy loves the purple dinosaur", chat=GROUP)
    assert "purple" not in stage.everything_kept()


def test_where_the_bot_cannot_write_privately_the_case_says_so(
    stage: Stage, stranger: Phone, priya: Phone
) -> None:
    stranger.says(AT_THE_END_OF_HER_ROPE, chat=GROUP)
    case = stage.case()
    assert "parent_cannot_be_reached" in stage.happened(case)
    assert stranger.texts() == []
    assert "Immediate" in priya.sees()
    actor = Actor("staff:1", ("moderator",))
    with stage.database.unit() as session, pytest.raises(NotPossible, match="never opened a chat"):
        desk.reply(session, actor, case.reference, "Hello", stage.clock.now())


def test_a_member_who_blocked_the_bot_is_noted_as_not_reachable(stage: Stage, member: Phone) -> None:
    member.blocks()
    member.says(AT_THE_END_OF_HER_ROPE, chat=GROUP)
    assert "parent_cannot_be_reached" in stage.happened(stage.case())


@pytest.mark.parametrize("who", [PRIYA, SHAZ])
def test_owners_and_trusted_members_are_screened_like_everybody(stage: Stage, member: Phone, who: int) -> None:
    if who == SHAZ:
        stage.world.add_member(GROUP, SHAZ)
        stage.world.promote(GROUP, SHAZ, can_delete_messages=True)
    stage.phone(who).says(AT_THE_END_OF_HER_ROPE, chat=GROUP)
    assert stage.case().urgency == "immediate"


def test_an_administrator_who_writes_as_the_group_is_screened_too(stage: Stage, group: int) -> None:
    as_a_chat(
        stage, {"id": group, "type": "supergroup", "title": "Parents' group"}, 1087968824, "GroupAnonymousBot"
    )
    assert stage.case().urgency == "immediate"
    assert "parent_cannot_be_reached" in stage.happened(stage.case())


def test_somebody_who_writes_as_a_channel_of_theirs_is_screened_too(stage: Stage, group: int) -> None:
    as_a_chat(stage, {"id": -1009, "type": "channel", "title": "Gaz's channel"}, 136817688, "Channel_Bot")
    case = stage.case()
    assert case.urgency == "immediate"
    assert case.person_id is not None
    assert "Gaz's channel" in [person.name.reveal() for person in stage.people_kept()]


def as_a_chat(stage: Stage, chat: dict[str, Any], sender: int, name: str) -> None:
    """Telegram puts a bot's name in the place of whoever writes in the name of a chat."""
    body = {
        "message_id": 900,
        "from": {"id": sender, "is_bot": True, "first_name": name, "username": name},
        "sender_chat": chat,
        "chat": stage.world.chats[GROUP].json,
        "date": int(stage.world.clock()),
        "text": AT_THE_END_OF_HER_ROPE,
    }
    stage.world.tell_bot("message", body, GROUP)
    stage.settle()


@pytest.mark.parametrize("kind", ["photo", "video", "voice", "document"])
def test_captions_in_the_group_are_screened(stage: Stage, member: Phone, kind: str) -> None:
    member.sends(kind, chat=GROUP, caption=AT_THE_END_OF_HER_ROPE)
    assert stage.case().urgency == "immediate"


def test_a_picture_in_the_group_is_looked_at_by_a_human(stage: Stage, member: Phone) -> None:
    before = said_in(stage, GROUP), member.texts()
    member.sends("photo", chat=GROUP)
    assert (stage.case().kind, stage.case().urgency) == ("media", "review")
    assert (said_in(stage, GROUP), member.texts()) == before


def test_edits_in_the_group_are_screened_and_versions_kept(stage: Stage, member: Phone) -> None:
    number = member.says(HARMLESS, chat=GROUP)
    member.edits(number, AT_THE_END_OF_HER_ROPE, chat=GROUP)
    assert stage.case().urgency == "immediate"
    assert stage.earlier_versions() == [HARMLESS]


@pytest.mark.parametrize("typed", [f"/help {AT_THE_END_OF_HER_ROPE}", f"/start {AT_THE_END_OF_HER_ROPE}"])
def test_commands_with_words_in_the_group_are_screened(stage: Stage, member: Phone, typed: str) -> None:
    before = said_in(stage, GROUP)
    member.says(typed, chat=GROUP)
    assert stage.case().urgency == "immediate"
    assert said_in(stage, GROUP) == before


def test_a_worry_in_the_group_joins_the_open_case_from_the_one_to_one_chat(stage: Stage, member: Phone) -> None:
    member.says(SKINT)
    member.says(AT_THE_END_OF_HER_ROPE, chat=GROUP)
    case = stage.case()
    assert case.messages == 2
    assert case.urgency == "immediate"
    assert [flag.evidence["where"] for flag in stage.flags(case)] == ["private", "group"]


def test_the_machine_alone_deletes_nothing_and_puts_nobody_out(stage: Stage, member: Phone) -> None:
    number = member.says("send me 50 quid to this account or i will come round and kill you", chat=GROUP)
    member.says(AT_THE_END_OF_HER_ROPE, chat=GROUP)
    assert stage.cases()
    assert number in stage.world.chats[GROUP].messages
    assert is_in(stage, member)
    for method in ("deleteMessage", "banChatMember", "restrictChatMember", "setChatPermissions"):
        assert stage.controls.counts[method] == 0


def test_a_moderator_takes_a_message_out_and_the_case_learns_it_is_gone(
    stage: Stage, member: Phone, moderator: Actor
) -> None:
    number = member.says(AT_THE_END_OF_HER_ROPE, chat=GROUP)
    remove(stage, moderator)
    assert number not in stage.world.chats[GROUP].messages
    assert stage.happened(stage.case())[-2:] == ["removal_asked", "message_removed"]
    assert AT_THE_END_OF_HER_ROPE in stage.words_kept(), "what was said is still known"


def test_a_message_that_cannot_be_taken_out_is_said_on_the_case(
    stage: Stage, member: Phone, moderator: Actor
) -> None:
    number = member.says(AT_THE_END_OF_HER_ROPE, chat=GROUP)
    stage.world.set_bot_rights(GROUP, can_delete_messages=False)
    stage.settle()
    remove(stage, moderator)
    assert number in stage.world.chats[GROUP].messages
    assert stage.happened(stage.case())[-1] == "not_delivered"


def remove(stage: Stage, moderator: Actor) -> None:
    message = stage.flags(stage.case())[0].message_id
    assert message is not None
    with stage.database.unit() as session:
        desk.remove_message(session, moderator, stage.case().reference, message, stage.clock.now())
    stage.settle()


# other groups


@pytest.mark.parametrize("text", ["our tommy loves the purple dinosaur", "purple purple i want to die"])
def test_other_groups_are_none_of_our_business(stage: Stage, group: int, kayleigh: Phone, text: str) -> None:
    stage.world.add_group(-77, "Somebody else's", owner=KAYLEIGH)
    stage.world.add_bot(-77)
    number = kayleigh.says(text, chat=-77)
    kayleigh.edits(number, f"{text} again", chat=-77)
    kayleigh.sends("photo", chat=-77, caption=text)
    assert "purple" not in stage.everything_kept()
    assert stage.cases() == []
    assert said_in(stage, -77) == []


def test_nothing_is_kept_of_a_group_before_it_is_linked(stage: Stage) -> None:
    stage.phone(PRIYA).says("i want to die purple", chat=GROUP)
    assert "purple" not in stage.everything_kept()


# its rights and its ids


def test_rights_taken_away_are_known(stage: Stage, group: int) -> None:
    stage.world.set_bot_rights(group, can_delete_messages=False)
    stage.settle()
    found = the_group(stage)
    assert found is not None
    assert found.rights["can_delete_messages"] is False
    assert found.rights["can_invite_users"] is True
    stage.world.demote_bot(group)
    stage.settle()
    found = the_group(stage)
    assert found is not None
    assert found.rights == {"status": "member"}


def test_being_put_out_of_the_group_is_known(stage: Stage, group: int) -> None:
    stage.world.kick_bot(group)
    stage.settle()
    found = the_group(stage)
    assert found is not None
    assert found.rights == {"status": "kicked"}


@pytest.fixture
def basic(stage: Stage) -> int:
    """A group that is not yet a supergroup, linked."""
    stage.world.add_group(BASIC, "Parents", owner=PRIYA, type="group")
    stage.world.add_bot(BASIC)
    stage.world.promote(BASIC, stage.world.bot.id, **dict.fromkeys(USUAL_RIGHTS, True))
    stage.phone(PRIYA).says(f"/link {issue_code(stage, kind='group')}", chat=BASIC)
    return BASIC


def test_an_upgraded_group_is_the_same_group_under_its_new_id(stage: Stage, basic: int, dean: Phone) -> None:
    dean.joins_in()
    stage.world.add_member(basic, DEAN)
    dean.says("before the move", chat=basic)
    new = stage.world.upgrade_group(basic).id
    stage.settle()
    found = the_group(stage)
    assert found is not None
    assert found.address.reveal() == str(new)
    dean.says(AT_THE_END_OF_HER_ROPE, chat=new)
    assert stage.case().urgency == "immediate"
    assert len({message.conversation_id for message in stage.messages_kept()}) == 1
    assert found.invite_link is not None
    assert found.invite_link.reveal() in stage.world.chats[new].invite_links, "a door of its own"


def test_what_still_waits_for_the_old_id_goes_to_the_new_one(stage: Stage, basic: int, dean: Phone) -> None:
    dean.joins_in(issue_code(stage))
    stage.world.request_to_join(DEAN, basic)
    stage.world.upgrade_group(basic)
    stage.settle()
    with stage.database.reading() as session:
        assert recall(session, "telegram.trouble") is None
    assert is_in(stage, dean, stage.world.chats[basic].migrated_to or 0)


def test_what_is_said_to_the_old_id_long_after_still_arrives_once(stage: Stage, basic: int) -> None:
    new = stage.world.upgrade_group(basic).id
    stage.settle()
    with stage.database.unit() as session:
        outbox.put(
            session, channel="telegram", lane="old", to=basic, what=outbox.Say("Late"), at=stage.clock.now()
        )
    stage.settle()
    assert said_in(stage, new).count("Late") == 1


def test_the_group_on_both_databases(stage_on_each: Stage) -> None:
    stage = stage_on_each
    priya, kayleigh = add_moderator(stage, PRIYA), stage.phone(KAYLEIGH)
    link_group(stage)
    kayleigh.joins_in(issue_code(stage))
    kayleigh.taps(words.GROUP)
    kayleigh.asks_to_join(kayleigh.links()[words.JOIN_BUTTON])
    assert is_in(stage, kayleigh)
    number = kayleigh.says(HARMLESS, chat=GROUP)
    kayleigh.edits(number, AT_THE_END_OF_HER_ROPE, chat=GROUP)
    assert "Immediate" in priya.sees()
    assert "Never shake a baby" in kayleigh.sees()
    remove(stage, Actor("staff:1", ("moderator",)))
    assert number not in stage.world.chats[GROUP].messages
