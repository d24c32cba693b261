"""What can be done with the guide: read it, find in it, edit it, publish and withdraw entries.

Plain functions that flush and never commit. Parents see whole published versions; every save is a new
version on top of the one the editor had open, and every publication gives the guide a new edition.
"""

from __future__ import annotations

import threading
import uuid
from calendar import monthrange
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from core import audit
from core.clock import SystemClock, local
from core.models import Remembered
from core.remember import recall, remember
from offer_guide import content, repository, validation
from offer_guide.models import Category, Entry, Version
from offer_guide.search import Finder
from offer_guide.validation import Problem
from offer_guide.views import CategoryView, EditorRow, EditorView, EntryView, VersionNote, entry_view

_EDITION, _STAMP = "guide.edition", "guide.stamp"
_DUTY_ORDER = {"must": 0, "may": 1, "unknown": 2}
_DRAFT_REVIEW = timedelta(weeks=4)


class GuideError(Exception):
    """What was asked of the guide cannot be done; the text says why, for the editor who asked."""


class UnknownEntry(GuideError):
    """There is no entry of that slug."""


class EditConflict(GuideError):
    """Somebody saved a newer version meanwhile; `newest` is its number. Nothing was changed."""

    def __init__(self, newest: int) -> None:
        super().__init__(f"Somebody else has saved version {newest} since you opened this entry.")
        self.newest = newest


class InvalidEntry(GuideError):
    """The fields do not do; `problems` says which and why. Nothing was changed."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(f"{name}: {sentence}" for name, sentence in problems))
        self.problems = list(problems)


class NotVerified(GuideError):
    """The entry lists facts that nobody has confirmed yet; `doubts` are they. Nothing was changed."""

    def __init__(self, doubts: Sequence[str]) -> None:
        super().__init__("These facts are marked unverified: " + "; ".join(doubts))
        self.doubts = list(doubts)


# Reading


def edition(session: Session) -> int:
    """How often what parents see has changed; 0 while the guide is empty."""
    return int(recall(session, _EDITION, 0))


def categories(session: Session) -> list[CategoryView]:
    """The categories that hold published entries, in the guide's order, with how many."""
    return [CategoryView(slug, title, count) for slug, title, count in repository.counted_categories(session)]


def entries(session: Session, category: str | None = None) -> list[EntryView]:
    """The published entries of a category, or of all: what the law gives first, then by title."""
    if category is not None and validation.check_slug(category):
        return []
    published = repository.published(session, category)
    views = [entry_view(slug, version.number, version.fields) for slug, version in published]
    return sorted(views, key=lambda view: (_DUTY_ORDER[view.duty], view.title.casefold()))


def entry(session: Session, slug: str) -> EntryView | None:
    """The entry as parents see it; None when there is none or it is not published."""
    if validation.check_slug(slug):
        return None
    for found, version in repository.published(session, slug=slug):
        return entry_view(found, version.number, version.fields)
    return None


class _Finders:
    """The finder of the edition last asked for. A stamp, unlike a number, never comes back after a rollback."""

    lock = threading.Lock()
    stamp: str | None = None
    finder: Finder | None = None


def finder(session: Session) -> Finder:
    """A finder over everything published; made once per edition and process, and safe to share by threads."""
    stamp = str(recall(session, _STAMP, ""))
    with _Finders.lock:
        if _Finders.finder is not None and _Finders.stamp == stamp:
            return _Finders.finder
    made = Finder(entries(session))
    with _Finders.lock:
        _Finders.stamp, _Finders.finder = stamp, made
    return made


# For editors


def for_editors(session: Session, at: datetime | None = None) -> list[EditorRow]:
    """Every entry, published or not, by category. `at` decides what is overdue for review (now, if absent)."""
    today = local(at or SystemClock().now()).date()
    rows = []
    for found, version, published_number in repository.with_newest(session):
        shown = repository.version(session, found.published_id) or version
        due = date.fromisoformat(shown.fields["review_due"])
        rows.append(
            EditorRow(
                slug=found.slug,
                title=version.fields["title"],
                category=found.category,
                agency=version.fields["agency"],
                state="draft" if found.published_id is None else "published" if found.draft_id is None else "both",
                review_due=due,
                overdue=due < today,
                number=version.number,
                published_number=published_number,
            )
        )
    return rows


