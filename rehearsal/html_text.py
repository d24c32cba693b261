"""Telegram's HTML: which tags it knows, and its words for what does not parse."""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from rehearsal import utf16
from rehearsal.errors import ApiError, bad

Entity = dict[str, Any]

KINDS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "tg-emoji": "custom_emoji",
    "a": "text_link",
    "pre": "pre",
    "code": "code",
    "blockquote": "blockquote",
}
NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}

_SPECIAL = re.compile(r"[<&]")
_NAME = re.compile(r"[^ \t\r\n\v\0>]*")
_ATTRIBUTE = re.compile(r"[^ \t\r\n\v\0=]*")
_SPACE = re.compile(r"[ \t\r\n\v\0]*")
_TOKEN = re.compile(r"[A-Za-z0-9.\-]*")
_REFERENCE = re.compile(r"&(?:#[xX]([0-9a-fA-F]{1,7})|#([0-9]{1,7})|([A-Za-z]+));?")


def checked_link(url: str) -> str | None:
    """The address as Telegram keeps it, or None where it silently drops the link (``tel:``, ``mailto:``)."""
    url = url.strip()
    if not url or re.search(r"\s", url):
        return None
    if "://" not in url:
        if re.match(r"[A-Za-z][A-Za-z0-9+.\-]*:(?!\d)", url):
            return None
        url = f"http://{url}"
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return None
    if parts.scheme.lower() in ("tg", "ton"):
        return url
    if parts.scheme.lower() not in ("http", "https") or "." not in host.strip("."):
        return None
    return url if parts.path or parts.query or parts.fragment else f"{url}/"


def mentioned_user(url: str) -> int | None:
    """The person of a ``tg://user?id=`` link."""
    if not url.lower().startswith("tg://user?"):
        return None
    ids = parse_qs(urlsplit(url).query).get("id", [""])
    return int(ids[0]) if ids[0].isdigit() else None


@dataclass
class _Open:
    tag: str
    argument: str
    offset: int
    piece: int
    expandable: bool = False


