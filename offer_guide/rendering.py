"""An entry as words on a phone, and its texts as safe HTML. Pure: views in, strings out."""

from __future__ import annotations

import re

import nh3
from markdown_it import MarkdownIt

from offer_guide.views import AREA_WORDS, EntryView

PAGE_MOST = 3500
"""UTF-16 units on one page: Telegram takes 4,096, and counts so."""

_FOOT = 32  # room for "\n\n12 of 34"
_LIST_MARK = re.compile(r"^[ \t]*[-*+•][ \t]+", re.MULTILINE)
_MARKDOWN = MarkdownIt("commonmark", {"html": False})
_TAGS = {"p", "ul", "ol", "li", "strong", "em", "a", "h2", "h3"}


def for_phone(entry: EntryView) -> list[str]:
    """The entry as one or more messages, in the mark-up of `core.outbox.Say` (`**bold**` and nothing else).

    Pages hold at most PAGE_MOST units, each under the title; they end where a section or a paragraph
    does, or a sentence or word where one paragraph is longer than a page.
    """
    title = f"**{_plain(entry.title)}**"
    room = PAGE_MOST - _units(title) - 2 - _FOOT
    pages = _packed([_divided(part, room) for part in _parts(entry)], room)
    if len(pages) == 1:
        return [f"{title}\n\n{pages[0]}"]
    return [f"{title}\n\n{page}\n\n{number} of {len(pages)}" for number, page in enumerate(pages, start=1)]


def to_html(text: str) -> str:
    """A field's text (CommonMark) as HTML that is safe in a page: no raw HTML, few tags, no odd links."""
    clean = text.encode("utf-8", "replace").decode()
    return nh3.clean(
        _MARKDOWN.render(clean),
        tags=_TAGS,
        attributes={"a": {"href"}},
        url_schemes={"http", "https", "tel"},
        url_relative="deny",
        link_rel="noopener",
    ).strip()


def _plain(text: str) -> str:
    """Text as it stands: list marks become bullets, and no asterisk is left that could start bold."""
    return _LIST_MARK.sub("• ", text.replace("\r\n", "\n")).replace("*", "∗").strip()


def _parts(entry: EntryView) -> list[list[str]]:
    """The sections of an entry, each as its paragraphs; a heading stays with its first paragraph."""
    facts = [f"From: {_plain(entry.agency)}", f"Where: {_places(entry.areas)}"]
    if entry.ages.strip():
        facts.append(f"Ages: {_plain(entry.ages)}")
    parts = [[_plain(entry.summary), entry.duty_words, "\n".join(facts)]]
    for heading, text in entry.sections:
        first, *others = _paragraphs(text) or [""]
        parts.append([f"**{heading}**\n{first}".rstrip(), *others])
    if entry.phones:
        numbers = [
            f"{_plain(phone.label)}: {_plain(phone.number)}\n{_plain(phone.hours)}" for phone in entry.phones
        ]
        parts.append([f"**Ring or text**\n{numbers[0]}".rstrip(), *(number.rstrip() for number in numbers[1:])])
    if entry.links:
        links = [f"{_plain(link.label)}:\n{link.url.replace('*', '%2A')}" for link in entry.links]
        parts.append([f"**Look online**\n{links[0]}", *links[1:]])
    checked = f"Last checked {entry.last_checked.day} {entry.last_checked:%B %Y}."
    source = _plain(entry.source_date).rstrip(".")
    parts.append([f"{checked} Source date: {source}." if source else checked])
    return parts


def _places(areas: tuple[str, ...]) -> str:
    return ", ".join(AREA_WORDS.get(area, area) for area in areas)


def _paragraphs(text: str) -> list[str]:
    return [paragraph for block in re.split(r"\n[ \t]*\n", text) if (paragraph := _plain(block))]


def _divided(paragraphs: list[str], room: int) -> list[str]:
    """The same paragraphs, none longer than `room`."""
    divided: list[str] = []
    for paragraph in paragraphs:
        rest = paragraph
        while _units(rest) > room:
            place = _break(rest, room)
            divided.append(rest[:place].rstrip())
            rest = rest[place:].lstrip()
        if rest:
            divided.append(rest)
    return divided


def _break(text: str, room: int) -> int:
    """Where to end a page inside a long paragraph: after a line, a sentence or a word, in that order."""
    most = _fitting(text, room)
    window = text[:most]
    line = window.rfind("\n")
    if line > most // 2:
        return line
    sentence = max((found.end() for found in re.finditer(r"[.?]\s", window)), default=0)
    if sentence > most // 2:
        return sentence
    if most < len(text) and text[most].isspace():
        return most
    word = max((found.start() for found in re.finditer(r"\s", window)), default=0)
    return word or most


def _fitting(text: str, room: int) -> int:
    """How many characters of `text` fit in `room` UTF-16 units; at least one."""
    used = 0
    for place, character in enumerate(text):
        used += 2 if character > "\uffff" else 1
        if used > room:
            return max(place, 1)
    return len(text)


def _packed(parts: list[list[str]], room: int) -> list[str]:
    """Sections onto pages: a section moves on whole, unless that would leave more than half a page empty."""
    pages: list[str] = []
    page = ""
    for part in parts:
        whole = "\n\n".join(part)
        moves_on = _units(whole) <= room and _units(page) >= room // 2
        if page and not _fits(page, whole, room) and moves_on:
            pages.append(page)
            page = ""
        for paragraph in part:
            if page and not _fits(page, paragraph, room):
                pages.append(page)
                page = ""
            page = f"{page}\n\n{paragraph}" if page else paragraph
    return [*pages, page]


def _fits(page: str, more: str, room: int) -> bool:
    return _units(page) + 2 + _units(more) <= room


def _units(text: str) -> int:
    return len(text) + sum(1 for character in text if character > "\uffff")
