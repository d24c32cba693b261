"""What moderators do and read: the queue, one case with its context, and the acts on it.

Who may see worker concerns is decided here for every list, count and case: safeguarding leads alone,
once the council has one. Until then moderators see them, because a message nobody sees is worse.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from core import audit, outbox
from core.text import clean, utf16_length
from moderation import repository
from moderation.casebook import Kind, NotPossible, Outcome
from moderation.cases import happened
from moderation.models import Case, CaseEvent, Flag
from people import conversations, messages
from people import service as people
from people.models import Conversation, Message, MessageVersion, Person
from staff import service as staff
from staff.roles import May, allowed

OPEN = ("open", "claimed")
STATES: dict[str, tuple[str, ...]] = {
    "open": OPEN,
    "unclaimed": ("open",),
    "claimed": ("claimed",),
    "closed": ("closed",),
    "all": (*OPEN, "closed"),
}
LONGEST_REPLY = 3500
LONGEST_NOTE = 10_000
DELETABLE_FOR = timedelta(hours=48)


class NoSuchCase(Exception):
    """There is no case of that reference that this member of staff may see."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: "staff:<id>" or "token:<id>", and their roles."""

    name: str
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FlaggedMessage:
    """A message of a case as it was judged, beside the message as it is kept now."""

    flag: Flag
    message: Message | None


@dataclass(frozen=True, slots=True)
class CaseFile:
    """All that a moderator needs on one page."""

    case: Case
    person: Person | None
    flagged: Sequence[FlaggedMessage]
    around: Sequence[Message]
    versions: dict[int, list[MessageVersion]]
    events: Sequence[CaseEvent]
    earlier: Sequence[Case]
    authors: dict[int, str]


@dataclass(frozen=True, slots=True)
class Counts:
    """What is waiting."""

    open: int
    unclaimed: int
    overdue: int


def sees_restricted(session: Session, actor: Actor) -> bool:
    """Whether worker concerns are shown to this actor."""
    if allowed(actor.roles, May.SEE_WORKER_CONCERNS):
        return True
    return not staff.anybody_who_may(session, May.SEE_WORKER_CONCERNS)


def queue(session: Session, actor: Actor, state: str = "open", most: int = 50, skip: int = 0) -> Sequence[Case]:
    """Cases, gravest and soonest due first. Raises KeyError for an unknown state."""
    return repository.queue(session, STATES[state], sees_restricted(session, actor), most, skip)


def counts(session: Session, actor: Actor, at: datetime) -> Counts:
    """How many cases are open, not claimed, and overdue."""
    restricted = sees_restricted(session, actor)
    return Counts(
        open=repository.count(session, OPEN, restricted),
        unclaimed=repository.count(session, ("open",), restricted),
        overdue=repository.count(session, OPEN, restricted, overdue_at=at),
    )


def whereabouts(session: Session, cases: Sequence[Case]) -> dict[int, list[str]]:
    """By case, where its messages were written: "private", "group" or "unknown", each once, oldest first."""
    found: dict[int, list[str]] = {}
    for flag in repository.flags_of(session, [case.id for case in cases]):
        places = found.setdefault(flag.case_id, [])
        if (where := flag.evidence.get("where", "unknown")) not in places:
            places.append(where)
    return found


def hidden_messages(session: Session, actor: Actor, message_ids: Sequence[int]) -> set[int]:
    """Which of these messages stand in cases that this actor may not see."""
    if sees_restricted(session, actor):
        return set()
    return repository.in_restricted(session, message_ids)


def overdue(case: Case, at: datetime) -> bool:
    """Nobody has looked at it, and its time is up."""
    return case.state != "closed" and case.seen_at is None and case.due_at < at


def _find(session: Session, actor: Actor, reference: str, hold: bool = False) -> Case:
    case = repository.by_reference(session, reference, hold)
    if case is None or (case.restricted and not sees_restricted(session, actor)):
        raise NoSuchCase
    return case


