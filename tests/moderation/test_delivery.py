"""What became of what left: the case learns whether its reply, card or removal arrived."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core import outbox
from core.database import Database
from core.models import OutboxItem
from core.outbox import Say
from moderation import delivery, desk
from moderation.models import Case, CaseEvent
from people import service as people
from tests.conftest import TestClock
from tests.factories import ABOUT_A_WORKER, SKINT, parents_group
from tests.moderation.acts import NOBODYS, PRIYA, last_event
from tests.moderation.conftest import Opens


class TestDelivery:
    def reply(self, session: Session, reference: str, clock: TestClock) -> OutboxItem:
        desk.reply(session, PRIYA, reference, "Hello", clock.now())
        session.flush()
        found = session.scalars(select(OutboxItem).order_by(OutboxItem.id.desc())).first()
        assert found is not None
        return found

    def test_the_case_learns_that_a_reply_arrived(
        self, database: Database, clock: TestClock, opens: Opens
    ) -> None:
        reference = opens()
        with database.unit() as session:
            delivery.arrived(session, self.reply(session, reference, clock), clock.now())
            assert last_event(session, reference).kind == "reply_delivered"

    @pytest.mark.parametrize("closed", [False, True])
    def test_the_case_learns_that_a_reply_did_not_even_when_it_is_closed(
        self, database: Database, clock: TestClock, opens: Opens, closed: bool
    ) -> None:
        reference = opens()
        with database.unit() as session:
            item = self.reply(session, reference, clock)
            if closed:
                desk.close(session, PRIYA, reference, "advice", "x", clock.now())
            delivery.failed(session, item, "chat not found" * 100, clock.now())
            event = last_event(session, reference)
            assert event.kind == "not_delivered"
            assert desk.details(event)["what"] == "reply"
            assert len(desk.details(event)["error"]) == 200

    def test_the_case_learns_that_its_card_did_not_arrive(
        self, database: Database, clock: TestClock, opens: Opens
    ) -> None:
        reference = opens()
        with database.unit() as session:
            (card,) = [one for one in session.scalars(select(OutboxItem)) if one.about["what"] == "card"]
            delivery.arrived(session, card, clock.now())
            assert last_event(session, reference).kind == "card_queued"
            delivery.failed(session, card, "Forbidden", clock.now())
            assert desk.details(last_event(session, reference)) == {"what": "card", "error": "Forbidden"}

    def test_somebody_who_blocked_us_is_noted_once_on_each_open_case(
        self, database: Database, clock: TestClock, opens: Opens
    ) -> None:
        closed = opens(SKINT)
        with database.unit() as session:
            desk.close(session, PRIYA, closed, "advice", "x", clock.now())
        ordinary, about_a_worker, others = opens(SKINT), opens(ABOUT_A_WORKER), opens(SKINT, 1002)
        for _ in range(2):
            with database.unit() as session:
                person = people.meet(session, "telegram", 1001, "", clock.now())
                delivery.unreachable(session, person.id, clock.now())
                delivery.unreachable(session, 4711, clock.now())
        with database.reading() as session:
            noted = session.scalars(
                select(Case.reference).join(CaseEvent).where(CaseEvent.kind == "parent_cannot_be_reached")
            ).all()
            assert sorted(noted) == sorted([ordinary, about_a_worker])
            assert others not in noted

    def test_what_belongs_to_no_case_is_no_trouble(self, database: Database, clock: TestClock) -> None:
        with database.unit() as session:
            group = parents_group(session, clock.now())
            for about in ({}, {"what": "reply", "case": NOBODYS}):
                item = outbox.put(
                    session,
                    channel="telegram",
                    lane="a",
                    to=int(group.address.reveal()),
                    what=Say("x"),
                    at=clock.now(),
                    about=about,
                )
                delivery.arrived(session, item, clock.now())
                delivery.failed(session, item, "x", clock.now())
            assert session.scalars(select(CaseEvent)).all() == []
