"""What can be told from a raw update before anybody tries to understand it. Never raises."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from core.inbox import Arrival
from core.text import clean
from people.service import lane

CHANNEL = "telegram"
KINDS = (
    "message",
    "edited_message",
    "callback_query",
    "my_chat_member",
    "chat_member",
    "chat_join_request",
    "message_reaction",
)
"""Asked for by name, since leaving `allowed_updates` out means "as set before"."""

_LONGEST_ID = 2**62


def arrival(raw: Any) -> Arrival:
    """An update as the inbox takes it. One without a usable number gets one made from its content."""
    number = raw.get("update_id") if isinstance(raw, Mapping) else None
    if not isinstance(number, int) or isinstance(number, bool) or abs(number) > _LONGEST_ID:
        digest = hashlib.sha256(json.dumps(raw, sort_keys=True, default=str).encode()).digest()
        number = -int.from_bytes(digest[:7], "big")
    return Arrival(number, _lane(raw), raw)


def _lane(raw: Any) -> str:
    """The chat an update belongs to. A request to join belongs to the one-to-one chat of who asks."""
    if isinstance(raw, Mapping):
        if "chat_join_request" in raw:
            chat = _inner(raw, "chat_join_request", "from")
        else:
            content = next((raw[kind] for kind in raw if kind != "update_id"), None)
            holder = content.get("message") if isinstance(content, Mapping) and "chat" not in content else content
            chat = _inner(holder, "chat") or _inner(content, "from")
        identity = chat.get("id") if isinstance(chat, Mapping) else None
        if isinstance(identity, int):
            return lane(CHANNEL, identity)
    return lane(CHANNEL, "unknown")


def _inner(value: Any, *names: str) -> Any:
    for name in names:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def sender(raw: Any) -> tuple[int, str] | None:
    """Who sent a raw update, as (id, name), if that can be told."""
    if not isinstance(raw, Mapping):
        return None
    content = next((raw[kind] for kind in raw if kind != "update_id"), None)
    person = _inner(content, "from")
    identity = _inner(person, "id")
    if not isinstance(identity, int) or isinstance(identity, bool) or abs(identity) > _LONGEST_ID:
        return None
    name = _inner(person, "first_name")
    return identity, name if isinstance(name, str) else ""


def message_number(raw: Any) -> tuple[int, int] | None:
    """The chat and the number of the message in a raw update, if there is one."""
    content = _inner(raw, "message") or _inner(raw, "edited_message")
    chat, number = _inner(content, "chat", "id"), _inner(content, "message_id")
    return (chat, number) if _usable(chat) and _usable(number) else None


def _usable(number: Any) -> bool:
    return isinstance(number, int) and not isinstance(number, bool) and abs(number) < _LONGEST_ID


def plain_text(raw: Any) -> str:
    """The words of a message that is nothing but words, as they will be screened; "" for anything else."""
    text = _inner(raw, "message", "text")
    return clean(text) if isinstance(text, str) else ""
