"""A picture or recording of a case goes to the moderator's own Telegram: no machine can judge it."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core import outbox
from core.database import Database
from core.models import AuditRow, OutboxItem
from moderation import desk
from moderation.casebook import NotPossible
from moderation.desk import Actor
from moderation.models import Case, Flag
from moderation.service import Ways, hear
from people import conversations, messages
from people import service as people
from people.messages import Received
from staff import service as staff
from tests.conftest import TestClock

PARENT, PRIYA = 1001, 1005


def voice_note(session: Session, ways: Ways, at: datetime) -> tuple[Case, int]:
    person = people.meet(session, "telegram", PARENT, "Kayleigh", at)
    people.start(session, person)
    received = Received(77, "voice", "", at, {"file": "abc", "seconds": 12})
    heard = hear(session, ways, person, conversations.private(session, person, at), received, at)
    session.flush()
    assert heard.case is not None
    number = session.scalars(select(Flag.message_id)).one()
    assert number is not None
    return heard.case, number


def moderator(session: Session, at: datetime, linked: bool) -> Actor:
    member = staff.add(session, "priya@example.org", ["moderator"], at)
    if linked:
        person = people.meet(session, "telegram", PRIYA, "Priya", at)
        people.start(session, person)
        staff.link_telegram(session, member.id, person.id)
    return Actor(f"staff:{member.id}", ("moderator",))


def test_it_goes_to_the_moderators_own_chat_and_is_audited(
    database: Database, ways: Ways, clock: TestClock
) -> None:
    with database.unit() as session:
        case, number = voice_note(session, ways, clock.now())
        priya = moderator(session, clock.now(), linked=True)
        desk.show(session, priya, case.reference, number, clock.now())
        session.flush()
        (item,) = session.scalars(select(OutboxItem).where(OutboxItem.act == "pass"))
        assert outbox.opened(item) == (PRIYA, outbox.Pass(PARENT, 77))
        assert case.seen_at == clock.now()
        assert session.scalars(select(AuditRow.act)).all()[-1] == "case.shown"


def test_without_a_linked_telegram_it_says_what_to_do(database: Database, ways: Ways, clock: TestClock) -> None:
    with database.unit() as session:
        case, number = voice_note(session, ways, clock.now())
        priya = moderator(session, clock.now(), linked=False)
        with pytest.raises(NotPossible, match="Link your own Telegram"):
            desk.show(session, priya, case.reference, number, clock.now())
        with pytest.raises(NotPossible, match="Link your own Telegram"):
            desk.show(session, Actor("token:1", ("moderator",)), case.reference, number, clock.now())


def test_a_message_of_somebody_elses_case_is_not_shown(database: Database, ways: Ways, clock: TestClock) -> None:
    with database.unit() as session:
        case, _ = voice_note(session, ways, clock.now())
        priya = moderator(session, clock.now(), linked=True)
        dean = people.meet(session, "telegram", 1002, "Dean", clock.now())
        chat = conversations.private(session, dean, clock.now())
        other = messages.keep(session, chat, dean, Received(9, "photo", "", clock.now()), clock.now())
        session.flush()
        with pytest.raises(NotPossible, match="not one of this case"):
            desk.show(session, priya, case.reference, other.id, clock.now())
