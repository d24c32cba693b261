"""Tables of the staff room."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, Boolean, ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, Moment
from core.models import Key
from core.sealing import Sealed, SealedText


class Staff(Base):
    """A member of staff. `person_id` is their own Telegram, for alerts, once they linked it."""

    __tablename__ = "staff"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    email: Mapped[Sealed] = mapped_column(SealedText("staff.email"))
    email_hash: Mapped[str] = mapped_column(String(32), unique=True)
    name: Mapped[Sealed] = mapped_column(SealedText("staff.name"))
    roles: Mapped[list[str]] = mapped_column(JSON)
    password_hash: Mapped[str | None] = mapped_column(String(200))
    totp_secret: Mapped[Sealed | None] = mapped_column(SealedText("staff.totp_secret"))
    totp_last_step: Mapped[int] = mapped_column(Integer, default=0)
    on_duty: Mapped[bool] = mapped_column(Boolean, default=False)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(Moment)
    left_at: Mapped[datetime | None] = mapped_column(Moment)


class StaffSession(Base):
    """A signed-in browser. Only the hash of its cookie is kept."""

    __tablename__ = "staff_session"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(32), unique=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    csrf: Mapped[str] = mapped_column(String(64))
    began_at: Mapped[datetime] = mapped_column(Moment)
    seen_at: Mapped[datetime] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)


class SignInStep(Base):
    """A sign-in under way: a one-time link from the command line, or a password that was right.

    `kind` is welcome (choose a password and a second factor), rehearsal (sign in at once, made-up
    data only) or second (the second factor is still due).
    """

    __tablename__ = "sign_in_step"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    kind: Mapped[str] = mapped_column(String(12))
    token_hash: Mapped[str] = mapped_column(String(32), unique=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    totp_secret: Mapped[Sealed | None] = mapped_column(SealedText("sign_in_step.totp_secret"))
    expires_at: Mapped[datetime] = mapped_column(Moment)
    used_at: Mapped[datetime | None] = mapped_column(Moment)
    tries: Mapped[int] = mapped_column(Integer, default=0)


class ApiToken(Base):
    """A token for programs, with the roles it acts in. Only its hash is kept."""

    __tablename__ = "api_token"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(32), unique=True)
    label: Mapped[str] = mapped_column(String(80))
    roles: Mapped[list[str]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(Moment)
    expires_at: Mapped[datetime | None] = mapped_column(Moment)
    revoked_at: Mapped[datetime | None] = mapped_column(Moment)


class SignInTry(Base):
    """Failed tries by a keyed hash of what was tried, to slow guessing without locking anybody out."""

    __tablename__ = "sign_in_try"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    what_hash: Mapped[str] = mapped_column(String(32), index=True)
    at: Mapped[datetime] = mapped_column(Moment)
