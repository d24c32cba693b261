"""A case is its list of events. This module is pure: it says what state a list of events gives, and
which event may follow. The row in the table only mirrors it, so that queues can be sorted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from moderation.screening import Urgency


class Kind(StrEnum):
    """What can happen in a case."""

    OPENED = "opened"
    MESSAGE_ADDED = "message_added"
    RAISED = "raised"
    ALERTED = "alerted"
    CARD_QUEUED = "card_queued"
    ASKED = "parent_asks_for_a_person"
    PARENT_SAFE = "parent_says_safe"
    PARENT_NEEDS = "parent_needs_somebody"
    UNREACHABLE = "parent_cannot_be_reached"
    CLAIMED = "claimed"
    RELEASED = "released"
    NOTED = "noted"
    REPLIED = "replied"
    DELIVERED = "reply_delivered"
    NOT_DELIVERED = "not_delivered"
    SHOWN = "shown_to_staff"
    REMOVAL_ASKED = "removal_asked"
    REMOVED = "message_removed"
    CLOSED = "closed"


class Outcome(StrEnum):
    """How a case ended."""

    FALSE_ALARM = "false_alarm"
    ADVICE = "advice"
    SUPPORT_ARRANGED = "support_arranged"
    EARLY_HELP = "early_help"
    REFERRED = "referred"
    POLICE_OR_AMBULANCE = "police_or_ambulance"
    OTHER = "other"


class NotPossible(Exception):
    """The act does not fit the state the case is in; the text says why, for the moderator."""


@dataclass(frozen=True, slots=True)
class Happened:
    """One event: when, what, by whom ("system", "person", "staff:<id>"), and its details."""

    at: datetime
    kind: Kind
    actor: str
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class State:
    """What the events so far come to."""

    urgency: Urgency = Urgency.REVIEW
    categories: tuple[str, ...] = ()
    claimed_by: str | None = None
    opened_at: datetime | None = None
    due_at: datetime | None = None
    seen_at: datetime | None = None
    closed_at: datetime | None = None
    outcome: str | None = None
    messages: int = 0

    @property
    def name(self) -> str:
        """open (nobody has it), claimed or closed."""
        if self.closed_at is not None:
            return "closed"
        return "claimed" if self.claimed_by else "open"


_ON_CLOSED = {Kind.NOTED, Kind.DELIVERED, Kind.NOT_DELIVERED, Kind.UNREACHABLE, Kind.REMOVED, Kind.PARENT_SAFE}
_BY_HUMANS = {Kind.CLAIMED, Kind.NOTED, Kind.REPLIED, Kind.SHOWN, Kind.REMOVAL_ASKED, Kind.CLOSED}


def apply(state: State, event: Happened) -> State:
    """The state after `event`. Raises NotPossible when the event cannot follow."""
    if (event.kind is Kind.OPENED) != (state.opened_at is None):
        raise NotPossible("a case is opened once, and first")
    if state.closed_at is not None and event.kind not in _ON_CLOSED:
        raise NotPossible("this case is closed")
    detail = event.detail
    if event.kind in _BY_HUMANS and state.seen_at is None:
        state = replace(state, seen_at=event.at)
    match event.kind:
        case Kind.OPENED:
            return replace(state, opened_at=event.at, **_worry(state, detail))
        case Kind.MESSAGE_ADDED:
            return replace(state, messages=state.messages + 1, **_worry(state, detail, keep_clock=True))
        case Kind.RAISED:
            return replace(state, **_worry(state, detail))
        case Kind.CLAIMED:
            if state.claimed_by == event.actor:
                raise NotPossible("you have this case already")
            if state.claimed_by is not None:
                raise NotPossible("somebody else has this case")
            return replace(state, claimed_by=event.actor)
        case Kind.RELEASED:
            if state.claimed_by is None:
                raise NotPossible("nobody has this case")
            return replace(state, claimed_by=None)
        case Kind.CLOSED:
            if detail.get("outcome") not in set(Outcome) or not str(detail.get("reason", "")).strip():
                raise NotPossible("closing needs an outcome and a reason")
            return replace(state, closed_at=event.at, outcome=detail["outcome"], claimed_by=None)
        case _:
            return state


def _worry(state: State, detail: Mapping[str, Any], keep_clock: bool = False) -> dict[str, Any]:
    """Urgency, categories and deadline of an event; urgency never falls, a deadline never moves later."""
    urgency = max(state.urgency, Urgency(detail["urgency"]), key=lambda level: level.rank)
    categories = tuple(dict.fromkeys((*state.categories, *detail.get("categories", ()))))
    found: dict[str, Any] = {"urgency": urgency, "categories": categories}
    due = detail.get("due_at")
    if due is not None and not keep_clock:
        moment = datetime.fromisoformat(due)
        found["due_at"] = moment if state.due_at is None else min(moment, state.due_at)
        if urgency is not state.urgency:
            found["seen_at"] = None  # a graver worry wants to be looked at anew
    return found


def fold(events: Iterable[Happened]) -> State:
    """The state that a whole list of events gives. Raises NotPossible at the first that cannot follow."""
    state = State()
    for event in events:
        state = apply(state, event)
    return state
