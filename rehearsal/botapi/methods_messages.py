"""Words: send, edit, copy, forward, delete, and answer a button."""

from typing import TYPE_CHECKING, Any

from rehearsal.botapi.access import (
    deletable,
    find_chat,
    find_message,
    own_message,
    readable_chat,
    writable_chat,
)
from rehearsal.botapi.markup import reply_markup, shown
from rehearsal.botapi.params import Params
from rehearsal.botapi.registry import method
from rehearsal.errors import bad
from rehearsal.formatting import caption_text, message_text
from rehearsal.html_text import Entity
from rehearsal.model import JSON, Chat, Message
from rehearsal.people_acts import forwarded
from rehearsal.state import CALLBACK_SECONDS

if TYPE_CHECKING:
    from rehearsal.world import World

MEDIA = ("photo", "document", "voice", "video", "audio", "animation", "video_note")
CHAT_ACTIONS = {
    "typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice",
    "upload_document", "choose_sticker", "find_location", "record_video_note", "upload_video_note", "cancel",
}  # fmt: skip


def lookup(world: "World") -> Any:
    """How formatting finds the person of a ``tg://user`` link."""

    def find(user_id: int) -> JSON | None:
        user = world.users.get(user_id)
        return user.json if user else None

    return find


def text_content(world: "World", p: Params) -> tuple[str, list[Entity]]:
    return message_text(p.text("text"), p.text("parse_mode"), p.raw("entities"), lookup(world))


def caption_content(world: "World", p: Params) -> JSON:
    text, entities = caption_text(
        p.text("caption"), p.text("parse_mode"), p.raw("caption_entities"), lookup(world)
    )
    content: JSON = {"caption": text} if text else {}
    return content | ({"caption_entities": entities} if entities else {})


def replied(chat: Chat, p: Params) -> Message | None:
    """The message answered, by ``reply_parameters`` or the older ``reply_to_message_id``."""
    given = p.json("reply_parameters", "reply parameters") or {}
    if not isinstance(given, dict):
        raise bad("object expected as reply parameters")
    inner = Params(given, {})
    message_id = inner.integer("message_id") or p.integer("reply_to_message_id")
    if not message_id:
        return None
    found = chat.messages.get(message_id)
    if found is None and not given.get("allow_sending_without_reply", p.boolean("allow_sending_without_reply")):
        raise bad("message to be replied not found")
    return found


def deliver(world: "World", chat: Chat, p: Params, content: JSON, markup: JSON | None) -> JSON:
    """Send what has been checked, with the options that all sending methods share."""
    reply_to = replied(chat, p)
    protected = p.boolean("protect_content")
    if protected:
        content["has_protected_content"] = True
    if p.has("message_thread_id"):
        content["message_thread_id"] = p.integer("message_thread_id")
    message = world.say(chat, world.bot.user, content | shown(markup), reply_to=reply_to, tell_bot=False)
    message.protected = protected
    message.silent = p.boolean("disable_notification")
    return message.json


@method("sendMessage")
def send_message(world: "World", p: Params) -> JSON:
    text, entities = text_content(world, p)
    markup = reply_markup(p)
    chat = writable_chat(world, p)
    content: JSON = {"text": text}
    if entities:
        content["entities"] = entities
    return deliver(world, chat, p, content, markup)


def _source(world: "World", p: Params, message_id: int, what: str) -> Message:
    chat = find_chat(world, p, "from_chat_id")
    return find_message(chat, message_id, what)


@method("forwardMessage")
def forward_message(world: "World", p: Params) -> JSON:
    message = _source(world, p, p.message_id(), "message to forward")
    if message.protected or message.service:
        raise bad("the message can't be forwarded")
    return deliver(world, writable_chat(world, p), p, forwarded(message), None)


@method("copyMessage")
def copy_message(world: "World", p: Params) -> JSON:
    message = _source(world, p, p.message_id(), "message to copy")
    if message.protected or message.service:
        raise bad("the message can't be copied")
    content = forwarded(message)
    content.pop("forward_origin")
    if p.has("caption"):
        content = {key: value for key, value in content.items() if not key.startswith("caption")}
        content |= caption_content(world, p)
    markup = reply_markup(p)
    sent = deliver(world, writable_chat(world, p), p, content, markup)
    return {"message_id": sent["message_id"]}


def _ids(p: Params) -> list[int]:
    raw = p.json("message_ids", "message identifiers")
    if not isinstance(raw, list) or not raw:
        raise bad("message identifiers are not specified")
    if len(raw) > 100:
        raise bad("too many message identifiers specified")
    return [int(one) for one in raw if str(one).lstrip("-").isdigit()]


@method("forwardMessages", "copyMessages")
def pass_on_several(world: "World", p: Params) -> list[JSON]:
    """Both kinds come out as copies with their origin; those not found are skipped."""
    source = find_chat(world, p, "from_chat_id")
    found = [source.messages[one] for one in _ids(p) if one in source.messages]
    found = [one for one in found if not one.protected and not one.service]
    if not found:
        raise bad("there are no messages to forward")
    chat = writable_chat(world, p, messages=len(found))
    return [{"message_id": deliver(world, chat, p, forwarded(one), None)["message_id"]} for one in found]


NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same "
    "as a current content and reply markup of the message"
)


def _edited(world: "World", message: Message, changed: JSON, dropped: tuple[str, ...], words: bool) -> JSON:
    before = message.json
    body = {key: value for key, value in before.items() if key not in (*dropped, "reply_markup", "edit_date")}
    body |= changed
    if body == {key: value for key, value in before.items() if key != "edit_date"}:
        raise bad(NOT_MODIFIED)
    body["edit_date"] = int(world.clock())
    message.json = body
    message.edited = message.edited or words
    world.event("edited", message.chat_id, message=message.for_phones())
    return body


def _needs_message(p: Params) -> None:
    if not p.has("chat_id") and not p.has("message_id"):
        if p.has("inline_message_id"):
            raise bad("MESSAGE_ID_INVALID")
        raise bad("message identifier is not specified")


@method("editMessageText")
def edit_message_text(world: "World", p: Params) -> JSON:
    text, entities = text_content(world, p)
    markup = reply_markup(p, inline_only=True)
    _needs_message(p)
    message = own_message(world, p)
    if "text" not in message.json:
        raise bad("there is no text in the message to edit")
    changed: JSON = {"text": text, **shown(markup)}
    if entities:
        changed["entities"] = entities
    return _edited(world, message, changed, ("text", "entities"), message.json["text"] != text)


@method("editMessageCaption")
def edit_message_caption(world: "World", p: Params) -> JSON:
    content = caption_content(world, p)
    markup = reply_markup(p, inline_only=True)
    _needs_message(p)
    message = own_message(world, p)
    if not any(kind in message.json for kind in MEDIA):
        raise bad("there is no caption in the message to edit")
    return _edited(world, message, content | shown(markup), ("caption", "caption_entities"), True)


@method("editMessageReplyMarkup")
def edit_message_reply_markup(world: "World", p: Params) -> JSON:
    markup = reply_markup(p, inline_only=True)
    _needs_message(p)
    return _edited(world, own_message(world, p), shown(markup), (), False)


@method("deleteMessage")
def delete_message(world: "World", p: Params) -> bool:
    if not p.has("chat_id"):
        raise bad("chat identifier is not specified")
    if not p.has("message_id"):
        raise bad("message identifier is not specified")
    chat = readable_chat(world, p)
    message = find_message(chat, p.message_id(), "message to delete")
    if not deletable(world, chat, message):
        raise bad("message can't be deleted for everyone")
    del chat.messages[message.id]
    world.event("deleted", chat.id, message_ids=[message.id])
    return True


@method("deleteMessages")
def delete_messages(world: "World", p: Params) -> bool:
    if not p.has("chat_id"):
        raise bad("chat identifier is not specified")
    ids = _ids(p)
    chat = readable_chat(world, p)
    found = [chat.messages[one] for one in ids if one in chat.messages]
    if not all(deletable(world, chat, message) for message in found):
        raise bad("message can't be deleted for everyone")
    for message in found:
        del chat.messages[message.id]
    if found:
        world.event("deleted", chat.id, message_ids=[message.id for message in found])
    return True


@method("answerCallbackQuery")
def answer_callback_query(world: "World", p: Params) -> bool:
    query = world.callbacks.pop(p.text("callback_query_id"), None)
    if query is None or world.clock() - query.asked > CALLBACK_SECONDS:
        raise bad("query is too old and response timeout expired or query ID is invalid")
    text = p.text("text")
    if len(text) > 200:
        raise bad("MESSAGE_TOO_LONG")
    world.event(
        "callback_answer",
        query.chat_id,
        user_id=query.user_id,
        message_id=query.message_id,
        text=text,
        alert=p.boolean("show_alert"),
    )
    return True


@method("sendChatAction")
def send_chat_action(world: "World", p: Params) -> bool:
    action = p.text("action").lower()
    if action not in CHAT_ACTIONS:
        raise bad("wrong parameter action in request")
    chat = writable_chat(world, p, messages=0)
    if chat.user is None or not chat.user.crowd:
        world.event("typing", chat.id, action=action)
    return True


@method("setMessageReaction")
def set_message_reaction(world: "World", p: Params) -> bool:
    chat = readable_chat(world, p)
    message = find_message(chat, p.message_id(), "message to react")
    wanted = p.json("reaction", "reaction types") or []
    if not isinstance(wanted, list) or len(wanted) > 1:
        raise bad("REACTIONS_TOO_MANY" if isinstance(wanted, list) else "expected an Array of ReactionType")
    if wanted and (not isinstance(wanted[0], dict) or wanted[0].get("type") != "emoji"):
        raise bad("REACTION_INVALID")
    message.reactions.pop(world.bot.id, None)
    if wanted:
        message.reactions[world.bot.id] = str(wanted[0].get("emoji", ""))
    world.event("edited", chat.id, message=message.for_phones())
    return True


def objects(p: Params, name: str, what: str) -> list[JSON]:
    """A parameter that is an array of objects."""
    found = p.json(name, what) or []
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise bad(f"expected an Array of {what}")
    return found
