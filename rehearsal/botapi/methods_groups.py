"""Groups: who is there, out with somebody, quiet for a while, rights, pins."""

from typing import TYPE_CHECKING, Any

from rehearsal.botapi.access import find_chat, find_message, group_with_right, person, readable_chat
from rehearsal.botapi.params import Params
from rehearsal.botapi.registry import method
from rehearsal.errors import bad
from rehearsal.model import ADMIN_RIGHTS, JSON, PERMISSIONS, Chat, Member, User

if TYPE_CHECKING:
    from rehearsal.world import World

MEDIA_IMPLIED = (
    "can_send_messages", "can_send_audios", "can_send_documents", "can_send_photos", "can_send_videos",
    "can_send_video_notes", "can_send_voice_notes",
)  # fmt: skip


def until_date(world: "World", p: Params) -> int:
    """Nearer than 30 seconds or further than 366 days means for ever, which is 0."""
    given = p.integer("until_date")
    ahead = given - world.clock()
    return given if 30 <= ahead <= 366 * 86400 else 0


@method("getChat")
def get_chat(world: "World", p: Params) -> JSON:
    chat = readable_chat(world, p)
    full: JSON = {
        **chat.json,
        "accent_color_id": 0,
        "max_reaction_count": 11,
        "accepted_gift_types": dict.fromkeys(
            ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels"),
            False,
        ),
    }
    if chat.is_private:
        return full
    full["permissions"] = dict(chat.permissions)
    if chat.description:
        full["description"] = chat.description
    link = chat.primary_link()
    if link is not None and world.member(chat, world.bot.id).may("can_invite_users"):
        full["invite_link"] = link.link
    pinned = next((chat.messages[one] for one in reversed(chat.pinned) if one in chat.messages), None)
    if pinned is not None:
        full["pinned_message"] = pinned.json
    return full


@method("getChatMember")
def get_chat_member(world: "World", p: Params) -> JSON:
    chat = readable_chat(world, p)
    user_id = p.user_id()
    if chat.is_private:
        user = world.users.get(user_id)
        if user is None or user_id not in (chat.id, world.bot.id):
            raise bad("member not found")
        return Member("member").as_json(user)
    user = world.users.get(user_id)
    if user is None:
        raise bad("PARTICIPANT_ID_INVALID")
    return world.member(chat, user_id).as_json(user)


@method("getChatMemberCount", "getChatMembersCount")
def get_chat_member_count(world: "World", p: Params) -> int:
    chat = readable_chat(world, p)
    if chat.is_private:
        return 2
    return sum(1 for user_id in list(chat.members) if world.member(chat, user_id).present)


@method("getChatAdministrators")
def get_chat_administrators(world: "World", p: Params) -> list[JSON]:
    chat = readable_chat(world, p)
    if chat.is_private:
        raise bad("there are no administrators in the private chat")
    return [member.as_json(world.users[user_id]) for user_id, member in chat.members.items() if member.runs]


def _target(world: "World", chat: Chat, p: Params, verb: str) -> User:
    user = person(world, p)
    if user.id == world.bot.id:
        raise bad(f"can't {verb} self")
    standing = world.member(chat, user.id)
    if standing.status == "creator":
        raise bad(f"can't {verb} chat owner")
    if standing.status == "administrator":
        raise bad("user is an administrator of the chat")
    return user


@method("banChatMember", "kickChatMember")
def ban_chat_member(world: "World", p: Params) -> bool:
    chat = group_with_right(world, p, "can_restrict_members", " to restrict/unrestrict chat member")
    user = _target(world, chat, p, "remove")
    until = until_date(world, p) if chat.type == "supergroup" else 0
    world.change_member(chat, world.bot.user, user, Member("kicked", until_date=until))
    if p.boolean("revoke_messages"):
        _forget_messages(world, chat, user.id)
    return True


def _forget_messages(world: "World", chat: Chat, user_id: int) -> None:
    ids = [one.id for one in chat.messages.values() if one.sender.id == user_id and not one.service]
    for one in ids:
        del chat.messages[one]
    if ids:
        world.event("deleted", chat.id, message_ids=ids)


@method("unbanChatMember")
def unban_chat_member(world: "World", p: Params) -> bool:
    """Without ``only_if_banned`` this also takes a present member out, as Telegram does."""
    chat = group_with_right(
        world, p, "can_restrict_members", " to restrict/unrestrict chat member", supergroup=True
    )
    user = person(world, p)
    if user.id == world.bot.id:
        raise bad("can't unban self")
    standing = world.member(chat, user.id)
    if standing.status == "creator":
        raise bad("can't remove chat owner")
    if standing.status == "left" or (p.boolean("only_if_banned") and standing.status != "kicked"):
        return True
    world.change_member(chat, world.bot.user, user, Member("left"))
    return True