def read(session: Session, actor: Actor, reference: str, at: datetime) -> CaseFile:
    """A case with its context. Reading is an audited act. Raises NoSuchCase."""
    case = _find(session, actor, reference)
    audit.record(session, at, actor.name, "case.read", case.reference)
    flags = repository.flags(session, case.id)
    flagged = [
        FlaggedMessage(flag, messages.get(session, flag.message_id) if flag.message_id else None) for flag in flags
    ]
    latest = next((one.message for one in reversed(flagged) if one.message is not None), None)
    around = messages.around(session, latest) if latest is not None else []
    shown = sees_restricted(session, actor)
    earlier = [
        other
        for other in (repository.of_person(session, case.person_id) if case.person_id else [])
        if other.id != case.id and (shown or not other.restricted)
    ]
    authors: dict[int, str] = {}
    for message in around:
        if message.person_id is not None and message.person_id not in authors:
            author = people.get_person(session, message.person_id)
            authors[message.person_id] = author.name.reveal() if author else ""
    return CaseFile(
        case=case,
        person=people.get_person(session, case.person_id) if case.person_id else None,
        flagged=flagged,
        around=around,
        versions=messages.earlier_versions(session, around),
        events=repository.events(session, case.id),
        earlier=earlier,
        authors=authors,
    )


def claim(session: Session, actor: Actor, reference: str, at: datetime) -> Case:
    """Take a case. Of two at the same moment one wins; the other gets NotPossible."""
    case = _find(session, actor, reference, hold=True)
    happened(session, case, Kind.CLAIMED, actor.name, at)
    audit.record(session, at, actor.name, "case.claimed", case.reference)
    return case


def release(session: Session, actor: Actor, reference: str, at: datetime) -> Case:
    """Put a case back. Raises NoSuchCase, NotPossible."""
    case = _find(session, actor, reference, hold=True)
    happened(session, case, Kind.RELEASED, actor.name, at, had=case.claimed_by)
    audit.record(session, at, actor.name, "case.released", case.reference)
    return case


def _words(text: str, longest: int, what: str) -> str:
    words = clean(text).strip()
    if not words:
        raise NotPossible(f"Enter {what}")
    if utf16_length(words) > longest:
        raise NotPossible(f"Use {longest:,} characters or fewer")
    return words


def note(session: Session, actor: Actor, reference: str, text: str, at: datetime) -> Case:
    """Write something down for the team; the parent never sees it. Raises NoSuchCase, NotPossible."""
    words = _words(text, LONGEST_NOTE, "a note")
    case = _find(session, actor, reference, hold=True)
    happened(session, case, Kind.NOTED, actor.name, at, text=words)
    audit.record(session, at, actor.name, "case.noted", case.reference)
    return case


def reply(session: Session, actor: Actor, reference: str, text: str, at: datetime) -> Case:
    """Write to the parent as the service. Raises NoSuchCase, and NotPossible when they cannot be reached."""
    words = _words(text, LONGEST_REPLY, "what you want to say")
    case = _find(session, actor, reference, hold=True)
    person = people.get_person(session, case.person_id) if case.person_id else None
    if person is None:
        raise NotPossible("There is nobody to reply to in this case")
    if not person.started:
        raise NotPossible("They have never opened a chat with Cairn, so it may not write. Find another way")
    if not person.reachable:
        raise NotPossible("They have blocked Cairn, so it cannot write to them. Find another way")
    happened(session, case, Kind.REPLIED, actor.name, at, text=words)
    address = person.address.reveal()
    outbox.put(
        session,
        channel=person.channel,
        lane=people.lane(person.channel, address),
        to=int(address),
        what=outbox.Say(f"**From the team:**\n\n{words.replace('**', '')}"),
        at=at,
        priority=outbox.PROMPT,
        about={"what": "reply", "case": case.reference, "person": person.id},
    )
    chat = conversations.private(session, person, at)
    messages.keep_ours(session, chat, person.id, "service", words, at)
    audit.record(session, at, actor.name, "case.replied", case.reference)
    return case


