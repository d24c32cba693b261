"""Figures about the running system: counts and moments, never content. For `/readyz`, `/metrics` and the API."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.models import InboxUpdate, OutboxItem
from core.remember import recall
from moderation import desk
from moderation.desk import Actor, Counts
from staff.roles import Role

CONTACT_FOR = timedelta(minutes=5)
_EVERYTHING = Actor("system", (Role.SAFEGUARDING_LEAD,))


@dataclass(frozen=True, slots=True)
class Figures:
    """How things stand. `inbox` and `outbox` count by state."""

    inbox: dict[str, int]
    outbox: dict[str, int]
    cases: Counts
    last_contact: datetime | None

    @property
    def backlog(self) -> int:
        return self.inbox.get("pending", 0)


def last_contact(session: Session) -> datetime | None:
    """When Telegram last answered; None when it never did, or what was kept cannot be read."""
    kept = recall(session, "telegram.last_contact")
    try:
        moment = datetime.fromisoformat(str(kept))
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None


def contact_ok(last: datetime | None, now: datetime) -> bool:
    """Whether Telegram was reached within five minutes."""
    return last is not None and now - last <= CONTACT_FOR


def take(session: Session, now: datetime) -> Figures:
    """All figures at once. The cases count worker concerns, too: a number tells nobody about anybody."""
    inbox = select(InboxUpdate.state, func.count()).group_by(InboxUpdate.state)
    outbox = select(OutboxItem.state, func.count()).group_by(OutboxItem.state)
    return Figures(
        inbox=dict(session.execute(inbox).all()),
        outbox=dict(session.execute(outbox).all()),
        cases=desk.counts(session, _EVERYTHING, now),
        last_contact=last_contact(session),
    )
