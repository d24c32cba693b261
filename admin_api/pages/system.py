"""How the service runs: contact with Telegram, what waits, what could not be sent or handled.

Identities and kinds only: no text of anybody, because administrators and managers look here.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.orm import Session

from admin_api import figures
from admin_api.pages import moments, words
from admin_api.pages.group import rights_in_words
from admin_api.pages.view import back_to, page
from admin_api.problems import NotFound
from admin_api.security import SignedInVisitor, needs
from admin_api.web import Now, Reading, Unit
from core import audit, inbox, outbox
from core.models import InboxUpdate, OutboxItem
from core.remember import recall
from moderation.policies.live import TROUBLE as POLICY_TROUBLE
from people import conversations
from staff.roles import May

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@router.get("/system", dependencies=[needs(May.SEE_SYSTEM)])
def system(request: Request, session: Reading, visitor: SignedInVisitor, now: Now, done: str = "") -> Response:
    last = figures.last_contact(session)
    return page(
        request,
        "system.html",
        policy_trouble=recall(session, POLICY_TROUBLE),
        notice="It is queued and will be tried again now" if done == "again" else "",
        may_run=visitor.may(May.RUN_SYSTEM),
        last_contact=last,
        last_contact_ago=moments.ago(last, now) if last else "",
        contact_ok=figures.contact_ok(last, now),
        waiting_in=inbox.backlog(session),
        waiting_out=outbox.backlog(session),
        stuck=[_stuck(item) for item in outbox.stuck(session)],
        dead=[_dead(item, now) for item in inbox.dead(session)],
        group_trouble=_group_trouble(session),
    )


@router.post("/system/outbox/{number}/again", dependencies=[needs(May.RUN_SYSTEM)])
def again(
    session: Unit, visitor: SignedInVisitor, now: Now, number: Annotated[int, Path(ge=1, le=2**53)]
) -> Response:
    if outbox.try_again(session, number, now) is None:
        raise NotFound("It has been sent or tried again in the meantime.")
    audit.record(session, now, visitor.actor.name, "outbox.again", f"outbox:{number}")
    return back_to("/system?done=again")


def _stuck(item: OutboxItem) -> dict[str, Any]:
    about = item.about or {}
    return {
        "id": item.id,
        "what": words.SENDINGS.get(str(about.get("what")), words.ACTS.get(item.act, item.act)),
        "state": "Could not be sent" if item.state == "dead" else "May have arrived, nobody knows",
        "why": _kind_of(item.error),
        "tries": item.attempts,
        "at": item.created_at,
        "again": item.body is not None,
    }


def _dead(item: InboxUpdate, now: datetime) -> dict[str, Any]:
    return {
        "id": item.id,
        "number": item.update_id,
        "why": _kind_of(item.error),
        "at": item.received_at,
        "age": moments.ago(item.received_at, now),
    }


def _kind_of(error: str | None) -> str:
    """What kind of error it was. The rest of its text might hold what somebody wrote."""
    return (error or "not known").partition(":")[0].partition("\n")[0][:60]


def _group_trouble(session: Session) -> list[str]:
    linked = conversations.linked_group(session)
    if linked is None:
        return ["No group is linked yet."]
    return rights_in_words(linked.rights)[1]
