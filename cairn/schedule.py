"""Timed jobs: forgetting what need not be known any longer. One leader at a time runs them."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import timedelta

import structlog
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from core import inbox
from core.clock import Clock
from core.database import Database
from core.remember import remember

log = structlog.get_logger()

EVERY = timedelta(minutes=5)
_LEADER_LOCK = 0x6C656164


@dataclass(slots=True)
class Schedule:
    """Runs the jobs every five minutes and notes that it did (`schedule.heartbeat`)."""

    database: Database
    clock: Clock

    def run(self, stop: threading.Event) -> None:
        while not stop.is_set():
            try:
                self.once()
            except DBAPIError as error:
                log.error("job_failed", job="schedule", error=type(error.orig).__name__)
            stop.wait(EVERY.total_seconds())

    def once(self) -> bool:
        """Run every job once; False when another process is the leader at this moment."""
        with self.database.unit() as session:
            if not self.database.is_sqlite and not session.scalar(
                text("SELECT pg_try_advisory_xact_lock(:lock)"), {"lock": _LEADER_LOCK}
            ):
                return False
            now = self.clock.now()
            inbox.forget_old(session, now)
            remember(session, "schedule.heartbeat", now.isoformat(), now)
        return True
