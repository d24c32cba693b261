"""Whom the bot may reach and what it may do there, with Telegram's refusals."""

from typing import TYPE_CHECKING

from rehearsal.botapi.params import Params
from rehearsal.errors import ApiError, bad, forbidden, too_many
from rehearsal.model import MEDIA_PERMISSION, Chat, Member, Message, User

if TYPE_CHECKING:
    from rehearsal.world import World

DELETABLE_SECONDS = 48 * 3600


def find_chat(world: "World", p: Params, name: str = "chat_id") -> Chat:
    """The chat of a call, whether or not the bot may do anything there."""
    given = p.text(name)
    if not given:
        raise bad("chat_id is empty")
    if given.startswith("@"):
        wanted = given[1:].lower()
        for chat in world.chats.values():
            if str(chat.json.get("username", "")).lower() == wanted and not chat.is_private:
                return chat
        raise bad("chat not found")
    try:
        chat_id = int(given)
    except ValueError:
        raise bad("chat not found") from None
    if chat_id == world.bot.id:
        raise forbidden("bots can't send messages to bots")
    found = world.chats.get(chat_id)
    if found is None:
        raise bad("chat not found")
    return found


def _in_group(world: "World", chat: Chat) -> Member:
    member = world.member(chat, world.bot.id)
    kind = "group" if chat.type == "group" else "supergroup"
    if member.status == "kicked":
        raise forbidden(f"bot was kicked from the {kind} chat")
    if not member.present:
        raise forbidden(f"bot is not a member of the {kind} chat")
    return member


def _not_moved(chat: Chat) -> None:
    if chat.migrated_to is not None:
        raise ApiError(
            400,
            "Bad Request: group chat was upgraded to a supergroup chat",
            {"migrate_to_chat_id": chat.migrated_to},
        )


def readable_chat(world: "World", p: Params) -> Chat:
    chat = find_chat(world, p)
    if not chat.is_private:
        _in_group(world, chat)
    return chat


def writable_chat(world: "World", p: Params, kind: str = "text", messages: int = 1) -> Chat:
    """Where the bot may send this now. Raises the refusal, the speed limit last."""
    chat = find_chat(world, p)
    if chat.user is not None:
        _person_reachable(world, chat.user)
    else:
        _not_moved(chat)
        member = _in_group(world, chat)
        permission, words = MEDIA_PERMISSION.get(kind, ("can_send_messages", "text messages"))
        if not member.runs and not world.allowed(chat, world.bot.id, permission):
            raise bad(f"not enough rights to send {words} to the chat")
    if world.limits is not None and messages:
        wait = world.limits.retry_after(chat.id, messages)
        if wait:
            raise too_many(wait)
    return chat


def _person_reachable(world: "World", user: User) -> None:
    bot = world.bot
    if user.deactivated:
        raise forbidden("user is deactivated")
    if user.id in bot.blocked:
        raise forbidden("bot was blocked by the user")
    if user.id in bot.started:
        return
    if bot.may_write_until.get(user.id, 0) <= world.clock():
        raise forbidden("bot can't initiate conversation with a user")


def group_with_right(world: "World", p: Params, right: str, to: str, supergroup: bool = False) -> Chat:
    """A group in which the bot holds a right; else "not enough rights to ..."."""
    chat = find_chat(world, p)
    if chat.is_private:
        raise bad("method is available only for supergroups" if supergroup else "chat not found")
    _not_moved(chat)
    member = _in_group(world, chat)
    if supergroup and chat.type != "supergroup":
        raise bad("method is available only for supergroups")
    if not member.may(right):
        raise bad(f"not enough rights{to}")
    return chat


def find_message(chat: Chat, message_id: int, what: str) -> Message:
    message = chat.messages.get(message_id)
    if message is None:
        raise bad(f"{what} not found")
    return message


def own_message(world: "World", p: Params) -> Message:
    """A message of the bot's that it may edit."""
    chat = find_chat(world, p)
    if not chat.is_private:
        _not_moved(chat)
        _in_group(world, chat)
    message = find_message(chat, p.message_id(), "message to edit")
    if message.sender is not world.bot.user or message.service or "forward_origin" in message.json:
        raise bad("message can't be edited")
    return message


def deletable(world: "World", chat: Chat, message: Message) -> bool:
    """Less than 48 hours old, and the bot's own, or in a private chat, or the bot may delete in the group."""
    if world.clock() - message.date >= DELETABLE_SECONDS or "migrate_from_chat_id" in message.json:
        return False
    if chat.is_private or message.sender is world.bot.user:
        return True
    member = world.member(chat, world.bot.id)
    return member.runs if chat.type == "group" else member.may("can_delete_messages")


def person(world: "World", p: Params) -> User:
    found = world.users.get(p.user_id())
    if found is None:
        raise bad("user not found")
    return found
