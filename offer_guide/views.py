"""What the guide shows: values that search, rendering and the two faces work with. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

HEADINGS = (
    ("what_it_is", "What it is"),
    ("who_can_get_it", "Who can get it"),
    ("how_much", "How much"),
    ("how_to_ask", "How to ask"),
    ("words_to_say", "Words you can use"),
    ("if_told_no", "If you are told no"),
    ("who_can_help", "Who can help you ask"),
)

DUTY_WORDS = {
    "must": "The law says you must be given this, if you meet the rules.",
    "may": "You can ask for this. Nobody has to say yes, but many do.",
    "unknown": "Ask: we could not find out whether this is a right.",
}

AREA_WORDS = {
    "uk": "All of the UK",
    "england": "All of England",
    "cumbria": "Cumbria",
    "cumberland": "Cumberland",
    "westmorland-and-furness": "Westmorland and Furness",
}


@dataclass(frozen=True, slots=True)
class CategoryView:
    """A category that holds something parents can read, and how much."""

    slug: str
    title: str
    count: int


@dataclass(frozen=True, slots=True)
class Phone:
    """A number to ring or text; `hours` is empty where they are not known."""

    number: str
    label: str
    hours: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """A web address worth opening, and what it is."""

    url: str
    label: str


@dataclass(frozen=True, slots=True)
class EntryView:
    """One version of an entry as parents read it. `sections` holds only those with a text.

    `duty` is must, may or unknown (`duty_words` says it to a parent); `asked_as` is what parents type
    when they need it, for the finder and not for the page.
    """

    slug: str
    title: str
    summary: str
    category: str
    duty: str
    agency: str
    areas: tuple[str, ...]
    audience: tuple[str, ...]
    ages: str
    sections: tuple[tuple[str, str], ...]
    phones: tuple[Phone, ...]
    links: tuple[Link, ...]
    sources: tuple[str, ...]
    last_checked: date
    source_date: str
    review_due: date
    number: int
    asked_as: tuple[str, ...] = ()

    @property
    def duty_words(self) -> str:
        return DUTY_WORDS[self.duty]


@dataclass(frozen=True, slots=True)
class EditorRow:
    """An entry in the editors' list. `number` is its newest version, `published_number` the one parents see."""

    slug: str
    title: str
    category: str
    agency: str
    state: Literal["published", "draft", "both"]
    review_due: date
    overdue: bool
    number: int
    published_number: int | None


@dataclass(frozen=True, slots=True)
class VersionNote:
    """Who saved which version, when and why, and when parents first saw it, if they did."""

    number: int
    author: str
    note: str
    made_at: datetime
    published_at: datetime | None


@dataclass(frozen=True, slots=True)
class EditorView:
    """An entry on the editor's desk: the fields of its newest version, to be saved on top of `number`.

    `doubts` are the facts listed as unverified that no published version has been confirmed with.
    `history` is newest first.
    """

    slug: str
    fields: dict[str, Any]
    number: int
    published_number: int | None
    history: tuple[VersionNote, ...]
    doubts: tuple[str, ...]


def entry_view(slug: str, number: int, fields: Mapping[str, Any]) -> EntryView:
    """The view of a version's `fields`, which have been checked."""
    return EntryView(
        slug=slug,
        title=fields["title"],
        summary=fields["summary"],
        category=fields["category"],
        duty=fields["duty"],
        agency=fields["agency"],
        areas=tuple(fields["areas"]),
        audience=tuple(fields["audience"]),
        ages=fields["ages"],
        sections=tuple((heading, fields[name]) for name, heading in HEADINGS if fields[name].strip()),
        phones=tuple(Phone(**row) for row in fields["phones"]),
        links=tuple(Link(**row) for row in fields["links"]),
        sources=tuple(fields["sources"]),
        last_checked=date.fromisoformat(fields["last_checked"]),
        source_date=fields["source_date"],
        review_due=date.fromisoformat(fields["review_due"]),
        number=number,
        asked_as=tuple(fields["asked_as"]),
    )
