"""Finding and storing cases, events and flags. Nothing outside this room imports it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from moderation.models import Case, CaseEvent, Flag


def by_reference(session: Session, reference: str, hold: bool = False) -> Case | None:
    """The case; `hold` keeps others from changing it until the transaction ends."""
    wanted = select(Case).where(Case.reference == reference.strip().upper())
    if hold:
        wanted = wanted.with_for_update().execution_options(populate_existing=True)
    return session.scalars(wanted).first()


def open_for(session: Session, whom: str) -> Case | None:
    return session.scalars(select(Case).where(Case.open_for == whom)).first()


def open_of_person(session: Session, person_id: int) -> Sequence[Case]:
    return session.scalars(
        select(Case).where(Case.person_id == person_id, Case.state != "closed").order_by(Case.id)
    ).all()


def of_person(session: Session, person_id: int) -> Sequence[Case]:
    return session.scalars(select(Case).where(Case.person_id == person_id).order_by(Case.id.desc())).all()


def events(session: Session, case_id: int) -> Sequence[CaseEvent]:
    return session.scalars(select(CaseEvent).where(CaseEvent.case_id == case_id).order_by(CaseEvent.number)).all()


def last_number(session: Session, case_id: int) -> int:
    return session.scalar(select(func.max(CaseEvent.number)).where(CaseEvent.case_id == case_id)) or 0


def last_event(session: Session, case_id: int, kind: str) -> CaseEvent | None:
    return session.scalars(
        select(CaseEvent)
        .where(CaseEvent.case_id == case_id, CaseEvent.kind == kind)
        .order_by(CaseEvent.number.desc())
        .limit(1)
    ).first()


def flags(session: Session, case_id: int) -> Sequence[Flag]:
    return session.scalars(select(Flag).where(Flag.case_id == case_id).order_by(Flag.id)).all()


def flags_of(session: Session, case_ids: Sequence[int]) -> Sequence[Flag]:
    return session.scalars(select(Flag).where(Flag.case_id.in_(case_ids)).order_by(Flag.id)).all()


def flag_of(session: Session, message_id: int, version: int) -> Flag | None:
    return session.scalars(select(Flag).where(Flag.message_id == message_id, Flag.version == version)).first()


def _among(states: Sequence[str], with_restricted: bool) -> Select[Case]:
    wanted = select(Case).where(Case.state.in_(states))
    return wanted if with_restricted else wanted.where(Case.restricted.is_(False))


def queue(session: Session, states: Sequence[str], with_restricted: bool, most: int, skip: int) -> Sequence[Case]:
    """Gravest first; within an urgency what is due first; closed ones by when they closed, newest first."""
    wanted = _among(states, with_restricted)
    if list(states) == ["closed"]:
        wanted = wanted.order_by(Case.closed_at.desc(), Case.id.desc())
    else:
        wanted = wanted.order_by(Case.rank.desc(), Case.due_at, Case.id)
    return session.scalars(wanted.limit(most).offset(skip)).all()


def count(
    session: Session, states: Sequence[str], with_restricted: bool, overdue_at: datetime | None = None
) -> int:
    wanted = _among(states, with_restricted)
    if overdue_at is not None:
        wanted = wanted.where(Case.due_at < overdue_at, Case.seen_at.is_(None))
    return session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
