"""The audit chain, for auditors. Reading it is an act like any other."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from admin_api import chain
from admin_api.api.shapes import Cursor, Limit, cursor_of, place_of, says
from admin_api.security import Actor, needs
from admin_api.web import Now, Unit
from core import audit
from staff.roles import May

router = APIRouter(prefix="/api/v1/audit", tags=["audit"])


class AuditOut(BaseModel):
    """One act. `before` is the hash of the row before it."""

    model_config = ConfigDict(from_attributes=True)

    number: int
    at: datetime
    actor: str
    act: str
    subject: str
    detail: dict[str, Any]
    before: str
    hash: str


class AuditPage(BaseModel):
    items: list[AuditOut]
    next: str | None


@router.get("", dependencies=[needs(May.READ_AUDIT)], responses=says())
def rows(actor: Actor, session: Unit, now: Now, limit: Limit = 50, cursor: Cursor = None) -> AuditPage:
    """Acts, newest first. Follow `next` until it is null."""
    found = chain.before(session, place_of(cursor), limit + 1)
    shown = [AuditOut.model_validate(row) for row in found[:limit]]
    audit.record(session, now, actor.name, "audit.read", rows=len(shown))
    return AuditPage(items=shown, next=cursor_of(shown[-1].number) if len(found) > limit else None)
