"""What moderators see: the queue, one case with its context, and who may see worries about workers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.orm import Session

from core.database import Database
from moderation import desk, feed
from moderation.desk import NoSuchCase
from moderation.service import Ways
from staff.roles import Role
from tests.conftest import TestClock
from tests.factories import ABOUT_A_WORKER, AT_THE_END_OF_HER_ROPE, SKINT, colleague, hears, parent
from tests.moderation.acts import LEAD, LONG_AGO, NOBODYS, PRIYA, acts
from tests.moderation.conftest import Opens


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
