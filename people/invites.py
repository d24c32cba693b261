"""Invite codes: issued by staff, single or counted use, expiring, revocable. Only a keyed hash is kept."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.sealing import ring
from people import repository
from people.models import Invite, Person

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # no 0, O, 1, I or L: codes are read aloud and typed


class InviteRefused(Exception):
    """The code is not known, is used up, has expired or was revoked. One answer for all: no guessing."""


def issue_invite(
    session: Session,
    *,
    at: datetime,
    by: str,
    uses: int = 1,
    days: int = 14,
    kind: str = "parent",
    label: str = "",
    subject: str = "",
) -> tuple[str, Invite]:
    """Make an invite; returns the code, which is not kept, and the record of it.

    `kind` is parent (joins the scheme), group (links the parents' group) or staff (links a moderator's
    Telegram to their account, named by `subject`). Raises ValueError for uses or days below 1.
    """
    if uses < 1 or days < 1:
        raise ValueError("uses and days must be 1 or more")
    code = new_code(10)
    invite = Invite(
        code_hash=ring().lookup("invite", code),
        kind=kind,
        label=label,
        subject=subject,
        uses_left=uses,
        uses_allowed=uses,
        expires_at=at + timedelta(days=days),
        created_at=at,
        created_by=by,
    )
    session.add(invite)
    session.flush()
    return code, invite


def new_code(length: int) -> str:
    """A random code that can be read aloud."""
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def use_invite(session: Session, code: str, kind: str, at: datetime) -> Invite:
    """Take one use of a code. Raises InviteRefused when it does not open this door."""
    invite = repository.invite_by_code(session, code)
    if (
        invite is None
        or invite.kind != kind
        or invite.revoked_at is not None
        or invite.expires_at <= at
        or invite.uses_left < 1
    ):
        raise InviteRefused
    invite.uses_left -= 1
    session.flush()
    return invite


def invite_kind(session: Session, code: str) -> str | None:
    """Which door a code is for, whether or not it still opens it."""
    invite = repository.invite_by_code(session, code)
    return invite.kind if invite else None


def accept_invite(session: Session, person: Person, code: str, at: datetime) -> None:
    """Join a parent by code. Using it again after joining costs nothing. Raises InviteRefused."""
    if person.invite_id is not None:
        return
    person.invite_id = use_invite(session, code, "parent", at).id
    person.invited_at = at
    session.flush()


def revoke_invite(session: Session, invite_id: int, at: datetime) -> bool:
    """End an invite; False when there is no such invite."""
    invite = session.get(Invite, invite_id)
    if invite is None:
        return False
    invite.revoked_at = invite.revoked_at or at
    session.flush()
    return True


def invites(session: Session, most: int = 100) -> Sequence[Invite]:
    """Invites for parents, newest first."""
    return session.scalars(
        select(Invite).where(Invite.kind == "parent").order_by(Invite.id.desc()).limit(most)
    ).all()
