"""The inbox: stored once, in order, and only then forgotten by the channel."""

from __future__ import annotations

from datetime import timedelta

from core import inbox
from core.database import Database
from core.inbox import Arrival
from tests.conftest import TestClock


def test_a_repeated_update_is_stored_once(database: Database, clock: TestClock) -> None:
    batch = [Arrival(7, "lane", {"update_id": 7}), Arrival(8, "lane", {"update_id": 8})]
    with database.unit() as session:
        assert inbox.store(session, "telegram", batch, clock.now()) == 2
    with database.unit() as session:
        assert inbox.store(session, "telegram", [*batch, Arrival(9, "lane", {})], clock.now()) == 1
        assert inbox.backlog(session) == 3


def test_a_chats_updates_come_in_the_order_they_arrived(database: Database, clock: TestClock) -> None:
    with database.unit() as session:
        inbox.store(session, "telegram", [Arrival(n, "a", {"n": n}) for n in (30, 10, 20)], clock.now())
        inbox.store(session, "telegram", [Arrival(5, "b", {"n": 5})], clock.now())
    with database.unit() as session:
        assert inbox.claim_lanes(session, 10) == ["a", "b"]
        assert [item.body["n"] for item in inbox.pending(session, ["a"], 10)] == [30, 10, 20]


def test_what_is_done_keeps_no_words_and_is_forgotten_after_48_hours(database: Database, clock: TestClock) -> None:
    with database.unit() as session:
        inbox.store(session, "telegram", [Arrival(1, "a", {"text": "hi"})], clock.now())
        (item,) = inbox.pending(session, ["a"], 10)
        inbox.mark_done(session, [item.id], clock.now())
        session.expire_all()
        assert item.body is None
    with database.unit() as session:
        inbox.forget_old(session, clock.now() + timedelta(hours=47))
        assert inbox.store(session, "telegram", [Arrival(1, "a", {})], clock.now()) == 0
        inbox.forget_old(session, clock.now() + timedelta(hours=49))
        assert inbox.store(session, "telegram", [Arrival(1, "a", {})], clock.now()) == 1


def test_the_fifth_failure_is_the_last(database: Database, clock: TestClock) -> None:
    with database.unit() as session:
        inbox.store(session, "telegram", [Arrival(1, "a", {})], clock.now())
        (item,) = inbox.pending(session, ["a"], 10)
        assert [inbox.mark_failed(session, item, "KeyError", clock.now()) for _ in range(5)] == [
            False,
            False,
            False,
            False,
            True,
        ]
        assert [dead.update_id for dead in inbox.dead(session)] == [1]
        assert inbox.claim_lanes(session, 10) == []
