"""Whether the promise was kept: each message kept once, each worry in front of a human, each card said."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import audit, inbox
from core.database import Database
from core.models import InboxUpdate, OutboxItem
from moderation.casebook import Happened, Kind, fold
from moderation.cases import mirrored
from moderation.models import Case, CaseEvent, Flag
from people.models import Message, Person
from tests.e2e.telegram import EmulatedTelegram

_NUMBER = re.compile(r"number (\d+)")
_REPLY = re.compile(r"reply (\d+)")
_SAFE_BUTTON = "1:safe:"


@dataclass(frozen=True, slots=True)
class Written:
    """A message that somebody wrote: its number, by whom, where, and whether it worries."""

    number: int
    person: int
    in_group: bool
    worrying: bool


def figures(database: Database, written: list[Written], telegram: EmulatedTelegram) -> dict[str, Any]:
    """What became of everything, and under "wrong" each way in which the promise was broken."""
    with database.reading() as session:
        wrong: list[str] = []
        found = {
            "messages": len(written),
            **_kept(session, written, wrong),
            **_flagged(session, written, wrong),
            **_cases(session, written, wrong),
            **_left(session, telegram, wrong),
            "updates dead": len(inbox.dead(session)),
            "updates pending": inbox.backlog(session),
        }
        for name in ("updates dead", "updates pending"):
            if found[name]:
                wrong.append(f"{name}: {found[name]}")
        numbers = list(session.scalars(select(InboxUpdate.update_id)))
        if len(set(numbers)) != len(numbers):
            wrong.append("an update is in the inbox twice")
        try:
            found["audit rows"] = audit.verify(session)
        except audit.AuditBroken as error:
            wrong.append(f"the audit chain: {error}")
        return {**found, "wrong": wrong}


def _kept(session: Session, written: list[Written], wrong: list[str]) -> dict[str, int]:
    texts = session.scalars(select(Message).where(Message.author == "person"))
    stored = Counter(int(said[1]) for one in texts if (said := _NUMBER.search(one.text.reveal())))
    lost = [one.number for one in written if not stored[one.number]]
    twice = [number for number, times in stored.items() if times > 1]
    if lost:
        wrong.append(f"{len(lost)} messages were lost: {lost[:10]}")
    if twice:
        wrong.append(f"{len(twice)} messages are stored twice: {twice[:10]}")
    return {"stored": len(stored), "lost": len(lost), "stored twice": len(twice)}


def _flagged(session: Session, written: list[Written], wrong: list[str]) -> dict[str, int]:
    flags = Counter(
        int(said[1])
        for flag in session.scalars(select(Flag))
        if flag.urgency != "none" and (said := _NUMBER.search(flag.evidence["text"]))
    )
    worrying = {one.number for one in written if one.worrying}
    missing = sorted(worrying - flags.keys())
    twice = [number for number, times in flags.items() if times > 1]
    false = sorted(flags.keys() - worrying)
    for numbers, what in (
        (missing, "worries have no flag"),
        (twice, "messages are flagged twice"),
        (false, "harmless messages are flagged"),
    ):
        if numbers:
            wrong.append(f"{len(numbers)} {what}: {numbers[:10]}")
    return {"worrying": len(worrying), "flagged": len(flags)}


def _cases(session: Session, written: list[Written], wrong: list[str]) -> dict[str, int]:
    worried = {one.person for one in written if one.worrying}
    cases = session.scalars(select(Case)).all()
    people = {person.id: int(person.address.reveal()) for person in session.scalars(select(Person))}
    of_whom = Counter(people[case.person_id] for case in cases if case.person_id is not None)
    for person in worried:
        if of_whom[person] != 1:
            wrong.append(f"{person} has {of_whom[person]} cases")
    if stray := of_whom.keys() - worried:
        wrong.append(f"cases of people who worried nobody: {sorted(stray)}")
    for case in cases:
        events = session.scalars(select(CaseEvent).where(CaseEvent.case_id == case.id).order_by(CaseEvent.number))
        state = fold(Happened(one.at, Kind(one.kind), one.actor, one.detail) for one in events)
        if state != mirrored(case):
            wrong.append(f"case {case.reference} is not what its events say")
    return {"people who worried": len(worried), "cases": len(cases)}


def _left(session: Session, telegram: EmulatedTelegram, wrong: list[str]) -> dict[str, int]:
    """Cards and alerts left at least once; a moderator's reply at most once, and known for what it is."""
    said = telegram.said()
    items = session.scalars(select(OutboxItem)).all()
    states = Counter((item.about.get("what"), item.state) for item in items)
    cards = [one for one in said if _SAFE_BUTTON in str(one.get("reply_markup", ""))]
    decided = sum(1 for item in items if item.about.get("what") == "card")
    queued = session.scalars(select(CaseEvent).where(CaseEvent.kind == Kind.CARD_QUEUED.value)).all()
    if decided != len(queued):
        wrong.append(f"{len(queued)} cards were noted on cases, {decided} are in the outbox")
    flagged = sum(1 for flag in session.scalars(select(Flag)) if flag.urgency in {"immediate", "today"})
    if decided != flagged:
        wrong.append(f"{flagged} worries need a card, {decided} were decided")
    for what in ("card", "alert"):
        not_sent = {state: number for (of, state), number in states.items() if of == what and state != "sent"}
        if not_sent:
            wrong.append(f"not every {what} left: {not_sent}")
    addresses = {person.id: int(person.address.reveal()) for person in session.scalars(select(Person))}
    owed = Counter(addresses[item.about["person"]] for item in items if item.about.get("what") == "card")
    had = Counter(int(one["chat_id"]) for one in cards)
    for person, number in owed.items():
        if had[person] < number:
            wrong.append(f"{person} was owed {number} cards and had {had[person]}")
    replies = Counter(int(found[1]) for one in said if (found := _REPLY.search(str(one.get("text", "")))))
    if twice := [number for number, times in replies.items() if times > 1]:
        wrong.append(f"replies of the team were said twice: {twice}")
    return {
        "cards decided": decided,
        "cards said": len(cards),
        "cards said again after a kill": len(cards) - decided,
        "alerts": states[("alert", "sent")],
        "replies": sum(number for (what, _), number in states.items() if what == "reply"),
        "replies said": len(replies),
        "replies of unknown fate": states[("reply", "unknown")],
        "things said": len(said),
    }
