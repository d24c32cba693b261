"""From Telegram's message to ours: what kind it is, every word in it, and references to what is attached."""

from __future__ import annotations

from typing import Any

from telegram import Message

from core.text import clean
from people.messages import Received

_FILES = ("voice", "video", "video_note", "audio", "animation", "document", "sticker")


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
        return "poll", [message.poll.question, *(option.text for option in message.poll.options)], {}
    if message.story:
        return "story", words, {}
    return "other", words, {}


def _said_by(kind: str, attached: Any) -> list[str]:
    """Words that come with a file: a sticker's emoji, a document's name."""
    if kind == "sticker":
        return [attached.emoji or ""]
    return [getattr(attached, "file_name", None) or ""]


def _reference(attached: Any) -> dict[str, Any]:
    reference = {"file": attached.file_id, "seconds": getattr(attached, "duration", None)}
    if reference["seconds"] is not None and hasattr(reference["seconds"], "total_seconds"):
        reference["seconds"] = int(reference["seconds"].total_seconds())
    return {name: value for name, value in reference.items() if value is not None}


def _place(location: Any) -> dict[str, Any]:
    return {"latitude": location.latitude, "longitude": location.longitude}


def words_anywhere(raw: Any, most: int = 20_000) -> str:
    """Every word a person may have written in a raw update of any shape; for those that cannot be read."""
    found: list[str] = []
    waiting = [raw]
    looked = 0
    while waiting and looked < 10_000:
        looked += 1
        value = waiting.pop(0)
        if isinstance(value, dict):
            for name, inner in value.items():
                if isinstance(inner, str):
                    if name in {"text", "caption", "question", "emoji", "file_name", "data"}:
                        found.append(inner)
                else:
                    waiting.append(inner)
        elif isinstance(value, list):
            waiting.extend(value)
    return clean("\n".join(found))[:most]
