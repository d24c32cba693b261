"""Opening cases and adding to them. Every change is an event; the row mirrors what the events say."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from core import after
from core.signals import DESK
from moderation import repository
from moderation.casebook import Happened, Kind, State, apply
from moderation.models import Case, CaseEvent, Flag
from moderation.screening import Urgency
from people.models import Message

_ALPHABET = "23456789BCDFGHJKMNPQRSTVWXZ"


@dataclass(frozen=True, slots=True)
class Worry:
    """Why a case is opened or added to: how urgent, which categories, by when somebody looks."""

    urgency: Urgency
    categories: tuple[str, ...]
    due_at: datetime

    def detail(self, **more: Any) -> dict[str, Any]:
        return {
            "urgency": self.urgency.value,
            "categories": list(self.categories),
            "due_at": self.due_at.isoformat(),
            **more,
        }


def mirrored(case: Case) -> State:
    """The state that the case's row holds."""
    return State(
        urgency=Urgency(case.urgency),
        categories=tuple(case.categories),
        claimed_by=case.claimed_by,
        opened_at=case.opened_at,
        due_at=case.due_at,
        seen_at=case.seen_at,
        closed_at=case.closed_at,
        outcome=case.outcome,
        messages=case.messages,
    )


def _mirror(case: Case, state: State) -> None:
    assert state.opened_at is not None
    assert state.due_at is not None
    case.state = state.name
    case.urgency, case.rank = state.urgency.value, state.urgency.rank
    case.categories = list(state.categories)
    case.claimed_by, case.seen_at = state.claimed_by, state.seen_at
    case.opened_at, case.due_at, case.closed_at = state.opened_at, state.due_at, state.closed_at
    case.outcome, case.messages = state.outcome, state.messages
    if state.closed_at is not None:
        case.open_for = None


def _event(session: Session, case: Case, happening: Happened) -> CaseEvent:
    case.events += 1
    event = CaseEvent(
        case=case,
        number=case.events,
        at=happening.at,
        kind=happening.kind.value,
        actor=happening.actor,
        detail=dict(happening.detail),
    )
    session.add(event)
    return event


def happened(session: Session, case: Case, kind: Kind, actor: str, at: datetime, **detail: Any) -> CaseEvent:
    """Add an event. Raises casebook.NotPossible when it cannot follow."""
    state = apply(mirrored(case), Happened(at, kind, actor, detail))
    _mirror(case, state)
    if state.closed_at is not None:
        repository.forget_open(session, case.person_id)
    if kind is Kind.REPLIED:
        case.replied_at = at
    event = _event(session, case, Happened(at, kind, actor, detail))
    after.tell(session, DESK, case=case.reference)
    return event


def new_reference() -> str:
    """Six letters and digits in two threes, without those that sound or look alike: "K7M-4QX"."""
    half = ["".join(secrets.choice(_ALPHABET) for _ in range(3)) for _ in range(2)]
    return "-".join(half)


def open_new(
    session: Session,
    worry: Worry,
    at: datetime,
    *,
    kind: str,
    person_id: int | None,
    open_for: str | None,
    restricted: bool = False,
) -> Case:
    """Open a case. The caller holds the person, so that nobody opens another at the same moment."""
    opening = Happened(at, Kind.OPENED, "system", worry.detail(kind=kind))
    case = Case(
        reference=new_reference(),
        kind=kind,
        person_id=person_id,
        open_for=open_for,
        restricted=restricted,
        events=0,
    )
    _mirror(case, apply(State(), opening))
    session.add(case)
    _event(session, case, opening)
    repository.note_open(session, case)
    after.tell(session, DESK, case=case.reference)
    return case


def add_message(
    session: Session,
    case: Case,
    worry: Worry,
    at: datetime,
    *,
    message: Message | None,
    evidence: dict[str, Any],
) -> Flag:
    """Put a message into a case, with what was found in it and the words as they were."""
    flag = Flag(
        case=case,
        message=message,
        version=message.version if message else 1,
        urgency=worry.urgency.value,
        evidence=evidence,
        at=at,
    )
    session.add(flag)
    happened(session, case, Kind.MESSAGE_ADDED, "person", at, **worry.detail())
    return flag


def raise_to(session: Session, case: Case, worry: Worry, actor: str, at: datetime, **more: Any) -> bool:
    """Raise the case if the worry is graver than it; True when it was."""
    if worry.urgency.rank <= case.rank:
        return False
    happened(session, case, Kind.RAISED, actor, at, **worry.detail(was=case.urgency, **more))
    return True
