"""Tables of the moderation room."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.database import Base, Moment
from core.models import Key
from core.sealing import SealedJSON
from people.models import Message


class Case(Base):
    """A matter that moderators work on. Everything but the keys mirrors its events (see `casebook`).

    `open_for` is set while the case is open and unique, so that a person has one open case, not two.
    `kind` is worry, asked (they asked for a person), media, not_screened or not_handled.
    """

    __tablename__ = "case_file"
    __table_args__ = (Index("ix_case_file_queue", "state", "rank", "due_at"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    reference: Mapped[str] = mapped_column(String(12), unique=True)
    kind: Mapped[str] = mapped_column(String(12))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    open_for: Mapped[str | None] = mapped_column(String(40), unique=True)
    restricted: Mapped[bool] = mapped_column(default=False)
    state: Mapped[str] = mapped_column(String(8))
    urgency: Mapped[str] = mapped_column(String(9))
    rank: Mapped[int] = mapped_column(Integer)
    categories: Mapped[list[str]] = mapped_column(JSON)
    claimed_by: Mapped[str | None] = mapped_column(String(64))
    opened_at: Mapped[datetime] = mapped_column(Moment)
    due_at: Mapped[datetime] = mapped_column(Moment)
    seen_at: Mapped[datetime | None] = mapped_column(Moment)
    closed_at: Mapped[datetime | None] = mapped_column(Moment)
    outcome: Mapped[str | None] = mapped_column(String(24))
    messages: Mapped[int] = mapped_column(Integer, default=0)
    events: Mapped[int] = mapped_column(Integer, default=0)
    last_card: Mapped[str | None] = mapped_column(String(64))
    last_card_at: Mapped[datetime | None] = mapped_column(Moment)
    replied_at: Mapped[datetime | None] = mapped_column(Moment)


class CaseEvent(Base):
    """One thing that happened in a case. Only ever added."""

    __tablename__ = "case_event"
    __table_args__ = (UniqueConstraint("case_id", "number"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"))
    number: Mapped[int] = mapped_column(Integer)
    at: Mapped[datetime] = mapped_column(Moment)
    kind: Mapped[str] = mapped_column(String(32))
    actor: Mapped[str] = mapped_column(String(64))
    detail: Mapped[Any] = mapped_column(SealedJSON("case_event.detail"))
    case: Mapped[Case] = relationship(lazy="raise")


class Flag(Base):
    """What screening found in one version of a message, and the case it belongs to.

    The words are kept here as they were judged: what is changed or removed later changes nothing.
    """

    __tablename__ = "flag"
    __table_args__ = (UniqueConstraint("message_id", "version"), Index("ix_flag_case", "case_id", "id"))

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"))
    message_id: Mapped[int | None] = mapped_column(ForeignKey("message.id"))
    version: Mapped[int] = mapped_column(Integer)
    urgency: Mapped[str] = mapped_column(String(12))
    evidence: Mapped[Any] = mapped_column(SealedJSON("flag.evidence"))
    at: Mapped[datetime] = mapped_column(Moment)
    case: Mapped[Case] = relationship(lazy="raise")
    message: Mapped[Message | None] = relationship(lazy="raise")
