"""Staff accounts, for administrators. Nobody changes their own, so that one administrator always remains."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from admin_api.api.shapes import ONE_LINE, Body, Id, says
from admin_api.problems import NotFound
from admin_api.security import Actor, needs
from admin_api.web import Now, Reading, TheWeb, Unit
from core import audit
from moderation.desk import Actor as ActingAs
from staff import service as staff
from staff import signin
from staff.models import Staff
from staff.roles import May, Role
from staff.service import StaffError

router = APIRouter(prefix="/api/v1/staff", tags=["staff"])

Roles = Annotated[list[Role], Field(min_length=1, max_length=len(Role))]


class StaffIn(Body):
    email: Annotated[str, Field(max_length=254, pattern=r"^[^@\s\x00-\x1f\x7f]+@[^@\s\x00-\x1f\x7f]+$")]
    name: Annotated[str, Field(max_length=80, pattern=ONE_LINE)] = ""
    roles: Roles


class RolesIn(Body):
    roles: Roles


class StaffOut(BaseModel):
    """An account. `ready` once a password and a second factor are set; `left_at` once they left."""

    id: int
    email: str
    name: str
    roles: list[str]
    on_duty: bool
    ready: bool
    created_at: datetime
    left_at: datetime | None


class StaffList(BaseModel):
    items: list[StaffOut]


class AddedOut(BaseModel):
    """The new account and the one-time link by which its owner chooses a password; shown now, never again."""

    staff: StaffOut
    link: str


@router.get("", dependencies=[needs(May.MANAGE_STAFF)], responses=says())
def listed(session: Reading) -> StaffList:
    """Everybody, those who left included."""
    return StaffList(items=[_shown(one) for one in staff.everybody(session)])


@router.post("", status_code=201, dependencies=[needs(May.MANAGE_STAFF)], responses=says(409))
def add(given: StaffIn, web: TheWeb, actor: Actor, session: Unit, now: Now) -> AddedOut:
    """Add an account. 409 when the address has one."""
    made = staff.add(session, given.email, [role.value for role in given.roles], now, given.name)
    token = signin.begin_welcome(session, made, now)
    audit.record(session, now, actor.name, "staff.added", f"staff:{made.id}", roles=made.roles)
    return AddedOut(staff=_shown(made), link=f"{web.settings.web_address}/welcome/{token}")


@router.put("/{staff_id}/roles", dependencies=[needs(May.MANAGE_STAFF)], responses=says(404, 409))
def set_roles(staff_id: Id, given: RolesIn, actor: Actor, session: Unit, now: Now) -> StaffOut:
    """Change what somebody may do; it counts from their next request."""
    found = _other(session, staff_id, actor)
    had = list(found.roles)
    staff.set_roles(session, found, [role.value for role in given.roles])
    audit.record(session, now, actor.name, "staff.roles_set", f"staff:{staff_id}", had=had, roles=found.roles)
    return _shown(found)


@router.post("/{staff_id}/leave", dependencies=[needs(May.MANAGE_STAFF)], responses=says(404, 409))
def leave(staff_id: Id, actor: Actor, session: Unit, now: Now) -> StaffOut:
    """Somebody left: their sessions end now and they cannot sign in again."""
    found = _other(session, staff_id, actor)
    staff.leave(session, found, now)
    audit.record(session, now, actor.name, "staff.left", f"staff:{staff_id}")
    return _shown(found)


def _other(session: Session, staff_id: int, actor: ActingAs) -> Staff:
    found = staff.get(session, staff_id)
    if found is None:
        raise NotFound("There is no such account.")
    if actor.name == f"staff:{staff_id}":
        raise StaffError("Ask another administrator to change your own account")
    return found


def _shown(one: Staff) -> StaffOut:
    return StaffOut(
        id=one.id,
        email=one.email.reveal(),
        name=one.name.reveal(),
        roles=list(one.roles),
        on_duty=one.on_duty,
        ready=one.password_hash is not None,
        created_at=one.created_at,
        left_at=one.left_at,
    )
