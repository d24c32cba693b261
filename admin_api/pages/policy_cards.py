"""The cards of a draft policy: each as parents would read it, in force when the policy is."""

from __future__ import annotations

from dataclasses import replace

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.orm import Session

from admin_api.pages import words
from admin_api.pages.policy import EDITING, draft_of, number_of
from admin_api.pages.view import Field, back_to, page
from admin_api.problems import NotFound
from admin_api.security import SignedInVisitor
from admin_api.web import Now, Reading, Unit
from core.text import clean
from moderation import wording
from moderation.policies import service
from moderation.policies.service import PolicyRefused
from moderation.screening import PhraseFileError

router = APIRouter(prefix="/policy/draft/cards", include_in_schema=False, default_response_class=HTMLResponse)


def _known(name: str) -> str:
    if name not in wording.names():
        raise NotFound("There is no card of that name.")
    return name


@router.get("", dependencies=EDITING)
def cards(request: Request, session: Reading) -> Response:
    row = draft_of(session)
    own = service.read(row).cards
    rows = [{"name": name, "title": words.wording_name(name), "own": name in own} for name in wording.names()]
    return page(request, "policy_cards.html", number=row.number, cards=rows)


@router.get("/{name}", dependencies=EDITING)
def edit(request: Request, session: Reading, name: str) -> Response:
    return _form(request, session, _known(name))


@router.post("/{name}", dependencies=EDITING)
def save(
    request: Request,
    session: Unit,
    visitor: SignedInVisitor,
    now: Now,
    name: str,
    text: Field = "",
    shipped: Field = "",
    lock: Field = "",
) -> Response:
    read = service.read(draft_of(session))
    others = {one: words for one, words in read.cards.items() if one != _known(name)}
    given = clean(text).strip()
    mine = {} if shipped else {name: given}
    try:
        if mine:
            wording.checked(name, given)
        service.change(session, replace(read, cards={**others, **mine}), number_of(lock), visitor.actor.name, now)
    except (PhraseFileError, PolicyRefused, wording.EmptyWording) as error:
        return _form(request, session, name, text, str(error))
    return back_to("/policy/draft?done=saved")


def _form(request: Request, session: Session, name: str, typed: str | None = None, error: str = "") -> Response:
    row = draft_of(session)
    own = service.read(row).cards
    return page(
        request,
        "policy_card.html",
        status=422 if error else 200,
        errors={"text": error} if error else {},
        values={"text": typed if typed is not None else own.get(name, wording.shipped(name))},
        name=name,
        title=words.wording_name(name),
        own=name in own,
        lock=row.lock,
        number=row.number,
        may_edit=row.state == "draft",
        has_promise="{when}" in wording.shipped(name),
        longest=wording.LONGEST,
    )
