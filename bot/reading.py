"""From Telegram's message to ours: what kind it is, every word in it, and references to what is attached."""

from __future__ import annotations

import re
from typing import Any

from telegram import Message

from core.text import clean
from people.messages import Received

_FILES = ("voice", "video", "video_note", "audio", "animation", "document", "sticker")
_HOLDS_WORDS = frozenset(
    (
        "text", "caption", "question", "title", "description", "explanation", "summary", "credit", "emoji",
        "file_name", "data",
    )
)  # fmt: skip
_OTHERS = frozenset(("chat", "from", "sender_chat", "user", "via_bot", "reply_markup"))
_OTHER_MESSAGES = frozenset(
    ("forward_origin", "reply_to_message", "external_reply", "quote", "pinned_message", "checklist_message")
)
_FILE_NAME = re.compile(r"(.*?)(\.\w{1,8})?")


def received(message: Message) -> Received:
    """Everything in a message that can hold words goes into the text, so that all of it is screened."""
    kind, words, media = _content(message)
    if message.quote and message.quote.text:
        words.append(message.quote.text)
    text = "\n".join(clean(word) for word in words if word)
    if message.media_group_id:
        media["album"] = message.media_group_id
    if message.forward_origin:
        media["forwarded"] = True
    if message.message_thread_id:
        media["thread"] = message.message_thread_id
    return Received(message.message_id, kind, text, message.edit_date or message.date, media or None)


def _content(message: Message) -> tuple[str, list[str], dict[str, Any]]:
    if message.text is not None:
        return "text", [message.text], {}
    words = [message.caption or ""]
    if message.photo:
        return "photo", words, {"file": message.photo[-1].file_id}
    for kind in _FILES:
        attached = getattr(message, kind)
        if attached is not None:
            return kind, [*words, *_said_by(kind, attached)], _reference(attached)
    if message.contact:
        contact = message.contact
        return "contact", [contact.first_name, contact.last_name or "", contact.phone_number], {}
    if message.venue:
        return "venue", [message.venue.title, message.venue.address], _place(message.venue.location)
    if message.location:
        return "location", words, _place(message.location)
    if message.poll:
        return "poll", [words_anywhere(message.poll.to_dict())], {}
    if message.live_photo:
        return "video", words, _reference(message.live_photo)
    if message.story:
        return "video", words, {}
    return "other", [_rest(message)], {}


def _rest(message: Message) -> str:
    """Every word in a message of a kind that has no line of its own above: checklists, rich messages, games."""
    return words_anywhere({name: part for name, part in message.to_dict().items() if name not in _OTHER_MESSAGES})


def _said_by(kind: str, attached: Any) -> list[str]:
    """Words that come with a file: a sticker's emoji, a document's name (without what would hide words in it)."""
    if kind == "sticker":
        return [attached.emoji or ""]
    name = _FILE_NAME.fullmatch(clean(getattr(attached, "file_name", None) or "").replace("\n", " "))
    if name is None or not name[1]:
        return []
    return [f"{re.sub(r'[._]+', ' ', name[1])} ({name[2]})" if name[2] else re.sub(r"[._]+", " ", name[1])]


def _reference(attached: Any) -> dict[str, Any]:
    reference = {"file": attached.file_id, "seconds": attached.to_dict().get("duration")}
    return {name: value for name, value in reference.items() if value is not None}


def _place(location: Any) -> dict[str, Any]:
    return {"latitude": location.latitude, "longitude": location.longitude}


def words_anywhere(raw: Any, most: int = 20_000) -> str:
    """Every word a person may have written in a raw update of any shape, in the order it stands there."""
    found: list[str] = []
    waiting = [raw]
    looked = 0
    while waiting and looked < 10_000:
        looked += 1
        value = waiting.pop()
        if isinstance(value, dict):
            inner: list[Any] = []
            for name, part in value.items():
                line = _line(part) if name in _HOLDS_WORDS else ""
                if line:
                    inner.append(_Line(line))
                elif name not in _OTHERS:
                    inner.append(part)
            waiting.extend(reversed(inner))
        elif isinstance(value, list):
            waiting.extend(reversed(value))
        elif isinstance(value, _Line):
            found.append(value)
    return clean("\n".join(found))[:most]


class _Line(str):
    """Words that were found, waiting for their turn."""

    __slots__ = ()


def _line(part: Any) -> str:
    """The words of a text, also of one in pieces, as rich messages have them: a text inside a bold one."""
    pieces: list[str] = []
    waiting = [part]
    looked = 0
    while waiting and looked < 10_000:
        looked += 1
        value = waiting.pop()
        if isinstance(value, str):
            pieces.append(value)
        elif isinstance(value, list):
            waiting.extend(reversed(value))
        elif isinstance(value, dict):
            waiting.append(value.get("text") or value.get("alternative_text") or "")
    return "".join(pieces)
