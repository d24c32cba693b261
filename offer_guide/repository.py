"""Finding and storing categories, entries and versions. Nothing outside this room imports it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session, aliased

from offer_guide.models import Category, Entry, Version

_LOAD_LOCK = 0x67756964


def hold_guide(session: Session) -> None:
    """Hold the whole guide until the transaction ends (PostgreSQL; SQLite writes one at a time anyway)."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOAD_LOCK})


def is_empty(session: Session) -> bool:
    return (
        session.scalar(select(Entry.id).limit(1)) is None
        and session.scalar(select(Category.slug).limit(1)) is None
    )


def category_slugs(session: Session) -> list[str]:
    return list(session.scalars(select(Category.slug).order_by(Category.position)))


def counted_categories(session: Session) -> Sequence[tuple[str, str, int]]:
    """Slug, title and number of published entries of each category that has any, in order."""
    rows = session.execute(
        select(Category.slug, Category.title, func.count(Entry.id))
        .join(Entry, Entry.category == Category.slug)
        .where(Entry.published_id.is_not(None))
        .group_by(Category.slug, Category.title, Category.position)
        .order_by(Category.position)
    ).all()
    return [(slug, title, count) for slug, title, count in rows]


def published(session: Session, category: str | None = None, slug: str | None = None) -> list[tuple[str, Version]]:
    """The published versions and their slugs: all of them, one category's, or one entry's."""
    wanted = select(Entry.slug, Version).join(Version, Version.id == Entry.published_id).order_by(Entry.id)
    if category is not None:
        wanted = wanted.where(Entry.category == category)
    if slug is not None:
        wanted = wanted.where(Entry.slug == slug)
    return [(found, version) for found, version in session.execute(wanted).all()]


def entry(session: Session, slug: str) -> Entry | None:
    return session.scalars(select(Entry).where(Entry.slug == slug)).first()


def locked_entry(session: Session, slug: str) -> Entry | None:
    """The entry as it is now, held until the transaction ends so that two editors cannot both be last."""
    return session.scalars(
        select(Entry).where(Entry.slug == slug).with_for_update().execution_options(populate_existing=True)
    ).first()


def newest(session: Session, entry_id: int) -> Version:
    """The newest version of an entry; every entry has one."""
    return session.scalars(
        select(Version)
        .where(Version.entry_id == entry_id)
        .order_by(Version.number.desc())
        .limit(1)
        .execution_options(populate_existing=True)
    ).one()


def version(session: Session, version_id: int | None) -> Version | None:
    return None if version_id is None else session.get(Version, version_id)


def history(session: Session, entry_id: int) -> Sequence[Version]:
    return session.scalars(
        select(Version).where(Version.entry_id == entry_id).order_by(Version.number.desc())
    ).all()


def with_newest(session: Session) -> Sequence[tuple[Entry, Version, int | None]]:
    """Every entry with its newest version and the number of its published one."""
    latest = (
        select(Version.entry_id, func.max(Version.number).label("number")).group_by(Version.entry_id).subquery()
    )
    shown = aliased(Version)
    rows = session.execute(
        select(Entry, Version, shown.number)
        .join(latest, latest.c.entry_id == Entry.id)
        .join(Version, (Version.entry_id == Entry.id) & (Version.number == latest.c.number))
        .outerjoin(shown, shown.id == Entry.published_id)
        .order_by(Entry.category, Entry.slug)
    ).all()
    return [(entry, version, number) for entry, version, number in rows]


def add_version(
    session: Session, entry: Entry, number: int, fields: dict[str, Any], author: str, note: str, at: datetime
) -> Version:
    made = Version(
        entry_id=entry.id, number=number, fields=fields, author=author, note=note, made_at=at, published_at=None
    )
    session.add(made)
    session.flush()
    return made
