"""Tables of the policies."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Date, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, Moment
from core.models import Key
from core.sealing import Sealed, SealedText


class PolicyVersion(Base):
    """One numbered policy as text, sealed because its examples come from what parents wrote.

    `state` is draft, proposed, live, retired or discarded.
    `only` holds "live" for the live one and "draft" for the one draft or proposal, and is unique: there can never
    be two of either. `lock` counts saves, so that two people editing at once are told.
    """

    __tablename__ = "policy_version"

    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    state: Mapped[str] = mapped_column(String(9))
    only: Mapped[str | None] = mapped_column(String(8), unique=True)
    sealed: Mapped[Sealed] = mapped_column("text", SealedText("policy_version.text"))
    note: Mapped[str] = mapped_column(Text, default="")
    based_on: Mapped[int | None] = mapped_column(Integer)
    made_by: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[datetime] = mapped_column(Moment)
    edited_by: Mapped[str] = mapped_column(String(64))
    proposed_by: Mapped[str | None] = mapped_column(String(64))
    agreed_by: Mapped[str | None] = mapped_column(String(64))
    published_at: Mapped[datetime | None] = mapped_column(Moment)
    shadow_since: Mapped[datetime | None] = mapped_column(Moment)
    lock: Mapped[int] = mapped_column(Integer, default=1)

    @property
    def text(self) -> str:
        """The policy as people edit it."""
        return self.sealed.reveal()

    @text.setter
    def text(self, new: str) -> None:
        self.sealed = Sealed(new)


class PolicyProposal(Base):
    """What a moderator says of a judgement: a false alarm, or something missed. The text has no names in it.

    `state` is open, accepted or declined.
    """

    __tablename__ = "policy_proposal"
    __table_args__ = (Index("ix_policy_proposal_state", "state", "id"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    kind: Mapped[str] = mapped_column(String(12))
    text: Mapped[Sealed] = mapped_column(SealedText("policy_proposal.text"))
    urgency: Mapped[str] = mapped_column(String(9))
    categories: Mapped[list[str]] = mapped_column(JSON)
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"))
    made_by: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[datetime] = mapped_column(Moment)
    state: Mapped[str] = mapped_column(String(8), default="open")
    decided_by: Mapped[str | None] = mapped_column(String(64))
    decided_at: Mapped[datetime | None] = mapped_column(Moment)
    why: Mapped[str] = mapped_column(Text, default="")


class PolicyDifference(Base):
    """A message that a draft in shadow judged otherwise than the live policy. Ids and urgencies, no words."""

    __tablename__ = "policy_difference"
    __table_args__ = (UniqueConstraint("number", "message_id", "version"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    number: Mapped[int] = mapped_column(Integer, index=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("message.id"))
    version: Mapped[int] = mapped_column(Integer)
    live: Mapped[str] = mapped_column(String(9))
    draft: Mapped[str] = mapped_column(String(9))
    at: Mapped[datetime] = mapped_column(Moment)


class PolicyShadow(Base):
    """What a draft in shadow made of a day's messages, against the live policy: how many of each."""

    __tablename__ = "policy_shadow"

    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    seen: Mapped[int] = mapped_column(Integer)
    raised: Mapped[int] = mapped_column(Integer)
    lowered: Mapped[int] = mapped_column(Integer)
    same: Mapped[int] = mapped_column(Integer)


class PolicyBacktest(Base):
    """A draft tried on the messages of the last thirty days and on the functional suite.

    `state` is running, done, failed or cancelled. `result` holds counts and message ids, no words.
    """

    __tablename__ = "policy_backtest"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    number: Mapped[int] = mapped_column(Integer, index=True)
    lock: Mapped[int] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(String(9))
    done: Mapped[int] = mapped_column(Integer, default=0)
    total: Mapped[int] = mapped_column(Integer, default=0)
    result: Mapped[Any] = mapped_column(JSON, nullable=True)
    started_by: Mapped[str] = mapped_column(String(64))
    started_at: Mapped[datetime] = mapped_column(Moment)
    beat_at: Mapped[datetime] = mapped_column(Moment)
