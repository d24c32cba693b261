"""Tables of the offer guide: its categories, its entries, and every version of each entry."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, Moment
from core.models import Key


class Category(Base):
    """A shelf of the guide, in the order in which parents see them."""

    __tablename__ = "guide_category"

    slug: Mapped[str] = mapped_column(String(48), primary_key=True)
    title: Mapped[str] = mapped_column(String(64))
    position: Mapped[int] = mapped_column(Integer)


class Entry(Base):
    """One thing a parent can get, under a slug that never changes.

    `published_id` is the version parents see; `draft_id` a newer one that waits. Both may be set, and
    neither is a foreign key, because versions already point here. `category` is the shelf parents find
    it on; a draft that moves it elsewhere moves it when it is published.
    """

    __tablename__ = "guide_entry"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    slug: Mapped[str] = mapped_column(String(48), unique=True)
    category: Mapped[str] = mapped_column(ForeignKey("guide_category.slug"), index=True)
    published_id: Mapped[int | None] = mapped_column(Key)
    draft_id: Mapped[int | None] = mapped_column(Key)
    created_at: Mapped[datetime] = mapped_column(Moment)


class Version(Base):
    """An entry as somebody saved it, whole. Never changed once `published_at` is set."""

    __tablename__ = "guide_version"
    __table_args__ = (UniqueConstraint("entry_id", "number"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("guide_entry.id"))
    number: Mapped[int] = mapped_column(Integer)
    fields: Mapped[dict[str, Any]] = mapped_column(JSON)
    author: Mapped[str] = mapped_column(String(64))
    note: Mapped[str] = mapped_column(Text, default="")
    made_at: Mapped[datetime] = mapped_column(Moment)
    published_at: Mapped[datetime | None] = mapped_column(Moment)
