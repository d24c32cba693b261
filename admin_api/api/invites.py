"""Invite codes for parents."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from admin_api.api.shapes import ONE_LINE, Body, Id, says
from admin_api.problems import NotFound
from admin_api.security import Actor, needs
from admin_api.web import Now, Reading, TheWeb, Unit
from core import audit
from people import invites
from staff.roles import May

router = APIRouter(prefix="/api/v1/invites", tags=["invites"])


class InviteIn(Body):
    """How often and how long the code opens the door; the label is for staff."""

    uses: Annotated[int, Field(strict=True, ge=1, le=1000)] = 1
    days: Annotated[int, Field(strict=True, ge=1, le=365)] = 14
    label: Annotated[str, Field(max_length=80, pattern=ONE_LINE)] = ""


class IssuedOut(BaseModel):
    """A new invite. The code is shown now and never again; `link` is null until the bot's name is known."""

    id: int
    code: str
    link: str | None
    expires_at: datetime


class InviteOut(BaseModel):
    """An invite as it stands; its code is not kept."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    label: str
    uses_allowed: int
    uses_left: int
    expires_at: datetime
    revoked_at: datetime | None
    created_at: datetime
    created_by: str


class InviteList(BaseModel):
    items: list[InviteOut]


class RevokedOut(BaseModel):
    id: int
    revoked: bool = True


@router.post("", status_code=201, dependencies=[needs(May.INVITE)], responses=says())
def issue(given: InviteIn, web: TheWeb, actor: Actor, session: Unit, now: Now) -> IssuedOut:
    """Make a code."""
    code, made = invites.issue_invite(
        session, at=now, by=actor.name, uses=given.uses, days=given.days, label=given.label
    )
    audit.record(session, now, actor.name, "invite.issued", f"invite:{made.id}", uses=given.uses, days=given.days)
    return IssuedOut(id=made.id, code=code, link=web.deep_link(code), expires_at=made.expires_at)


@router.get("", dependencies=[needs(May.INVITE)], responses=says())
def listed(session: Reading) -> InviteList:
    """The newest hundred."""
    return InviteList(items=[InviteOut.model_validate(one) for one in invites.invites(session)])


@router.delete("/{invite_id}", dependencies=[needs(May.INVITE)], responses=says(404))
def revoke(invite_id: Id, actor: Actor, session: Unit, now: Now) -> RevokedOut:
    """End an invite at once. Doing it again changes nothing."""
    if not invites.revoke_invite(session, invite_id, now):
        raise NotFound("There is no such invite.")
    audit.record(session, now, actor.name, "invite.revoked", f"invite:{invite_id}")
    return RevokedOut(id=invite_id)
