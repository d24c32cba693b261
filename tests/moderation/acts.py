"""Who acts at the desk in these tests, and what their acts leave behind."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.models import AuditRow
from moderation.desk import Actor
from moderation.models import Case, CaseEvent
from staff.roles import Role

LONG_AGO = "my stepdad hit me when I was little"
PRIYA = Actor("staff:1", (Role.MODERATOR.value,))
TOM = Actor("staff:2", (Role.MODERATOR.value,))
LEAD = Actor("staff:3", (Role.SAFEGUARDING_LEAD.value,))
NOBODYS = "AAA-AAA"


def acts(session: Session) -> list[tuple[str, str, str]]:
    """The audit: who, what, about which."""
    return [
        (row.actor, row.act, row.subject) for row in session.scalars(select(AuditRow).order_by(AuditRow.number))
    ]


def last_event(session: Session, reference: str) -> CaseEvent:
    session.flush()
    return session.scalars(
        select(CaseEvent).join(Case).where(Case.reference == reference).order_by(CaseEvent.number.desc())
    ).first()  # type: ignore[return-value]
