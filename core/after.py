"""What is to be told once a transaction is committed, and never before."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

_NAME = "cairn.after_commit"


def tell(session: Session, topic: str, **facts: Any) -> None:
    """Signal `topic` when this unit of work has been committed. The same signal is given once."""
    told: dict[tuple[Any, ...], tuple[str, dict[str, Any]]] = session.info.setdefault(_NAME, {})
    told[(topic, *sorted(facts.items()))] = (topic, facts)


def take(session: Session) -> list[tuple[str, dict[str, Any]]]:
    """What there is to tell; empties the list."""
    told: dict[tuple[Any, ...], tuple[str, dict[str, Any]]] = session.info.pop(_NAME, {})
    return list(told.values())
