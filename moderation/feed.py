"""What changed at the desk, in the order it happened, for consoles that are open. References, never content."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from moderation.models import Case, CaseEvent


@dataclass(frozen=True, slots=True)
class Change:
    """One event of a case, and how the case stands now. `number` counts events over all cases."""

    number: int
    reference: str
    kind: str
    urgency: str
    state: str
    restricted: bool


def newest(session: Session) -> int:
    """The number of the last event; 0 when there is none."""
    return session.scalar(select(func.max(CaseEvent.id))) or 0


def since(session: Session, number: int, most: int = 1000) -> Sequence[Change]:
    """What happened after event `number`, oldest first; the newest `most` of it.

    On PostgreSQL numbers may become visible out of order: ask again from a little before.
    """
    rows = session.execute(
        select(CaseEvent.id, Case.reference, CaseEvent.kind, Case.urgency, Case.state, Case.restricted)
        .join(Case, Case.id == CaseEvent.case_id)
        .where(CaseEvent.id > number)
        .order_by(CaseEvent.id.desc())
        .limit(most)
    ).all()
    return [Change(*row) for row in reversed(rows)]
