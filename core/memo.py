"""What one unit of work has looked up already, so that a batch of messages does not ask again for each.

Lives and ends with its session. Rolling back, also to a savepoint, empties it.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from sqlalchemy import event
from sqlalchemy.orm import Session, SessionTransaction

T = TypeVar("T")
_NAME = "cairn.memo"


def of(session: Session) -> dict[Hashable, Any]:
    """The memo itself."""
    found: dict[Hashable, Any] = session.info.setdefault(_NAME, {})
    return found


def once(session: Session, key: Hashable, look_up: Callable[[], T]) -> T:
    """What was looked up under `key`; looked up now if it was not."""
    held = of(session)
    if key not in held:
        held[key] = look_up()
    found: T = held[key]
    return found


def drop(session: Session, key: Hashable) -> None:
    """Forget one thing, because it changed."""
    of(session).pop(key, None)


@event.listens_for(Session, "after_soft_rollback")
def _emptied(session: Session, previous: SessionTransaction) -> None:
    session.info.pop(_NAME, None)
