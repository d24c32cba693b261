"""Tables of the people room."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Boolean, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, Moment
from core.models import Key
from core.sealing import Sealed, SealedJSON, SealedText


class Person(Base):
    """Somebody who writes to Cairn on a channel.

    `consent` is unasked, yes, no or ended. `reachable` is False once the channel has refused to carry
    our words to them. `awaiting` says what their next words answer (see `people.service`).
    """

    __tablename__ = "person"
    __table_args__ = (UniqueConstraint("channel", "address_hash"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    channel: Mapped[str] = mapped_column(String(16))
    address: Mapped[Sealed] = mapped_column(SealedText("person.address"))
    address_hash: Mapped[str] = mapped_column(String(32))
    name: Mapped[Sealed] = mapped_column(SealedText("person.name"))
    consent: Mapped[str] = mapped_column(String(8), default="unasked")
    consent_at: Mapped[datetime | None] = mapped_column(Moment)
    invite_id: Mapped[int | None] = mapped_column(ForeignKey("invite.id"))
    invited_at: Mapped[datetime | None] = mapped_column(Moment)
    started: Mapped[bool] = mapped_column(Boolean, default=False)
    reachable: Mapped[bool] = mapped_column(Boolean, default=True)
    awaiting: Mapped[str | None] = mapped_column(String(32))
    created_at: Mapped[datetime] = mapped_column(Moment)


class Invite(Base):
    """A code that staff issue. Only its hash is kept; it can be counted, expire and be revoked."""

    __tablename__ = "invite"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    code_hash: Mapped[str] = mapped_column(String(32), unique=True)
    kind: Mapped[str] = mapped_column(String(8))
    label: Mapped[str] = mapped_column(String(80), default="")
    subject: Mapped[str] = mapped_column(String(32), default="")
    uses_left: Mapped[int] = mapped_column(Integer)
    uses_allowed: Mapped[int] = mapped_column(Integer)
    expires_at: Mapped[datetime] = mapped_column(Moment)
    revoked_at: Mapped[datetime | None] = mapped_column(Moment)
    created_at: Mapped[datetime] = mapped_column(Moment)
    created_by: Mapped[str] = mapped_column(String(64))


class Conversation(Base):
    """A chat: one-to-one with a person, or the parents' group. Groups keep the ids they had before."""

    __tablename__ = "conversation"
    __table_args__ = (UniqueConstraint("channel", "address_hash"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    channel: Mapped[str] = mapped_column(String(16))
    address: Mapped[Sealed] = mapped_column(SealedText("conversation.address"))
    address_hash: Mapped[str] = mapped_column(String(32))
    kind: Mapped[str] = mapped_column(String(8))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    linked_at: Mapped[datetime | None] = mapped_column(Moment)
    rights: Mapped[Any] = mapped_column(SealedJSON("conversation.rights"), nullable=True)
    invite_link: Mapped[Sealed | None] = mapped_column(SealedText("conversation.invite_link"))
    created_at: Mapped[datetime] = mapped_column(Moment)


class ConversationAlias(Base):
    """An id that a group had before it was upgraded."""

    __tablename__ = "conversation_alias"
    __table_args__ = (UniqueConstraint("channel", "address_hash"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    channel: Mapped[str] = mapped_column(String(16))
    address_hash: Mapped[str] = mapped_column(String(32))
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id"))


class Membership(Base):
    """Where a person stands in the group: asked, member, left, refused."""

    __tablename__ = "membership"
    __table_args__ = (UniqueConstraint("conversation_id", "person_id"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    state: Mapped[str] = mapped_column(String(8))
    at: Mapped[datetime] = mapped_column(Moment)


class Message(Base):
    """A message kept. Its versions hold the words, the first as it came, later ones as edited.

    `author` is "person", "service" (a human on the team) or "bot". `kind` is text, photo, voice, …
    `media` holds references to what was attached, never the content.
    """

    __tablename__ = "message"
    __table_args__ = (
        UniqueConstraint("conversation_id", "remote_id"),
        Index("ix_message_conversation_sent", "conversation_id", "sent_at"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    author: Mapped[str] = mapped_column(String(8))
    remote_id: Mapped[int | None] = mapped_column(BigInteger)
    kind: Mapped[str] = mapped_column(String(12))
    text: Mapped[Sealed] = mapped_column(SealedText("message.text"))
    media: Mapped[Any] = mapped_column(SealedJSON("message.media"), nullable=True)
    version: Mapped[int] = mapped_column(Integer, default=1)
    sent_at: Mapped[datetime] = mapped_column(Moment)
    received_at: Mapped[datetime] = mapped_column(Moment)
    removed_at: Mapped[datetime | None] = mapped_column(Moment)


class MessageVersion(Base):
    """What a message said before it was edited."""

    __tablename__ = "message_version"
    __table_args__ = (UniqueConstraint("message_id", "version"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("message.id"))
    version: Mapped[int] = mapped_column(Integer)
    text: Mapped[Sealed] = mapped_column(SealedText("message_version.text"))
    until: Mapped[datetime] = mapped_column(Moment)
