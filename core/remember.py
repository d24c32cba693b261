"""Small facts shared by the processes, kept in the database."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from core.models import Remembered


def recall(session: Session, name: str, default: Any = None) -> Any:
    """The value kept under `name`, or `default`."""
    row = session.get(Remembered, name)
    return default if row is None else row.value


def recalled_at(session: Session, name: str) -> datetime | None:
    """When the value kept under `name` was last written."""
    row = session.get(Remembered, name)
    return None if row is None else row.at


def remember(session: Session, name: str, value: Any, at: datetime) -> None:
    """Keep `value` (plain JSON) under `name`, in place of what was there."""
    row = session.get(Remembered, name)
    if row is None:
        session.add(Remembered(name=name, value=value, at=at))
    else:
        row.value, row.at = value, at
    session.flush()


def forget(session: Session, name: str) -> None:
    """Drop what is kept under `name`, if anything."""
    row = session.get(Remembered, name)
    if row is not None:
        session.delete(row)
        session.flush()
