"""Staff accounts, for administrators: add, change roles, make a new one-time link, leave."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Form, Path, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.orm import Session

from admin_api.pages import words
from admin_api.pages.view import Field, back_to, page
from admin_api.problems import NotFound
from admin_api.security import SignedInVisitor, needs
from admin_api.visitors import Visitor
from admin_api.web import Now, Reading, TheWeb, Unit
from core import audit
from core.text import clean
from staff import service as staff
from staff import signin
from staff.models import Staff
from staff.roles import May
from staff.service import StaffError

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

MANAGING = [needs(May.MANAGE_STAFF)]
LONGEST_NAME = 80
Number = Annotated[int, Path(ge=1, le=2**53)]
Roles = Annotated[list[str], Form()]
_NOTICES = {
    "roles": "The roles are changed. It counts from their next page",
    "left": "They are signed out for good",
}


def _row(one: Staff) -> dict[str, Any]:
    if one.left_at is not None:
        state = "Left"
    elif one.password_hash is None:
        state = "Has not set up the account yet"
    else:
        state = "On duty" if one.on_duty else "Active"
    return {
        "id": one.id,
        "name": one.name.reveal(),
        "email": one.email.reveal(),
        "roles": ", ".join(words.role(role) for role in one.roles),
        "state": state,
        "linked": one.person_id is not None,
        "left_at": one.left_at,
    }


def _page(request: Request, session: Session, **context: Any) -> Response:
    everybody = [_row(one) for one in staff.everybody(session)]
    return page(
        request,
        "team.html",
        here=[row for row in everybody if row["left_at"] is None],
        gone=[row for row in everybody if row["left_at"] is not None],
        roles=words.choices(words.ROLES),
        **context,
    )


def _find(session: Session, number: int) -> Staff:
    found = staff.get(session, number)
    if found is None:
        raise NotFound("There is no such account.")
    return found


def _link(session: Session, web: TheWeb, visitor: Visitor, one: Staff, now: datetime) -> str:
    """A one-time link to set up the account, or to set it up anew; it is shown on this page alone."""
    token = signin.begin_welcome(session, one, now)
    audit.record(session, now, visitor.actor.name, "staff.link_made", f"staff:{one.id}")
    return f"{web.settings.web_address}/welcome/{token}"


@router.get("/staff", dependencies=MANAGING)
def listed(request: Request, session: Reading, done: str = "") -> Response:
    return _page(request, session, notice=_NOTICES.get(done, ""))


@router.post("/staff", dependencies=MANAGING)
def add(
    request: Request,
    session: Unit,
    web: TheWeb,
    visitor: SignedInVisitor,
    now: Now,
    email: Field = "",
    name: Field = "",
    roles: Roles = [],  # noqa: B006 - FastAPI copies it
) -> Response:
    named = " ".join(clean(name).split())
    errors: dict[str, str] = {}
    if not roles:
        errors["roles"] = "Choose at least one role"
    if len(named) > LONGEST_NAME:
        errors["name"] = f"Use {LONGEST_NAME} characters or fewer"
    if not errors:
        try:
            one = staff.add(session, clean(email), roles, now, named)
        except StaffError as error:
            text = str(error)
            errors["email"] = text[:1].upper() + text[1:]
    if errors:
        typed = {"email": email, "name": name, "roles": roles}
        return _page(request, session, status=422, errors=errors, values=typed)
    audit.record(session, now, visitor.actor.name, "staff.added", f"staff:{one.id}", roles=list(one.roles))
    return _page(request, session, link=_link(session, web, visitor, one, now), whose=one.name.reveal())


@router.get("/staff/{number}", dependencies=MANAGING)
def one(request: Request, session: Reading, visitor: SignedInVisitor, number: Number) -> Response:
    return _one(request, visitor, _find(session, number))


def _one(request: Request, visitor: Visitor, found: Staff, **context: Any) -> Response:
    context.setdefault("values", {"roles": list(found.roles)})
    own = found.id == visitor.staff_id
    return page(request, "team_one.html", one=_row(found), own=own, roles=words.choices(words.ROLES), **context)


@router.post("/staff/{number}/roles", dependencies=MANAGING)
def change_roles(
    request: Request,
    session: Unit,
    visitor: SignedInVisitor,
    now: Now,
    number: Number,
    roles: Roles = [],  # noqa: B006
) -> Response:
    found = _find(session, number)
    if found.id == visitor.staff_id:
        error = "You cannot change your own roles. Ask another administrator"
        return _one(request, visitor, found, status=409, errors={"roles": error})
    if not roles:
        return _one(request, visitor, found, status=422, errors={"roles": "Choose at least one role"}, values={})
    staff.set_roles(session, found, roles)
    audit.record(session, now, visitor.actor.name, "staff.roles", f"staff:{number}", roles=list(found.roles))
    return back_to("/staff?done=roles")


@router.post("/staff/{number}/link", dependencies=MANAGING)
def new_link(
    request: Request, session: Unit, web: TheWeb, visitor: SignedInVisitor, now: Now, number: Number
) -> Response:
    found = _find(session, number)
    if found.left_at is not None or found.id == visitor.staff_id:
        raise NotFound("There is no link to make for this account.")
    return _one(request, visitor, found, link=_link(session, web, visitor, found, now))


@router.post("/staff/{number}/leave", dependencies=MANAGING)
def leave(request: Request, session: Unit, visitor: SignedInVisitor, now: Now, number: Number) -> Response:
    found = _find(session, number)
    if found.id == visitor.staff_id:
        error = "You cannot end your own account. Ask another administrator"
        return _one(request, visitor, found, status=409, errors={"leave": error})
    staff.leave(session, found, now)
    audit.record(session, now, visitor.actor.name, "staff.left", f"staff:{number}")
    return back_to("/staff?done=left")
