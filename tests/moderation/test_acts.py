"""What moderators do, with every error: claim, note, reply, remove, close; each act is audited."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from core import audit, outbox
from core.database import Database
from core.models import AuditRow, OutboxItem
from core.outbox import Remove, Say
from moderation import delivery, desk
from moderation.casebook import NotPossible, Outcome
from moderation.desk import Actor, NoSuchCase
from moderation.models import Case
from moderation.service import Ways
from people import conversations
from people import service as people
from people.models import Message
from tests.conftest import TestClock
from tests.factories import AT_THE_END_OF_HER_ROPE, SKINT, parent
from tests.moderation.acts import NOBODYS, PRIYA, TOM, acts, last_event
from tests.moderation.conftest import Opens
from tests.waiting import at_once


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
