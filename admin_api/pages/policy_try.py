"""Any words on a draft and on the live policy, side by side."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from admin_api.pages import words
from admin_api.pages.policy import EDITING, draft_of
from admin_api.pages.view import Field, page
from admin_api.web import Reading, TheWeb
from core.text import clean
from moderation.policies import trying
from moderation.screening import Screening, Urgency

router = APIRouter(prefix="/policy/draft/try", include_in_schema=False, default_response_class=HTMLResponse)


@router.get("", dependencies=EDITING)
def to_try(request: Request, session: Reading) -> Response:
    return page(request, "policy_try.html", number=draft_of(session).number, tried=None)


@router.post("", dependencies=EDITING)
def try_words(request: Request, web: TheWeb, text: Field = "") -> Response:
    """Nothing of what is entered is kept."""
    with web.database.reading() as session:
        number = draft_of(session).number
    given = clean(text)[: trying.LONGEST]
    if not given.strip():
        errors = {"text": "Enter some words"}
        return page(request, "policy_try.html", status=422, number=number, tried=None, errors=errors)
    was, would = trying.side_by_side(web.database, web.clock, web.meaning(), given)
    tried = [{"name": f"In force: policy {was.policy}", **_said(was)}]
    if would is not None:
        tried.append({"name": f"Draft: policy {would.policy}", **_said(would)})
    return page(request, "policy_try.html", number=number, values={"text": given}, tried=tried)


def _said(found: Screening) -> dict[str, Any]:
    return {
        "urgency": found.urgency.value,
        "flagged": found.urgency is not Urgency.NONE,
        "unread": found.unread,
        "concerns": [
            {"category": words.category(one.category), "urgency": one.urgency.value, "why": one.why}
            for one in found.concerns
        ],
    }
