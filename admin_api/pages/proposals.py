""" "This was a false alarm", "this was missed": said by a moderator at a case, decided by a safeguarding lead."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.orm import Session

from admin_api.pages import timeline
from admin_api.pages.policy import EDITING, Number, number_of
from admin_api.pages.view import Field, back_to, page
from admin_api.problems import NotFound
from admin_api.security import SignedInVisitor, needs
from admin_api.visitors import Visitor
from admin_api.web import Now, Reading, Unit
from core.text import clean
from moderation import desk
from moderation.policies import proposals, service
from moderation.policies.service import PolicyRefused
from moderation.screening import Category, PhraseFileError
from staff.roles import May

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

ACTING = [needs(May.ACT_ON_CASES)]
_CATEGORIES = [{"value": one.value, "text": one.label} for one in Category]
_URGENCIES = [
    {"value": "none", "text": "No worry: it should not be flagged"},
    {"value": "review", "text": "In two working days"},
    {"value": "today", "text": "Today"},
    {"value": "immediate", "text": "At once"},
]


@router.get("/cases/{reference}/proposals/new", dependencies=ACTING)
def new(
    request: Request,
    session: Unit,
    visitor: SignedInVisitor,
    now: Now,
    reference: str,
    message: str = "",
    kind: str = proposals.FALSE_ALARM,
) -> Response:
    text = proposals.suggested(session, visitor.actor, reference, number_of(message), now)
    known = kind if kind in (proposals.FALSE_ALARM, proposals.MISSED) else proposals.FALSE_ALARM
    return _form(request, reference, known, {"text": text})


@router.post("/cases/{reference}/proposals", dependencies=ACTING)
def make(
    request: Request,
    session: Unit,
    visitor: SignedInVisitor,
    now: Now,
    reference: str,
    kind: Field = "",
    text: Field = "",
    urgency: Field = "",
    categories: Annotated[list[str] | None, Form()] = None,
) -> Response:
    try:
        proposals.make(session, visitor.actor, reference, kind, clean(text), urgency, categories or [], now)
    except PolicyRefused as error:
        typed = {"text": text, "urgency": urgency, "categories": categories or []}
        return _form(request, reference, kind, typed, {_field(error): str(error)})
    return back_to(f"/cases/{reference}?done=proposed")


def _field(error: Exception) -> str:
    """The field that a refusal is about."""
    said = str(error)
    if said.startswith("Choose how soon"):
        return "urgency"
    return "categories" if said.startswith("Choose what") else "text"


def _form(
    request: Request,
    reference: str,
    kind: str,
    values: Mapping[str, Any],
    errors: Mapping[str, str] | None = None,
) -> Response:
    return page(
        request,
        "proposal_new.html",
        status=422 if errors else 200,
        errors=errors,
        values=values,
        reference=reference,
        kind=kind,
        categories=_CATEGORIES,
    )


@router.get("/policy/proposals/{proposal_id}", dependencies=EDITING)
def one(request: Request, session: Reading, visitor: SignedInVisitor, proposal_id: Number) -> Response:
    return _decide_page(request, session, visitor, proposal_id)


def _decide_page(
    request: Request,
    session: Session,
    visitor: Visitor,
    proposal_id: Number,
    errors: Mapping[str, str] | None = None,
    values: Mapping[str, Any] | None = None,
) -> Response:
    row = proposals.one(session, visitor.actor, proposal_id)
    if row is None:
        raise NotFound("There is no proposal of that number.")
    draft = service.draft(session)
    return page(
        request,
        "proposal.html",
        status=422 if errors else 200,
        errors=errors,
        values=values or {"text": row.text.reveal(), "urgency": row.urgency, "categories": row.categories},
        id=row.id,
        kind=row.kind,
        state=row.state,
        why=row.why,
        urgency=row.urgency,
        labels=[Category(name).label for name in row.categories],
        urgencies=_URGENCIES,
        categories=_CATEGORIES,
        proposed=draft is not None and draft.state == "proposed",
        made_by=timeline.who(row.made_by, desk.names(session)),
        made_at=row.made_at,
        lock=draft.lock if draft else 0,
        opens=draft is None,
    )


@router.post("/policy/proposals/{proposal_id}/accept", dependencies=EDITING)
def accept(
    request: Request,
    session: Unit,
    visitor: SignedInVisitor,
    now: Now,
    proposal_id: Number,
    text: Field = "",
    urgency: Field = "",
    categories: Annotated[list[str] | None, Form()] = None,
    lock: Field = "",
) -> Response:
    chosen = categories or []
    try:
        proposals.accept(session, visitor.actor, proposal_id, clean(text), urgency, chosen, number_of(lock), now)
    except (PolicyRefused, PhraseFileError) as error:
        typed = {"text": text, "urgency": urgency, "categories": chosen}
        return _decide_page(request, session, visitor, proposal_id, {_field(error): str(error)}, typed)
    return back_to("/policy/draft?done=saved")


@router.post("/policy/proposals/{proposal_id}/decline", dependencies=EDITING)
def decline(
    request: Request, session: Unit, visitor: SignedInVisitor, now: Now, proposal_id: Number, why: Field = ""
) -> Response:
    try:
        proposals.decline(session, visitor.actor, proposal_id, clean(why), now)
    except PolicyRefused as error:
        return _decide_page(request, session, visitor, proposal_id, {"why": str(error)}, None)
    return back_to("/policy")