def remove_message(session: Session, actor: Actor, reference: str, message_id: int, at: datetime) -> Case:
    """Take a message of the case out of the group; what we keep does not change.

    Raises NoSuchCase; NotPossible when it is not in the group, is gone already, or is older than 48 hours.
    """
    case = _find(session, actor, reference, hold=True)
    message, chat = _message_of(session, case, message_id)
    if message is None or chat is None or chat.kind != "group":
        raise NotPossible("That message is not one of this case in the group")
    if message.removed_at is not None:
        raise NotPossible("That message has been removed already")
    if at - message.sent_at > DELETABLE_FOR:
        raise NotPossible(
            "Telegram lets no bot remove a message after 48 hours. An administrator can do it by hand"
        )
    assert message.remote_id is not None
    address = chat.address.reveal()
    outbox.put(
        session,
        channel=chat.channel,
        lane=people.lane(chat.channel, address),
        to=int(address),
        what=outbox.Remove(message.remote_id),
        at=at,
        priority=outbox.URGENT,
        repeatable=True,
        about={"what": "removal", "case": case.reference, "message": message.id},
    )
    happened(session, case, Kind.REMOVAL_ASKED, actor.name, at, message=message.id)
    audit.record(session, at, actor.name, "case.removal_asked", case.reference, message=message.id)
    return case


def show(session: Session, actor: Actor, reference: str, message_id: int, at: datetime) -> Case:
    """Send a picture, recording or file of the case to the moderator's own Telegram, where it can be opened.

    Raises NoSuchCase; NotPossible when the message is not of this case, or no Telegram of theirs is linked.
    """
    case = _find(session, actor, reference, hold=True)
    message, chat = _message_of(session, case, message_id)
    if message is None or chat is None or message.remote_id is None:
        raise NotPossible("That message is not one of this case")
    kind, _, number = actor.name.partition(":")
    member = staff.get(session, int(number)) if kind == "staff" else None
    person = people.get_person(session, member.person_id) if member and member.person_id else None
    if person is None or not (person.started and person.reachable):
        raise NotPossible("Link your own Telegram on Your account first: it is sent to you there")
    address = person.address.reveal()
    outbox.put(
        session,
        channel=person.channel,
        lane=people.lane(person.channel, address),
        to=int(address),
        what=outbox.Pass(int(chat.address.reveal()), message.remote_id),
        at=at,
        priority=outbox.URGENT,
        repeatable=True,
        about={"what": "showing", "case": case.reference},
    )
    happened(session, case, Kind.SHOWN, actor.name, at, message=message.id)
    audit.record(session, at, actor.name, "case.shown", case.reference, message=message.id)
    return case


def _message_of(session: Session, case: Case, message_id: int) -> tuple[Message | None, Conversation | None]:
    """A message of the case and the chat it stands in."""
    if message_id not in {flag.message_id for flag in repository.flags(session, case.id)}:
        return None, None
    message = messages.get(session, message_id)
    return message, conversations.get(session, message.conversation_id) if message else None


def close(session: Session, actor: Actor, reference: str, outcome: str, reason: str, at: datetime) -> Case:
    """End a case with an outcome and a reason. Raises NoSuchCase, NotPossible."""
    if outcome not in set(Outcome):
        raise NotPossible(f"Choose an outcome: {', '.join(Outcome)}")
    words = _words(reason, LONGEST_NOTE, "a reason")
    case = _find(session, actor, reference, hold=True)
    if case.claimed_by not in {None, actor.name}:
        raise NotPossible("Somebody else has this case. Ask them, or put it back first")
    happened(session, case, Kind.CLOSED, actor.name, at, outcome=outcome, reason=words)
    audit.record(session, at, actor.name, "case.closed", case.reference, outcome=outcome)
    return case


def names(session: Session) -> dict[str, str]:
    """By actor ("staff:3"), the name that colleagues know them by."""
    return {f"staff:{one.id}": one.name.reveal() for one in staff.everybody(session)}


def details(event: CaseEvent) -> dict[str, Any]:
    """The details of an event as plain data."""
    return dict(event.detail or {})
