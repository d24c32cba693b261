"""Somebody's own account: being on duty, their own Telegram for alerts, and their other sessions."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.orm import Session

from admin_api.pages import words
from admin_api.pages.view import Field, back_to, page
from admin_api.security import SignedInVisitor, needs
from admin_api.visitors import Visitor, cookie_name
from admin_api.web import Now, Reading, TheWeb, Unit
from core import audit
from people.invites import issue_invite
from staff import service as staff
from staff import signin
from staff.models import Staff
from staff.roles import May

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

OWN = [needs(May.SIGNED_IN)]
_LINK_DAYS = 1
_NOTICES = {
    "on": "You are on duty: alerts come to you first",
    "off": "You are off duty",
    "ended": "Your other sessions have ended",
}


def _own(session: Session, visitor: Visitor) -> Staff:
    found = staff.get(session, visitor.staff_id or 0)
    assert found is not None
    return found


def _page(request: Request, session: Session, visitor: Visitor, **context: Any) -> Response:
    own = _own(session, visitor)
    return page(
        request,
        "account.html",
        name=own.name.reveal(),
        email=own.email.reveal(),
        roles=[words.ROLES.get(role, (role, "")) for role in own.roles],
        on_duty=own.on_duty,
        linked=own.person_id is not None,
        gets_alerts=visitor.may(May.READ_CASES),
        **context,
    )


@router.get("/account", dependencies=OWN)
def account(request: Request, session: Reading, visitor: SignedInVisitor, done: str = "") -> Response:
    return _page(request, session, visitor, notice=_NOTICES.get(done, ""))


@router.post("/account/duty", dependencies=[needs(May.READ_CASES)])
def duty(session: Unit, visitor: SignedInVisitor, now: Now, on_duty: Field = "") -> Response:
    wanted = on_duty == "yes"
    staff.set_duty(session, _own(session, visitor), wanted)
    audit.record(session, now, visitor.actor.name, "staff.duty", visitor.actor.name, on=wanted)
    return back_to(f"/account?done={'on' if wanted else 'off'}")


@router.post("/account/telegram", dependencies=OWN)
def telegram(request: Request, session: Unit, web: TheWeb, visitor: SignedInVisitor, now: Now) -> Response:
    """Make a code that links one Telegram account to this one; it is shown on this page alone."""
    code, _ = issue_invite(
        session, at=now, by=visitor.actor.name, days=_LINK_DAYS, kind="staff", subject=str(visitor.staff_id)
    )
    audit.record(session, now, visitor.actor.name, "staff.telegram_code", visitor.actor.name)
    return _page(request, session, visitor, code=code, link=web.deep_link(code))


@router.post("/account/sessions", dependencies=OWN)
def end_others(request: Request, session: Unit, web: TheWeb, visitor: SignedInVisitor, now: Now) -> Response:
    own = signin.signed_in(session, request.cookies.get(cookie_name(web.settings), ""), now)
    if own is not None:
        ended = signin.sign_out_elsewhere(session, own.session, now)
        audit.record(session, now, visitor.actor.name, "signin.ended_elsewhere", visitor.actor.name, count=ended)
    return back_to("/account?done=ended")
