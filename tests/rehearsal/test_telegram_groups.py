"""Groups: joining by request, rights, restrictions and their end, moving to a supergroup."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from conftest import GROUP, Clock

from rehearsal import ActRefused, ApiError, World

Refusal = Callable[..., ApiError]
Take = Callable[[], list[dict[str, Any]]]
ASKED = ["message", "chat_member", "my_chat_member", "chat_join_request", "message_reaction"]


@pytest.fixture(autouse=True)
def all_kinds(world: World) -> None:
    world.updates.allow(ASKED)


def kinds(updates: list[dict[str, Any]]) -> list[str]:
    return [next(key for key in update if key != "update_id") for update in updates]


def test_a_request_opens_a_window_to_write_until_it_is_settled(world: World, take: Take, refusal: Refusal) -> None:
    link = world.call("createChatInviteLink", {"chat_id": GROUP, "creates_join_request": True, "name": "Leaflet"})
    assert world.open_link(1002, link["invite_link"]) == "asked"
    request = take()[0]["chat_join_request"]
    assert (request["user_chat_id"], request["invite_link"]["name"]) == (1002, "Leaflet")
    world.call("sendMessage", {"chat_id": request["user_chat_id"], "text": "Before you come in"})
    assert world.call("approveChatJoinRequest", {"chat_id": GROUP, "user_id": 1002}) is True
    changed, arrived = take()
    assert changed["chat_member"]["via_join_request"] is True
    assert changed["chat_member"]["new_chat_member"]["status"] == "member"
    assert arrived["message"]["new_chat_members"][0]["id"] == 1002
    assert refusal("sendMessage", chat_id=1002, text="x").code == 403
    again = refusal("approveChatJoinRequest", chat_id=GROUP, user_id=1002)
    assert again.description == "Bad Request: USER_ALREADY_PARTICIPANT"


def test_the_window_closes_after_five_minutes(world: World, clock: Clock, refusal: Refusal) -> None:
    world.request_to_join(1002, GROUP)
    clock.pass_time(299)
    world.call("sendMessage", {"chat_id": 1002, "text": "still there?"})
    clock.pass_time(2)
    assert refusal("sendMessage", chat_id=1002, text="x").description == (
        "Forbidden: bot can't initiate conversation with a user"
    )


def test_declined(world: World, refusal: Refusal) -> None:
    world.request_to_join(1002, GROUP)
    assert world.call("declineChatJoinRequest", {"chat_id": GROUP, "user_id": 1002}) is True
    assert refusal("approveChatJoinRequest", chat_id=GROUP, user_id=1002).description == (
        "Bad Request: HIDE_REQUESTER_MISSING"
    )


def test_requests_reach_only_a_bot_that_may_invite(world: World, take: Take, refusal: Refusal) -> None:
    world.set_bot_rights(GROUP, can_invite_users=False)
    take()
    world.request_to_join(1002, GROUP)
    assert take() == []
    assert refusal("approveChatJoinRequest", chat_id=GROUP, user_id=1002).description == (
        "Bad Request: not enough rights to manage join requests"
    )


def test_invite_links(world: World, clock: Clock, refusal: Refusal) -> None:
    both = refusal("createChatInviteLink", chat_id=GROUP, member_limit=1, creates_join_request=True)
    assert "member limit can't be specified" in both.description
    once = world.call("createChatInviteLink", {"chat_id": GROUP, "member_limit": 1, "expire_date": clock.now + 60})
    assert world.open_link(1001, once["invite_link"]) == "joined"
    with pytest.raises(ActRefused):
        world.open_link(1002, once["invite_link"])
    main = world.call("exportChatInviteLink", {"chat_id": GROUP})
    assert world.call("getChat", {"chat_id": GROUP})["invite_link"] == main
    revoked = world.call("revokeChatInviteLink", {"chat_id": GROUP, "invite_link": main})
    assert revoked["is_revoked"] is True
    with pytest.raises(ActRefused):
        world.open_link(1003, main)


def test_ban_and_its_end(world: World, clock: Clock, take: Take, refusal: Refusal) -> None:
    world.add_member(GROUP, 1001)
    take()
    world.call("banChatMember", {"chat_id": GROUP, "user_id": 1001, "until_date": int(clock.now) + 60})
    assert kinds(take()) == ["message", "chat_member"]
    with pytest.raises(ActRefused):
        world.request_to_join(1001, GROUP)
    clock.pass_time(61)
    assert world.call("getChatMember", {"chat_id": GROUP, "user_id": 1001})["status"] == "left"
    world.call("banChatMember", {"chat_id": GROUP, "user_id": 1001, "until_date": int(clock.now) + 20})
    clock.pass_time(10**8)
    standing = world.call("getChatMember", {"chat_id": GROUP, "user_id": 1001})
    assert (standing["status"], standing["until_date"]) == ("kicked", 0), "nearer than 30 seconds is for ever"
    world.call("unbanChatMember", {"chat_id": GROUP, "user_id": 1001, "only_if_banned": True})
    assert world.request_to_join(1001, GROUP) == "asked"
    owner = refusal("banChatMember", chat_id=GROUP, user_id=1005)
    assert owner.description == "Bad Request: can't remove chat owner"
    world.set_bot_rights(GROUP, can_restrict_members=False)
    refused = refusal("banChatMember", chat_id=GROUP, user_id=1002)
    assert refused.description == "Bad Request: not enough rights to restrict/unrestrict chat member"


def test_quiet_for_a_while(world: World, clock: Clock) -> None:
    world.add_member(GROUP, 1001)
    quiet = json.dumps({"can_send_messages": False})
    until = int(clock.now) + 3600
    world.call(
        "restrictChatMember", {"chat_id": GROUP, "user_id": 1001, "permissions": quiet, "until_date": until}
    )
    standing = world.call("getChatMember", {"chat_id": GROUP, "user_id": 1001})
    assert (standing["status"], standing["is_member"], standing["until_date"]) == ("restricted", True, until)
    with pytest.raises(ActRefused):
        world.send_text(1001, GROUP, "but")
    clock.pass_time(3600)
    world.send_text(1001, GROUP, "hello again")
    assert world.call("getChatMember", {"chat_id": GROUP, "user_id": 1001})["status"] == "member"


def test_permissions_of_everybody(world: World, refusal: Refusal) -> None:
    world.add_member(GROUP, 1001)
    world.call("setChatPermissions", {"chat_id": GROUP, "permissions": '{"can_send_messages": true}'})
    world.send_text(1001, GROUP, "words go")
    with pytest.raises(ActRefused):
        world.send_photo(1001, GROUP)
    world.send_photo(1005, GROUP)
    world.demote_bot(GROUP)
    assert refusal(
        "sendPhoto", chat_id=GROUP, photo=world.send_photo(1005, GROUP).json["photo"][0]["file_id"]
    ).description == ("Bad Request: not enough rights to send photos to the chat")


def test_restricting_is_for_supergroups(world: World, refusal: Refusal) -> None:
    world.add_group(-55, "Small", owner=1005, type="group")
    world.add_bot(-55)
    world.promote_bot(-55)
    world.add_member(-55, 1001)
    refused = refusal("restrictChatMember", chat_id=-55, user_id=1001, permissions="{}")
    assert refused.description == "Bad Request: method is available only for supergroups"


def test_out_of_the_group(world: World, refusal: Refusal, take: Take) -> None:
    world.kick_bot(GROUP)
    updates = take()
    assert kinds(updates) == ["message", "my_chat_member"]
    assert updates[0]["message"]["left_chat_member"]["id"] == 1
    refused = refusal("sendMessage", chat_id=GROUP, text="x")
    assert (refused.code, refused.description) == (403, "Forbidden: bot was kicked from the supergroup chat")
    world.send_text(1005, GROUP, "is it gone?")
    assert take() == []
    world.add_bot(GROUP)
    world.call("leaveChat", {"chat_id": GROUP})
    assert refusal("sendMessage", chat_id=GROUP, text="x").description == (
        "Forbidden: bot is not a member of the supergroup chat"
    )


def test_member_changes_and_reactions_reach_only_an_administrator(world: World, take: Take) -> None:
    message = world.send_text(1005, GROUP, "hello")
    world.react(1005, GROUP, message.id, "👍")
    world.react(1005, GROUP, message.id, "❤")
    reactions = [update["message_reaction"] for update in take() if "message_reaction" in update]
    assert [one["old_reaction"] for one in reactions] == [[], [{"type": "emoji", "emoji": "👍"}]]
    world.demote_bot(GROUP)
    take()
    world.react(1005, GROUP, message.id, "")
    world.add_member(GROUP, 1001)
    assert kinds(take()) == ["message"]


def test_moving_to_a_supergroup(world: World, refusal: Refusal, take: Take) -> None:
    old = world.add_group(-55, "Small", owner=1005, type="group")
    world.add_bot(-55)
    world.promote_bot(-55)
    take()
    new = world.upgrade_group(old)
    there, here = take()
    assert there["message"]["migrate_to_chat_id"] == new.id == here["message"]["chat"]["id"]
    assert here["message"]["migrate_from_chat_id"] == -55
    refused = refusal("sendMessage", chat_id=-55, text="x")
    assert refused.description == "Bad Request: group chat was upgraded to a supergroup chat"
    assert refused.parameters == {"migrate_to_chat_id": new.id}
    assert world.call("sendMessage", {"chat_id": new.id, "text": "x"})["chat"]["type"] == "supergroup"


def test_who_is_there(world: World, refusal: Refusal) -> None:
    world.add_member(GROUP, 1001)
    assert world.call("getChatMemberCount", {"chat_id": GROUP}) == 3
    admins = world.call("getChatAdministrators", {"chat_id": GROUP})
    assert {one["user"]["id"]: one["status"] for one in admins} == {1005: "creator", 1: "administrator"}
    assert world.call("getChatMember", {"chat_id": GROUP, "user_id": 1003})["status"] == "left"
    assert refusal("getChatMember", chat_id=GROUP, user_id=77).description == "Bad Request: PARTICIPANT_ID_INVALID"
    assert refusal("promoteChatMember", chat_id=GROUP, user_id=1001, can_pin_messages=True).description == (
        "Bad Request: not enough rights to add new admins"
    )
    world.set_bot_rights(GROUP, can_promote_members=True)
    world.call("promoteChatMember", {"chat_id": GROUP, "user_id": 1001, "can_pin_messages": True})
    assert world.call("getChatMember", {"chat_id": GROUP, "user_id": 1001})["can_pin_messages"] is True


def test_pins(world: World, refusal: Refusal) -> None:
    message = world.send_text(1005, GROUP, "House rules")
    world.call("pinChatMessage", {"chat_id": GROUP, "message_id": message.id})
    assert world.call("getChat", {"chat_id": GROUP})["pinned_message"]["text"] == "House rules"
    world.call("unpinChatMessage", {"chat_id": GROUP})
    assert "pinned_message" not in world.call("getChat", {"chat_id": GROUP})
    world.set_bot_rights(GROUP, can_pin_messages=False)
    assert refusal("pinChatMessage", chat_id=GROUP, message_id=message.id).description == (
        "Bad Request: not enough rights to manage pinned messages in the chat"
    )
