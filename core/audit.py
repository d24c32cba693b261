"""The audit chain: who did or read what, each row carrying the hash of the one before.

`verify` proves that no row was changed, removed from the middle or put in. Rows hold ids and
plain facts, never what somebody wrote.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from core.models import AuditRow, Remembered
from core.remember import remember

GENESIS = "0" * 64
_LENGTH = "audit.length"
_CHAIN_LOCK = 0x61756474


class AuditBroken(Exception):
    """The chain does not hold; the text names the first row that is wrong."""


def _hash(row: AuditRow) -> str:
    facts = [row.number, row.at.isoformat(), row.actor, row.act, row.subject, row.detail, row.before]
    return hashlib.sha256(json.dumps(facts, sort_keys=True, ensure_ascii=True).encode()).hexdigest()


def record(session: Session, at: datetime, actor: str, act: str, subject: str = "", **detail: Any) -> AuditRow:
    """Add one act to the chain, in the transaction that does it.

    `actor` is "staff:<id>", "token:<id>", "system" or "command"; `act` a dotted verb such as
    "case.read". Appending is serialised: two transactions cannot take the same place.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _CHAIN_LOCK})
    last = session.scalars(select(AuditRow).order_by(AuditRow.number.desc()).limit(1)).first()
    row = AuditRow(
        number=(last.number if last else 0) + 1,
        at=at.astimezone(UTC),
        actor=actor,
        act=act,
        subject=subject,
        detail=detail,
        before=last.hash if last else GENESIS,
    )
    row.hash = _hash(row)
    session.add(row)
    session.flush()
    remember(session, _LENGTH, row.number, at)
    return row


def verify(session: Session) -> int:
    """Prove the chain; returns its length.

    Raises AuditBroken at the first row that was changed, is missing, or does not follow.
    The kept length shows rows cut off at the end. It is read before the rows and after them, so that
    acts recorded meanwhile do no harm.
    """
    at_least = _kept_length(session)
    before, number = GENESIS, 0
    for row in session.scalars(select(AuditRow).order_by(AuditRow.number).execution_options(yield_per=500)):
        number += 1
        if row.number != number:
            raise AuditBroken(f"row {number} is missing")
        if row.before != before:
            raise AuditBroken(f"row {number} does not follow the row before it")
        if row.hash != _hash(row):
            raise AuditBroken(f"row {number} was changed")
        before = row.hash
    if at_least > number:
        raise AuditBroken(f"{at_least - number} rows are missing from the end")
    if (kept := _kept_length(session)) < number:
        raise AuditBroken(f"the kept length is {kept}, but there are {number} rows")
    return number


def _kept_length(session: Session) -> int:
    return session.scalar(select(Remembered.value).where(Remembered.name == _LENGTH)) or 0


def length(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(AuditRow)) or 0
