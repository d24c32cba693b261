"""Between an entry's fields and the editor's form, where rows are lines and columns are split by "|". Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from pydantic import BaseModel

from core.text import clean
from offer_guide.validation import AREAS, AUDIENCES, DUTIES, SLUG_MOST, read_day, tidied, web_address
from offer_guide.views import EntryView, entry_view

SECTIONS: tuple[tuple[str, str, str], ...] = (
    ("what_it_is", "What it is", "In plain words, as you would say it on the phone."),
    ("who_can_get_it", "Who can get it", ""),
    ("how_much", "How much", "Leave empty where no amount belongs."),
    ("how_to_ask", "How to ask", "The first thing to do, and then the next."),
    ("words_to_say", "Words you can use", "What a parent can read out or send as it stands."),
    ("if_told_no", "If you are told no", ""),
    ("who_can_help", "Who can help you ask", ""),
)
AUDIENCE_WORDS = {
    "expectant": "Expecting a baby",
    "mum": "Mums",
    "dad": "Dads",
    "carer": "Grandparents and carers",
    "worker": "Workers",
}
_LINES = ("sources", "unverified", "asked_as")


class EntryForm(BaseModel):
    """An entry as the form sends it: every field is text, but for the boxes that are ticked."""

    title: str = ""
    summary: str = ""
    category: str = ""
    agency: str = ""
    duty: str = ""
    ages: str = ""
    legal_basis: str = ""
    what_it_is: str = ""
    who_can_get_it: str = ""
    how_much: str = ""
    how_to_ask: str = ""
    words_to_say: str = ""
    if_told_no: str = ""
    who_can_help: str = ""
    source_date: str = ""
    phones: str = ""
    links: str = ""
    sources: str = ""
    unverified: str = ""
    asked_as: str = ""
    audience: list[str] = []
    areas: list[str] = []

    def fields_of_entry(self) -> dict[str, Any]:
        """The entry's fields, not yet checked, and nothing else that the form holds."""
        given: dict[str, Any] = {name: _cleaned(getattr(self, name)) for name in EntryForm.model_fields}
        given["phones"] = _rows(given["phones"], ("number", "label", "hours"))
        given["links"] = _rows(given["links"], ("url", "label"))
        for name in _LINES:
            given[name] = [line.strip() for line in given[name].splitlines() if line.strip()]
        return given


def shown(fields: Mapping[str, Any]) -> dict[str, Any]:
    """An entry's fields as the form shows them."""
    values = {name: value for name, value in fields.items() if isinstance(value, str)}
    values["phones"] = _lines(fields["phones"], ("number", "label", "hours"))
    values["links"] = _lines(fields["links"], ("url", "label"))
    for name in _LINES:
        values[name] = "\n".join(fields[name])
    return {**values, "audience": list(fields["audience"]), "areas": list(fields["areas"])}


def same(given: Mapping[str, Any], kept: Mapping[str, Any]) -> bool:
    """Whether a form brings nothing new over what is kept."""
    tidy = tidied(given)
    return all(tidy.get(name) == kept.get(name) for name in EntryForm.model_fields)


def slug_of(title: str) -> str:
    """An address for a new entry, from its title."""
    words = re.sub(r"[^a-z0-9]+", "-", title.casefold()).strip("-")
    return words[:SLUG_MOST].rstrip("-")


def previewed(slug: str, fields: Mapping[str, Any], today: date) -> EntryView:
    """An entry as parents would read it, also while its fields do not do yet."""
    given = tidied(fields)
    for name in ("last_checked", "review_due"):
        given[name] = (read_day(given.get(name)) or today).isoformat()
    given["duty"] = given["duty"] if given["duty"] in DUTIES else "unknown"
    given["links"] = [row for row in given["links"] if web_address(row["url"])]
    given["sources"] = [source for source in given["sources"] if ":" not in source or web_address(source)]
    given["areas"] = [area for area in given["areas"] if area in AREAS]
    given["audience"] = [one for one in given["audience"] if one in AUDIENCES]
    given["title"] = given["title"] or "No title yet"
    return entry_view(slug, 0, given)


def _cleaned(value: str | list[str]) -> str | list[str]:
    return clean(value) if isinstance(value, str) else [clean(item) for item in value]


def _rows(text: str, columns: Sequence[str]) -> list[dict[str, str]]:
    """ "0800 1111 | Childline | any time" by line; what is left out is empty."""
    rows = []
    for line in text.splitlines():
        if line.strip():
            cells = [cell.strip() for cell in line.split("|", len(columns) - 1)]
            rows.append(dict(zip(columns, [*cells, *[""] * len(columns)], strict=False)))
    return rows


def _lines(rows: Sequence[Mapping[str, str]], columns: Sequence[str]) -> str:
    lines = []
    for row in rows:
        cells = [row.get(column, "") for column in columns]
        while len(cells) > 1 and not cells[-1]:
            cells.pop()
        lines.append(" | ".join(cells))
    return "\n".join(lines)
