"""From a message to a human: screen it, keep what safeguarding needs, open or raise the person's case,
answer the person with a fitting card, and alert those on duty. All in the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy.orm import Session

from core import outbox, taps
from moderation import alerts, cases, repository, wording
from moderation.casebook import Kind
from moderation.cases import Worry
from moderation.models import Case
from moderation.screening import Category, Screening, Urgency
from moderation.screening.conversation import A_WHILE, JUST_NOW, Said
from moderation.ways import Ways as Ways
from people import conversations, messages
from people import service as people
from people.messages import Received
from people.models import Conversation, Message, Person

log = structlog.get_logger()

SAME_CARD_AFTER = timedelta(minutes=10)
CONVERSATION_LASTS = timedelta(hours=72)
NEEDS_EYES = {
    "photo",
    "voice",
    "video",
    "video_note",
    "audio",
    "document",
    "animation",
    "location",
    "venue",
    "contact",
}
"""Kinds that carry something no screening of words can judge."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What became of a message. `answered` says that the person was sent a card for it."""

    screening: Screening | None
    case: Case | None = None
    answered: bool = False


def warm(session: Session, person_ids: Collection[int]) -> None:
    """Look up at once the open cases of all whom a batch of updates is about."""
    repository.warm_open(session, person_ids)


def hear(
    session: Session,
    ways: Ways,
    person: Person,
    conversation: Conversation,
    received: Received,
    at: datetime,
) -> Heard:
    """Judge a message or a new version of it, and do all that follows for safety.

    Without consent nothing harmless is kept. Screening that fails makes a case of its own.
    """
    heard = _hear(session, ways, person, conversation, received, at)
    if ways.shadow is not None and received.text:
        ways.shadow(received.text, lambda: _which(session, conversation, received))
    return heard


def _which(session: Session, conversation: Conversation, received: Received) -> tuple[int | None, int]:
    """The id and version that a message was kept under."""
    session.flush()
    kept = messages.known(session, conversation, received.remote_id)
    return (kept.id, kept.version) if kept is not None else (None, 1)


def _hear(
    session: Session,
    ways: Ways,
    person: Person,
    conversation: Conversation,
    received: Received,
    at: datetime,
) -> Heard:
    try:
        screening = _judged(session, ways, person, conversation, received)
    except Exception as error:  # invariant 4: whatever goes wrong, a human looks
        log.error("screening_failed", error=type(error).__name__)
        return _not_screened(session, ways, person, conversation, received, at)
    if screening.unread and not screening.concerns:
        return _unread(session, ways, person, conversation, received, screening, at)
    worrying = screening.urgency is not Urgency.NONE
    if worrying or received.kind in NEEDS_EYES:
        return _worry(session, ways, person, conversation, received, screening, at)
    if person.consent == "yes" or messages.known(session, conversation, received.remote_id) is not None:
        messages.keep(session, conversation, person, received, at)
    return Heard(screening)


def _judged(
    session: Session, ways: Ways, person: Person, conversation: Conversation, received: Received
) -> Screening:
    """The message alone, or in the light of what is kept of its conversation where that shows something graver."""
    alone = ways.screen(received.text)
    if ways.in_light is None or alone.urgency is Urgency.IMMEDIATE or alone.unread or not received.text:
        return alone
    kept = messages.lately(session, conversation, person, received.sent_at, JUST_NOW, A_WHILE)
    earlier = [
        Said(one.text.reveal(), str(one.person_id), one.sent_at)
        for one in kept
        if one.remote_id != received.remote_id and one.sent_at <= received.sent_at
    ]
    if not earlier:
        return alone
    found = ways.in_light(Said(received.text, str(person.id), received.sent_at), earlier)
    return found.together or alone


def _unread(
    session: Session,
    ways: Ways,
    person: Person,
    conversation: Conversation,
    received: Received,
    screening: Screening,
    at: datetime,
) -> Heard:
    """A message in another language: nobody has judged it yet, so a human does."""
    message = messages.keep(session, conversation, person, received, at)
    if repository.judged_already(session, message):
        return Heard(screening)
    worry = Worry(screening.urgency, (), ways.hours.due(screening.urgency, at))
    case, news = _join_or_open(session, person, worry, at, "not_screened", restricted=False)
    _add(session, ways, case, worry, news, at, message, _evidence(received, screening, conversation))
    answered = _answer(session, ways, person, conversation, case, "card.not_english", worry.urgency, at)
    return Heard(screening, case, answered)


