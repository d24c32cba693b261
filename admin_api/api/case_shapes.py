"""Cases as programs read them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel

from moderation import desk
from moderation.desk import CaseFile, FlaggedMessage
from moderation.models import Case
from people.models import Message, MessageVersion


class CaseFacts(BaseModel):
    """How a case stands. `due_at` is by when somebody looks; `overdue` that nobody did."""

    reference: str
    kind: str
    urgency: str
    categories: list[str]
    state: str
    opened_at: datetime
    due_at: datetime
    overdue: bool
    claimed_by: str | None


class CaseSummary(CaseFacts):
    """A case in the queue; `messages` is how many it holds."""

    messages: int


class CasePage(BaseModel):
    items: list[CaseSummary]
    next: str | None


class ConcernOut(BaseModel):
    """What screening found; `evidence` are [start, end] offsets of characters in the text."""

    category: str
    urgency: str
    why: str
    evidence: list[tuple[int, int]]


class CaseMessage(BaseModel):
    """A message as it was judged. `id` is what `/removals` takes; null where no message could be kept.

    `policy` is the number of the screening policy it was judged by; null where there was none yet.
    """

    id: int | None
    version: int
    text: str
    kind: str
    where: str
    sent_at: datetime
    removed_at: datetime | None
    screened: bool
    policy: int | None
    urgency: str
    concerns: list[ConcernOut]


class EventOut(BaseModel):
    number: int
    at: datetime
    kind: str
    actor: str
    detail: dict[str, Any]


class VersionOut(BaseModel):
    """What a message said until it was edited."""

    text: str
    until: datetime


class ConversationMessage(BaseModel):
    """A message around those of the case. `author` is person, service (the team) or bot."""

    id: int
    author: str
    name: str
    kind: str
    text: str
    sent_at: datetime
    removed_at: datetime | None
    earlier: list[VersionOut]


class PersonOut(BaseModel):
    """Whom the case is about. `reachable` says whether a reply can arrive."""

    id: int
    name: str
    consent: str
    reachable: bool


class CaseDetail(CaseFacts):
    """A case with all that a moderator reads."""

    outcome: str | None
    closed_at: datetime | None
    person: PersonOut | None
    messages: list[CaseMessage]
    events: list[EventOut]
    conversation: list[ConversationMessage]
    earlier_cases: list[str]


def summary(case: Case, now: datetime) -> CaseSummary:
    return CaseSummary(**_facts(case, now), messages=case.messages)


def _facts(case: Case, now: datetime) -> dict[str, Any]:
    return {
        "reference": case.reference,
        "kind": case.kind,
        "urgency": case.urgency,
        "categories": list(case.categories),
        "state": case.state,
        "opened_at": case.opened_at,
        "due_at": case.due_at,
        "overdue": desk.overdue(case, now),
        "claimed_by": case.claimed_by,
    }


def detail(file: CaseFile, now: datetime) -> CaseDetail:
    case, person = file.case, file.person
    return CaseDetail(
        **_facts(case, now),
        outcome=case.outcome,
        closed_at=case.closed_at,
        person=PersonOut(
            id=person.id,
            name=person.name.reveal(),
            consent=person.consent,
            reachable=person.started and person.reachable,
        )
        if person
        else None,
        messages=[_judged(one) for one in file.flagged],
        events=[
            EventOut(number=one.number, at=one.at, kind=one.kind, actor=one.actor, detail=desk.details(one))
            for one in file.events
        ],
        conversation=[
            _around(one, file.authors.get(one.person_id or 0, ""), file.versions.get(one.id, []))
            for one in file.around
        ],
        earlier_cases=[other.reference for other in file.earlier],
    )


def _judged(one: FlaggedMessage) -> CaseMessage:
    evidence = one.flag.evidence
    return CaseMessage(
        id=one.flag.message_id,
        version=one.flag.version,
        text=evidence["text"],
        kind=evidence["kind"],
        where=evidence["where"],
        sent_at=datetime.fromisoformat(evidence["sent_at"]).astimezone(UTC),
        removed_at=one.message.removed_at if one.message else None,
        screened=evidence["screened"],
        policy=evidence.get("policy"),
        urgency=one.flag.urgency,
        concerns=[ConcernOut(**concern) for concern in evidence["concerns"]],
    )


def _around(message: Message, name: str, versions: list[MessageVersion]) -> ConversationMessage:
    return ConversationMessage(
        id=message.id,
        author=message.author,
        name=name if message.author == "person" else "",
        kind=message.kind,
        text=message.text.reveal(),
        sent_at=message.sent_at,
        removed_at=message.removed_at,
        earlier=[VersionOut(text=one.text.reveal(), until=one.until) for one in versions],
    )
