"""From what a caller sends to what Telegram keeps: plain text and entities, trimmed, checked, completed."""

import json
from collections.abc import Callable
from typing import Any

from rehearsal import utf16
from rehearsal.detect import detect
from rehearsal.errors import ApiError, bad
from rehearsal.html_text import Entity, checked_link, parse_html

MAX_TEXT = 4096
MAX_CAPTION = 1024
MARKED = {
    "bold", "italic", "underline", "strikethrough", "spoiler", "blockquote", "expandable_blockquote", "code",
    "pre", "text_link", "text_mention", "custom_emoji",
}  # fmt: skip
FOUND = {"mention", "hashtag", "cashtag", "bot_command", "url", "email", "phone_number"}
CLOSED = {"code", "pre"}

UserLookup = Callable[[int], dict[str, Any] | None]


def given_entities(raw: Any, users: UserLookup) -> list[Entity]:
    """Entities the caller counted out itself. Unknown kinds are refused, found kinds are found again."""
    if isinstance(raw, str):
        try:
            raw = json.loads(raw)
        except ValueError:
            raise bad("can't parse entities JSON object") from None
    if not isinstance(raw, list):
        raise bad("expected an Array of MessageEntity")
    kept: list[Entity] = []
    for item in raw:
        if not isinstance(item, dict):
            raise bad("can't parse MessageEntity: expected an Object")
        kind, offset, length = item.get("type"), item.get("offset"), item.get("length")
        if not isinstance(offset, int) or not isinstance(length, int):
            raise bad('can\'t parse MessageEntity: Field "offset" must be of type Number')
        if kind in FOUND:
            continue
        if kind not in MARKED:
            raise bad("can't parse MessageEntity: Unsupported type specified")
        entity: Entity = {"type": kind, "offset": offset, "length": length}
        if kind == "text_link":
            link = checked_link(str(item.get("url", "")))
            if link is None:
                continue
            entity["url"] = link
        elif kind == "text_mention":
            entity["user_id"] = int((item.get("user") or {}).get("id", 0))
        elif kind == "custom_emoji":
            entity["custom_emoji_id"] = str(item.get("custom_emoji_id", ""))
        elif kind == "pre" and item.get("language"):
            entity["language"] = str(item["language"])
        if length > 0 and offset >= 0:
            kept.append(entity)
    return kept


def _trim(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    """Spaces before and after a message are not kept; the entities move with the text."""
    trimmed = text.strip()
    if trimmed == text and not entities:
        return text, entities
    lead = utf16.length(text[: len(text) - len(text.lstrip())])
    end = utf16.length(trimmed)
    moved = []
    for entity in entities:
        start = max(entity["offset"] - lead, 0)
        stop = min(entity["offset"] + entity["length"] - lead, end)
        if stop > start:
            moved.append({**entity, "offset": start, "length": stop - start})
    return trimmed, moved


def _overlaps(one: Entity, other: Entity) -> bool:
    first, second = int(one["offset"]), int(other["offset"])
    return bool(first < second + int(other["length"]) and second < first + int(one["length"]))


def _settle(text: str, marked: list[Entity], users: UserLookup) -> list[Entity]:
    """Nothing nests in code; what Telegram finds itself yields to code and to links somebody made."""
    closed = [entity for entity in marked if entity["type"] in CLOSED]
    kept = [e for e in marked if e in closed or not any(_overlaps(e, c) for c in closed)]
    holds = [e for e in kept if e["type"] in CLOSED or e["type"] in ("text_link", "text_mention")]
    kept += [found for found in detect(text) if not any(_overlaps(found, held) for held in holds)]
    settled = []
    for entity in kept:
        if entity["type"] == "text_mention":
            user = users(entity.pop("user_id"))
            if user is None:
                continue
            entity["user"] = user
        settled.append(entity)
    settled.sort(key=lambda entity: (entity["offset"], -entity["length"]))
    return settled


def formatted(text: str, parse_mode: str, entities: Any, users: UserLookup) -> tuple[str, list[Entity]]:
    """Plain text and all its entities. Raises ApiError where Telegram cannot parse the mark-up."""
    if not utf16.is_whole(text):
        raise bad("strings must be encoded in UTF-8")
    mode = parse_mode.lower()
    marked: list[Entity] = []
    if mode == "html":
        text, marked = parse_html(text)
    elif mode in ("markdown", "markdownv2"):
        raise ApiError(501, f"Not Implemented: the rehearsal does not parse {parse_mode}, only HTML")
    elif mode and mode != "none":
        raise bad("unsupported parse_mode")
    elif entities:
        marked = given_entities(entities, users)
    text, marked = _trim(text.replace("\r\n", "\n").replace("\0", ""), marked)
    return text, _settle(text, marked, users) if marked else detect(text)


def message_text(text: str, parse_mode: str, entities: Any, users: UserLookup) -> tuple[str, list[Entity]]:
    """The text of a message: there must be some, and not more than Telegram takes."""
    if not text:
        raise bad("message text is empty")
    plain, found = formatted(text, parse_mode, entities, users)
    if not plain:
        raise bad("text must be non-empty")
    if utf16.length(plain) > MAX_TEXT:
        raise bad("message is too long")
    return plain, found


def caption_text(text: str, parse_mode: str, entities: Any, users: UserLookup) -> tuple[str, list[Entity]]:
    """A caption may be empty and is shorter."""
    plain, found = formatted(text, parse_mode, entities, users)
    if utf16.length(plain) > MAX_CAPTION:
        raise bad("message caption is too long")
    return plain, found
