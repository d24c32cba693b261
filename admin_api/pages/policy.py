"""The screening policy: what is in force, what waits for a second person, and the way back."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.orm import Session

from admin_api.pages import policy_messages, timeline
from admin_api.pages.view import Field, back_to, page
from admin_api.problems import NotFound
from admin_api.security import SignedInVisitor, needs
from admin_api.visitors import Visitor
from admin_api.web import Now, Unit
from core.remember import recall
from moderation import desk
from moderation.policies import live, proposals, service, shadow
from moderation.policies.models import PolicyVersion
from moderation.policies.service import PolicyRefused
from staff.roles import May

router = APIRouter(prefix="/policy", include_in_schema=False, default_response_class=HTMLResponse)

EDITING = [needs(May.EDIT_POLICY)]
Number = Annotated[int, Path(ge=1, le=2_000_000_000)]
"""A number in an address; no database column holds a larger one."""
_NOTICES = {
    "opened": "A draft is open. Nothing changes until it is published",
    "discarded": "The draft is gone",
    "rebased": "The draft now follows the policy in force",
    "proposed": "A second person now has to agree",
    "sent-back": "It is a draft again",
    "published": "The policy is in force. Every message from now on is judged by it",
    "back": "The earlier policy is in force again, under a new number",
    "shadow-on": "The draft now judges every message beside the live policy, without effect",
    "shadow-off": "The draft no longer judges messages",
}
_STATES = {
    "live": "In force",
    "draft": "Draft",
    "proposed": "Waits for a second person",
    "retired": "Was in force",
    "discarded": "Given up",
}


def number_of(given: str) -> int:
    """A number from a form; 0 for anything that is none."""
    return int(given) if given.isascii() and given.isdigit() and len(given) < 9 else 0


def draft_of(session: Session) -> PolicyVersion:
    """The draft. Raises NotFound without one."""
    row = service.draft(session)
    if row is None:
        raise NotFound("There is no draft. Open one on the page Screening.")
    return row


def _published_first(rows: Sequence[PolicyVersion]) -> list[PolicyVersion]:
    """Those that are or were in force, the latest first, and then those that were given up."""
    published = [one for one in rows if one.published_at is not None]
    published.sort(key=lambda one: (one.published_at, one.number), reverse=True)
    return published + [one for one in rows if one.state == "discarded"]


def row_of(row: PolicyVersion, names: Mapping[str, str]) -> dict[str, Any]:
    """A version as pages show it."""
    return {
        "number": row.number,
        "state": row.state,
        "state_words": _STATES[row.state],
        "note": row.note,
        "made_by": timeline.who(row.made_by, names),
        "proposed_by": timeline.who(row.proposed_by, names) if row.proposed_by else "",
        "agreed_by": timeline.who(row.agreed_by, names) if row.agreed_by else "",
        "made_at": row.made_at,
        "published_at": row.published_at,
        "shadow_since": row.shadow_since,
        "lock": row.lock,
        "based_on": row.based_on,
    }


def _overview(
    request: Request,
    session: Session,
    visitor: Visitor,
    now: datetime,
    *,
    notice: str = "",
    errors: Mapping[str, str] | None = None,
    values: Mapping[str, str] | None = None,
) -> HTMLResponse:
    names = desk.names(session)
    in_force = service.live(session, now)
    draft = service.draft(session)
    return page(
        request,
        "policy.html",
        status=409 if errors else 200,
        errors=errors,
        values=values,
        notice=_NOTICES.get(notice, ""),
        live=row_of(in_force, names),
        draft=row_of(draft, names) if draft else None,
        may_agree=draft is not None and visitor.actor.name not in (draft.proposed_by, draft.edited_by),
        behind=draft is not None and draft.based_on != in_force.number,
        days=shadow.days(session, draft.number) if draft else [],
        differing=len(service.differences(session, draft.number)) if draft else 0,
        trouble=recall(session, live.TROUBLE),
        versions=[row_of(one, names) for one in _published_first(service.versions(session))],
        proposals=proposals.waiting(session, visitor.actor),
    )


@router.get("", dependencies=EDITING)
def overview(request: Request, session: Unit, visitor: SignedInVisitor, now: Now, done: str = "") -> Response:
    return _overview(request, session, visitor, now, notice=done)


@router.get("/versions/{number}", dependencies=EDITING)
def one(request: Request, session: Unit, now: Now, number: Number) -> Response:
    service.live(session, now)
    row = service.version(session, number)
    if row is None:
        raise NotFound("There is no policy of that number.")
    before = service.before(session, row)
    lines = difflib.unified_diff(
        (before.text if before else "").splitlines(), row.text.splitlines(), lineterm="", n=2
    )
    return page(
        request,
        "policy_version.html",
        version=row_of(row, desk.names(session)),
        before=before.number if before else None,
        text=row.text,
        changes=[line for line in lines if not line.startswith(("---", "+++", "@@"))],
    )


@router.post("/draft/open", dependencies=EDITING)
def open_draft(request: Request, session: Unit, visitor: SignedInVisitor, now: Now) -> Response:
    try:
        service.open_draft(session, visitor.actor.name, now)
    except PolicyRefused as error:
        return _refused(request, session, visitor, now, error)
    return back_to("/policy/draft")


@router.post("/draft/discard", dependencies=EDITING)
def discard(request: Request, session: Unit, visitor: SignedInVisitor, now: Now) -> Response:
    try:
        service.discard(session, visitor.actor.name, now)
    except PolicyRefused as error:
        return _refused(request, session, visitor, now, error)
    return back_to("/policy?done=discarded")


@router.post("/draft/propose", dependencies=EDITING)
def propose(
    request: Request, session: Unit, visitor: SignedInVisitor, now: Now, note: Field = "", lock: Field = ""
) -> Response:
    try:
        service.propose(session, note, number_of(lock), visitor.actor.name, now)
    except PolicyRefused as error:
        return _refused(request, session, visitor, now, error, "note", {"note": note})
    return back_to("/policy?done=proposed")


@router.post("/draft/send-back", dependencies=EDITING)
def send_back(request: Request, session: Unit, visitor: SignedInVisitor, now: Now, why: Field = "") -> Response:
    try:
        service.send_back(session, why, visitor.actor.name, now)
    except PolicyRefused as error:
        return _refused(request, session, visitor, now, error, "why", {"why": why})
    return back_to("/policy?done=sent-back")


@router.post("/draft/agree", dependencies=EDITING)
def agree(request: Request, session: Unit, visitor: SignedInVisitor, now: Now, lock: Field = "") -> Response:
    try:
        service.agree(session, number_of(lock), visitor.actor.name, now)
    except PolicyRefused as error:
        return _refused(request, session, visitor, now, error)
    return back_to("/policy?done=published")


@router.post("/draft/shadow", dependencies=EDITING)
def set_shadow(request: Request, session: Unit, visitor: SignedInVisitor, now: Now, on: Field = "") -> Response:
    try:
        service.set_shadow(session, on == "yes", visitor.actor.name, now)
    except PolicyRefused as error:
        return _refused(request, session, visitor, now, error)
    return back_to(f"/policy?done=shadow-{'on' if on == 'yes' else 'off'}")


@router.get("/draft/shadow", dependencies=EDITING)
def differing(request: Request, session: Unit, visitor: SignedInVisitor, now: Now) -> Response:
    """The last messages that the draft in shadow judged otherwise. Reading them is audited."""
    row = draft_of(session)
    found = service.differences(session, row.number)
    listed = [{"message": one.message_id, "live": one.live, "draft": one.draft, "at": one.at} for one in found]
    shown = policy_messages.shown(session, visitor, listed, now, f"policy:{row.number}")
    return page(request, "policy_shadow.html", number=row.number, listed=shown)


@router.post("/draft/rebase", dependencies=EDITING)
def rebase(request: Request, session: Unit, visitor: SignedInVisitor, now: Now, lock: Field = "") -> Response:
    try:
        service.rebase(session, number_of(lock), visitor.actor.name, now)
    except PolicyRefused as error:
        return _refused(request, session, visitor, now, error)
    return back_to("/policy?done=rebased")


@router.post("/versions/{number}/roll-back", dependencies=EDITING)
def roll_back(request: Request, session: Unit, visitor: SignedInVisitor, now: Now, number: Number) -> Response:
    try:
        service.roll_back(session, number, visitor.actor.name, now)
    except PolicyRefused as error:
        return _refused(request, session, visitor, now, error)
    return back_to("/policy?done=back")


def _refused(
    request: Request,
    session: Session,
    visitor: Visitor,
    now: datetime,
    error: PolicyRefused,
    field: str = "policy-title",
    values: Mapping[str, str] | None = None,
) -> Response:
    return _overview(request, session, visitor, now, errors={field: str(error)}, values=values)