def editor_view(session: Session, slug: str) -> EditorView:
    """An entry with its newest fields and its history. Raises UnknownEntry."""
    found = None if validation.check_slug(slug) else repository.entry(session, slug)
    if found is None:
        raise UnknownEntry(f"There is no entry called {slug}.")
    past = repository.history(session, found.id)
    shown = repository.version(session, found.published_id)
    return EditorView(
        slug=found.slug,
        fields=dict(past[0].fields),
        number=past[0].number,
        published_number=shown.number if shown else None,
        history=tuple(
            VersionNote(version.number, version.author, version.note, version.made_at, version.published_at)
            for version in past
        ),
        doubts=tuple(_doubts(past[0], shown)),
    )


def create(
    session: Session, slug: str, fields: Mapping[str, Any], author: str, at: datetime, note: str = ""
) -> EditorView:
    """Add an entry as a draft. Raises InvalidEntry, also when the slug is taken."""
    repository.hold_guide(session)
    today = local(at).date()
    given = validation.tidied(fields)
    given["last_checked"] = today.isoformat()
    given["review_due"] = given["review_due"] or (today + _DRAFT_REVIEW).isoformat()
    problems = validation.check_slug(slug)
    if not problems and repository.entry(session, slug) is not None:
        problems.append(("slug", "Another entry has this name already."))
    problems += validation.check(given, repository.category_slugs(session))
    if problems:
        raise InvalidEntry(problems)
    made = Entry(slug=slug, category=given["category"], created_at=at)
    session.add(made)
    session.flush()
    made.draft_id = repository.add_version(session, made, 1, given, author, _remark(note), at).id
    session.flush()
    audit.record(session, at, author, "guide.created", f"guide:{slug}", number=1)
    return editor_view(session, slug)


def save_draft(
    session: Session,
    slug: str,
    fields: Mapping[str, Any],
    base_number: int,
    author: str,
    at: datetime,
    note: str = "",
) -> EditorView:
    """Save a newer version of an entry, for editors only; what parents see does not change.

    `base_number` is the version the editor had open. The date of the last check is not the editor's to
    write: it moves on publishing. Raises UnknownEntry, EditConflict when `base_number` is not the
    newest, and InvalidEntry.
    """
    found, newest = _held(session, slug, base_number)
    given = validation.tidied(fields)
    given["last_checked"] = newest.fields["last_checked"]
    given["review_due"] = given["review_due"] or newest.fields["review_due"]
    problems = validation.check(given, repository.category_slugs(session))
    if problems:
        raise InvalidEntry(problems)
    made = repository.add_version(session, found, newest.number + 1, given, author, _remark(note), at)
    found.draft_id = made.id
    if found.published_id is None:
        found.category = given["category"]
    session.flush()
    audit.record(session, at, author, "guide.draft_saved", f"guide:{slug}", number=made.number)
    return editor_view(session, slug)


def publish(
    session: Session,
    slug: str,
    author: str,
    at: datetime,
    *,
    checked_on: date,
    review_due: date | None = None,
    unverified_ok: bool = False,
    number: int | None = None,
) -> EntryView:
    """Show parents the newest version, checked against its sources on `checked_on`.

    Without a draft this records that the published version was checked again, as a version of its own.
    `review_due` is 6 months on unless given, or the next 6 April for entries reviewed then because
    their amounts change. `number`, where given, is the version the editor had read.
    Raises UnknownEntry, EditConflict, InvalidEntry (dates, too), and NotVerified while the version lists
    unverified facts that no published one had and `unverified_ok` does not confirm it.
    """
    found, newest = _held(session, slug, number)
    doubts = _doubts(newest, repository.version(session, found.published_id))
    due = review_due or _next_review(checked_on, date.fromisoformat(newest.fields["review_due"]))
    fields = {
        **newest.fields,
        "last_checked": checked_on.isoformat(),
        "review_due": due.isoformat(),
    }
    problems = validation.check(fields, repository.category_slugs(session))
    if checked_on > local(at).date():
        problems.append(("last_checked", "This day has not come yet."))
    if problems:
        raise InvalidEntry(problems)
    if doubts and not unverified_ok:
        raise NotVerified(doubts)
    if newest.published_at is not None:
        newest = repository.add_version(session, found, newest.number + 1, fields, author, "Checked again", at)
    newest.fields = fields
    newest.published_at = at
    found.published_id, found.draft_id, found.category = newest.id, None, fields["category"]
    session.flush()
    audit.record(
        session,
        at,
        author,
        "guide.published",
        f"guide:{slug}",
        number=newest.number,
        checked_on=checked_on.isoformat(),
        unverified_confirmed=len(doubts),
    )
    _new_edition(session, at)
    return entry_view(slug, newest.number, fields)


