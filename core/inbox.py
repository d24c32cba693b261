"""The inbox: an update is stored here, and committed, before its channel may forget it.

Rules: `update_id` is unique per channel (a repeat is a no-op); the updates of one chat are handled
in order, by one worker at a time; an update that fails five times is dead, and somebody is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from core import after
from core.models import InboxUpdate
from core.signals import INBOX

LAST_ATTEMPT = 5
KNOWN_FOR = timedelta(hours=48)
_LANE_LOCKS = 0x6361  # the first half of the advisory locks that guard lanes


@dataclass(frozen=True, slots=True)
class Arrival:
    """An update as it came: its channel's number for it, the chat it belongs to, and the raw body."""

    update_id: int
    lane: str
    body: Any


def store(session: Session, channel: str, arrivals: Iterable[Arrival], at: datetime) -> int:
    """Store what is new of `arrivals`; returns how many were. The caller commits, then acknowledges."""
    rows = [
        {
            "channel": channel,
            "update_id": arrival.update_id,
            "lane": arrival.lane,
            "body": arrival.body,
            "state": "pending",
            "attempts": 0,
            "received_at": at,
        }
        for arrival in arrivals
    ]
    if not rows:
        return 0
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    insert = dialect.insert(InboxUpdate).on_conflict_do_nothing(index_elements=["channel", "update_id"])
    before = session.scalar(select(func.max(InboxUpdate.id))) or 0
    session.execute(insert, rows)
    after.tell(session, INBOX)
    return (
        session.scalar(
            select(func.count())
            .select_from(InboxUpdate)
            .where(
                InboxUpdate.id > before,
                InboxUpdate.channel == channel,
                InboxUpdate.update_id.in_([row["update_id"] for row in rows]),
            )
        )
        or 0
    )


def claim_lanes(session: Session, most: int) -> list[str]:
    """Chats with pending updates, oldest first, that no other worker holds.

    On PostgreSQL each is held by an advisory lock until the transaction ends (`SKIP LOCKED` for a
    chat rather than a row, so that a chat's later updates cannot be taken by somebody else).
    SQLite has one worker, whose transaction is the lock.
    """
    waiting = (
        select(InboxUpdate.lane)
        .where(InboxUpdate.state == "pending")
        .group_by(InboxUpdate.lane)
        .order_by(func.min(InboxUpdate.id))
        .limit(most)
    )
    lanes = list(session.scalars(waiting))
    if not lanes or session.get_bind().dialect.name == "sqlite":
        return lanes
    held = session.execute(
        text(
            "SELECT lane FROM unnest(CAST(:lanes AS text[])) AS lane "
            "WHERE pg_try_advisory_xact_lock(:space, hashtext(lane))"
        ),
        {"lanes": lanes, "space": _LANE_LOCKS},
    )
    return [row.lane for row in held]


def pending(session: Session, lanes: Sequence[str], most: int) -> Sequence[InboxUpdate]:
    """The next updates of these chats, in the order they came."""
    return session.scalars(
        select(InboxUpdate)
        .where(InboxUpdate.state == "pending", InboxUpdate.lane.in_(lanes))
        .order_by(InboxUpdate.id)
        .limit(most)
    ).all()


def mark_done(session: Session, ids: Sequence[int], at: datetime) -> None:
    """The updates are handled; their bodies are emptied, what they led to is stored elsewhere."""
    session.execute(
        update(InboxUpdate)
        .where(InboxUpdate.id.in_(ids))
        .values(state="done", body=None, done_at=at, error=None)
        .execution_options(synchronize_session=False)
    )


def mark_failed(session: Session, item: InboxUpdate, error: str, at: datetime) -> bool:
    """Count a failure; True when that was the last try and the update is now dead."""
    item.attempts += 1
    item.error = error[:500]
    if item.attempts >= LAST_ATTEMPT:
        item.state, item.done_at = "dead", at
    session.flush()
    return item.state == "dead"


def backlog(session: Session) -> int:
    """How many updates wait to be handled."""
    return session.scalar(select(func.count()).select_from(InboxUpdate).where(InboxUpdate.state == "pending")) or 0


def dead(session: Session, most: int = 100) -> Sequence[InboxUpdate]:
    """Updates that could not be handled, newest first."""
    return session.scalars(
        select(InboxUpdate).where(InboxUpdate.state == "dead").order_by(InboxUpdate.id.desc()).limit(most)
    ).all()


def forget_old(session: Session, now: datetime) -> None:
    """Forget handled updates after 48 hours: Telegram repeats none older than 24."""
    session.execute(delete(InboxUpdate).where(InboxUpdate.state == "done", InboxUpdate.done_at < now - KNOWN_FOR))