def _permissions(p: Params) -> dict[str, bool]:
    raw = p.json("permissions", "permissions")
    if not isinstance(raw, dict):
        raise bad("object expected as permissions")
    given = {name: bool(raw.get(name, False)) for name in PERMISSIONS}
    if not p.boolean("use_independent_chat_permissions"):
        if given["can_send_other_messages"] or given["can_add_web_page_previews"]:
            given |= dict.fromkeys(MEDIA_IMPLIED, True)
        if given["can_send_polls"]:
            given["can_send_messages"] = True
    if "can_react_to_messages" not in raw:
        given["can_react_to_messages"] = given["can_send_messages"]
    return given


@method("restrictChatMember")
def restrict_chat_member(world: "World", p: Params) -> bool:
    rights = _permissions(p)
    chat = group_with_right(
        world, p, "can_restrict_members", " to restrict/unrestrict chat member", supergroup=True
    )
    user = _target(world, chat, p, "restrict")
    standing = world.member(chat, user.id)
    everything = all(rights[name] for name in PERMISSIONS if chat.permissions.get(name))
    if everything:
        new = Member("member" if standing.present else "left")
    else:
        new = Member("restricted", rights, until_date(world, p), is_member=standing.present)
    world.change_member(chat, world.bot.user, user, new, service=False)
    return True


@method("promoteChatMember")
def promote_chat_member(world: "World", p: Params) -> bool:
    chat = group_with_right(world, p, "can_promote_members", " to add new admins", supergroup=True)
    user = person(world, p)
    if user.id == world.bot.id:
        raise bad("can't promote self")
    if world.member(chat, user.id).status == "creator":
        raise bad("can't remove chat owner")
    if not world.member(chat, user.id).present:
        raise bad("USER_NOT_PARTICIPANT")
    rights = {name: p.boolean(name) for name in ADMIN_RIGHTS}
    mine = world.member(chat, world.bot.id)
    if any(asked and not mine.may(name) for name, asked in rights.items()):
        raise bad("RIGHT_FORBIDDEN")
    new = Member("administrator", rights | {"can_manage_chat": True}) if any(rights.values()) else Member("member")
    world.change_member(chat, world.bot.user, user, new, service=False)
    return True


@method("setChatPermissions")
def set_chat_permissions(world: "World", p: Params) -> bool:
    permissions = _permissions(p)
    chat = group_with_right(world, p, "can_restrict_members", " to change chat permissions")
    if permissions == chat.permissions:
        raise bad("CHAT_NOT_MODIFIED")
    chat.permissions = permissions
    world.event("member", chat.id)
    return True


@method("pinChatMessage")
def pin_chat_message(world: "World", p: Params) -> bool:
    chat = _pinnable(world, p)
    message = find_message(chat, p.message_id(), "message to pin")
    if message.service:
        raise bad("message can't be pinned")
    if message.id in chat.pinned:
        chat.pinned.remove(message.id)
    chat.pinned.append(message.id)
    content = {"pinned_message": {k: v for k, v in message.json.items() if k != "reply_to_message"}}
    world.say(chat, world.bot.user, content, service=True)
    return True


@method("unpinChatMessage", "unpinAllChatMessages")
def unpin_chat_message(world: "World", p: Params) -> bool:
    chat = _pinnable(world, p)
    if p.has("message_id"):
        if p.message_id() not in chat.pinned:
            raise bad("message to unpin not found")
        chat.pinned.remove(p.message_id())
    elif chat.pinned:
        chat.pinned.pop()
    world.event("state", chat.id)
    return True


def _pinnable(world: "World", p: Params) -> Chat:
    chat = find_chat(world, p)
    if chat.is_private:
        return readable_chat(world, p)
    return group_with_right(world, p, "can_pin_messages", " to manage pinned messages in the chat")


@method("leaveChat")
def leave_chat(world: "World", p: Params) -> bool:
    chat = readable_chat(world, p)
    if chat.is_private:
        raise bad("chat member status can't be changed in private chats")
    world.change_member(chat, world.bot.user, world.bot.user, Member("left"))
    return True


def _set_words(field: str, longest: int) -> Any:
    def set_it(world: "World", p: Params) -> bool:
        chat = group_with_right(world, p, "can_change_info", f" to change chat {field}")
        given = p.text(field)
        if field == "title" and not given:
            raise bad("title must be non-empty")
        if len(given) > longest:
            raise bad(f"{field} is too long")
        if field == "title":
            chat.title = given
            chat.json = {**chat.json, "title": given}
            world.say(chat, world.bot.user, {"new_chat_title": given}, service=True)
        else:
            chat.description = given
        return True

    return set_it


method("setChatTitle")(_set_words("title", 128))
method("setChatDescription")(_set_words("description", 255))
