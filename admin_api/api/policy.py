"""The screening policy by JSON: read it, write a draft, try words on it, publish with a second person, go back."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field

from admin_api.api.shapes import Body, SaysSomething, says
from admin_api.problems import NotFound
from admin_api.security import Actor, needs
from admin_api.web import Now, TheWeb, Unit
from core.text import clean
from moderation.policies import service, trying
from moderation.policies.models import PolicyVersion
from moderation.screening import Screening
from staff.roles import May

router = APIRouter(prefix="/api/v1/policy", tags=["policy"])

Number = Annotated[int, Path(ge=1, le=2_000_000_000)]
Lock = Annotated[int, Field(ge=0, le=2_000_000_000)]
EDITING = [needs(May.EDIT_POLICY)]


class VersionOut(BaseModel):
    """One version. `lock` counts the saves of a draft: send it back with the next act on it."""

    number: int
    state: str
    note: str
    based_on: int | None
    made_by: str
    made_at: datetime
    proposed_by: str | None
    agreed_by: str | None
    published_at: datetime | None
    lock: int


class VersionText(VersionOut):
    text: str


class PolicyOut(BaseModel):
    live: VersionOut
    draft: VersionOut | None
    versions: list[VersionOut]


class DraftIn(Body):
    """The whole text of the draft. `based_on` is the live number that it was written for.

    `lock` is the draft's as it was read; leave it out where there is no draft yet.
    """

    text: Annotated[str, Field(max_length=service.LONGEST_TEXT)]
    based_on: Annotated[int, Field(ge=1, le=2_000_000_000)]
    lock: Lock = 0


class NoteIn(Body):
    note: Annotated[str, Field(max_length=2000)]
    lock: Lock


class LockIn(Body):
    lock: Lock


class TextIn(Body):
    text: Annotated[str, Field(min_length=1, max_length=trying.LONGEST), SaysSomething]


class Concerned(BaseModel):
    category: str
    urgency: str
    why: str


class Judged(BaseModel):
    policy: int
    urgency: str
    not_screened: str
    concerns: list[Concerned]


class TriedOut(BaseModel):
    live: Judged
    draft: Judged | None


@router.get("", dependencies=EDITING, responses=says())
def overview(session: Unit, now: Now) -> PolicyOut:
    """What is in force, the draft, and every version."""
    live = service.live(session, now)
    draft = service.draft(session)
    return PolicyOut(
        live=_out(live),
        draft=_out(draft) if draft else None,
        versions=[_out(one) for one in service.versions(session)],
    )


@router.get("/versions/{number}", dependencies=EDITING, responses=says(404))
def version(number: Number, session: Unit, now: Now) -> VersionText:
    """One version with its text."""
    service.live(session, now)
    row = service.version(session, number)
    if row is None:
        raise NotFound("There is no policy of that number.")
    return VersionText(**_out(row).model_dump(), text=row.text)


@router.put("/draft", dependencies=EDITING, responses=says(409))
def write(given: DraftIn, actor: Actor, session: Unit, now: Now) -> VersionOut:
    """Put a text into the draft; one is opened if there is none.

    A text that cannot be used is refused with 422, `line` and `reason`; 409 when another version is live by now,
    or somebody else saved the draft.
    """
    text = clean(given.text)
    return _out(service.write(session, text, given.based_on, given.lock, actor.name, now))


@router.post("/try", dependencies=EDITING, responses=says())
def try_text(given: TextIn, web: TheWeb) -> TriedOut:
    """Any words, judged by the live policy and the draft. Nothing of them is kept."""
    was, would = trying.side_by_side(web.database, web.clock, web.meaning(), clean(given.text))
    return TriedOut(live=_judged(was), draft=_judged(would) if would is not None else None)


@router.post("/draft/propose", dependencies=EDITING, responses=says(409))
def propose(given: NoteIn, actor: Actor, session: Unit, now: Now) -> VersionOut:
    """Ask a second person to agree."""
    return _out(service.propose(session, given.note, given.lock, actor.name, now))


@router.post("/draft/agree", dependencies=EDITING, responses=says(409))
def agree(given: LockIn, actor: Actor, session: Unit, now: Now) -> VersionOut:
    """Publish what somebody else proposed."""
    return _out(service.agree(session, given.lock, actor.name, now))


@router.post("/versions/{number}/roll-back", dependencies=EDITING, responses=says(409))
def roll_back(number: Number, actor: Actor, session: Unit, now: Now) -> VersionOut:
    """Put an earlier version in force again, as a new number."""
    return _out(service.roll_back(session, number, actor.name, now))


def _out(row: PolicyVersion) -> VersionOut:
    return VersionOut(
        number=row.number,
        state=row.state,
        note=row.note,
        based_on=row.based_on,
        made_by=row.made_by,
        made_at=row.made_at,
        proposed_by=row.proposed_by,
        agreed_by=row.agreed_by,
        published_at=row.published_at,
        lock=row.lock,
    )


def _judged(found: Screening) -> Judged:
    return Judged(
        policy=found.policy,
        urgency=found.urgency.value,
        not_screened=found.unread,
        concerns=[
            Concerned(category=one.category.value, urgency=one.urgency.value, why=one.why)
            for one in found.concerns
        ],
    )