def withdraw(session: Session, slug: str, author: str, at: datetime, reason: str = "") -> bool:
    """Take an entry away from parents; editors keep it as a draft. False when it was not published.

    Raises UnknownEntry.
    """
    found, newest = _held(session, slug, None)
    if found.published_id is None:
        return False
    found.published_id, found.draft_id = None, newest.id
    session.flush()
    audit.record(
        session, at, author, "guide.withdrawn", f"guide:{slug}", number=newest.number, reason=_remark(reason)
    )
    _new_edition(session, at)
    return True


# Loading


def load_once(session: Session, at: datetime) -> int:
    """Put the sample guide into an empty database; returns how many entries were added, 0 the next time.

    Raises content.ContentError when the shipped files are wrong.
    """
    repository.hold_guide(session)
    if not repository.is_empty(session):
        return 0
    shelves = content.shipped()
    session.add_all(
        Category(slug=shelf.slug, title=shelf.title, position=place)
        for place, shelf in enumerate(shelves, start=1)
    )
    session.flush()
    added = 0
    for shelf in shelves:
        made = [(Entry(slug=sample.slug, category=shelf.slug, created_at=at), sample) for sample in shelf.entries]
        session.add_all(row for row, _ in made)
        session.flush()
        for row, sample in made:
            version = repository.add_version(session, row, 1, sample.fields, "system", "Sample guide", at)
            if sample.published:
                version.published_at, row.published_id = at, version.id
            else:
                row.draft_id = version.id
        added += len(made)
    session.flush()
    audit.record(session, at, "system", "guide.loaded", "guide", entries=added)
    _new_edition(session, at)
    return added


def _held(session: Session, slug: str, base_number: int | None) -> tuple[Entry, Version]:
    """The entry, held, and its newest version. Raises UnknownEntry and EditConflict."""
    found = None if validation.check_slug(slug) else repository.locked_entry(session, slug)
    if found is None:
        raise UnknownEntry(f"There is no entry called {slug}.")
    newest = repository.newest(session, found.id)
    if base_number is not None and newest.number != base_number:
        raise EditConflict(newest.number)
    return found, newest


def _remark(text: str) -> str:
    """An editor's note as it is kept: 500 characters at most, none that a database would refuse."""
    return "".join(character for character in text if character == "\n" or character.isprintable())[:500]


def _doubts(newest: Version, shown: Version | None) -> list[str]:
    """What the newest version lists as unverified beyond what was confirmed when `shown` was published."""
    confirmed = set(shown.fields["unverified"]) if shown else set()
    return [doubt for doubt in newest.fields["unverified"] if doubt not in confirmed]


def _next_review(checked_on: date, earlier: date) -> date:
    if (earlier.month, earlier.day) == (4, 6):
        return date(checked_on.year + ((checked_on.month, checked_on.day) >= (4, 6)), 4, 6)
    year, month = divmod(checked_on.year * 12 + checked_on.month - 1 + 6, 12)
    return date(year, month + 1, min(checked_on.day, monthrange(year, month + 1)[1]))


def _new_edition(session: Session, at: datetime) -> None:
    """What parents see has changed. Called after `audit.record`, which lets one transaction through at a time."""
    session.get(Remembered, _EDITION, populate_existing=True)
    remember(session, _EDITION, edition(session) + 1, at)
    remember(session, _STAMP, uuid.uuid4().hex, at)