def _worry(
    session: Session,
    ways: Ways,
    person: Person,
    conversation: Conversation,
    received: Received,
    screening: Screening,
    at: datetime,
) -> Heard:
    message = messages.keep(session, conversation, person, received, at)
    if repository.judged_already(session, message):
        return Heard(screening)
    worrying = screening.urgency is not Urgency.NONE
    urgency = screening.urgency if worrying else Urgency.REVIEW
    categories = tuple(category.value for category in screening.categories)
    restricted = Category.WORKER_CONCERN.value in categories
    worry = Worry(urgency, categories, ways.hours.due(urgency, at))
    case, news = _join_or_open(session, person, worry, at, "worry" if worrying else "media", restricted)
    evidence = _evidence(received, screening, conversation)
    _add(session, ways, case, worry, news, at, message, evidence)
    if not worrying and _more_of_an_album(session, conversation, received):
        return Heard(screening, case)
    card = wording.card_for(screening) if worrying else "card.unscreened_media"
    answered = _answer(session, ways, person, conversation, case, card, urgency, at)
    return Heard(screening, case, answered)


def _more_of_an_album(session: Session, conversation: Conversation, received: Received) -> bool:
    """An album comes as several messages, one number after the other: one answer is enough for all of it."""
    album = (received.media or {}).get("album")
    before = messages.known(session, conversation, received.remote_id - 1) if album else None
    return before is not None and (before.media or {}).get("album") == album


def _not_screened(
    session: Session, ways: Ways, person: Person, conversation: Conversation, received: Received, at: datetime
) -> Heard:
    message = messages.keep(session, conversation, person, received, at)
    if repository.judged_already(session, message):
        return Heard(None)
    worry = Worry(Urgency.TODAY, (), ways.hours.due(Urgency.TODAY, at))
    case = cases.open_new(session, worry, at, kind="not_screened", person_id=person.id, open_for=None)
    evidence = _evidence(received, None, conversation)
    _add(session, ways, case, worry, "opened", at, message, evidence)
    answered = _answer(session, ways, person, conversation, case, "card.not_screened", Urgency.TODAY, at)
    return Heard(None, case, answered)


def _join_or_open(
    session: Session, person: Person, worry: Worry, at: datetime, kind: str, restricted: bool
) -> tuple[Case, str]:
    """The person's open case, or a new one; and what is new about it ("opened", "raised" or "").

    A worry about a worker has a case of its own, which only safeguarding leads see.
    """
    if people.hold(session, person):
        repository.forget_open(session, person.id)
    whom = f"{'worker' if restricted else 'person'}:{person.id}"
    case = repository.open_for(session, whom, person.id)
    if case is None:
        opened = cases.open_new(
            session, worry, at, kind=kind, person_id=person.id, open_for=whom, restricted=restricted
        )
        return opened, "opened"
    if case.kind != kind and kind == "worry":
        case.kind = kind
    return case, "raised" if worry.urgency.rank > case.rank else ""


def _add(
    session: Session,
    ways: Ways,
    case: Case,
    worry: Worry,
    news: str,
    at: datetime,
    message: Message | None,
    evidence: dict[str, Any],
) -> None:
    if news == "raised":
        cases.raise_to(session, case, worry, "system", at)
    cases.add_message(
        session,
        case,
        worry,
        at,
        message=message,
        evidence=evidence,
    )
    if news:
        alerts.send(session, case, ways.console, at, "" if news == "opened" else "now graver than before")


def _evidence(received: Received, screening: Screening | None, conversation: Conversation) -> dict[str, Any]:
    """The words as they were judged, and what was found in them."""
    concerns = screening.concerns if screening else ()
    return {
        "text": received.text,
        "kind": received.kind,
        "media": received.media,
        "where": conversation.kind,
        "sent_at": received.sent_at.isoformat(),
        "screened": screening is not None,
        "unread": screening.unread if screening else "",
        "policy": screening.policy if screening else None,
        "concerns": [
            {
                "category": concern.category.value,
                "urgency": concern.urgency.value,
                "why": concern.why,
                "evidence": [[span.start, span.end] for span in concern.evidence],
            }
            for concern in concerns
        ],
    }


def _answer(
    session: Session,
    ways: Ways,
    person: Person,
    conversation: Conversation,
    case: Case,
    card: str,
    urgency: Urgency,
    at: datetime,
) -> bool:
    """Send the card to the person privately. In the group only what needs a person today is answered."""
    if conversation.kind == "group" and urgency.rank < Urgency.TODAY.rank:
        return False
    if not (person.started and person.reachable):
        cases.happened(session, case, Kind.UNREACHABLE, "system", at, why="the bot may not write to them")
        return False
    said_lately = case.last_card_at is not None and at - case.last_card_at < SAME_CARD_AFTER
    name = "card.again" if said_lately and case.last_card == card else card
    case.last_card, case.last_card_at = card, at
    told = bool(alerts.reach(session, case.restricted))
    words = wording.filled(wording.text(session, name), ways.hours.spoken(urgency, at, told))
    send_card(session, person, case, words, at)
    cases.happened(session, case, Kind.CARD_QUEUED, "system", at, card=card, sent=name)
    return True