class _Reader:
    """Reads one text once, from left to right, keeping the tags that are still open."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.at = 0
        self.pieces: list[str] = []
        self.offset = 0
        self.open: list[_Open] = []
        self.entities: list[Entity] = []

    def fail(self, text: str, at: int | None = None) -> ApiError:
        where = "" if at is None else f" at byte offset {len(self.source[:at].encode())}"
        return bad(f"can't parse entities: {text}{where}")

    def say(self, text: str) -> None:
        if text:
            self.pieces.append(text)
            self.offset += utf16.length(text)

    def read(self) -> tuple[str, list[Entity]]:
        source = self.source
        while found := _SPECIAL.search(source, self.at):
            self.say(source[self.at : found.start()])
            self.at = found.start()
            if source[self.at] == "&":
                self.say(self.reference())
            elif source.startswith("</", self.at):
                self.end_tag()
            else:
                self.start_tag()
        self.say(source[self.at :])
        if self.open:
            raise self.fail(f'Can\'t find end tag corresponding to start tag "{self.open[-1].tag}"')
        text = "".join(self.pieces)
        if not utf16.is_whole(text):
            raise self.fail(
                "Text contains invalid Unicode characters after decoding HTML entities, "
                "check for unmatched surrogate code units"
            )
        return text, self.entities

    def reference(self) -> str:
        """``&amp;`` and its kin; what is not known stays as written."""
        found = _REFERENCE.match(self.source, self.at)
        character = ""
        if found:
            hexadecimal, decimal, name = found.groups()
            if name:
                character = NAMED.get(name, "")
            else:
                code = int(hexadecimal, 16) if hexadecimal else int(decimal)
                character = chr(code) if 0 < code < 0x10FFFF else ""
        if not found or not character:
            self.at += 1
            return "&"
        self.at = found.end()
        return character

    def skip(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self.source, self.at)
        assert found is not None
        self.at = found.end()
        return found.group()

    def peek(self) -> str:
        return self.source[self.at] if self.at < len(self.source) else ""

    def start_tag(self) -> None:
        begin = self.at
        self.at += 1
        tag = self.skip(_NAME).lower()
        if not self.peek():
            raise self.fail("Unclosed start tag", begin)
        if tag not in KINDS:
            raise self.fail(f'Unsupported start tag "{tag}"', begin)
        opened = _Open(tag, "", self.offset, len(self.pieces))
        while True:
            self.skip(_SPACE)
            if self.peek() == ">":
                break
            self.attribute(opened, begin)
        self.at += 1
        if tag == "span" and opened.argument != "spoiler":
            raise self.fail('Tag "span" must have class "tg-spoiler"', begin)
        self.open.append(opened)

    def attribute(self, opened: _Open, begin: int) -> None:
        tag = opened.tag
        if tag == "blockquote" and re.compile(r"expandable(?=[\s>])").match(self.source, self.at):
            self.at += len("expandable")
            opened.expandable = True
            return
        name = self.skip(_ATTRIBUTE)
        if not name:
            raise self.fail(f'Empty attribute name in the tag "{tag}"', begin)
        self.skip(_SPACE)
        if self.peek() != "=":
            raise self.fail(f'Expected equal sign in declaration of an attribute of the tag "{tag}"', begin)
        self.at += 1
        self.skip(_SPACE)
        if not self.peek():
            raise self.fail(f'Unclosed start tag "{tag}"', begin)
        value = self.attribute_value(begin)
        if (tag, name) == ("a", "href") or (tag, name) == ("tg-emoji", "emoji-id"):
            opened.argument = value
        elif (tag, name) == ("code", "class") and value.startswith("language-"):
            opened.argument = value.removeprefix("language-")
        elif (tag, name) == ("span", "class") and value.startswith("tg-"):
            opened.argument = value.removeprefix("tg-")

    def attribute_value(self, begin: int) -> str:
        quote = self.peek()
        if quote not in "'\"":
            token_begin = self.at
            value = self.skip(_TOKEN).lower()
            if self.peek() and not self.peek().isspace() and self.peek() != ">":
                raise self.fail("Unexpected end of name token", token_begin)
        else:
            self.at += 1
            characters: list[str] = []
            while self.peek() and self.peek() != quote:
                if self.peek() == "&":
                    characters.append(self.reference())
                else:
                    characters.append(self.peek())
                    self.at += 1
            self.at += 1
            value = "".join(characters)
        if not self.peek():
            raise self.fail("Unclosed start tag", begin)
        return value

    def end_tag(self) -> None:
        begin = self.at
        if not self.open:
            raise self.fail("Unexpected end tag", begin)
        self.at += 2
        tag = self.skip(_NAME).lower()
        self.skip(_SPACE)
        if self.peek() != ">":
            raise self.fail("Unclosed end tag", begin)
        self.at += 1
        opened = self.open[-1]
        if tag and tag != opened.tag:
            raise bad(
                f"can't parse entities: Unmatched end tag at byte offset {len(self.source[:begin].encode())}, "
                f'expected "</{opened.tag}>", found "</{tag}>"'
            )
        self.open.pop()
        if self.offset > opened.offset:
            self.close(opened)

    def close(self, opened: _Open) -> None:
        entity: Entity = {
            "type": KINDS[opened.tag],
            "offset": opened.offset,
            "length": self.offset - opened.offset,
        }
        last = self.entities[-1] if self.entities else {}
        same_place = (last.get("offset"), last.get("length")) == (entity["offset"], entity["length"])
        if opened.tag == "a":
            url = opened.argument or "".join(self.pieces[opened.piece :])
            user = mentioned_user(url)
            if user is not None:
                entity |= {"type": "text_mention", "user_id": user}
            else:
                link = checked_link(url)
                if link is None:
                    return
                entity["url"] = link
        elif opened.tag == "tg-emoji":
            if not opened.argument.isdigit() or int(opened.argument) == 0:
                raise self.fail("Invalid custom emoji identifier specified")
            entity["custom_emoji_id"] = opened.argument
        elif opened.tag == "blockquote" and opened.expandable:
            entity["type"] = "expandable_blockquote"
        elif opened.tag == "pre" and same_place and last.get("type") == "code" and "language" in last:
            last["type"] = "pre"
            return
        elif opened.tag == "code" and opened.argument:
            if same_place and last.get("type") == "pre":
                last["language"] = opened.argument
                return
            entity["language"] = opened.argument
        self.entities.append(entity)


def parse_html(source: str) -> tuple[str, list[Entity]]:
    """The plain text and its entities, offsets in UTF-16 units. Raises ApiError in Telegram's words."""
    text, entities = _Reader(source).read()
    for entity in entities:
        if entity["type"] == "code":
            entity.pop("language", None)
    entities.sort(key=lambda entity: (entity["offset"], -entity["length"]))
    return text, entities
