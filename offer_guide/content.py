"""The sample guide that ships with Cairn: read from YAML and checked before any of it is used."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from importlib import resources
from typing import Any

import yaml

from offer_guide import validation

ORDER = (
    "money",
    "home",
    "food-and-essentials",
    "pregnancy",
    "feeding-sleep-crying",
    "baby-health",
    "childcare-learning",
    "wellbeing",
    "safety",
    "your-rights",
    "people-and-groups",
    "work-and-study",
)
"""The categories as parents meet them, what is asked for most first; others follow by name."""

CATEGORY_TITLE_MOST = 30


class ContentError(Exception):
    """A content file cannot be used; the text names the file, the entry and the field."""


@dataclass(frozen=True, slots=True)
class SampleEntry:
    """One entry of a file: its fields as they are kept, and whether it may be shown."""

    slug: str
    published: bool
    fields: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Shelf:
    """A category and its entries, in the order of the file."""

    slug: str
    title: str
    entries: tuple[SampleEntry, ...]


def shipped() -> list[Shelf]:
    """The guide in the package. Raises ContentError when a file is wrong."""
    folder = resources.files("offer_guide") / "content"
    files = [(file.name, file.read_text("utf-8")) for file in folder.iterdir() if file.name.endswith(".yaml")]
    return read(sorted(files))


def read(files: Iterable[tuple[str, str]]) -> list[Shelf]:
    """The shelves held in `files` (name and text). Raises ContentError naming everything wrong."""
    shelves: list[Shelf] = []
    wrong: list[str] = []
    for name, text in files:
        try:
            held = yaml.safe_load(text)
        except yaml.YAMLError as error:
            wrong.append(f"{name}: {error}")
            continue
        if not isinstance(held, dict) or not {"category", "title", "entries"} <= held.keys():
            wrong.append(f"{name}: category, title and entries are needed")
            continue
        shelf, problems = _shelf(held)
        shelves.append(shelf)
        wrong += [f"{name}: {problem}" for problem in problems]
    slugs = [entry.slug for shelf in shelves for entry in shelf.entries]
    wrong += [f"{slug}: used more than once" for slug in sorted({slug for slug in slugs if slugs.count(slug) > 1})]
    names = [shelf.slug for shelf in shelves]
    wrong += [
        f"{slug}: two files hold this category" for slug in {slug for slug in names if names.count(slug) > 1}
    ]
    if wrong:
        raise ContentError("; ".join(wrong))
    places = {slug: place for place, slug in enumerate(ORDER)}
    return sorted(shelves, key=lambda shelf: (places.get(shelf.slug, len(places)), shelf.slug))


def _shelf(held: dict[str, Any]) -> tuple[Shelf, list[str]]:
    category, title = str(held["category"]), str(held["title"])
    problems = [f"category: {sentence}" for _, sentence in validation.check_slug(category)]
    if not 0 < len(title) <= CATEGORY_TITLE_MOST:
        problems.append(f"title: keep this to {CATEGORY_TITLE_MOST} characters")
    entries: list[SampleEntry] = []
    for number, row in enumerate(held["entries"] or [], start=1):
        if not isinstance(row, dict):
            problems.append(f"entry {number}: not a set of fields")
            continue
        slug, status = row.get("slug"), row.get("status")
        fields = validation.tidied({key: value for key, value in row.items() if key not in {"slug", "status"}})
        fields["category"] = category
        found = [*validation.check_slug(slug), *validation.check_status(status), *validation.check(fields)]
        if status == "draft" and not fields["unverified"]:
            found.append(("unverified", "A draft has to say what is not verified."))
        problems += [f"{slug or f'entry {number}'}: {field}: {sentence}" for field, sentence in found]
        entries.append(SampleEntry(slug=str(slug), published=status == "published", fields=fields))
    return Shelf(slug=category, title=title, entries=tuple(entries)), problems
