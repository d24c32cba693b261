"""Core's tables: what came in, what goes out, what was done, and what the processes remember."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Boolean, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, Moment
from core.sealing import Sealed, SealedJSON, SealedText

Key = BigInteger().with_variant(Integer, "sqlite")


class InboxUpdate(Base):
    """One raw update of a channel, committed before the channel may forget it.

    `state` is pending, done, ignored or dead. The sealed body is emptied when the update is done;
    the row itself stays 48 hours so that a repeat is known.
    """

    __tablename__ = "inbox"
    __table_args__ = (
        UniqueConstraint("channel", "update_id"),
        Index("ix_inbox_pending", "state", "lane", "id"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    channel: Mapped[str] = mapped_column(String(16))
    update_id: Mapped[int] = mapped_column(BigInteger)
    lane: Mapped[str] = mapped_column(String(32))
    body: Mapped[Any] = mapped_column(SealedJSON("inbox.body"), nullable=True)
    state: Mapped[str] = mapped_column(String(8), default="pending")
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    error: Mapped[str | None] = mapped_column(Text)
    received_at: Mapped[datetime] = mapped_column(Moment)
    done_at: Mapped[datetime | None] = mapped_column(Moment)


class OutboxItem(Base):
    """One thing that leaves, written in the transaction that decided it.

    `state` is queued, sending, sent, unknown (it may have arrived; not said twice) or dead.
    `about` ties it to what it is for (a case, a person) without content.
    """

    __tablename__ = "outbox"
    __table_args__ = (Index("ix_outbox_next", "state", "priority", "id"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    channel: Mapped[str] = mapped_column(String(16))
    lane: Mapped[str] = mapped_column(String(32), index=True)
    act: Mapped[str] = mapped_column(String(24))
    body: Mapped[Any] = mapped_column(SealedJSON("outbox.body"), nullable=True)
    about: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    priority: Mapped[int] = mapped_column(Integer)
    repeatable: Mapped[bool] = mapped_column(Boolean)
    state: Mapped[str] = mapped_column(String(8), default="queued")
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    not_before: Mapped[datetime] = mapped_column(Moment)
    error: Mapped[str | None] = mapped_column(Text)
    remote_id: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(Moment)
    sent_at: Mapped[datetime | None] = mapped_column(Moment)


class AuditRow(Base):
    """One act, chained to the one before by hash; never changed, never deleted by the program."""

    __tablename__ = "audit"

    number: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(Moment, index=True)
    actor: Mapped[str] = mapped_column(String(64))
    act: Mapped[str] = mapped_column(String(64), index=True)
    subject: Mapped[str] = mapped_column(String(128), index=True)
    detail: Mapped[dict[str, Any]] = mapped_column(JSON)
    before: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64), unique=True)


class Remembered(Base):
    """A small fact that processes share: the poll's offset, the last contact, the linked group."""

    __tablename__ = "remembered"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    value: Mapped[Any] = mapped_column(JSON)
    at: Mapped[datetime] = mapped_column(Moment)


class Wording(Base):
    """A text that staff may edit: crisis cards and the bot's own sentences. Never empty."""

    __tablename__ = "wording"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    text: Mapped[str] = mapped_column(Text)
    changed_at: Mapped[datetime] = mapped_column(Moment)
    changed_by: Mapped[str] = mapped_column(String(64))


__all__ = ["AuditRow", "InboxUpdate", "Key", "OutboxItem", "Remembered", "Sealed", "SealedText", "Wording"]
