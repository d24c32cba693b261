"""What moderators see and do: the queue, one case with its context, and every act with its errors."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core import audit, outbox
from core.database import Database
from core.models import AuditRow, OutboxItem
from core.outbox import Remove, Say
from moderation import delivery, desk, feed
from moderation.casebook import NotPossible, Outcome
from moderation.desk import Actor, NoSuchCase
from moderation.models import Case, CaseEvent
from moderation.service import Ways
from people import conversations
from people import service as people
from people.models import Message
from staff.roles import Role
from tests.conftest import TestClock
from tests.factories import ABOUT_A_WORKER, AT_THE_END_OF_HER_ROPE, SKINT, colleague, hears, parent, parents_group
from tests.waiting import at_once

LONG_AGO = "my stepdad hit me when I was little"
PRIYA = Actor("staff:1", (Role.MODERATOR.value,))
TOM = Actor("staff:2", (Role.MODERATOR.value,))
LEAD = Actor("staff:3", (Role.SAFEGUARDING_LEAD.value,))
NOBODYS = "AAA-AAA"

Opens = Callable[..., str]


@pytest.fixture
def opens(database: Database, clock: TestClock, ways: Ways) -> Opens:
    """Somebody writes; the reference of the case that this opens or joins."""

    def write(words: str = SKINT, number: int = 1001, *, group: bool = False, started: bool = True) -> str:
        with database.unit() as session:
            person = parent(session, clock.now(), number, f"Parent {number}", agreed=started, started=started)
            chat = parents_group(session, clock.now()) if group else None
            case = hears(session, ways, person, words, clock.now(), chat=chat).case
            assert case is not None
            return case.reference

    return write


def acts(session: Session) -> list[tuple[str, str, str]]:
    """The audit: who, what, about which."""
    return [
        (row.actor, row.act, row.subject) for row in session.scalars(select(AuditRow).order_by(AuditRow.number))
    ]


def last_event(session: Session, reference: str) -> CaseEvent:
    session.flush()
    return session.scalars(
        select(CaseEvent).join(Case).where(Case.reference == reference).order_by(CaseEvent.number.desc())
    ).first()  # type: ignore[return-value]


class TestTheQueue:
    def test_comes_gravest_first_and_then_by_what_is_due(
        self, database: Database, clock: TestClock, opens: Opens
    ) -> None:
        late = opens(SKINT, 1001)
        clock.move(minutes=1)
        review = opens(LONG_AGO, 1002)
        today = opens(SKINT, 1003)
        grave = opens(AT_THE_END_OF_HER_ROPE, 1004)
        with database.reading() as session:
            assert [case.reference for case in desk.queue(session, PRIYA)] == [grave, late, today, review]
            assert [case.reference for case in desk.queue(session, PRIYA, most=2, skip=1)] == [late, today]

    def test_can_be_asked_by_state(self, database: Database, clock: TestClock, opens: Opens) -> None:
        free, taken, done = opens(SKINT, 1001), opens(SKINT, 1002), opens(SKINT, 1003)
        with database.unit() as session:
            desk.claim(session, PRIYA, taken, clock.now())
            desk.close(session, PRIYA, done, "advice", "rang", clock.now())

        def references(state: str) -> set[str]:
            with database.reading() as session:
                return {case.reference for case in desk.queue(session, PRIYA, state)}

        assert references("open") == {free, taken}
        assert references("unclaimed") == {free}
        assert references("claimed") == {taken}
        assert references("closed") == {done}
        assert references("all") == {free, taken, done}
        with pytest.raises(KeyError):
            references("gone")

    def test_counts_what_is_open_free_and_overdue(
        self, database: Database, clock: TestClock, opens: Opens
    ) -> None:
        looked_at, taken = opens(SKINT, 1001), opens(SKINT, 1002)
        opens(SKINT, 1003)
        with database.unit() as session:
            desk.note(session, PRIYA, looked_at, "will ring", clock.now())
            desk.claim(session, PRIYA, taken, clock.now())
            assert desk.counts(session, PRIYA, clock.now()) == desk.Counts(open=3, unclaimed=2, overdue=0)
            clock.move(hours=4, seconds=1)
            assert desk.counts(session, PRIYA, clock.now()) == desk.Counts(open=3, unclaimed=2, overdue=1)
            assert [desk.overdue(case, clock.now()) for case in desk.queue(session, PRIYA)].count(True) == 1

    def test_tells_an_open_console_what_happened_since(
        self, database: Database, clock: TestClock, opens: Opens
    ) -> None:
        with database.reading() as session:
            assert feed.newest(session) == 0
        reference = opens(AT_THE_END_OF_HER_ROPE)
        with database.reading() as session:
            changes = feed.since(session, 0)
            assert [change.kind for change in changes] == ["opened", "message_added", "alerted", "card_queued"]
            assert {(change.reference, change.urgency, change.state) for change in changes} == {
                (reference, "immediate", "open")
            }
            assert feed.since(session, feed.newest(session)) == []
            assert [change.kind for change in feed.since(session, 0, most=1)] == ["card_queued"]


class TestReading:
    def test_shows_the_words_why_and_the_conversation_around_and_is_audited(
        self, database: Database, clock: TestClock, ways: Ways, opens: Opens
    ) -> None:
        with database.unit() as session:
            person = parent(session, clock.now())
            hears(session, ways, person, "morning all", clock.now())
        reference = opens(SKINT, 1001)
        with database.unit() as session:
            file = desk.read(session, PRIYA, reference.lower(), clock.now())
            assert file.person is not None
            assert [one.flag.evidence["text"] for one in file.flagged] == [SKINT]
            assert [one.message.text.reveal() for one in file.flagged if one.message] == [SKINT]
            assert [one.text.reveal() for one in file.around][:2] == ["morning all", SKINT]
            assert file.authors == {file.person.id: "Parent 1001"}
            assert file.events[0].kind == "opened"
        with database.reading() as session:
            assert acts(session) == [("staff:1", "case.read", reference)]

    def test_shows_what_an_edited_message_said_before(
        self, database: Database, clock: TestClock, ways: Ways
    ) -> None:
        with database.unit() as session:
            for words in (AT_THE_END_OF_HER_ROPE, SKINT):
                case = hears(session, ways, parent(session, clock.now()), words, clock.now(), number=5).case
                session.flush()
            assert case is not None
            file = desk.read(session, PRIYA, case.reference, clock.now())
            assert [one.flag.evidence["text"] for one in file.flagged] == [AT_THE_END_OF_HER_ROPE, SKINT]
            (versions,) = file.versions.values()
            assert [version.text.reveal() for version in versions] == [AT_THE_END_OF_HER_ROPE]

    def test_shows_earlier_cases_of_the_same_person(
        self, database: Database, clock: TestClock, opens: Opens
    ) -> None:
        first = opens(SKINT)
        with database.unit() as session:
            desk.close(session, PRIYA, first, "advice", "rang", clock.now())
        second = opens(SKINT)
        opens(SKINT, 1002)
        with database.unit() as session:
            file = desk.read(session, PRIYA, second, clock.now())
            assert [case.reference for case in file.earlier] == [first]

    @pytest.mark.parametrize("reference", ["", NOBODYS, "x" * 500, "'; --", "😀"])
    def test_of_a_case_that_is_not_there_says_so(
        self, database: Database, clock: TestClock, reference: str
    ) -> None:
        with database.unit() as session, pytest.raises(NoSuchCase):
            desk.read(session, PRIYA, reference, clock.now())
        with database.reading() as session:
            assert acts(session) == []


class TestWorriesAboutWorkers:
    def test_are_hidden_from_moderators_in_every_way_once_there_is_a_lead(
        self, database: Database, clock: TestClock, opens: Opens
    ) -> None:
        reference = opens(ABOUT_A_WORKER)
        ordinary = opens(SKINT)
        tries: list[Callable[[Session], Any]] = [
            lambda session: desk.read(session, PRIYA, reference, clock.now()),
            lambda session: desk.claim(session, PRIYA, reference, clock.now()),
            lambda session: desk.release(session, PRIYA, reference, clock.now()),
            lambda session: desk.note(session, PRIYA, reference, "x", clock.now()),
            lambda session: desk.reply(session, PRIYA, reference, "x", clock.now()),
            lambda session: desk.remove_message(session, PRIYA, reference, 1, clock.now()),
            lambda session: desk.close(session, PRIYA, reference, "advice", "x", clock.now()),
        ]
        with database.unit() as session:
            assert desk.sees_restricted(session, PRIYA)
            assert len(desk.queue(session, PRIYA)) == 2
            lead = colleague(session, clock.now(), Role.SAFEGUARDING_LEAD, email="lead@example.org")
            assert not desk.sees_restricted(session, PRIYA)
            assert [case.reference for case in desk.queue(session, PRIYA)] == [ordinary]
            assert desk.counts(session, PRIYA, clock.now()).open == 1
            assert desk.counts(session, LEAD, clock.now()).open == 2
            assert desk.read(session, PRIYA, ordinary, clock.now()).earlier == []
            assert [case.reference for case in desk.read(session, LEAD, ordinary, clock.now()).earlier] == [
                reference
            ]
            for attempt in tries:
                with pytest.raises(NoSuchCase):
                    attempt(session)
            assert desk.read(session, LEAD, reference, clock.now()).case.restricted
            lead.left_at = clock.now()
            session.flush()
        with database.unit() as session:
            assert desk.read(session, PRIYA, reference, clock.now()).case.restricted


class TestClaiming:
    def test_takes_a_case_and_putting_it_back_frees_it(
        self, database: Database, clock: TestClock, opens: Opens
    ) -> None:
        reference = opens()
        with database.unit() as session:
            case = desk.claim(session, PRIYA, reference, clock.now())
            assert (case.state, case.claimed_by, case.seen_at) == ("claimed", "staff:1", clock.now())
            with pytest.raises(NotPossible, match="you have this case already"):
                desk.claim(session, PRIYA, reference, clock.now())
            with pytest.raises(NotPossible, match="somebody else has this case"):
                desk.claim(session, TOM, reference, clock.now())
            desk.release(session, TOM, reference, clock.now())
            assert desk.details(last_event(session, reference)) == {"had": "staff:1"}
            with pytest.raises(NotPossible, match="nobody has this case"):
                desk.release(session, PRIYA, reference, clock.now())
            assert desk.claim(session, TOM, reference, clock.now()).claimed_by == "staff:2"
        with database.reading() as session:
            assert [act for _, act, _ in acts(session)] == ["case.claimed", "case.released", "case.claimed"]

    def test_by_several_at_once_is_won_by_one(self, database: Database, clock: TestClock, opens: Opens) -> None:
        reference = opens()

        def claim(number: int) -> str:
            with database.unit() as session:
                return (
                    desk.claim(session, Actor(f"staff:{number}", PRIYA.roles), reference, clock.now()).claimed_by
                    or ""
                )

        results = at_once(*[lambda number=number: claim(number) for number in range(1, 6)])
        won = [result for result in results if isinstance(result, str)]
        lost = [result for result in results if isinstance(result, NotPossible)]
        assert (len(won), len(lost)) == (1, 4)
        assert {str(refusal) for refusal in lost} == {"somebody else has this case"}
        with database.reading() as session:
            assert session.scalars(select(Case)).one().claimed_by == won[0]
            assert acts(session) == [(won[0], "case.claimed", reference)]
            assert audit.verify(session) == 1

    def test_of_a_closed_case_is_refused(self, database: Database, clock: TestClock, opens: Opens) -> None:
        reference = opens()
        with database.unit() as session:
            desk.close(session, PRIYA, reference, "advice", "rang", clock.now())
            with pytest.raises(NotPossible, match="closed"):
                desk.claim(session, PRIYA, reference, clock.now())


class TestNotes:
    def test_are_for_the_team_alone(self, database: Database, clock: TestClock, opens: Opens) -> None:
        reference = opens()
        with database.unit() as session:
            before = len(session.scalars(select(OutboxItem)).all())
            desk.note(session, PRIYA, reference, "  health visitor knows\r\n her  ", clock.now())
            assert desk.details(last_event(session, reference)) == {"text": "health visitor knows\n her"}
            assert len(session.scalars(select(OutboxItem)).all()) == before
            desk.close(session, PRIYA, reference, "advice", "rang", clock.now())
            desk.note(session, TOM, reference, "rang again", clock.now())

    def test_are_kept_sealed_and_out_of_the_audit(
        self, database: Database, clock: TestClock, opens: Opens
    ) -> None:
        reference = opens()
        with database.unit() as session:
            desk.note(session, PRIYA, reference, "health visitor knows her", clock.now())
        with database.reading() as session:
            assert "visitor" not in str([row.detail for row in session.scalars(select(AuditRow))])

    @pytest.mark.parametrize("empty", ["", "  \n\t ", "\x00", "\x00 \r\n"])
    def test_must_say_something(self, database: Database, clock: TestClock, opens: Opens, empty: str) -> None:
        reference = opens()
        with database.unit() as session:
            for act in (desk.note, desk.reply):
                with pytest.raises(NotPossible, match="Enter"):
                    act(session, PRIYA, reference, empty, clock.now())
            with pytest.raises(NotPossible, match="Enter a reason"):
                desk.close(session, PRIYA, reference, "advice", empty, clock.now())

    def test_have_an_end(self, database: Database, clock: TestClock, opens: Opens) -> None:
        reference = opens()
        with database.unit() as session:
            desk.note(session, PRIYA, reference, "x" * desk.LONGEST_NOTE, clock.now())
            with pytest.raises(NotPossible, match="10,000 characters or fewer"):
                desk.note(session, PRIYA, reference, "x" * (desk.LONGEST_NOTE + 1), clock.now())
            with pytest.raises(NotPossible, match="3,500 characters or fewer"):
                desk.reply(session, PRIYA, reference, "😀" * 1751, clock.now())
            desk.reply(session, PRIYA, reference, "😀" * 1750, clock.now())


class TestReplies:
    def test_go_to_the_parent_as_the_service(self, database: Database, clock: TestClock, opens: Opens) -> None:
        reference = opens()
        with database.unit() as session:
            desk.reply(session, PRIYA, reference, "Can I **ring** you?\x00", clock.now())
            item = session.scalars(select(OutboxItem).order_by(OutboxItem.id.desc())).first()
            assert item is not None
            to, said = outbox.opened(item)
            assert isinstance(said, Say)
            assert (to, said.text) == (1001, "**From the team:**\n\nCan I ring you?")
            assert (item.priority, item.repeatable) == (outbox.PROMPT, False)
            assert item.about["what"] == "reply"
        with database.reading() as session:
            kept = session.scalars(select(Message).where(Message.author == "service")).one()
            assert kept.text.reveal() == "Can I **ring** you?"

    def test_need_somebody_who_can_be_reached(self, database: Database, clock: TestClock, opens: Opens) -> None:
        stranger = opens(AT_THE_END_OF_HER_ROPE, 1001, group=True, started=False)
        blocked = opens(SKINT, 1002)
        with database.unit() as session:
            person = people.meet(session, "telegram", 1002, "", clock.now())
            people.mark_unreachable(session, person)
            with pytest.raises(NotPossible, match="never opened a chat"):
                desk.reply(session, PRIYA, stranger, "Hello", clock.now())
            with pytest.raises(NotPossible, match="have blocked"):
                desk.reply(session, PRIYA, blocked, "Hello", clock.now())
            assert session.scalars(select(Message).where(Message.author == "service")).all() == []

    def test_need_a_person_and_an_open_case(
        self, database: Database, clock: TestClock, ways: Ways, opens: Opens
    ) -> None:
        reference = opens()
        with database.unit() as session:
            desk.close(session, PRIYA, reference, "advice", "rang", clock.now())
            with pytest.raises(NotPossible, match="closed"):
                desk.reply(session, PRIYA, reference, "Hello", clock.now())
            with pytest.raises(NoSuchCase):
                desk.reply(session, PRIYA, NOBODYS, "Hello", clock.now())


class TestRemoving:
    @pytest.fixture
    def in_group(self, database: Database, clock: TestClock, opens: Opens) -> tuple[str, int]:
        """A case from the group, and its message."""
        reference = opens(AT_THE_END_OF_HER_ROPE, group=True)
        with database.reading() as session:
            return reference, session.scalars(select(Message).where(Message.author == "person")).one().id

    def test_asks_for_it_and_what_we_keep_does_not_change(
        self, database: Database, clock: TestClock, in_group: tuple[str, int]
    ) -> None:
        reference, number = in_group
        with database.unit() as session:
            desk.remove_message(session, PRIYA, reference, number, clock.now())
            item = session.scalars(select(OutboxItem).order_by(OutboxItem.id.desc())).first()
            assert item is not None
            message = session.get_one(Message, number)
            assert outbox.opened(item)[1] == Remove(message.remote_id or 0)
            assert (item.priority, item.repeatable) == (outbox.URGENT, True)
            assert message.removed_at is None
            delivery.arrived(session, item, clock.move(seconds=2))
            assert (message.removed_at, message.text.reveal()) == (clock.now(), AT_THE_END_OF_HER_ROPE)
            with pytest.raises(NotPossible, match="removed already"):
                desk.remove_message(session, PRIYA, reference, number, clock.now())

    def test_is_refused_after_48_hours(
        self, database: Database, clock: TestClock, in_group: tuple[str, int]
    ) -> None:
        reference, number = in_group
        with database.unit() as session:
            desk.remove_message(session, PRIYA, reference, number, clock.move(hours=48))
            with pytest.raises(NotPossible, match="after 48 hours"):
                desk.remove_message(session, PRIYA, reference, number, clock.move(seconds=1))

    def test_takes_only_a_message_of_this_case_in_the_group(
        self, database: Database, clock: TestClock, opens: Opens, in_group: tuple[str, int]
    ) -> None:
        reference, number = in_group
        other = opens(SKINT, 1002)
        with database.unit() as session:
            private = session.scalars(
                select(Message).where(Message.person_id != session.get_one(Message, number).person_id)
            ).first()
            assert private is not None
            for case, message in (
                (other, number),
                (other, private.id),
                (reference, private.id),
                (reference, 4711),
            ):
                with pytest.raises(NotPossible, match="not one of this case in the group"):
                    desk.remove_message(session, PRIYA, case, message, clock.now())


class TestClosing:
    @pytest.mark.parametrize("outcome", list(Outcome))
    def test_ends_it_with_an_outcome_and_a_reason(
        self, database: Database, clock: TestClock, opens: Opens, outcome: str
    ) -> None:
        reference = opens()
        with database.unit() as session:
            desk.claim(session, PRIYA, reference, clock.now())
            case = desk.close(session, PRIYA, reference, outcome, " spoke to her ", clock.move(minutes=1))
            assert (case.state, case.outcome, case.closed_at) == ("closed", outcome, clock.now())
            assert (case.claimed_by, case.open_for) == (None, None)
            assert desk.details(last_event(session, reference)) == {"outcome": outcome, "reason": "spoke to her"}
            assert not desk.overdue(case, clock.now() + timedelta(days=9))

    @pytest.mark.parametrize("outcome", ["", "gone", "Advice", "advice "])
    def test_needs_a_known_outcome(self, database: Database, clock: TestClock, opens: Opens, outcome: str) -> None:
        reference = opens()
        with database.unit() as session, pytest.raises(NotPossible, match="Choose an outcome: false_alarm"):
            desk.close(session, PRIYA, reference, outcome, "x", clock.now())

    def test_is_for_whoever_has_it(self, database: Database, clock: TestClock, opens: Opens) -> None:
        reference = opens()
        with database.unit() as session:
            desk.claim(session, PRIYA, reference, clock.now())
            with pytest.raises(NotPossible, match="Somebody else has this case"):
                desk.close(session, TOM, reference, "advice", "x", clock.now())

    def test_happens_once(self, database: Database, clock: TestClock, opens: Opens) -> None:
        reference = opens()
        with database.unit() as session:
            desk.close(session, PRIYA, reference, "advice", "x", clock.now())
            with pytest.raises(NotPossible, match="closed"):
                desk.close(session, PRIYA, reference, "advice", "x", clock.now())


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


def test_every_act_and_every_reading_is_in_the_chain(database: Database, clock: TestClock, opens: Opens) -> None:
    reference = opens(AT_THE_END_OF_HER_ROPE, group=True)
    with database.unit() as session:
        person = parent(session, clock.now())
        conversations.private(session, person, clock.now())
        number = session.scalars(select(Message).where(Message.author == "person")).one().id
        desk.read(session, PRIYA, reference, clock.now())
        desk.claim(session, PRIYA, reference, clock.now())
        desk.note(session, PRIYA, reference, "a", clock.now())
        desk.reply(session, PRIYA, reference, "b", clock.now())
        desk.remove_message(session, PRIYA, reference, number, clock.now())
        desk.close(session, PRIYA, reference, "advice", "c", clock.now())
    with database.reading() as session:
        done = ["read", "claimed", "noted", "replied", "removal_asked", "closed"]
        assert acts(session) == [("staff:1", f"case.{act}", reference) for act in done]
        assert audit.verify(session) == 6
