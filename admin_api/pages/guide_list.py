"""The editors' list of entries: by category, each with its state and when it is due for review."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from offer_guide import service as guide
from offer_guide.views import EditorRow

STATES = {
    "published": ("Published", "green"),
    "draft": ("Draft", "grey"),
    "both": ("Published, changes waiting", "yellow"),
}
_SHOWN = (
    ("all", "All"),
    ("draft", "Drafts"),
    ("both", "Changes waiting"),
    ("review", "Review due"),
)


def listing(session: Session, now: datetime, show: str) -> dict[str, Any]:
    """What the page shows; an unknown filter shows all."""
    rows = guide.for_editors(session, now)
    known = dict(_SHOWN)
    show = show if show in known else "all"
    titles = {shelf.slug: shelf.title for shelf in guide.categories(session)}
    by_shelf: dict[str, list[EditorRow]] = {slug: [] for slug in titles}
    for row in rows:
        if _shows(row, show):
            by_shelf.setdefault(row.category, []).append(row)
    return {
        "shelves": [(slug, titles.get(slug, slug), found) for slug, found in by_shelf.items() if found],
        "show": show,
        "filters": [(name, label, sum(_shows(row, name) for row in rows)) for name, label in _SHOWN],
        "states": STATES,
    }


def _shows(row: EditorRow, show: str) -> bool:
    return show == "all" or row.state == show or (show == "review" and row.overdue)
