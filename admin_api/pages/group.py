"""The parents' group: whether it is linked, what the bot may do there, and who stands where."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.orm import Session

from admin_api.pages import words
from admin_api.pages.view import page
from admin_api.security import SignedInVisitor, needs
from admin_api.visitors import Visitor
from admin_api.web import Now, Reading, Unit
from core import audit
from people import conversations
from people.invites import issue_invite
from people.models import Conversation
from staff.roles import May

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

_CODE_DAYS = 2
_RIGHTS: tuple[tuple[str, str, str], ...] = (
    ("can_delete_messages", "Take messages out", "Without it, nobody can take a message out from here."),
    ("can_invite_users", "Answer requests to join", "Without it, parents who ask to join wait for ever."),
)


def rights_in_words(rights: Mapping[str, Any] | None) -> tuple[list[tuple[str, bool]], list[str]]:
    """What the bot may do in the group, and a warning for each thing that is missing."""
    if not rights:
        return [], ["Telegram has not said yet what the bot may do in the group."]
    if rights.get("status") in {"left", "kicked"}:
        return [], ["The bot is no longer in the group. Add it again and make it an administrator."]
    if rights.get("status") not in {"administrator", "creator"}:
        return [], ["The bot is no administrator of the group, so it cannot read or answer what it must."]
    everything = rights["status"] == "creator"
    held = [(label, everything or bool(rights.get(name))) for name, label, _ in _RIGHTS]
    lacking = [] if everything else [right for right in _RIGHTS if not rights.get(right[0])]
    missing = [f"{label}: not allowed. {why}" for _, label, why in lacking]
    return held, missing


def _members(session: Session, linked: Conversation) -> list[tuple[str, list[dict[str, Any]]]]:
    by_standing: dict[str, list[dict[str, Any]]] = {
        standing: [] for standing in ("asked", "member", "left", "refused")
    }
    for person, membership in conversations.members(session, linked):
        by_standing.setdefault(membership.state, []).append(
            {
                "name": person.name.reveal() or "No name given",
                "at": membership.at,
                "agreed": person.consent == "yes",
                "reachable": person.started and person.reachable,
            }
        )
    return [(words.STANDINGS.get(name, name), people) for name, people in by_standing.items() if people]


def _page(request: Request, session: Session, visitor: Visitor, **context: Any) -> Response:
    linked = conversations.linked_group(session)
    held, missing = rights_in_words(linked.rights) if linked else ([], [])
    return page(
        request,
        "group.html",
        linked=linked is not None,
        linked_at=linked.linked_at if linked else None,
        count=conversations.count_members(session, linked) if linked else 0,
        has_link=linked is not None and linked.invite_link is not None,
        held=held,
        missing=missing,
        members=_members(session, linked) if linked else [],
        may_link=visitor.may(May.RUN_SYSTEM),
        **context,
    )


@router.get("/group", dependencies=[needs(May.INVITE)])
def group(request: Request, session: Reading, visitor: SignedInVisitor) -> Response:
    return _page(request, session, visitor)


@router.post("/group/link-code", dependencies=[needs(May.RUN_SYSTEM)])
def link_code(request: Request, session: Unit, visitor: SignedInVisitor, now: Now) -> Response:
    """Make the code that links a group; it is shown on this page alone."""
    code, _ = issue_invite(session, at=now, by=visitor.actor.name, days=_CODE_DAYS, kind="group")
    audit.record(session, now, visitor.actor.name, "group.link_code", "group")
    return _page(request, session, visitor, code=code)
