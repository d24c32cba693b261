"""Staff accounts: who they are, what they may do, whether they are on duty."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import memo
from core.sealing import Sealed
from staff import repository
from staff.models import ApiToken, Staff
from staff.roles import May, Role, allowed

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")


class StaffError(Exception):
    """What was asked for cannot be done; the text says why, for the person who asked."""


def _roles(roles: Iterable[str]) -> list[str]:
    wanted = list(dict.fromkeys(roles))
    unknown = [role for role in wanted if role not in set(Role)]
    if unknown or not wanted:
        raise StaffError(f"unknown role {', '.join(unknown) or '(none)'}; known roles: {', '.join(Role)}")
    return wanted


def add(session: Session, email: str, roles: Iterable[str], at: datetime, name: str = "") -> Staff:
    """Add an account, which cannot sign in until its one-time link is used. Raises StaffError."""
    email = email.strip()
    if not _EMAIL.fullmatch(email) or len(email) > 254:
        raise StaffError(f"{email!r} is not an e-mail address")
    checked = _roles(roles)
    if repository.by_email(session, email) is not None:
        raise StaffError(f"{email} has an account already")
    staff = Staff(
        email=Sealed(email),
        email_hash=repository.email_hash(email),
        name=Sealed(name or email.partition("@")[0]),
        roles=checked,
        created_at=at,
    )
    session.add(staff)
    session.flush()
    memo.drop(session, repository.EVERYBODY)
    return staff


def find(session: Session, email: str) -> Staff | None:
    return repository.by_email(session, email)


def get(session: Session, staff_id: int) -> Staff | None:
    return session.get(Staff, staff_id)


def everybody(session: Session) -> Sequence[Staff]:
    return repository.everybody(session)


def set_roles(session: Session, staff: Staff, roles: Iterable[str]) -> None:
    """Change what somebody may do; it counts from their next request. Raises StaffError."""
    staff.roles = _roles(roles)
    session.flush()


def leave(session: Session, staff: Staff, at: datetime) -> None:
    """Somebody left: their sessions end now and they cannot sign in again."""
    staff.left_at = staff.left_at or at
    staff.on_duty = False
    for open_session in repository.open_sessions(session, staff.id):
        open_session.ended_at = at
    session.flush()


def set_duty(session: Session, staff: Staff, on_duty: bool) -> None:
    staff.on_duty = on_duty
    session.flush()


def link_telegram(session: Session, staff_id: int, person_id: int) -> Staff | None:
    """Alerts for this member of staff go to that person's chat from now on."""
    staff = session.get(Staff, staff_id)
    if staff is None or staff.left_at is not None:
        return None
    staff.person_id = person_id
    session.flush()
    return staff


def is_staff(session: Session, person_id: int) -> bool:
    """Whether a person's chat is linked to a staff account."""
    return session.scalar(select(Staff.id).where(Staff.person_id == person_id).limit(1)) is not None


def to_alert(session: Session, permission: May = May.READ_CASES) -> list[Staff]:
    """Who hears of a new worry in Telegram: those on duty; when nobody is, everybody who may act."""
    able = [
        staff
        for staff in repository.everybody(session)
        if staff.left_at is None and staff.person_id is not None and allowed(staff.roles, permission)
    ]
    return [staff for staff in able if staff.on_duty] or able


def anybody_who_may(session: Session, permission: May) -> bool:
    """Whether some member of staff who has not left holds a permission."""
    return any(
        staff.left_at is None and allowed(staff.roles, permission) for staff in repository.everybody(session)
    )


def anybody_on_duty(session: Session) -> bool:
    return any(
        staff.on_duty and staff.left_at is None and allowed(staff.roles, May.ACT_ON_CASES)
        for staff in repository.everybody(session)
    )


def issue_token(session: Session, roles: Iterable[str], label: str, at: datetime, days: int = 365) -> str:
    """Make an API token; only now is it shown. Raises StaffError."""
    token = "cairn_" + secrets.token_urlsafe(32)
    session.add(
        ApiToken(
            token_hash=repository.token_hash(token),
            label=label[:80],
            roles=_roles(roles),
            created_at=at,
            expires_at=at + timedelta(days=days),
        )
    )
    session.flush()
    return token


def tokens(session: Session) -> Sequence[ApiToken]:
    """All API tokens, by number; the tokens themselves are not kept."""
    return session.scalars(select(ApiToken).order_by(ApiToken.id)).all()


def revoke_token(session: Session, number: int, at: datetime) -> bool:
    """End a token now; False when there is none of that number."""
    found = session.get(ApiToken, number)
    if found is None:
        return False
    found.revoked_at = found.revoked_at or at
    session.flush()
    return True


def token_holder(session: Session, token: str, at: datetime) -> ApiToken | None:
    """The token, if it is known, not revoked and not expired."""
    found = repository.api_token(session, token)
    if found is None or found.revoked_at is not None:
        return None
    return None if found.expires_at is not None and found.expires_at <= at else found
