"""The texts a parent reads when it is grave: crisis cards and urgent help, editable and never empty."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.orm import Session

from admin_api.pages import timeline, words
from admin_api.pages.view import Field, back_to, page
from admin_api.problems import NotFound
from admin_api.security import SignedInVisitor, needs
from admin_api.web import Now, Reading, TheWeb, Unit
from core.text import clean
from moderation import desk, wording
from moderation.policies import service as policies
from moderation.screening import Urgency
from moderation.wording import EmptyWording
from staff.roles import May

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

EDITING = [needs(May.EDIT_CARDS)]


def _known(name: str) -> str:
    if name not in wording.names():
        raise NotFound("There is no text of that name.")
    return name


@router.get("/wording", dependencies=EDITING)
def texts(request: Request, session: Reading, done: str = "") -> Response:
    edited, names = wording.edited(session), desk.names(session)
    rows: dict[str, list[dict[str, Any]]] = {"card": [], "urgent": []}
    for name in wording.names():
        change = edited.get(name)
        rows[name.partition(".")[0]].append(
            {
                "name": name,
                "title": words.wording_name(name),
                "changed_at": change.changed_at if change else None,
                "changed_by": timeline.who(change.changed_by, names) if change else "",
            }
        )
    notice = "Saved. The next parent who needs it reads the new words" if done == "saved" else ""
    return page(request, "wording.html", cards=rows["card"], urgent=rows["urgent"], notice=notice)


def _form(
    request: Request, session: Session, web: TheWeb, now: Now, name: str, text: str, error: str = ""
) -> Response:
    promise = web.ways.hours.spoken(_urgency(name), now)
    return page(
        request,
        "wording_edit.html",
        status=422 if error else 200,
        errors={"text": error} if error else {},
        values={"text": text},
        name=name,
        title=words.wording_name(name),
        shown=wording.filled(text, promise),
        has_promise="{when}" in wording.text(session, name),
        promise=promise,
        longest=wording.LONGEST,
    )


def _urgency(name: str) -> Urgency:
    level = name.rpartition(".")[2]
    return Urgency(level) if level in set(Urgency) else Urgency.TODAY


@router.get("/wording/{name}", dependencies=EDITING)
def edit(request: Request, session: Reading, web: TheWeb, now: Now, name: str) -> Response:
    return _form(request, session, web, now, _known(name), wording.text(session, name))


@router.post("/wording/{name}", dependencies=EDITING)
def change(
    request: Request,
    session: Unit,
    web: TheWeb,
    visitor: SignedInVisitor,
    now: Now,
    name: str,
    text: Field = "",
) -> Response:
    try:
        policies.change_card(session, _known(name), clean(text), visitor.actor.name, now)
    except EmptyWording as error:
        return _form(request, session, web, now, name, text, str(error))
    return back_to("/wording?done=saved")
