"""One case: read it, take it, answer the parent, note, take a message out of the group, close it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.orm import Session

from admin_api.pages import case_view, words
from admin_api.pages.view import Field, back_to, page
from admin_api.security import SignedInVisitor, needs
from admin_api.visitors import Visitor
from admin_api.web import Now, Unit
from core.text import clean
from moderation import desk
from moderation.casebook import NotPossible, Outcome
from staff.roles import May

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

ACTING = [needs(May.ACT_ON_CASES)]
_NOTICES = {
    "claimed": "You have this case now",
    "released": "The case is back in the queue",
    "noted": "Your note is saved",
    "replied": "Your reply is on its way to their phone",
    "shown": "It is on its way to your own Telegram",
    "removal": "The message is being taken out of the group",
    "closed": "The case is closed",
    "no-worry": "The case is closed. Choose “This was a false alarm” beside the message, so that we learn",
    "proposed": "Thank you. A safeguarding lead decides what is learnt from it",
}


def _file(
    request: Request,
    session: Session,
    visitor: Visitor,
    reference: str,
    now: datetime,
    *,
    status: int = 200,
    notice: str = "",
    errors: Mapping[str, str] | None = None,
    values: Mapping[str, str] | None = None,
) -> HTMLResponse:
    file = desk.read(session, visitor.actor, reference, now)
    context = case_view.of_file(file, desk.names(session), visitor.actor.name, now)
    return page(
        request,
        "case.html",
        status=status,
        errors=errors,
        values=values,
        notice=_NOTICES.get(notice, ""),
        may_act=visitor.may(May.ACT_ON_CASES),
        longest_reply=desk.LONGEST_REPLY,
        outcomes=words.choices(words.OUTCOMES),
        **context,
    )


@router.get("/cases/{reference}", dependencies=[needs(May.READ_CASES)])
def one(
    request: Request, session: Unit, visitor: SignedInVisitor, now: Now, reference: str, done: str = ""
) -> Response:
    return _file(request, session, visitor, reference, now, notice=done)


@router.post("/cases/{reference}/claim", dependencies=ACTING)
def claim(request: Request, session: Unit, visitor: SignedInVisitor, now: Now, reference: str) -> Response:
    try:
        desk.claim(session, visitor.actor, reference, now)
    except NotPossible as error:
        return _refused(request, session, visitor, reference, now, error)
    return _done(reference, "claimed")


@router.post("/cases/{reference}/release", dependencies=ACTING)
def release(request: Request, session: Unit, visitor: SignedInVisitor, now: Now, reference: str) -> Response:
    try:
        desk.release(session, visitor.actor, reference, now)
    except NotPossible as error:
        return _refused(request, session, visitor, reference, now, error)
    return _done(reference, "released")


@router.post("/cases/{reference}/notes", dependencies=ACTING)
def note(
    request: Request, session: Unit, visitor: SignedInVisitor, now: Now, reference: str, note: Field = ""
) -> Response:
    try:
        desk.note(session, visitor.actor, reference, clean(note), now)
    except NotPossible as error:
        return _file(
            request,
            session,
            visitor,
            reference,
            now,
            status=422,
            errors={"note": _sentence(error)},
            values={"note": note},
        )
    return _done(reference, "noted")


@router.post("/cases/{reference}/replies", dependencies=ACTING)
def reply(
    request: Request, session: Unit, visitor: SignedInVisitor, now: Now, reference: str, reply: Field = ""
) -> Response:
    try:
        desk.reply(session, visitor.actor, reference, clean(reply), now)
    except NotPossible as error:
        return _file(
            request,
            session,
            visitor,
            reference,
            now,
            status=422,
            errors={"reply": _sentence(error)},
            values={"reply": reply},
        )
    return _done(reference, "replied")


@router.post("/cases/{reference}/removals", dependencies=ACTING)
def remove(
    request: Request, session: Unit, visitor: SignedInVisitor, now: Now, reference: str, message_id: Field = ""
) -> Response:
    try:
        desk.remove_message(session, visitor.actor, reference, _number(message_id), now)
    except NotPossible as error:
        return _refused(request, session, visitor, reference, now, error)
    return _done(reference, "removal")


@router.post("/cases/{reference}/showings", dependencies=ACTING)
def show(
    request: Request, session: Unit, visitor: SignedInVisitor, now: Now, reference: str, message_id: Field = ""
) -> Response:
    """A picture or recording goes to the moderator's own Telegram: the console holds no bot token."""
    try:
        desk.show(session, visitor.actor, reference, _number(message_id), now)
    except NotPossible as error:
        return _refused(request, session, visitor, reference, now, error)
    return _done(reference, "shown")


def _number(given: str) -> int:
    return int(given) if given.isascii() and given.isdigit() and len(given) < 19 else 0


@router.post("/cases/{reference}/close", dependencies=ACTING)
def close(
    request: Request,
    session: Unit,
    visitor: SignedInVisitor,
    now: Now,
    reference: str,
    outcome: Field = "",
    reason: Field = "",
) -> Response:
    errors: dict[str, str] = {}
    if outcome not in set(Outcome):
        errors["outcome"] = "Choose how it ended"
    if not reason.strip():
        errors["reason"] = "Enter why, in a sentence or two"
    if not errors:
        try:
            desk.close(session, visitor.actor, reference, outcome, clean(reason), now)
        except NotPossible as error:
            errors["reason"] = _sentence(error)
    if errors:
        typed = {"outcome": outcome, "reason": reason}
        return _file(request, session, visitor, reference, now, status=422, errors=errors, values=typed)
    return _done(reference, "no-worry" if outcome == Outcome.FALSE_ALARM else "closed")


def _done(reference: str, what: str) -> Response:
    return back_to(f"/cases/{reference}?done={what}")


def _refused(
    request: Request, session: Session, visitor: Visitor, reference: str, now: datetime, error: NotPossible
) -> Response:
    """The act does not fit what has happened meanwhile: the case as it is now, and why."""
    return _file(request, session, visitor, reference, now, status=409, errors={"case-title": _sentence(error)})


def _sentence(error: NotPossible) -> str:
    text = str(error)
    return text[:1].upper() + text[1:]
