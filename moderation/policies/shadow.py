"""A draft in shadow: it judges what the live policy judges, and nothing follows from it.

Messages wait here in memory and are judged in a thread of their own, a second later. So whatever becomes of that,
the message has been handled as if there were no draft. Kept are counts by day, and the ids of the last messages
that would have been judged otherwise. No words.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import structlog
from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from core.clock import Clock, local
from core.database import Database
from moderation.policies.models import PolicyDifference, PolicyShadow
from moderation.screening import Screening
from moderation.screening.judge import Judge
from people import messages

log = structlog.get_logger()

MOST_KEPT = 50
_MOST_WAITING = 2_000
_A_BATCH = 64
_MOST_SEEN = 4_000


@dataclass(frozen=True, slots=True)
class _Noted:
    """A message that was judged; `message_id` is None where it was not kept."""

    message_id: int | None
    version: int
    text: str


class Shadow:
    """What waits to be judged by a draft. When too much waits, the oldest is left out."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._waiting: deque[_Noted] = deque(maxlen=_MOST_WAITING)
        self._seen: deque[tuple[int, int, int]] = deque(maxlen=_MOST_SEEN)

    def note(self, message_id: int | None, version: int, text: str) -> None:
        """Let a message wait. Costs nothing, and never raises."""
        self._waiting.append(_Noted(message_id, version, text))

    def forget(self) -> None:
        """There is no draft in shadow any more."""
        self._waiting.clear()

    def settle(self, live: Judge, draft: Judge) -> int:
        """Judge a batch of what waits and keep the counts; how many there were. No session is held meanwhile."""
        number = draft.policy.number
        noted = [one for one in self._taken() if self._new(number, one)]
        if not noted:
            return 0
        pairs = live.compare(draft, [one.text for one in noted])
        with self._database.unit() as session:
            _count(session, number, local(self._clock.now()).date(), pairs)
            for one, (was, would) in zip(noted, pairs, strict=True):
                if was.urgency is not would.urgency and one.message_id is not None:
                    self._keep(session, number, one, was, would)
            _only_the_last(session, number)
        return len(noted)

    def _taken(self) -> list[_Noted]:
        found: list[_Noted] = []
        while self._waiting and len(found) < _A_BATCH:
            found.append(self._waiting.popleft())
        return found

    def _new(self, number: int, one: _Noted) -> bool:
        """A round that is done again notes its messages again; they count once."""
        if one.message_id is None:
            return True
        key = (number, one.message_id, one.version)
        if key in self._seen:
            return False
        self._seen.append(key)
        return True

    def _keep(self, session: Session, number: int, one: _Noted, was: Screening, would: Screening) -> None:
        assert one.message_id is not None
        if messages.get(session, one.message_id) is None:
            return  # its round was rolled back
        session.execute(
            _insert(session, PolicyDifference)
            .values(
                number=number,
                message_id=one.message_id,
                version=one.version,
                live=was.urgency.value,
                draft=would.urgency.value,
                at=self._clock.now(),
            )
            .on_conflict_do_nothing(index_elements=["number", "message_id", "version"])
        )


def days(session: Session, number: int) -> Sequence[PolicyShadow]:
    """What a draft in shadow has counted, the newest day first."""
    wanted = select(PolicyShadow).where(PolicyShadow.number == number).order_by(PolicyShadow.day.desc())
    return session.scalars(wanted).all()


def _insert(
    session: Session, table: type[PolicyDifference] | type[PolicyShadow]
) -> postgresql.Insert | sqlite.Insert:
    if session.get_bind().dialect.name == "sqlite":
        return sqlite.insert(table)
    return postgresql.insert(table)


def _count(session: Session, number: int, day: date, pairs: Sequence[tuple[Screening, Screening]]) -> None:
    """Add to the day's counts; several workers may do so at once."""
    fresh = {"number": number, "day": day, "seen": 0, "raised": 0, "lowered": 0, "same": 0}
    session.execute(_insert(session, PolicyShadow).values(**fresh).on_conflict_do_nothing())
    wanted = select(PolicyShadow).where(PolicyShadow.number == number, PolicyShadow.day == day)
    row = session.scalars(wanted.with_for_update().execution_options(populate_existing=True)).one()
    changes = [would.urgency.rank - was.urgency.rank for was, would in pairs]
    row.seen += len(changes)
    row.raised += sum(change > 0 for change in changes)
    row.lowered += sum(change < 0 for change in changes)
    row.same += sum(change == 0 for change in changes)
    session.flush()


def _only_the_last(session: Session, number: int) -> None:
    newest = select(PolicyDifference.id).where(PolicyDifference.number == number)
    edge = session.scalar(newest.order_by(PolicyDifference.id.desc()).offset(MOST_KEPT).limit(1))
    if edge is not None:
        session.execute(
            delete(PolicyDifference).where(PolicyDifference.number == number, PolicyDifference.id <= edge)
        )
