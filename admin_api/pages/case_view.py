"""A case's file as the page shows it: words instead of codes, matched words marked. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from markupsafe import Markup

from admin_api.pages import moments, timeline, words
from admin_api.pages.marking import marked
from moderation import desk
from moderation.casebook import Kind
from moderation.desk import CaseFile, FlaggedMessage
from moderation.models import Case
from people.models import Message, MessageVersion, Person

_AUTHORS = {"service": "The team", "bot": "Cairn"}


@dataclass(frozen=True, slots=True)
class ConcernView:
    """One thing found in a message."""

    label: str
    urgency: str
    why: str


@dataclass(frozen=True, slots=True)
class MessageView:
    """A message as it was judged."""

    message_id: int | None
    urgency: str
    where: str
    sent_at: datetime
    text: str
    marked: Markup
    attached: str
    concerns: list[ConcernView]
    note: str
    version: int
    edited: bool
    changed: bool
    removed_at: datetime | None
    removable: bool
    showable: bool
    asked: bool
    policy: int | None


@dataclass(frozen=True, slots=True)
class VersionView:
    """What a message said before an edit."""

    text: str
    until: datetime


@dataclass(frozen=True, slots=True)
class TalkView:
    """A message of the conversation around."""

    author: str
    name: str
    sent_at: datetime
    text: str
    attached: str
    versions: list[VersionView]
    removed_at: datetime | None
    flagged: bool
    message_id: int


@dataclass(frozen=True, slots=True)
class PersonView:
    """The parent, as far as a moderator needs to know."""

    name: str
    consent: str
    reachable: bool
    why_not: str
    since: datetime


def of_file(file: CaseFile, names: Mapping[str, str], actor: str, now: datetime) -> dict[str, Any]:
    """Everything that the template asks for, but the forms."""
    case = file.case
    person = _person(file.person) if file.person else None
    return {
        "case": case,
        "headline": words.headline(case),
        "overdue": desk.overdue(case, now),
        "due": moments.due(case.due_at, now),
        "age": moments.ago(case.opened_at, now),
        "outcome": words.outcome(case.outcome or ""),
        "claimed_by": timeline.who(case.claimed_by, names) if case.claimed_by else "",
        "mine": case.claimed_by == actor,
        "person": person,
        "may_write": person is not None and person.reachable and case.state != "closed",
        "cannot_write": f"Cairn cannot write to this parent. {person.why_not}"
        if person
        else "Cairn does not know who wrote this, so it cannot answer.",
        "earlier": [{"reference": other.reference, "words": _in_short(other)} for other in file.earlier],
        "messages": _messages(file, now),
        "no_messages": _without_messages(case),
        "conversation": _conversation(file),
        "timeline": timeline.lines(file.events, names),
        "last_event": file.events[-1].number if file.events else 0,
    }


def _person(person: Person) -> PersonView:
    name = person.name.reveal() or "No name given"
    if not person.started:
        why_not = "They have never opened a chat with Cairn. Find another way to reach them."
    elif not person.reachable:
        why_not = "They have blocked Cairn or closed their account. Find another way to reach them."
    else:
        why_not = ""
    consent = words.CONSENTS.get(person.consent, person.consent)
    return PersonView(name, consent, not why_not, why_not, person.created_at)


def _in_short(case: Case) -> str:
    ended = f"closed: {words.outcome(case.outcome or '').lower()}" if case.closed_at else "open"
    return f"{words.urgency(case.urgency)}, {words.headline(case).lower()}, {ended}"


def _without_messages(case: Case) -> str:
    if case.kind == "asked":
        return "They asked to talk to a person and have not said yet what about."
    return "No message is kept in this case."


def _messages(file: CaseFile, now: datetime) -> list[MessageView]:
    asked = _removals_under_way(file)
    last_of = {one.message.id: place for place, one in enumerate(file.flagged) if one.message is not None}
    return [
        _message(one, now, asked, last=one.message is None or last_of[one.message.id] == place)
        for place, one in enumerate(file.flagged)
    ]


def _removals_under_way(file: CaseFile) -> set[int]:
    """The messages whose removal was asked for and has not failed since."""
    asked: list[int] = []
    for event in file.events:
        if event.kind == Kind.REMOVAL_ASKED:
            asked.append(event.detail["message"])
        elif event.kind == Kind.NOT_DELIVERED and event.detail.get("what") == "removal" and asked:
            asked.pop()
    return set(asked)


def _message(one: FlaggedMessage, now: datetime, asked: set[int], last: bool) -> MessageView:
    found: Mapping[str, Any] = one.flag.evidence
    concerns = found.get("concerns", [])
    text = found.get("text", "")
    message = one.message
    in_group = found.get("where") == "group" and message is not None and message.remote_id is not None
    under_way = message is not None and message.id in asked
    young = message is not None and now - message.sent_at <= desk.DELETABLE_FOR
    return MessageView(
        message_id=message.id if message else None,
        urgency=one.flag.urgency,
        where=words.PLACES.get(found.get("where", ""), words.PLACES["unknown"]),
        sent_at=datetime.fromisoformat(found["sent_at"]),
        text=text,
        marked=marked(text, [span for concern in concerns for span in concern.get("evidence", [])]),
        attached=words.attached(found.get("kind", "text"), found.get("media")),
        concerns=[
            ConcernView(words.category(concern["category"]), concern["urgency"], concern["why"])
            for concern in concerns
        ],
        note=_nothing_found(found),
        policy=found.get("policy"),
        version=one.flag.version,
        edited=one.flag.version > 1,
        changed=last and message is not None and message.version > one.flag.version,
        removed_at=message.removed_at if message and last else None,
        removable=in_group and last and young and not under_way,
        showable=bool(found.get("media")) and last and message is not None and message.remote_id is not None,
        asked=under_way and last,
    )


def _nothing_found(found: Mapping[str, Any]) -> str:
    if found.get("unread") == "language":
        return "Not screened: language. This is not in English, so somebody who knows the language has to read it."
    if not found.get("screened", True):
        return "The screening failed on this message, so a person has to read it."
    if found.get("kind") == "update":
        return "Cairn could not handle this five times over. These are the words that were in it."
    if found.get("kind", "text") != "text":
        return "Nothing in its words worries. A person has to look at what came with it."
    return "Screening found nothing that worries in these words."


def _conversation(file: CaseFile) -> list[TalkView]:
    flagged = {one.message.id for one in file.flagged if one.message is not None}
    return [
        _talk(message, file.authors, file.versions.get(message.id, []), message.id in flagged)
        for message in file.around
    ]


def _talk(
    message: Message, authors: Mapping[int, str], versions: Sequence[MessageVersion], flagged: bool
) -> TalkView:
    name = _AUTHORS.get(message.author) or authors.get(message.person_id or 0) or "Somebody"
    text = message.text.reveal()
    return TalkView(
        author=message.author,
        name=name,
        sent_at=message.sent_at,
        text=text.replace("**", "") if message.author == "bot" else text,
        attached=words.attached(message.kind, message.media),
        versions=[VersionView(version.text.reveal(), version.until) for version in versions],
        removed_at=message.removed_at,
        flagged=flagged,
        message_id=message.id,
    )
