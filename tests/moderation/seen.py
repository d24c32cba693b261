"""What tests of this room look at: cases, what happened in them, and what leaves for whom."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import outbox
from core.models import OutboxItem
from core.outbox import Say
from moderation import desk
from moderation.models import Case, CaseEvent
from staff import service as staff
from staff.roles import Role
from tests.conftest import TestClock
from tests.factories import (
    colleague,
    parent,
)

LONG_AGO = "my stepdad hit me when I was little"
PRIYA = desk.Actor("staff:1", (Role.MODERATOR.value,))


def cases(session: Session) -> Sequence[Case]:
    return session.scalars(select(Case).order_by(Case.id)).all()


def kinds(session: Session, case: Case) -> list[str]:
    """What happened in a case, in order."""
    session.flush()
    return list(
        session.scalars(select(CaseEvent.kind).where(CaseEvent.case_id == case.id).order_by(CaseEvent.number))
    )


def leaving(session: Session, what: str) -> list[tuple[OutboxItem, Say]]:
    """The cards, alerts or replies in the outbox."""
    session.flush()
    found = []
    for item in session.scalars(select(OutboxItem).order_by(OutboxItem.id)):
        if item.about.get("what") == what:
            said = outbox.opened(item)[1]
            assert isinstance(said, Say)
            found.append((item, said))
    return found


def a_moderator_on_duty(session: Session, clock: TestClock, *roles: Role, number: int = 2001) -> None:
    """Somebody whom alerts reach."""
    member = colleague(session, clock.now(), *roles, email=f"m{number}@example.org")
    staff.set_duty(session, member, True)
    staff.link_telegram(session, member.id, parent(session, clock.now(), number, f"Moderator {number}").id)
