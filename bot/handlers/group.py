"""The parents' group: linking it, who may join, everything written in it, its rights and its new ids.

Every message, caption and edit is screened, trusted members included. Nothing is deleted and nobody
is banned by the machine. The bot hardly speaks here, and never about a person.
"""

from __future__ import annotations

from typing import Any

from telegram import ChatMember, ChatMemberAdministrator, Message, Update

from bot import menus, words
from bot.handlers.start import ask_consent
from bot.reading import received
from bot.turn import Turn, TurnContext
from bot.updates import CHANNEL
from core import outbox
from core.taps import write
from moderation import service as moderation
from people import conversations, invites
from people.models import Conversation, Person

RIGHTS = ("can_delete_messages", "can_restrict_members", "can_invite_users", "can_pin_messages")
PRESENT = {"member", "administrator", "creator", "owner", "restricted"}


def show_group(turn: Turn) -> None:
    """How to join, or what is still needed for it."""
    person = turn.person()
    group = conversations.linked_group(turn.session, CHANNEL)
    if person.invite_id is None:
        turn.show(person, words.GROUP_NO_CODE, [[menus.TALK], [menus.HOME]])
    elif person.consent != "yes":
        rows = [[outbox.Button(words.PRIVACY, write("privacy"))], [menus.HOME]]
        turn.show(person, words.GROUP_NO_CONSENT, rows)
    elif group is None or group.invite_link is None:
        turn.show(person, words.GROUP_NOT_YET, [[menus.HOME]])
    else:
        text = words.GROUP_JOIN.format(hours=turn.ways.hours.spoken_hours())
        join = outbox.Button(words.JOIN_BUTTON, url=group.invite_link.reveal())
        turn.show(person, text, [[join], [menus.HOME]])


async def group_menu(update: Update, context: TurnContext) -> None:
    show_group(context.turn)


async def link(update: Update, context: TurnContext) -> None:
    """/link CODE, sent once in the group by an administrator who has the code from the console."""
    turn, chat = context.turn, update.effective_chat
    assert chat is not None
    code = context.args[0] if context.args else ""
    try:
        invites.use_invite(turn.session, code, "group", turn.at)
    except invites.InviteRefused:
        if conversations.group(turn.session, CHANNEL, chat.id) is None:
            turn.put_to(chat.id, outbox.Say(words.GROUP_LINK_REFUSED))
        else:
            await written(update, context)  # in the parents' group "/link he has hurt us" is words, not a code
        return
    conversations.link_group(turn.session, CHANNEL, chat.id, turn.at)
    notice = words.GROUP_NOTICE.format(service=turn.service, hours=turn.ways.hours.spoken_hours())
    turn.put_to(chat.id, outbox.Say(f"{words.GROUP_LINKED}\n\n{notice}"))
    turn.put_to(chat.id, outbox.MakeLink(turn.service))


async def written(update: Update, context: TurnContext) -> None:
    """A message in the group, new or edited."""
    turn, message, chat = context.turn, update.effective_message, update.effective_chat
    assert message is not None
    assert chat is not None
    if message.migrate_to_chat_id is not None:
        conversations.move_group(turn.session, CHANNEL, chat.id, message.migrate_to_chat_id)
        turn.put_to(message.migrate_to_chat_id, outbox.MakeLink(turn.service))
        return
    if message.migrate_from_chat_id is not None:
        conversations.move_group(turn.session, CHANNEL, message.migrate_from_chat_id, chat.id)
        return
    group = conversations.group(turn.session, CHANNEL, chat.id)
    if group is None:
        return  # some other group: none of our business, and nothing of it is kept
    _membership_from(turn, group, message)
    author = _author(turn, message)
    incoming = received(message)
    if author is None or (incoming.kind == "other" and not incoming.text):
        return
    moderation.hear(turn.session, turn.ways, author, group, incoming, turn.at)


def _author(turn: Turn, message: Message) -> Person | None:
    """Who wrote it; None for bots. An administrator may write as the group, and anybody as a channel of theirs:
    Telegram then names a bot as the sender, and the chat in whose name it was written."""
    if message.sender_chat is not None:
        return turn.known(message.sender_chat.id, message.sender_chat.title)
    user = message.from_user
    return None if user is None or user.is_bot else turn.known(user.id, user.first_name)


def _membership_from(turn: Turn, group: Conversation, message: Message) -> None:
    """Service messages tell who came and went where the bot hears of no member changes."""
    for user in message.new_chat_members or ():
        if not user.is_bot:
            _came(turn, group, turn.known(user.id, user.first_name))
    if message.left_chat_member is not None and not message.left_chat_member.is_bot:
        gone = turn.known(message.left_chat_member.id, message.left_chat_member.first_name)
        conversations.set_standing(turn.session, group, gone, "left", turn.at)


def _came(turn: Turn, group: Conversation, person: Person) -> None:
    """Somebody is in. Whoever asked is told so now, and not before it is true."""
    if conversations.standing(turn.session, group, person) == "asked":
        turn.say(person, words.JOINED)
    conversations.set_standing(turn.session, group, person, "member", turn.at)


async def asked_to_join(update: Update, context: TurnContext) -> None:
    """Somebody asks to join: let in with consent and an invite, otherwise told kindly what is missing.

    Who never pressed Start can be written to only until their request is answered: the words go first.
    """
    turn, request = context.turn, update.chat_join_request
    assert request is not None
    group = conversations.group(turn.session, CHANNEL, request.chat.id)
    if group is None:
        return
    person = turn.person()
    welcome = person.consent == "yes" and person.invite_id is not None
    if person.invite_id is None:
        turn.say(person, words.JOIN_NEEDS_CODE, menus.home())
    elif not welcome:
        ask_consent(turn, person, words.JOIN_NEEDS_CONSENT)
    turn.put_to(
        int(group.address.reveal()),
        outbox.LetIn(request.from_user.id, welcome),
        outbox.PROMPT,
        {"what": "join", "person": person.id},
        behind=person,
    )
    conversations.set_standing(turn.session, group, person, "asked" if welcome else "refused", turn.at)


async def member_changed(update: Update, context: TurnContext) -> None:
    """Somebody came, left or was removed by a person."""
    turn, change = context.turn, update.chat_member
    assert change is not None
    group = conversations.group(turn.session, CHANNEL, change.chat.id)
    user = change.new_chat_member.user
    if group is None or user.is_bot:
        return
    person = turn.known(user.id, user.first_name)
    if _present(change.new_chat_member):
        _came(turn, group, person)
    else:
        conversations.set_standing(turn.session, group, person, "left", turn.at)


def _present(member: ChatMember) -> bool:
    return member.status in PRESENT and getattr(member, "is_member", True) is not False


async def own_rights(update: Update, context: TurnContext) -> None:
    """What the bot may do in the group changed; the console says what is missing."""
    turn, change = context.turn, update.my_chat_member
    assert change is not None
    group = conversations.group(turn.session, CHANNEL, change.chat.id)
    if group is not None:
        conversations.note_rights(turn.session, group, rights_of(change.new_chat_member))


def rights_of(member: ChatMember) -> dict[str, Any]:
    """A member's standing and rights as plain data."""
    rights: dict[str, Any] = {"status": member.status}
    if isinstance(member, ChatMemberAdministrator):
        rights.update({right: bool(getattr(member, right, False)) for right in RIGHTS})
    return rights
