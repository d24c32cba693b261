"""The outbox: in order within a chat, the urgent first, tried again with patience, and never lost in silence."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core import outbox
from core.database import Database
from core.models import OutboxItem
from core.outbox import Answer, Button, Edit, LetIn, MakeLink, Outgoing, Remove, Say
from core.signals import OUTBOX
from tests.conftest import TestClock

ONE_BY_ONE = 1


def queue(
    session: Session,
    clock: TestClock,
    text: str,
    lane: str = "kayleigh",
    priority: int = outbox.ORDINARY,
    repeatable: bool = False,
) -> OutboxItem:
    return outbox.put(
        session,
        channel="telegram",
        lane=lane,
        to=1001,
        what=Say(text),
        at=clock.now(),
        priority=priority,
        repeatable=repeatable,
    )


def due(session: Session, clock: TestClock, most: int = 10, busy: tuple[str, ...] = ()) -> list[str]:
    """The texts that would leave now."""
    said = []
    for item in outbox.next_due(session, clock.now(), most, busy):
        _, what = outbox.opened(item)
        assert isinstance(what, Say)
        said.append(what.text)
    return said


def send(session: Session, item: OutboxItem, clock: TestClock) -> None:
    outbox.mark_sending(session, [item])
    outbox.mark_sent(session, item, clock.now(), 77)


@pytest.mark.parametrize(
    "what",
    [
        Say("Hi **you**", [[Button("Yes", "1:yes"), Button("Site", url="https://example.org")]], True, True, 5),
        Edit(9, "New", [[Button("Back", "1:back")]]),
        Answer("tap-1", "OK"),
        Remove(44),
        LetIn(1002, False),
        MakeLink("Parents"),
    ],
)
def test_what_is_put_in_comes_out_as_it_was(database: Database, clock: TestClock, what: Outgoing) -> None:
    with database.unit() as session:
        outbox.put(
            session, channel="telegram", lane="a", to=-100, what=what, at=clock.now(), about={"case": "K7M"}
        )
    with database.reading() as session:
        (item,) = outbox.next_due(session, clock.now(), 10)
        assert outbox.opened(item) == (-100, what)
        assert item.about == {"case": "K7M"}


def test_putting_something_in_wakes_the_sender_after_the_commit(sqlite_only: Database, clock: TestClock) -> None:
    ears = sqlite_only.signals.listen(OUTBOX)
    with sqlite_only.unit() as session:
        queue(session, clock, "hello")
        assert ears.wait(0) == []
    assert ears.wait(1) == [{}]


def test_a_chat_hears_things_in_the_order_they_were_said(database: Database, clock: TestClock) -> None:
    with database.unit() as session:
        first, second = queue(session, clock, "first"), queue(session, clock, "second")
        session.flush()
        assert due(session, clock) == ["first"]
        assert due(session, clock, busy=("kayleigh",)) == []
        send(session, first, clock)
        assert due(session, clock) == ["second"]
        send(session, second, clock)
        assert due(session, clock) == []
        assert outbox.backlog(session) == 0


def test_a_card_overtakes_what_is_ordinary_in_its_chat_and_in_all(database: Database, clock: TestClock) -> None:
    with database.unit() as session:
        queue(session, clock, "menu")
        queue(session, clock, "a page", lane="dean")
        queue(session, clock, "reply", priority=outbox.PROMPT)
        queue(session, clock, "card", priority=outbox.URGENT)
        session.flush()
        assert due(session, clock) == ["card", "a page"]
        assert due(session, clock, ONE_BY_ONE) == ["card"]


def test_what_waits_to_be_tried_again_holds_back_its_own_chat_but_not_a_card(
    database: Database, clock: TestClock
) -> None:
    with database.unit() as session:
        first = queue(session, clock, "first")
        queue(session, clock, "second")
        queue(session, clock, "to dean", lane="dean")
        outbox.mark_sending(session, [first])
        assert outbox.mark_again(session, first, "502", clock.now())
        assert due(session, clock) == ["to dean"]
        queue(session, clock, "card", priority=outbox.URGENT)
        session.flush()
        assert due(session, clock) == ["card", "to dean"]
        clock.move(seconds=1)
        assert due(session, clock, busy=("dean",)) == ["card"]


@pytest.mark.parametrize("most", [1, 16])
def test_a_chat_that_waits_starves_no_other_however_much_it_has_to_say(
    database: Database, clock: TestClock, most: int
) -> None:
    """A group with a long queue is told to wait: a card for a parent must leave all the same."""
    with database.unit() as session:
        held = queue(session, clock, "alert", lane="group", priority=outbox.URGENT)
        for number in range(most * 25):
            queue(session, clock, f"alert {number}", lane="group", priority=outbox.URGENT)
        queue(session, clock, "card", lane="kayleigh", priority=outbox.URGENT)
        outbox.mark_sending(session, [held])
        outbox.mark_again(session, held, "429", clock.now(), wait=30)
        assert due(session, clock, most) == ["card"]
        clock.move(seconds=30)
        assert due(session, clock, ONE_BY_ONE) == ["alert"]
        assert due(session, clock, ONE_BY_ONE, busy=("group",)) == ["card"]


def test_the_pauses_grow_and_the_eighth_try_is_the_last(database: Database, clock: TestClock) -> None:
    pauses = []
    with database.unit() as session:
        item = queue(session, clock, "hello")
        while True:
            outbox.mark_sending(session, [item])
            if not outbox.mark_again(session, item, "502", clock.now()):
                break
            pauses.append((item.not_before - clock.now()).total_seconds())
            clock.set(item.not_before)
            assert due(session, clock) == ["hello"]
        assert pauses == [1, 2, 5, 15, 60, 180, 600]
        assert (item.state, item.attempts, item.error) == ("dead", outbox.LAST_ATTEMPT, "502")
        assert [stuck.id for stuck in outbox.stuck(session)] == [item.id]
        assert outbox.opened(item)[1] == Say("hello")
        assert due(session, clock) == []


def test_a_pause_that_telegram_asked_for_is_no_try(database: Database, clock: TestClock) -> None:
    with database.unit() as session:
        item = queue(session, clock, "hello")
        for _ in range(20):
            outbox.mark_sending(session, [item])
            assert outbox.mark_again(session, item, "429", clock.now(), wait=37)
            assert item.not_before == clock.now() + timedelta(seconds=37)
            clock.move(seconds=37)
        assert (item.attempts, item.state) == (0, "queued")


def test_a_dead_letter_does_not_hold_back_what_follows(database: Database, clock: TestClock) -> None:
    with database.unit() as session:
        first = queue(session, clock, "first")
        queue(session, clock, "second")
        outbox.mark_dead(session, first, "chat not found")
        assert due(session, clock) == ["second"]


def test_what_was_sent_keeps_no_words(database: Database, clock: TestClock) -> None:
    with database.unit() as session:
        item = queue(session, clock, "hello")
        send(session, item, clock)
        number = item.id
    with database.reading() as session:
        sent = session.get_one(OutboxItem, number)
        assert (sent.state, sent.body, sent.remote_id, sent.sent_at) == ("sent", None, 77, clock.now())


def test_after_a_stop_in_the_middle_only_what_may_be_repeated_is(database: Database, clock: TestClock) -> None:
    with database.unit() as session:
        reply = queue(session, clock, "from the team", lane="dean")
        card = queue(session, clock, "card", repeatable=True)
        queue(session, clock, "not begun", lane="shaz")
        outbox.mark_sending(session, [reply, card])
    with database.unit() as session:
        assert len(outbox.settle_interrupted(session, clock.now())) == 2
        states = {item.lane: item.state for item in session.scalars(select(OutboxItem))}
        assert states == {"dean": "unknown", "kayleigh": "queued", "shaz": "queued"}
        assert due(session, clock) == ["card", "not begun"]
        assert [item.lane for item in outbox.stuck(session)] == ["dean"]
        assert len(outbox.settle_interrupted(session, clock.now())) == 0


def test_a_person_may_send_a_dead_or_unknown_one_again_and_nothing_else(
    database: Database, clock: TestClock
) -> None:
    with database.unit() as session:
        dead, unknown, sent, waiting = (queue(session, clock, text) for text in ("a", "b", "c", "d"))
        outbox.mark_dead(session, dead, "502")
        outbox.mark_unknown(session, unknown, "no answer")
        send(session, sent, clock)
        for item in (dead, unknown):
            again = outbox.try_again(session, item.id, clock.now())
            assert again is not None
            assert (again.state, again.attempts, again.error) == ("queued", 0, None)
        assert outbox.try_again(session, sent.id, clock.now()) is None
        assert outbox.try_again(session, waiting.id, clock.now()) is None
        assert outbox.try_again(session, 4711, clock.now()) is None


def test_when_the_group_gets_a_new_id_what_waits_goes_there(database: Database, clock: TestClock) -> None:
    with database.unit() as session:
        sent, waiting, leaving = (queue(session, clock, text, lane="old") for text in ("a", "b", "c"))
        other = queue(session, clock, "d", lane="kayleigh")
        send(session, sent, clock)
        outbox.mark_sending(session, [leaving])
        outbox.move_lane(session, "old", "new", -1005)
    with database.reading() as session:
        found = {item.id: item for item in session.scalars(select(OutboxItem))}
        assert [found[item.id].lane for item in (sent, waiting, leaving, other)] == [
            "old",
            "new",
            "new",
            "kayleigh",
        ]
        assert outbox.opened(found[waiting.id]) == (-1005, Say("b"))
        assert outbox.opened(found[leaving.id]) == (-1005, Say("c"))
        assert outbox.opened(found[other.id]) == (1001, Say("d"))
