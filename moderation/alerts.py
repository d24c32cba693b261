"""Alerts to moderators: urgency, categories and a link, never what somebody wrote."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from core import outbox
from core.clock import spoken_moment
from moderation.casebook import Kind
from moderation.cases import happened
from moderation.models import Case
from moderation.screening import Category, Urgency
from people import service as people
from staff import service as staff
from staff.models import Staff
from staff.roles import May

URGENCY_WORDS = {
    Urgency.IMMEDIATE: "Immediate",
    Urgency.TODAY: "Today",
    Urgency.REVIEW: "Review",
    Urgency.NONE: "No worry found",
}
KIND_WORDS = {
    "worry": "A worrying message",
    "asked": "A parent asked for a person",
    "media": "Something a computer cannot look at",
    "not_screened": "A message that could not be screened",
    "not_handled": "An update that could not be handled",
}


def headline(case: Case) -> str:
    """What a case is about in a few words: its categories, or what kind of case it is."""
    labels = [Category(name).label for name in case.categories]
    return ", ".join(labels) if labels else KIND_WORDS[case.kind]


def reach(session: Session, case_restricted: bool = False) -> list[Staff]:
    """The staff whom an alert would reach."""
    permission = May.SEE_WORKER_CONCERNS if case_restricted else May.READ_CASES
    found = staff.to_alert(session, permission)
    return [one for one in found if one.person_id is not None]


def send(session: Session, case: Case, link: str, at: datetime, news: str = "") -> int:
    """Queue an alert to everybody who should hear of the case; returns how many that is."""
    told = []
    for member in reach(session, case.restricted):
        assert member.person_id is not None
        person = people.get_person(session, member.person_id)
        if person is None or not person.started:
            continue
        address = person.address.reveal()
        words = (
            f"**{URGENCY_WORDS[Urgency(case.urgency)]}**: {headline(case)}\n"
            f"Case {case.reference}{f', {news}' if news else ''}. "
            f"To be looked at by {spoken_moment(case.due_at, at)}.\n"
            f"{link}/cases/{case.reference}"
        )
        outbox.put(
            session,
            channel=person.channel,
            lane=people.lane(person.channel, address),
            to=int(address),
            what=outbox.Say(words, protect=True),
            at=at,
            priority=outbox.URGENT,
            repeatable=True,
            about={"what": "alert", "case": case.reference, "staff": member.id},
        )
        told.append(member.id)
    happened(session, case, Kind.ALERTED, "system", at, staff=told, news=news)
    return len(told)