def send_card(session: Session, person: Person, case: Case, words: str, at: datetime) -> None:
    """Queue a card with its two buttons; it overtakes everything and may be said twice."""
    address = person.address.reveal()
    buttons = [
        [outbox.Button("I am safe for now", taps.write("safe", case.reference))],
        [outbox.Button("I need somebody now", taps.write("need", case.reference))],
    ]
    outbox.put(
        session,
        channel=person.channel,
        lane=people.lane(person.channel, address),
        to=int(address),
        what=outbox.Say(words, buttons),
        at=at,
        priority=outbox.URGENT,
        repeatable=True,
        about={"what": "card", "case": case.reference, "person": person.id},
    )
    messages.keep_ours(session, conversations.private(session, person, at), person.id, "bot", words, at)


def ask_for_person(session: Session, ways: Ways, person: Person, received: Received | None, at: datetime) -> Case:
    """They asked for a person: a case for today, with their words if they gave any."""
    worry = Worry(Urgency.TODAY, (), ways.hours.due(Urgency.TODAY, at))
    case, news = _join_or_open(session, person, worry, at, "asked", restricted=False)
    conversation = conversations.private(session, person, at)
    if received is not None:
        message = messages.keep(session, conversation, person, received, at)
        evidence = _evidence(received, Screening(Urgency.NONE, ()), conversation)
        _add(session, ways, case, worry, news, at, message, evidence)
    elif news == "raised":
        cases.raise_to(session, case, worry, "person", at)
    lately = repository.has_happened(session, case, Kind.ASKED, at - SAME_CARD_AFTER)
    cases.happened(session, case, Kind.ASKED, "person", at)
    if (received is None or not news) and not lately:
        alerts.send(session, case, ways.console, at, "" if news == "opened" else "the parent asks for a person")
    return case


def says_safe(session: Session, person: Person, reference: str, at: datetime) -> bool:
    """They tapped "I am safe for now". False when the case is not theirs."""
    case = repository.by_reference(session, reference, hold=True)
    if case is None or case.person_id != person.id:
        return False
    cases.happened(session, case, Kind.PARENT_SAFE, "person", at)
    return True


def needs_somebody(session: Session, ways: Ways, person: Person, reference: str, at: datetime) -> Case | None:
    """They tapped "I need somebody now": the case becomes immediate and alerts go out again.

    A case closed since is not opened again: a new one is. None when the case is not theirs.
    """
    case = repository.by_reference(session, reference, hold=True)
    if case is None or case.person_id != person.id:
        return None
    worry = Worry(Urgency.IMMEDIATE, (), ways.hours.due(Urgency.IMMEDIATE, at))
    if case.state == "closed":
        case, _ = _join_or_open(session, person, worry, at, "asked", restricted=False)
    cases.happened(session, case, Kind.PARENT_NEEDS, "person", at)
    cases.raise_to(session, case, worry, "person", at)
    alerts.send(session, case, ways.console, at, "the parent asks for somebody now")
    return case


def in_conversation(session: Session, person: Person, at: datetime) -> Case | None:
    """The open case in which the team wrote to this person within three days, if any."""
    for case in repository.open_of_person(session, person.id):
        if case.replied_at is not None and at - case.replied_at < CONVERSATION_LASTS:
            return case
    return None


def add_to_conversation(session: Session, case: Case, person: Person, received: Received, at: datetime) -> None:
    """A harmless answer to the team's words: it joins the case that the team wrote in."""
    conversation = conversations.private(session, person, at)
    message = messages.keep(session, conversation, person, received, at)
    if not repository.judged_already(session, message):
        cases.add_message(
            session,
            case,
            Worry(Urgency.NONE, (), case.due_at),
            at,
            message=message,
            evidence=_evidence(received, Screening(Urgency.NONE, ()), conversation),
        )


def not_handled(session: Session, ways: Ways, person: Person | None, text: str, error: str, at: datetime) -> Case:
    """An update failed five times: a human sees what words were in it. Never less than today."""
    try:
        screening = ways.screen(text)
    except Exception as failure:
        log.error("screening_failed", error=type(failure).__name__)
        screening = Screening(Urgency.NONE, ())
    urgency = max(screening.urgency, Urgency.TODAY, key=lambda level: level.rank)
    categories = tuple(category.value for category in screening.categories)
    worry = Worry(urgency, categories, ways.hours.due(urgency, at))
    case = cases.open_new(
        session,
        worry,
        at,
        kind="not_handled",
        person_id=person.id if person else None,
        open_for=None,
        restricted=Category.WORKER_CONCERN.value in categories,
    )
    evidence: dict[str, Any] = {
        "text": text,
        "kind": "update",
        "media": None,
        "where": "unknown",
        "sent_at": at.isoformat(),
        "screened": True,
        "error": error[:200],
        "concerns": [
            {"category": c.category.value, "urgency": c.urgency.value, "why": c.why, "evidence": []}
            for c in screening.concerns
        ],
    }
    _add(session, ways, case, worry, "opened", at, None, evidence)
    return case


def promise(session: Session, ways: Ways, urgency: Urgency, at: datetime) -> str:
    """By when somebody reads, as a parent is told; no more than is true at this moment."""
    return ways.hours.spoken(urgency, at, bool(alerts.reach(session)))
