"""Finding and storing cases, events and flags. Nothing outside this room imports it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from core import memo
from moderation.models import Case, CaseEvent, Flag
from people.models import Message


def by_reference(session: Session, reference: str, hold: bool = False) -> Case | None:
    """The case; `hold` keeps others from changing it until the transaction ends.

    Held as one who changes no key (here and for people): whoever only refers to the row need not wait,
    so that a moderator's reply and the parent's next message cannot wait for each other.
    """
    wanted = select(Case).where(Case.reference == reference.strip().upper())
    if hold:
        wanted = wanted.with_for_update(key_share=True).execution_options(populate_existing=True)
    return session.scalars(wanted).first()


def open_for(session: Session, whom: str, person_id: int) -> Case | None:
    """The person's open case of that key."""
    return next((case for case in open_of_person(session, person_id) if case.open_for == whom), None)


def open_of_person(session: Session, person_id: int) -> Sequence[Case]:
    """The person's open cases, oldest first, held until the transaction ends."""
    return memo.once(session, ("open cases", person_id), lambda: _held_open(session, [person_id]))


def _held_open(session: Session, person_ids: Collection[int]) -> list[Case]:
    wanted = select(Case).where(Case.person_id.in_(person_ids), Case.state != "closed").order_by(Case.id)
    held = wanted.with_for_update(key_share=True).execution_options(populate_existing=True)
    return list(session.scalars(held))


def warm_open(session: Session, person_ids: Collection[int]) -> None:
    """Look up the open cases of many people at once."""
    if not person_ids:
        return
    found: dict[int, list[Case]] = {person_id: [] for person_id in person_ids}
    for case in _held_open(session, person_ids):
        if case.person_id is not None:
            found[case.person_id].append(case)
    memo.of(session).update({("open cases", person_id): cases for person_id, cases in found.items()})


def note_open(session: Session, case: Case) -> None:
    """A case was opened in this unit of work."""
    held = memo.of(session).get(("open cases", case.person_id))
    if held is not None:
        held.append(case)


def forget_open(session: Session, person_id: int | None) -> None:
    """What is known of a person's open cases is old."""
    memo.drop(session, ("open cases", person_id))


def of_person(session: Session, person_id: int) -> Sequence[Case]:
    return session.scalars(select(Case).where(Case.person_id == person_id).order_by(Case.id.desc())).all()


def events(session: Session, case_id: int) -> Sequence[CaseEvent]:
    return session.scalars(select(CaseEvent).where(CaseEvent.case_id == case_id).order_by(CaseEvent.number)).all()


def has_happened(session: Session, case: Case, kind: str, since: datetime) -> bool:
    """Whether something of that kind happened in the case since then."""
    wanted = select(CaseEvent.id).where(
        CaseEvent.case_id == case.id, CaseEvent.kind == kind, CaseEvent.at >= since
    )
    return session.scalar(wanted.limit(1)) is not None


def flags(session: Session, case_id: int) -> Sequence[Flag]:
    return session.scalars(select(Flag).where(Flag.case_id == case_id).order_by(Flag.id)).all()


def flags_of(session: Session, case_ids: Sequence[int]) -> Sequence[Flag]:
    return session.scalars(select(Flag).where(Flag.case_id.in_(case_ids)).order_by(Flag.id)).all()


def in_restricted(session: Session, message_ids: Sequence[int]) -> set[int]:
    """Which of these messages stand in a restricted case."""
    wanted = (
        select(Flag.message_id)
        .join(Case, Case.id == Flag.case_id)
        .where(Flag.message_id.in_(message_ids), Case.restricted.is_(True))
    )
    return {number for number in session.scalars(wanted) if number is not None}


def judged_already(session: Session, message: Message) -> bool:
    """Whether this version of a message is in a case; one that is not stored yet cannot be."""
    if message.id is None:
        return False
    wanted = select(Flag.id).where(Flag.message_id == message.id, Flag.version == message.version)
    return session.scalar(wanted) is not None


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
