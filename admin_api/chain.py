"""Pages of the audit chain, newest first."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.models import AuditRow


def before(session: Session, number: int, most: int) -> Sequence[AuditRow]:
    """Up to `most` rows before row `number`; from the newest when it is 0."""
    wanted = select(AuditRow).order_by(AuditRow.number.desc()).limit(most)
    return session.scalars(wanted.where(AuditRow.number < number) if number else wanted).all()
