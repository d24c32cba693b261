"""People, groups, messages and staff for tests, made through the rooms' own services."""

from __future__ import annotations

from datetime import datetime
from itertools import count

from sqlalchemy.orm import Session

from moderation import service as moderation
from moderation.service import Heard, Ways
from people import conversations
from people import service as people
from people.messages import Received
from people.models import Conversation, Person
from staff import service as staff
from staff.models import Staff
from staff.roles import Role

GROUP = -1_000_000_000_001
AT_THE_END_OF_HER_ROPE = "I can't cope, I'm going to shake him if he doesn't stop crying"
SKINT = "we have got no food in till friday and hes hungry"
ABOUT_A_WORKER = "my support worker touched me and told me not to tell anyone"
HARMLESS = "thanks, that was a lovely morning at the park"

_numbers = count(1)


def parent(
    session: Session,
    at: datetime,
    number: int = 1001,
    name: str = "Kayleigh",
    *,
    agreed: bool = True,
    started: bool = True,
) -> Person:
    """Somebody who has opened the chat and agreed to the notice, unless it says otherwise."""
    person = people.meet(session, "telegram", number, name, at)
    if started:
        people.start(session, person)
    if agreed:
        people.answer_notice(session, person, True, at)
    return person


def parents_group(session: Session, at: datetime, address: int = GROUP) -> Conversation:
    """The linked parents' group."""
    return conversations.link_group(session, "telegram", address, at)


def message(text: str, at: datetime, *, number: int | None = None, kind: str = "text") -> Received:
    """A message as a channel brings it; each has a number of its own unless one is given."""
    return Received(number if number is not None else next(_numbers), kind, text, at)


def hears(
    session: Session,
    ways: Ways,
    person: Person,
    text: str,
    at: datetime,
    *,
    chat: Conversation | None = None,
    number: int | None = None,
    kind: str = "text",
) -> Heard:
    """The person writes, one-to-one unless a chat is given; what became of it."""
    where = chat or conversations.private(session, person, at)
    return moderation.hear(session, ways, person, where, message(text, at, number=number, kind=kind), at)


def colleague(session: Session, at: datetime, *roles: Role, email: str = "priya@example.org") -> Staff:
    """A member of staff, a moderator unless roles are given; cannot sign in yet."""
    return staff.add(session, email, roles or (Role.MODERATOR,), at)
