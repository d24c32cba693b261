"""What can be done about people: meeting them, their consent, whether they can be reached.

Plain functions that flush and never commit. Consent decides what is kept: without a "yes" a message is
looked at and forgotten, unless it worries us.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.orm import Session

from core.sealing import Sealed
from people import repository
from people.models import Person


def lane(channel: str, address: int | str) -> str:
    """The lane of a chat: what keeps its updates, and what leaves for it, in order."""
    return repository.address_hash(channel, "chat", address)


def meet(session: Session, channel: str, address: int | str, name: str, at: datetime) -> Person:
    """The person of that address; somebody new is stored with consent unasked."""
    person = repository.person_by_address(session, channel, address)
    if person is None:
        return repository.add_person(session, channel, address, name, at)
    if name and person.name.reveal() != name:
        person.name = Sealed(name)
    return person


def hold(session: Session, person: Person) -> bool:
    """Hold a person until the transaction ends, so that two chats cannot open two cases at once.

    True when this unit of work did not hold them before: what it knew of them may be old.
    """
    return repository.lock(session, person)


def warm(
    session: Session, channel: str, addresses: Collection[int], numbers: Collection[tuple[int, int]]
) -> list[int]:
    """Look up at once all whom a batch of updates is about: people by address, messages by (chat, number).

    Returns the ids of the people who are known.
    """
    repository.warm_messages(session, channel, numbers)
    return [person.id for person in repository.warm_people(session, channel, addresses)]


def get_person(session: Session, person_id: int) -> Person | None:
    return session.get(Person, person_id)


def start(session: Session, person: Person) -> None:
    """They pressed Start: the bot may write to them."""
    if not (person.started and person.reachable):
        person.started = True
        person.reachable = True


def answer_notice(session: Session, person: Person, agreed: bool, at: datetime) -> None:
    """They read who reads what, and said yes or no."""
    person.consent = "yes" if agreed else "no"
    person.consent_at = at
    person.awaiting = None


def withdraw(session: Session, person: Person, at: datetime) -> None:
    """/stop: from now on nothing is kept but what safeguarding needs. Effective at once."""
    person.consent = "ended"
    person.consent_at = at
    person.awaiting = None


def expect(session: Session, person: Person, what: str | None) -> None:
    """Note what the person's next words answer ("talk": they are for the team), or that nothing is awaited."""
    person.awaiting = what


def mark_unreachable(session: Session, person: Person) -> bool:
    """The channel says they blocked the bot. True when this is news."""
    news = person.reachable
    person.reachable = False
    session.flush()
    return news


def names(session: Session) -> list[str]:
    """The names of everybody who has written, as they gave them."""
    return repository.names(session)
