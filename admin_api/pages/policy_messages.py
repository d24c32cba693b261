"""The words of messages that a draft would judge otherwise: for those who may read cases, and audited."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from admin_api.visitors import Visitor
from core import audit
from moderation import desk
from people import messages
from staff.roles import May

HIDDEN = "Hidden: it belongs to a worry about a worker."
NOT_YOURS = "Hidden: your account does not read what parents write."


def shown(
    session: Session, visitor: Visitor, listed: Sequence[Mapping[str, Any]], at: datetime, about: str
) -> list[dict[str, Any]]:
    """Each of `listed` (with its "message") and its words. What is gone is left out; what is hidden says so."""
    kept = dict(messages.texts(session, [one["message"] for one in listed]))
    if not visitor.may(May.READ_CASES):
        return [{**one, "text": NOT_YOURS} for one in listed if one["message"] in kept]
    hidden = desk.hidden_messages(session, visitor.actor, list(kept))
    if kept:
        audit.record(session, at, visitor.actor.name, "policy.messages_read", about, count=len(kept) - len(hidden))
    texts = {number: HIDDEN if number in hidden else text for number, text in kept.items()}
    return [{**one, "text": texts[one["message"]]} for one in listed if one["message"] in texts]
