"""How Cairn itself is doing: what waits, what could not be sent or handled, Telegram, the group. No content."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel
from sqlalchemy.orm import Session

from admin_api import figures
from admin_api.api.shapes import Id, says
from admin_api.health import Telegram
from admin_api.problems import NotFound
from admin_api.security import Actor, needs
from admin_api.web import Now, Reading, Unit
from core import after, audit, inbox, outbox
from core.models import InboxUpdate, OutboxItem
from core.remember import recall
from core.signals import OUTBOX
from people import conversations
from staff.roles import May

router = APIRouter(prefix="/api/v1/system", tags=["system"])


class StuckOut(BaseModel):
    """Something that was not sent ("dead") or may have been ("unknown"), and what it is about."""

    id: int
    act: str
    state: str
    what: str | None
    case: str | None
    attempts: int
    error: str | None
    created_at: datetime


class DeadUpdateOut(BaseModel):
    """An update that could not be handled; its words are in a case of its own."""

    id: int
    update_id: int
    attempts: int
    error: str | None
    received_at: datetime


class GroupOut(BaseModel):
    """The parents' group. `rights` are the bot's, as Telegram last said."""

    linked: bool
    linked_at: datetime | None = None
    members: int = 0
    status: str | None = None
    rights: dict[str, bool] = {}
    trouble: str | None = None


class SystemOut(BaseModel):
    """`backlog` counts updates that wait to be handled, `waiting` what waits to leave."""

    backlog: int
    waiting: int
    telegram: Telegram
    trouble: str | None
    group: GroupOut
    stuck: list[StuckOut]
    dead_updates: list[DeadUpdateOut]


@router.get("", dependencies=[needs(May.SEE_SYSTEM)], responses=says())
def state(session: Reading, now: Now) -> SystemOut:
    """How things stand; the newest hundred of what is stuck."""
    last = figures.last_contact(session)
    return SystemOut(
        backlog=inbox.backlog(session),
        waiting=outbox.backlog(session),
        telegram=Telegram(last_contact=last, ok=figures.contact_ok(last, now)),
        trouble=recall(session, "telegram.trouble"),
        group=_group(session),
        stuck=[_stuck(one) for one in outbox.stuck(session)],
        dead_updates=[_dead(one) for one in inbox.dead(session)],
    )


@router.post("/outbox/{item_id}/retry", dependencies=[needs(May.RUN_SYSTEM)], responses=says(404))
def retry(item_id: Id, actor: Actor, session: Unit, now: Now) -> StuckOut:
    """Send something once more that was not sent, or may not have been."""
    item = outbox.try_again(session, item_id, now)
    if item is None:
        raise NotFound("There is nothing of that number that is stuck.")
    after.tell(session, OUTBOX)
    audit.record(session, now, actor.name, "outbox.retried", f"outbox:{item_id}")
    return _stuck(item)


def _group(session: Session) -> GroupOut:
    found = conversations.linked_group(session)
    if found is None:
        return GroupOut(linked=False)
    rights = dict(found.rights or {})
    status = rights.pop("status", None)
    return GroupOut(
        linked=True,
        linked_at=found.linked_at,
        members=conversations.count_members(session, found),
        status=status,
        rights={name: value is True for name, value in rights.items()},
        trouble=recall(session, "group.trouble"),
    )


def _stuck(item: OutboxItem) -> StuckOut:
    return StuckOut(
        id=item.id,
        act=item.act,
        state=item.state,
        what=item.about.get("what"),
        case=item.about.get("case"),
        attempts=item.attempts,
        error=item.error,
        created_at=item.created_at,
    )


def _dead(item: InboxUpdate) -> DeadUpdateOut:
    return DeadUpdateOut(
        id=item.id,
        update_id=item.update_id,
        attempts=item.attempts,
        error=(item.error or "").partition(":")[0] or None,
        received_at=item.received_at,
    )
