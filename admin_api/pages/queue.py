"""The queue of cases: gravest first, what is overdue said in words, live without a reload."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from sqlalchemy.orm import Session

from admin_api.pages import moments, timeline, words
from admin_api.pages.view import page
from admin_api.security import Actor, needs
from admin_api.web import Now, Reading
from moderation import desk
from moderation.models import Case
from staff.roles import May

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

ON_A_PAGE = 50
LAST_PAGE = 1000
_TABS = (("open", "Open"), ("unclaimed", "Not taken yet"), ("closed", "Closed"))
_EMPTY = {
    "open": "No open cases. New ones appear here by themselves.",
    "unclaimed": "Somebody has every open case.",
    "closed": "No case has been closed yet.",
}
State = Annotated[str, Query(max_length=16)]
Number = Annotated[int, Query(ge=1, le=LAST_PAGE)]


@dataclass(frozen=True, slots=True)
class Row:
    """A case in the list, in words."""

    reference: str
    urgency: str
    headline: str
    where: str
    messages: int
    opened_at: datetime
    age: str
    due_at: datetime
    due: str
    late: bool
    overdue: bool
    seen: bool
    claimed_by: str
    closed_at: datetime | None
    outcome: str


@router.get("/cases", dependencies=[needs(May.READ_CASES)])
def cases(
    request: Request, session: Reading, actor: Actor, now: Now, state: State = "open", page_number: Number = 1
) -> HTMLResponse:
    return page(request, "queue.html", **_listing(session, actor, now, state, page_number))


@router.get("/cases/rows", dependencies=[needs(May.READ_CASES)])
def rows(
    request: Request, session: Reading, actor: Actor, now: Now, state: State = "open", page_number: Number = 1
) -> HTMLResponse:
    """The list alone, for the script that keeps it fresh."""
    return page(request, "queue_rows.html", **_listing(session, actor, now, state, page_number))


def _listing(session: Session, actor: desk.Actor, now: datetime, state: str, number: int) -> dict[str, Any]:
    state = state if state in _EMPTY else "open"
    found = desk.queue(session, actor, state, most=ON_A_PAGE + 1, skip=(number - 1) * ON_A_PAGE)
    shown = found[:ON_A_PAGE]
    names = desk.names(session)
    places = desk.whereabouts(session, shown)
    counts = desk.counts(session, actor, now)
    return {
        "state": state,
        "page_number": number,
        "rows": [_row(case, places.get(case.id, []), names, now) for case in shown],
        "counts": counts,
        "tabs": _tabs(counts),
        "empty": _EMPTY[state],
        "list_title": _title(counts),
        "previous_page": f"/cases?state={state}&page_number={number - 1}" if number > 1 else None,
        "next_page": f"/cases?state={state}&page_number={number + 1}" if len(found) > ON_A_PAGE else None,
    }


def _tabs(counts: desk.Counts) -> list[dict[str, Any]]:
    numbers = {"open": counts.open, "unclaimed": counts.unclaimed}
    return [{"state": state, "label": label, "count": numbers.get(state)} for state, label in _TABS]


def _title(counts: desk.Counts) -> str:
    """ "(3) Cases, 1 overdue": the count first, so that it shows on a narrow tab."""
    overdue = f", {counts.overdue} overdue" if counts.overdue else ""
    return f"({counts.open}) Cases{overdue}"


def _row(case: Case, places: Sequence[str], names: Mapping[str, str], now: datetime) -> Row:
    return Row(
        reference=case.reference,
        urgency=case.urgency,
        headline=words.headline(case),
        where=words.places(places),
        messages=case.messages,
        opened_at=case.opened_at,
        age=moments.ago(case.opened_at, now),
        due_at=case.due_at,
        due=moments.due(case.due_at, now),
        late=case.due_at < now,
        overdue=desk.overdue(case, now),
        seen=case.seen_at is not None,
        claimed_by=timeline.who(case.claimed_by, names) if case.claimed_by else "",
        closed_at=case.closed_at,
        outcome=words.outcome(case.outcome or ""),
    )
