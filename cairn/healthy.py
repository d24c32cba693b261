"""`python -m cairn.healthy work`: does a process do its work? For the health checks of containers.

Asks the database, because the processes speak through it and listen on no port. One that is stuck shows
as work that nobody does; of several workers one that is stuck beside others that are not does not show.
"""

from __future__ import annotations

import http.client
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from core.clock import SystemClock
from core.database import Database
from core.models import InboxUpdate, OutboxItem
from core.remember import recall
from core.settings import Settings, SettingsError

SOON = timedelta(minutes=5)
CONTACT = timedelta(minutes=10)  # with a webhook and nobody writing, Telegram is only asked now and then
HEARTBEAT = timedelta(minutes=15)


def intake(session: Session, now: datetime) -> str:
    """What is wrong with the intake; empty when nothing is."""
    return _unless_lately(recall(session, "telegram.last_contact"), CONTACT, now, "Telegram has not answered")


def work(session: Session, now: datetime) -> str:
    oldest = session.scalar(select(func.min(InboxUpdate.received_at)).where(InboxUpdate.state == "pending"))
    return f"an update waits since {oldest}" if oldest is not None and oldest < now - SOON else ""


def send(session: Session, now: datetime) -> str:
    due = select(func.min(OutboxItem.not_before)).where(OutboxItem.state == "queued")
    oldest = session.scalar(due)
    return f"something waits to leave since {oldest}" if oldest is not None and oldest < now - SOON else ""


def schedule(session: Session, now: datetime) -> str:
    return _unless_lately(recall(session, "schedule.heartbeat"), HEARTBEAT, now, "no timed job has run")


CHECKS: dict[str, Callable[[Session, datetime], str]] = {
    "intake": intake,
    "work": work,
    "send": send,
    "schedule": schedule,
}


def _unless_lately(kept: Any, within: timedelta, now: datetime, trouble: str) -> str:
    try:
        last = datetime.fromisoformat(str(kept))
    except ValueError:
        return f"{trouble} yet"
    return "" if now - last <= within else f"{trouble} since {last}"


def admin(settings: Settings) -> str:
    """What is wrong with the console as this machine reaches it; empty when nothing is."""
    asked = http.client.HTTPConnection("127.0.0.1", settings.port, timeout=10)
    try:
        asked.request("GET", "/readyz")
        status = asked.getresponse().status
    except OSError as error:
        return f"the console does not answer ({error})"
    finally:
        asked.close()
    return "" if status == 200 else f"the console is not ready ({status})"


def trouble(name: str) -> str:
    """What is wrong with the process of that name; empty when nothing is."""
    try:
        settings = Settings.load()
        if name == "admin":
            return admin(settings)
        database = Database(settings.database)
        try:
            with database.reading() as session:
                return CHECKS[name](session, SystemClock().now())
        finally:
            database.close()
    except SettingsError as error:
        return str(error)
    except SQLAlchemyError as error:
        return f"the database does not answer ({type(error).__name__})"


def main() -> int:
    name = sys.argv[1] if len(sys.argv) == 2 else ""
    if name != "admin" and name not in CHECKS:
        sys.stderr.write(f"usage: python -m cairn.healthy {'|'.join((*CHECKS, 'admin'))}\n")
        return 2
    found = trouble(name)
    sys.stdout.write(f"{name}: {found or 'well'}\n")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
