"""Invites for parents: a code is made, shown once, and can be taken back."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.orm import Session

from admin_api.pages import timeline
from admin_api.pages.view import Field, back_to, page
from admin_api.problems import NotFound
from admin_api.security import SignedInVisitor, needs
from admin_api.web import Now, Reading, TheWeb, Unit
from core import audit
from core.text import clean
from moderation import desk
from people import invites
from people.models import Invite
from staff.roles import May

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

INVITING = [needs(May.INVITE)]
MOST_USES, MOST_DAYS, LONGEST_LABEL = 500, 365, 80


def _row(invite: Invite, now: datetime, names: dict[str, str]) -> dict[str, Any]:
    used = invite.uses_allowed - invite.uses_left
    if invite.revoked_at is not None:
        state, good = "Taken back", False
    elif invite.uses_left < 1:
        state, good = "Used up", False
    elif invite.expires_at <= now:
        state, good = "Run out", False
    else:
        state, good = "Works", True
    return {
        "id": invite.id,
        "label": invite.label or "No label",
        "state": state,
        "good": good,
        "used": f"{used} of {invite.uses_allowed}",
        "expires_at": invite.expires_at,
        "made_by": timeline.who(invite.created_by, names),
        "made_at": invite.created_at,
    }


def _page(request: Request, session: Session, now: datetime, **context: Any) -> Response:
    names = desk.names(session)
    rows = [_row(invite, now, names) for invite in invites.invites(session)]
    context.setdefault("values", {"uses": "1", "days": "14"})
    return page(request, "invites.html", rows=rows, **context)


def _number(text: str, most: int) -> int | None:
    plain = text.strip()
    number = int(plain) if plain.isascii() and plain.isdigit() and len(plain) < 6 else 0
    return number if 1 <= number <= most else None


@router.get("/people/invites", dependencies=INVITING)
def listed(request: Request, session: Reading, now: Now, done: str = "") -> Response:
    return _page(request, session, now, notice="The invite no longer works" if done == "revoked" else "")


@router.post("/people/invites", dependencies=INVITING)
def make(
    request: Request,
    session: Unit,
    web: TheWeb,
    visitor: SignedInVisitor,
    now: Now,
    uses: Field = "",
    days: Field = "",
    label: Field = "",
) -> Response:
    """Make an invite and show its code, on this page alone: only a hash of it is kept."""
    number, length = _number(uses, MOST_USES), _number(days, MOST_DAYS)
    named = " ".join(clean(label).split())
    errors: dict[str, str] = {}
    if number is None:
        errors["uses"] = f"Enter how many parents may use it, from 1 to {MOST_USES}"
    if length is None:
        errors["days"] = f"Enter for how many days it works, from 1 to {MOST_DAYS}"
    if len(named) > LONGEST_LABEL:
        errors["label"] = f"Use {LONGEST_LABEL} characters or fewer"
    if errors or number is None or length is None:
        typed = {"uses": uses, "days": days, "label": label}
        return _page(request, session, now, status=422, errors=errors, values=typed)
    code, invite = invites.issue_invite(
        session, at=now, by=visitor.actor.name, uses=number, days=length, label=named
    )
    audit.record(session, now, visitor.actor.name, "invite.made", f"invite:{invite.id}", uses=number, days=length)
    return _page(request, session, now, code=code, link=web.deep_link(code), made=invite)


@router.post("/people/invites/{number}/revoke", dependencies=INVITING)
def revoke(
    session: Unit, visitor: SignedInVisitor, now: Now, number: Annotated[int, Path(ge=1, le=2**53)]
) -> Response:
    if not invites.revoke_invite(session, number, now):
        raise NotFound("There is no such invite.")
    audit.record(session, now, visitor.actor.name, "invite.revoked", f"invite:{number}")
    return back_to("/people/invites?done=revoked")
