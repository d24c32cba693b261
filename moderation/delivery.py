"""What became of something that left: the case learns whether its reply, card or removal arrived."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from core.models import OutboxItem
from moderation import repository
from moderation.casebook import Kind
from moderation.cases import happened
from people import messages
from people import service as people


def arrived(session: Session, item: OutboxItem, at: datetime) -> None:
    """The channel took it."""
    about = item.about
    case = repository.by_reference(session, about["case"], hold=True) if "case" in about else None
    if case is None:
        return
    if about["what"] == "reply":
        happened(session, case, Kind.DELIVERED, "system", at)
    elif about["what"] == "removal":
        message = messages.get(session, about["message"])
        if message is not None:
            messages.mark_removed(session, message, at)
        happened(session, case, Kind.REMOVED, "system", at, message=about["message"])


def failed(session: Session, item: OutboxItem, error: str, at: datetime) -> None:
    """It did not arrive, or nobody knows whether it did; no further try is made by itself."""
    about = item.about
    case = repository.by_reference(session, about["case"], hold=True) if "case" in about else None
    if case is not None and about["what"] in {"reply", "card", "removal", "showing"}:
        happened(session, case, Kind.NOT_DELIVERED, "system", at, what=about["what"], error=error[:200])


def unreachable(session: Session, person_id: int, at: datetime) -> None:
    """The channel will not carry our words to somebody: noted on each of their open cases, once."""
    person = people.get_person(session, person_id)
    if person is None or not people.mark_unreachable(session, person):
        return
    for case in repository.open_of_person(session, person_id):
        happened(
            session, case, Kind.UNREACHABLE, "system", at, why="they have blocked the bot or closed their account"
        )
