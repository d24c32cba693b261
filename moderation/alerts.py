"""Alerts to moderators: urgency, categories and a link, never what somebody wrote."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from core import memo, outbox
from core.clock import spoken_moment
from moderation.casebook import Kind
from moderation.cases import happened
from moderation.models import Case
from moderation.screening import Category, Urgency
from moderation.wording import GRAVEST_FIRST
from people import service as people
from staff import service as staff
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
    gravest_first = sorted(map(Category, case.categories), key=GRAVEST_FIRST.index)
    labels = [category.label for category in gravest_first]
    return ", ".join(labels) if labels else KIND_WORDS[case.kind]


def reach(session: Session, case_restricted: bool = False) -> list[tuple[int, str, str]]:
    """Whom an alert reaches, as (staff id, channel, address)."""

    permission = May.READ_CASES
    if case_restricted and staff.anybody_who_may(session, May.SEE_WORKER_CONCERNS):
        permission = May.SEE_WORKER_CONCERNS

    def look_up() -> list[tuple[int, str, str]]:
        found = []
        for member in staff.to_alert(session, permission):
            person = people.get_person(session, member.person_id) if member.person_id else None
            if person is not None and person.started and person.reachable:
                found.append((member.id, person.channel, person.address.reveal()))
        return found

    return memo.once(session, ("alerts reach", case_restricted), look_up)


def send(session: Session, case: Case, link: str, at: datetime, news: str = "") -> int:
    """Queue an alert to everybody who should hear of the case; returns how many that is."""
    words = (
        f"**{URGENCY_WORDS[Urgency(case.urgency)]}**: {headline(case)}\n"
        f"Case {case.reference}{f', {news}' if news else ''}. "
        f"To be looked at by {spoken_moment(case.due_at, at)}.\n"
        f"{link}/cases/{case.reference}"
    )
    told = reach(session, case.restricted)
    for staff_id, channel, address in told:
        outbox.put(
            session,
            channel=channel,
            lane=people.lane(channel, address),
            to=int(address),
            what=outbox.Say(words, protect=True),
            at=at,
            priority=outbox.URGENT,
            repeatable=True,
            about={"what": "alert", "case": case.reference, "staff": staff_id},
        )
    happened(session, case, Kind.ALERTED, "system", at, staff=[staff_id for staff_id, _, _ in told], news=news)
    return len(told)
