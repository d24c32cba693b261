"""Finding staff, sessions and tokens. Nothing outside this room imports it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core import memo
from core.sealing import ring
from staff.models import ApiToken, SignInStep, SignInTry, Staff, StaffSession

EVERYBODY = "all staff"


def email_hash(email: str) -> str:
    return ring().lookup("staff", email.strip().casefold())


def token_hash(token: str) -> str:
    return ring().lookup("token", token)


def by_email(session: Session, email: str) -> Staff | None:
    return session.scalars(select(Staff).where(Staff.email_hash == email_hash(email))).first()


def everybody(session: Session) -> Sequence[Staff]:
    return memo.once(session, EVERYBODY, lambda: session.scalars(select(Staff).order_by(Staff.id)).all())


def session_by_token(session: Session, token: str) -> StaffSession | None:
    return session.scalars(select(StaffSession).where(StaffSession.token_hash == token_hash(token))).first()


def open_sessions(session: Session, staff_id: int) -> Sequence[StaffSession]:
    return session.scalars(
        select(StaffSession).where(StaffSession.staff_id == staff_id, StaffSession.ended_at.is_(None))
    ).all()


def step_by_token(session: Session, token: str) -> SignInStep | None:
    """The step, held until the end of the transaction: it can be used once."""
    return session.scalars(
        select(SignInStep).where(SignInStep.token_hash == token_hash(token)).with_for_update()
    ).first()


def open_steps(session: Session, staff_id: int) -> Sequence[SignInStep]:
    """Links and sign-ins under way that were not used yet."""
    return session.scalars(
        select(SignInStep).where(SignInStep.staff_id == staff_id, SignInStep.used_at.is_(None))
    ).all()


def api_token(session: Session, token: str) -> ApiToken | None:
    return session.scalars(select(ApiToken).where(ApiToken.token_hash == token_hash(token))).first()


def failures_since(session: Session, what: str, since: datetime) -> int:
    return (
        session.scalar(
            select(func.count())
            .select_from(SignInTry)
            .where(SignInTry.what_hash == ring().lookup("try", what), SignInTry.at >= since)
        )
        or 0
    )


def add_failure(session: Session, what: str, at: datetime) -> None:
    session.add(SignInTry(what_hash=ring().lookup("try", what), at=at))
    session.flush()


def forget_failures(session: Session, what: str) -> None:
    for row in session.scalars(select(SignInTry).where(SignInTry.what_hash == ring().lookup("try", what))):
        session.delete(row)
    session.flush()
