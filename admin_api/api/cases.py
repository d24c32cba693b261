"""Cases: the queue, one case, and what moderators do."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from admin_api.api.case_shapes import CaseDetail, CasePage, CaseSummary, detail, summary
from admin_api.api.shapes import Body, Cursor, Limit, SaysSomething, cursor_of, place_of, says
from admin_api.security import Actor, needs
from admin_api.web import Now, Reading, Unit
from moderation import desk
from moderation.casebook import Outcome
from staff.roles import May

router = APIRouter(prefix="/api/v1/cases", tags=["cases"])

_REFERENCE = re.compile(r"[0-9A-Za-z]{3}-[0-9A-Za-z]{3}")

State = Annotated[Literal["open", "unclaimed", "claimed", "closed", "all"], Query(description="Which cases")]
Note = Annotated[str, Field(min_length=1, max_length=desk.LONGEST_NOTE), SaysSomething]
Reply = Annotated[str, Field(min_length=1, max_length=desk.LONGEST_REPLY), SaysSomething]
MessageId = Annotated[int, Field(strict=True, ge=1, le=2**53)]


async def _reference(reference: str) -> str:
    if not _REFERENCE.fullmatch(reference):
        raise desk.NoSuchCase
    return reference


Reference = Annotated[str, Depends(_reference)]


class NoteIn(Body):
    """Something for the team; the parent never sees it."""

    text: Note


class ReplyIn(Body):
    """What the parent reads, as from the team."""

    text: Reply


class RemovalIn(Body):
    """Which message of the case to take out of the group."""

    message_id: MessageId


class ClosingIn(Body):
    """How the case ended, and why."""

    outcome: Outcome
    reason: Note


@router.get("", dependencies=[needs(May.READ_CASES)], responses=says())
def cases(
    actor: Actor, session: Reading, now: Now, state: State = "open", limit: Limit = 50, cursor: Cursor = None
) -> CasePage:
    """Cases, gravest first, and among those what is due first. Follow `next` until it is null."""
    skip = place_of(cursor)
    found = desk.queue(session, actor, state, limit + 1, skip)
    more = len(found) > limit
    return CasePage(
        items=[summary(case, now) for case in found[:limit]], next=cursor_of(skip + limit) if more else None
    )


@router.get("/{reference}", dependencies=[needs(May.READ_CASES)], responses=says(404))
def case(reference: Reference, actor: Actor, session: Unit, now: Now) -> CaseDetail:
    """A case with its messages, what was found in them, the conversation and the timeline. This is audited."""
    return detail(desk.read(session, actor, reference, now), now)


@router.post("/{reference}/claim", dependencies=[needs(May.ACT_ON_CASES)], responses=says(404, 409))
def claim(reference: Reference, actor: Actor, session: Unit, now: Now) -> CaseSummary:
    """Take the case. Of two at the same moment one wins; the other gets 409."""
    return summary(desk.claim(session, actor, reference, now), now)


@router.post("/{reference}/release", dependencies=[needs(May.ACT_ON_CASES)], responses=says(404, 409))
def release(reference: Reference, actor: Actor, session: Unit, now: Now) -> CaseSummary:
    """Put the case back."""
    return summary(desk.release(session, actor, reference, now), now)


@router.post(
    "/{reference}/notes", status_code=201, dependencies=[needs(May.ACT_ON_CASES)], responses=says(404, 409)
)
def note(reference: Reference, given: NoteIn, actor: Actor, session: Unit, now: Now) -> CaseSummary:
    """Write something down for the team."""
    return summary(desk.note(session, actor, reference, given.text, now), now)


@router.post(
    "/{reference}/replies", status_code=201, dependencies=[needs(May.ACT_ON_CASES)], responses=says(404, 409)
)
def reply(reference: Reference, given: ReplyIn, actor: Actor, session: Unit, now: Now) -> CaseSummary:
    """Write to the parent as the service. 409 when they cannot be reached."""
    return summary(desk.reply(session, actor, reference, given.text, now), now)


@router.post("/{reference}/removals", dependencies=[needs(May.ACT_ON_CASES)], responses=says(404, 409))
def remove(reference: Reference, given: RemovalIn, actor: Actor, session: Unit, now: Now) -> CaseSummary:
    """Take a message out of the group; what is kept of it does not change."""
    return summary(desk.remove_message(session, actor, reference, given.message_id, now), now)


@router.post("/{reference}/close", dependencies=[needs(May.ACT_ON_CASES)], responses=says(404, 409))
def close(reference: Reference, given: ClosingIn, actor: Actor, session: Unit, now: Now) -> CaseSummary:
    """End the case."""
    return summary(desk.close(session, actor, reference, given.outcome.value, given.reason, now), now)
