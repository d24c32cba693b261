"""Telegram gone, slow, refusing, ambiguous; people and rights gone: what is lost, said twice, told and retried."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from core import outbox
from core.database import Database
from core.outbox import Remove
from moderation import desk
from moderation.casebook import Kind, NotPossible
from moderation.service import Ways
from people import conversations
from rehearsal import World, serve
from tests.e2e.street import AWFUL, DEAN, GROUP, KAYLEIGH, PRIYA, SHAZ, Street, in_order
from tests.waiting import until


@pytest.fixture
def street(sqlite_only: Database, ways: Ways) -> Iterator[Street]:
    world = World.with_cast()
    with serve(world) as server:
        found = Street(sqlite_only, ways, world, server)
        yield found
        found.end()


def fails(street: Street, method: str = "sendMessage", **how: object) -> None:
    street.server.controls.apply({"fail": {"method": method, **how}})


# Telegram itself


def test_what_was_typed_while_telegram_was_away_arrives(street: Street) -> None:
    street.begin()
    street.server.controls.apply({"away": True})
    until(lambda: street.remembered("telegram.trouble"), 20, "the trouble to be told")
    for number in range(5):
        street.writes(KAYLEIGH, f"is anybody there, number {number}")
    street.writes(DEAN, AWFUL)
    assert street.kept() == []
    street.server.controls.apply({"away": False})
    until(lambda: len(street.kept()) == 6, 20, "what was typed meanwhile")
    street.rests()
    assert street.kept(KAYLEIGH) == [f"is anybody there, number {number}" for number in range(5)]
    assert street.flagged() == [AWFUL]
    assert street.remembered("telegram.trouble") is None


def test_words_that_are_due_while_telegram_is_away_leave_when_it_is_back(street: Street) -> None:
    street.server.controls.apply({"away": True})
    street.begin(street.sender)
    street.queue(KAYLEIGH, "first", "second", repeatable=True)
    until(lambda: street.items()[0].attempts >= 1 and street.items()[0].state == "queued", 20, "a failed try")
    assert street.said_to(KAYLEIGH) == []
    street.server.controls.apply({"away": False})
    street.rests(leap=0.5)
    assert street.said_to(KAYLEIGH) == ["first", "second"]


def test_a_slow_telegram_only_makes_it_slow(street: Street) -> None:
    street.server.controls.apply({"slow": 0.4})
    street.begin()
    for person in (KAYLEIGH, DEAN, SHAZ):
        street.writes(person, f"{AWFUL}, says {person}")
    until(lambda: len(street.flagged()) == 3, 20, "three cases")
    street.rests()
    assert [len(street.said_to(person)) for person in (KAYLEIGH, DEAN, SHAZ)] == [1, 1, 1]


def test_the_pause_of_a_429_is_kept_and_costs_no_try(street: Street) -> None:
    fails(street, status=429, retry_after=2)
    street.begin(street.sender)
    street.queue(KAYLEIGH, "patience")
    until(lambda: street.said_to(KAYLEIGH), 20)
    refused, taken = street.calls()
    assert (refused["ok"], taken["ok"]) == (False, True)
    assert taken["at"] - refused["at"] >= 2
    street.rests()
    assert street.items()[0].attempts == 1


def test_a_502_is_tried_again_and_said_once(street: Street) -> None:
    fails(street, status=502, times=3)
    street.begin(street.sender)
    street.queue(KAYLEIGH, "at last")
    street.rests(leap=0.3)
    assert street.said_to(KAYLEIGH) == ["at last"]
    assert [call["ok"] for call in street.calls()] == [False, False, False, True]
    assert street.items()[0].attempts == 4


def test_after_the_last_try_it_is_a_dead_letter_and_the_case_says_so(street: Street) -> None:
    street.begin(street.intake, street.worker)
    fails(street, status=500, times=outbox.LAST_ATTEMPT)
    street.writes(KAYLEIGH, AWFUL)
    until(street.flagged, 20)
    street.begin(street.sender)
    street.rests(leap=20)
    street.queue(KAYLEIGH, "the next in this chat")
    street.rests()
    card = next(item for item in street.items() if item.about["what"] == "card")
    assert (card.state, card.attempts) == ("dead", outbox.LAST_ATTEMPT)
    assert card.body is not None, "a human must still be able to read it and send it again"
    (event,) = street.events(Kind.NOT_DELIVERED.value)
    assert event.detail["what"] == "card"
    assert street.said_to(KAYLEIGH) == ["the next in this chat"]


# Ambiguity


def test_a_crisis_card_whose_answer_was_lost_is_said_again(street: Street) -> None:
    fails(street, lost=True)
    street.begin()
    street.writes(KAYLEIGH, AWFUL)
    until(lambda: len(street.said_to(KAYLEIGH)) == 2, 20, "the card to be said again")
    street.rests(leap=0.2)
    first, second = street.said_to(KAYLEIGH)
    assert first == second
    assert [item.state for item in street.items() if item.about["what"] == "card"] == ["sent"]


def test_a_reply_whose_answer_was_lost_is_not_said_twice_and_a_human_sees_it(street: Street) -> None:
    street.begin()
    case = street.worry()
    fails(street, lost=True)
    street.moderator(desk.reply, case.reference, "Can I ring you?")
    until(lambda: street.events(Kind.NOT_DELIVERED.value), 20, "the case to say so")
    street.end()
    street.begin(street.sender)
    street.queue(KAYLEIGH, "something later")
    until(lambda: "something later" in street.said_to(KAYLEIGH), 20)
    assert len([text for text in street.said_to(KAYLEIGH) if "Can I ring you?" in text]) == 1
    reply = next(item for item in street.items() if item.about["what"] == "reply")
    assert (reply.state, reply.attempts) == ("unknown", 1)
    assert reply.body is not None
    with street.database.reading() as session:
        assert [item.id for item in outbox.stuck(session)] == [reply.id]


def test_a_reply_that_surely_did_not_leave_is_tried_again(street: Street) -> None:
    street.begin()
    case = street.worry()
    fails(street, status=502)
    street.moderator(desk.reply, case.reference, "Can I ring you?")
    street.rests(leap=0.3)
    assert len([text for text in street.said_to(KAYLEIGH) if "Can I ring you?" in text]) == 1
    assert len(street.events(Kind.DELIVERED.value)) == 1


# People and rights


def test_a_parent_who_blocked_the_bot_is_noted_on_the_case_once(street: Street) -> None:
    street.begin()
    case = street.worry()
    street.end()
    street.world.block_bot(KAYLEIGH)
    street.begin(street.sender)  # it is the sender that hears of it first
    street.moderator(desk.reply, case.reference, "Can I ring you?")
    until(lambda: street.events(Kind.UNREACHABLE.value), 20)
    street.begin(street.intake, street.worker)
    street.rests()
    assert len(street.events(Kind.UNREACHABLE.value)) == 1
    assert len(street.events(Kind.NOT_DELIVERED.value)) == 1
    with pytest.raises(NotPossible, match="blocked"):
        street.moderator(desk.reply, case.reference, "Are you there?")
    street.world.unblock_bot(KAYLEIGH)
    street.rests()
    street.moderator(desk.reply, case.reference, "Good that you are back")
    street.rests()
    assert "Good that you are back" in street.said_to(KAYLEIGH)[-1]


def test_what_waits_for_a_group_that_was_upgraded_goes_to_its_new_id(street: Street) -> None:
    old = -4242
    street.world.add_group(old, "Small group", PRIYA, type="group")
    street.world.add_member(old, street.world.bot.id)
    with street.database.unit() as session:
        conversations.link_group(session, "telegram", old, street.clock.now())
    new = street.world.upgrade_group(old).id
    street.world.updates.clear()  # the updates that would tell are late: only the refusal tells
    street.queue(old, "to the old id", "and more")
    street.begin(street.sender)
    street.rests(leap=0.2)
    assert street.said_to(new) == ["to the old id", "and more"]
    with street.database.reading() as session:
        group = conversations.linked_group(session)
        assert group is not None
        assert group.address.reveal() == str(new)
        assert conversations.group(session, "telegram", old) is group


def test_an_upgrade_in_the_middle_of_talk_loses_no_message(street: Street) -> None:
    old = -4343
    world = street.world
    world.add_group(old, "Small group", PRIYA, type="group")
    for member in (world.bot.id, KAYLEIGH):
        world.add_member(old, member)
    with street.database.unit() as session:
        conversations.link_group(session, "telegram", old, street.clock.now())
    street.begin()
    street.writes(KAYLEIGH, "before, number 1", old)
    new = world.upgrade_group(old).id
    street.writes(KAYLEIGH, AWFUL, new)
    until(lambda: AWFUL in street.kept(), 20)
    street.rests(leap=0.2)
    assert street.kept(KAYLEIGH) == ["before, number 1", AWFUL]


def test_rights_taken_away_are_noted_and_a_refused_removal_is_on_the_case(street: Street) -> None:
    street.begin()
    case = street.worry(where=GROUP)
    street.world.set_bot_rights(GROUP, can_delete_messages=False)
    until(lambda: street.group_rights().get("can_delete_messages") is False, 20, "the rights to be noted")
    with street.database.reading() as session:
        file = desk.read(session, desk.Actor("staff:1", ("moderator",)), case.reference, street.clock.now())
        message = file.flagged[0].message
        assert message is not None
        number = message.id
    street.moderator(desk.remove_message, case.reference, number)
    until(lambda: street.events(Kind.NOT_DELIVERED.value), 20)
    (event,) = street.events(Kind.NOT_DELIVERED.value)
    assert event.detail["what"] == "removal"
    street.world.set_bot_rights(GROUP, can_delete_messages=True)
    until(lambda: street.group_rights().get("can_delete_messages"), 20)
    street.moderator(desk.remove_message, case.reference, number)
    until(lambda: street.events(Kind.REMOVED.value), 20)


# Order


def test_a_chat_keeps_its_order_under_failures_and_holds_up_no_other(street: Street) -> None:
    texts = [f"line {number}" for number in range(8)]
    street.queue(KAYLEIGH, *texts)
    street.queue(DEAN, "for Dean")
    fails(street, status=502, times=5)
    street.begin(street.sender)
    street.rests(leap=0.3)
    assert street.said_to(KAYLEIGH) == texts
    assert street.said_to(DEAN) == ["for Dean"]


def test_a_chat_that_waits_holds_up_no_other(street: Street) -> None:
    fails(street, status=429, retry_after=30)
    street.queue(KAYLEIGH, "must wait half a minute")
    street.begin(street.sender)
    until(lambda: street.calls(), 20)
    street.queue(DEAN, "goes at once")
    until(lambda: street.said_to(DEAN), 20)
    assert street.said_to(KAYLEIGH) == []


def test_the_urgent_overtakes_what_waits(street: Street) -> None:
    street.queue(KAYLEIGH, *(f"page {number}" for number in range(4)), priority=outbox.ORDINARY)
    street.queue(KAYLEIGH, "urgent", priority=outbox.URGENT, repeatable=True)
    street.begin(street.sender)
    street.rests()
    assert street.said_to(KAYLEIGH) == ["urgent", "page 0", "page 1", "page 2", "page 3"]


def test_the_urgent_does_not_wait_behind_something_that_is_tried_again(street: Street) -> None:
    fails(street, status=429, retry_after=60)
    street.queue(KAYLEIGH, "an ordinary page", priority=outbox.ORDINARY)
    street.begin(street.sender)
    until(lambda: street.calls(), 20)
    street.queue(KAYLEIGH, "urgent", priority=outbox.URGENT, repeatable=True)
    until(lambda: street.said_to(KAYLEIGH), 20)
    assert street.said_to(KAYLEIGH) == ["urgent"]
    street.rests(leap=30)
    assert street.said_to(KAYLEIGH) == ["urgent", "an ordinary page"]


# The sender itself


def test_what_was_on_its_way_when_the_sender_was_killed_is_known_for_what_it_is(street: Street) -> None:
    street.begin()
    case = street.worry()
    street.end()
    street.moderator(desk.reply, case.reference, "Can I ring you?")
    street.queue(KAYLEIGH, "a card", priority=outbox.URGENT, repeatable=True, what="card", case=case.reference)
    with street.database.unit() as session:  # as a kill leaves it: chosen, committed, and nothing more is known
        for item in outbox.next_due(session, street.clock.now(), 10):
            outbox.mark_sending(session, [item])
        rest = outbox.next_due(session, street.clock.now(), 10)
        outbox.mark_sending(session, rest)
    street.begin(street.sender)
    street.rests()
    assert street.said_to(KAYLEIGH).count("a card") == 1
    reply = next(item for item in street.items() if item.about["what"] == "reply")
    assert reply.state == "unknown"
    (event,) = street.events(Kind.NOT_DELIVERED.value)
    assert event.detail["what"] == "reply"


def test_a_sender_that_was_stopped_goes_on_where_it_was(street: Street) -> None:
    texts = [f"line {number}" for number in range(30)]
    street.server.controls.apply({"slow": 0.05})
    street.queue(KAYLEIGH, *texts)
    street.begin(street.sender)
    until(lambda: len(street.said_to(KAYLEIGH)) > 5, 20)
    street.end()
    assert len(street.said_to(KAYLEIGH)) < 30
    street.begin(street.sender)  # the same one: `supervised` runs it again
    street.rests()
    assert street.said_to(KAYLEIGH) == texts


def test_a_sender_that_failed_goes_on_when_it_is_run_again(
    street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What no one foresaw ends the sender once; it is run again as it is, and no chat stays mute."""

    def broken(*_: object) -> None:
        raise RuntimeError("not foreseen")

    street.queue(KAYLEIGH, "one", "two", repeatable=True)
    with monkeypatch.context() as patched:
        patched.setattr("bot.sender.outbox.mark_sent", broken)
        street.begin(street.sender)
        part = street.parts.pop()
        until(lambda: part.raised is not None, 20, "the sender to fail")
    street.begin(street.sender)
    street.queue(DEAN, "for Dean")
    street.rests()
    assert in_order(["one", "two"], list(dict.fromkeys(street.said_to(KAYLEIGH))))
    assert street.said_to(DEAN) == ["for Dean"]


def test_words_that_cannot_be_sent_at_all_are_a_dead_letter_and_their_chat_goes_on(street: Street) -> None:
    """Half a character cannot be written to any network; whoever queued it."""
    street.queue(KAYLEIGH, "half a character: \ud83d", "afterwards")
    street.begin(street.sender)
    street.rests()
    assert street.said_to(KAYLEIGH) == ["afterwards"]
    assert [item.state for item in street.items()] == ["dead", "sent"]
    assert "character" not in (street.items()[0].error or "")


def test_a_removal_that_was_done_before_counts_as_done(street: Street) -> None:
    street.writes(KAYLEIGH, "something private", GROUP)
    number = max(street.world.chats[GROUP].messages)
    street.world.delete_own(KAYLEIGH, GROUP, number)
    street.put(GROUP, Remove(number), outbox.URGENT, True)
    street.begin()
    street.rests()
    assert [item.state for item in street.items()] == ["sent"]
