"""What must not go wrong in the life of a policy: two at once, stale drafts, texts that cannot be used, cards."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy import text as sql
from sqlalchemy.orm import Session

from core import audit
from core.database import Database
from moderation import wording
from moderation.policies import service
from moderation.policies.models import PolicyVersion
from moderation.policies.service import PolicyRefused
from moderation.screening import PhraseFileError
from tests.conftest import TestClock
from tests.moderation.acts import acts

LEAD, SECOND, THIRD = "staff:3", "staff:4", "staff:5"
CARD = "card.breaking_point"
NEW_CARD = "**Put baby down.** Shut the door. {when}"
NONSENSE = """phrases:
- category: child_harm
  phrase: zorbled the bairn
  urgency: today
  note: made up
"""
WITH_CARD = f"cards:\n  {CARD}: '{NEW_CARD}'\n"


def published(database: Database, clock: TestClock, text: str, note: str = "because") -> int:
    """A draft with this text, proposed by one and agreed by another; its number."""
    with database.unit() as session:
        row = service.open_draft(session, LEAD, clock.now())
        row = service.save(session, text, row.lock, LEAD, clock.now())
        row = service.propose(session, note, row.lock, LEAD, clock.now())
        return service.agree(session, row.lock, SECOND, clock.now()).number


def live_of(session: Session) -> list[int]:
    session.flush()
    return [row.number for row in session.scalars(select(PolicyVersion).where(PolicyVersion.state == "live"))]


class TestTheFirst:
    def test_changes_nothing_and_is_made_when_first_needed(self, database: Database, clock: TestClock) -> None:
        with database.unit() as session:
            row = service.live(session, clock.now())
            assert (row.number, row.text, row.state) == (1, "", "live")
        with database.reading() as session:
            assert [one.number for one in service.versions(session)] == [1]

    def test_holds_the_cards_that_were_edited_before_there_were_policies(
        self, database: Database, clock: TestClock
    ) -> None:
        with database.unit() as session:
            wording.change(session, CARD, NEW_CARD, LEAD, clock.now())
        with database.unit() as session:
            assert service.read(service.live(session, clock.now())).cards == {CARD: NEW_CARD}

    def test_is_made_once_by_many_at_the_same_moment(self, database: Database, clock: TestClock) -> None:
        def ask() -> None:
            with database.unit() as session:
                service.live(session, clock.now())

        refused = _all_at_once([ask] * 4)
        assert [one for one in refused if not isinstance(one, PolicyRefused)] == []
        with database.reading() as session:
            assert live_of(session) == [1]


def test_its_text_is_sealed(database: Database, clock: TestClock) -> None:
    published(database, clock, NONSENSE)
    with database.reading() as session:
        for (stored,) in session.execute(sql("SELECT text FROM policy_version")):
            assert b"zorbled" not in bytes(stored)


class TestADraft:
    def test_begins_as_the_live_policy_and_there_is_one_at_a_time(
        self, database: Database, clock: TestClock
    ) -> None:
        published(database, clock, NONSENSE)
        with database.unit() as session:
            row = service.open_draft(session, LEAD, clock.now())
            assert (row.text, row.based_on) == (service.live(session, clock.now()).text, 2)
        with database.unit() as session, pytest.raises(PolicyRefused, match="draft already"):
            service.open_draft(session, SECOND, clock.now())

    def test_of_two_opened_at_once_one_stands(self, database: Database, clock: TestClock) -> None:
        with database.unit() as session:
            service.live(session, clock.now())

        def opens() -> None:
            with database.unit() as session:
                service.open_draft(session, LEAD, clock.now())

        refused = _all_at_once([opens, opens])
        assert [type(one) for one in refused] == [PolicyRefused]
        with database.reading() as session:
            assert [row.state for row in service.versions(session)].count("draft") == 1

    def test_that_somebody_saved_meanwhile_is_not_overwritten(self, database: Database, clock: TestClock) -> None:
        with database.unit() as session:
            seen = service.open_draft(session, LEAD, clock.now()).lock
        with database.unit() as session:
            service.save(session, NONSENSE, seen, SECOND, clock.now())
        with database.unit() as session, pytest.raises(PolicyRefused, match="saved this draft since"):
            service.save(session, "", seen, LEAD, clock.now())
        with database.reading() as session:
            row = service.draft(session)
            assert row is not None
            assert "zorbled" in row.text

    @pytest.mark.parametrize(
        ("text", "line", "reason"),
        [
            (
                "phrases:\n- category: child_hram\n  phrase: x y\n  urgency: today\n  note: n\n",
                2,
                "unknown category",
            ),
            ("phrases:\n- category: child_harm\n  phrase: ''\n  urgency: today\n  note: n\n", 2, "empty phrase"),
            (NONSENSE + NONSENSE.partition("\n")[2], 6, "duplicate of line 2"),
            (
                "\nphrases:\n- {category: child_harm, phrase: the, urgency: today, note: n}\n",
                3,
                "of ordinary talk",
            ),
            ("phrases:\n- {category: child_harm, phrase: zz, urgency: soon, note: n}\n", 2, "unknown urgency"),
            ("frases: []\n", 1, "unknown field"),
            ("phrases: [\n", 2, "malformed YAML"),
            ("thresholds:\n  flag: 7\n", 2, "between 0 and 1"),
            ("phrases:\n" + "[" * 300_000, 2, "nested too deeply|malformed YAML"),
            ("a: &x [1]\nexamples:\n- *x\n", 3, "references such as “.x” are not taken"),
            ("cards:\n  card.nothing: Hello\n", 2, "card.nothing"),
            ("cards:\n  card.breaking_point: Hello\n", 2, "when"),
            ("cards:\n  card.breaking_point: ' '\n", 2, "empty"),
        ],
    )
    def test_that_cannot_be_used_is_refused_by_line_and_everything_stays(
        self, database: Database, clock: TestClock, text: str, line: int, reason: str
    ) -> None:
        with database.unit() as session:
            row = service.open_draft(session, LEAD, clock.now())
            lock = service.save(session, NONSENSE, row.lock, LEAD, clock.now()).lock
        with database.unit() as session, pytest.raises(PhraseFileError, match=reason) as refused:
            service.save(session, text, lock, LEAD, clock.now())
        assert refused.value.line == line
        with database.unit() as session:
            kept = service.draft(session)
            assert kept is not None
            assert (kept.text, kept.lock) == (NONSENSE, lock)
            assert service.live(session, clock.now()).text == ""

    def test_can_be_given_up(self, database: Database, clock: TestClock) -> None:
        with database.unit() as session:
            service.open_draft(session, LEAD, clock.now())
            service.discard(session, SECOND, clock.now())
            assert service.draft(session) is None
            service.open_draft(session, LEAD, clock.now())
        with database.unit() as session:
            service.discard(session, LEAD, clock.now())
        with database.unit() as session, pytest.raises(PolicyRefused, match="no draft"):
            service.discard(session, LEAD, clock.now())


class TestPublishing:
    def test_needs_a_note_and_a_second_person(self, database: Database, clock: TestClock) -> None:
        with database.unit() as session:
            row = service.open_draft(session, LEAD, clock.now())
            with pytest.raises(PolicyRefused, match="what changes"):
                service.propose(session, "  ", row.lock, LEAD, clock.now())
            with pytest.raises(PolicyRefused, match="Nobody has asked"):
                service.agree(session, row.lock, SECOND, clock.now())
            service.propose(session, "hears zorbling", row.lock, LEAD, clock.now())
            with pytest.raises(PolicyRefused, match="second person"):
                service.agree(session, row.lock, LEAD, clock.now())
            with pytest.raises(PolicyRefused, match="waits for a second person"):
                service.save(session, NONSENSE, row.lock, SECOND, clock.now())
            assert service.agree(session, row.lock, SECOND, clock.now()).state == "live"
        with database.reading() as session:
            assert live_of(session) == [2]
            told = service.version(session, 2)
            assert told is not None
            assert (told.made_by, told.proposed_by, told.agreed_by, told.note) == (
                LEAD,
                LEAD,
                SECOND,
                "hears zorbling",
            )
            assert told.published_at == clock.now()

    def test_whoever_wrote_it_cannot_agree_to_what_another_proposes(
        self, database: Database, clock: TestClock
    ) -> None:
        with database.unit() as session:
            row = service.open_draft(session, LEAD, clock.now())
            service.save(session, NONSENSE, row.lock, LEAD, clock.now())
            service.propose(session, "because", row.lock, SECOND, clock.now())
            with pytest.raises(PolicyRefused, match="second person"):
                service.agree(session, row.lock, LEAD, clock.now())
            assert service.agree(session, row.lock, THIRD, clock.now()).agreed_by == THIRD

    def test_can_be_sent_back_with_a_reason(self, database: Database, clock: TestClock) -> None:
        with database.unit() as session:
            row = service.open_draft(session, LEAD, clock.now())
            service.propose(session, "because", row.lock, LEAD, clock.now())
            with pytest.raises(PolicyRefused, match="changed first"):
                service.send_back(session, "", SECOND, clock.now())
            back = service.send_back(session, "say it in fewer phrases", SECOND, clock.now())
            assert (back.state, "fewer phrases" in back.note) == ("draft", True)
            service.save(session, NONSENSE, row.lock, LEAD, clock.now())

    def test_what_was_saved_after_it_was_read_is_not_agreed_to(self, database: Database, clock: TestClock) -> None:
        with database.unit() as session:
            row = service.open_draft(session, LEAD, clock.now())
            seen = row.lock
            service.propose(session, "because", row.lock, LEAD, clock.now())
            service.send_back(session, "more", THIRD, clock.now())
            service.save(session, NONSENSE, row.lock, LEAD, clock.now())
            service.propose(session, "because", row.lock, LEAD, clock.now())
        with database.unit() as session, pytest.raises(PolicyRefused, match="changed since"):
            service.agree(session, seen, SECOND, clock.now())

    def test_of_two_who_agree_at_once_one_publishes(self, database: Database, clock: TestClock) -> None:
        with database.unit() as session:
            row = service.open_draft(session, LEAD, clock.now())
            lock = service.propose(session, "because", row.lock, LEAD, clock.now()).lock

        def agrees(by: str) -> Callable[[], None]:
            def run() -> None:
                with database.unit() as session:
                    service.agree(session, lock, by, clock.now())

            return run

        refused = _all_at_once([agrees(SECOND), agrees(THIRD)])
        assert [type(one) for one in refused] == [PolicyRefused]
        with database.reading() as session:
            assert live_of(session) == [2]

    def test_publishing_and_going_back_at_once_leaves_one_live(self, database: Database, clock: TestClock) -> None:
        published(database, clock, NONSENSE)
        with database.unit() as session:
            row = service.open_draft(session, LEAD, clock.now())
            lock = service.propose(session, "because", row.lock, LEAD, clock.now()).lock

        def agrees() -> None:
            with database.unit() as session:
                service.agree(session, lock, SECOND, clock.now())

        def goes_back() -> None:
            with database.unit() as session:
                service.roll_back(session, 1, THIRD, clock.now())

        refused = _all_at_once([agrees, goes_back])
        assert all(isinstance(one, PolicyRefused) for one in refused)
        with database.reading() as session:
            assert len(live_of(session)) == 1

    def test_every_act_is_audited_and_no_text_is(self, database: Database, clock: TestClock) -> None:
        published(database, clock, NONSENSE)
        with database.unit() as session:
            service.roll_back(session, 1, LEAD, clock.now())
        with database.reading() as session:
            told = [(who, act) for who, act, _ in acts(session)]
            for expected in (
                (LEAD, "policy.drafted"), (LEAD, "policy.edited"), (LEAD, "policy.proposed"),
                (SECOND, "policy.agreed"), (SECOND, "policy.published"), (LEAD, "policy.rolled_back"),
            ):  # fmt: skip
                assert expected in told
            assert "zorbled" not in str([row.detail for row in session.scalars(select(audit.AuditRow))])
            assert audit.verify(session) == len(told)


class TestGoingBack:
    def test_makes_the_old_text_live_under_a_new_number(self, database: Database, clock: TestClock) -> None:
        published(database, clock, NONSENSE)
        with database.unit() as session:
            row = service.roll_back(session, 1, LEAD, clock.now())
            assert (row.number, row.text, row.state) == (3, "", "live")
        with database.reading() as session:
            assert live_of(session) == [3]
            assert [one.state for one in service.versions(session)] == ["live", "retired", "retired"]

    @pytest.mark.parametrize("number", [2, 3, 99, 0, -1])
    def test_is_only_to_what_was_in_force_before(self, database: Database, clock: TestClock, number: int) -> None:
        published(database, clock, NONSENSE)
        with database.unit() as session:
            service.open_draft(session, LEAD, clock.now())
        with database.unit() as session, pytest.raises(PolicyRefused):
            service.roll_back(session, number, LEAD, clock.now())

    def test_is_not_undone_by_a_draft_that_was_begun_before_it(self, database: Database, clock: TestClock) -> None:
        """Whoever agrees must not bring back unseen what was taken back meanwhile."""
        published(database, clock, NONSENSE)
        with database.unit() as session:
            row = service.open_draft(session, LEAD, clock.now())
            lock = service.propose(session, "a small thing", row.lock, LEAD, clock.now()).lock
        with database.unit() as session:
            service.roll_back(session, 1, THIRD, clock.now())
        with database.unit() as session, pytest.raises(PolicyRefused):
            service.agree(session, lock, SECOND, clock.now())


class TestCards:
    def test_of_a_policy_are_in_force_when_it_is_and_are_taken_back_with_it(
        self, database: Database, clock: TestClock
    ) -> None:
        published(database, clock, WITH_CARD)
        with database.reading() as session:
            assert wording.text(session, CARD) == NEW_CARD
        with database.unit() as session:
            service.roll_back(session, 1, LEAD, clock.now())
        with database.reading() as session:
            assert wording.text(session, CARD) == wording.shipped(CARD)
            assert wording.edited(session) == {}

    def test_one_changed_by_itself_makes_a_version(self, database: Database, clock: TestClock) -> None:
        with database.unit() as session:
            wording.change(session, CARD, NEW_CARD, LEAD, clock.now())
            row = service.card_changed(session, CARD, LEAD, clock.now())
            assert row.state == "live"
            assert CARD in row.note
            assert service.read(row).cards == {CARD: NEW_CARD}
        with database.reading() as session:
            assert len(live_of(session)) == 1

    def test_the_first_change_of_all_can_be_taken_back(self, database: Database, clock: TestClock) -> None:
        """Version 1 is what came with Cairn, also when a card is the first thing that anybody changes."""
        with database.unit() as session:
            wording.change(session, CARD, NEW_CARD, LEAD, clock.now())
            service.card_changed(session, CARD, LEAD, clock.now())
        with database.unit() as session:
            service.roll_back(session, 1, LEAD, clock.now())
        with database.reading() as session:
            assert wording.text(session, CARD) == wording.shipped(CARD)

    def test_one_changed_by_itself_is_not_undone_by_a_draft_begun_before(
        self, database: Database, clock: TestClock
    ) -> None:
        """The telephone number that a lead mends in a card must not come back wrong with somebody's draft."""
        with database.unit() as session:
            row = service.open_draft(session, LEAD, clock.now())
            service.save(session, NONSENSE, row.lock, LEAD, clock.now())
        with database.unit() as session:
            wording.change(session, CARD, NEW_CARD, THIRD, clock.now())
            service.card_changed(session, CARD, THIRD, clock.now())
        with database.unit() as session:
            held = service.draft(session)
            assert held is not None
            try:
                service.propose(session, "because", held.lock, LEAD, clock.now())
                service.agree(session, held.lock, SECOND, clock.now())
            except PolicyRefused:
                pass
        with database.reading() as session:
            assert wording.text(session, CARD) == NEW_CARD


def _all_at_once(works: list[Callable[[], None]]) -> list[Exception]:
    """Run all at the same moment; what each raised."""
    gate, raised = threading.Barrier(len(works)), list[Exception]()

    def run(work: Callable[[], None]) -> None:
        gate.wait()
        try:
            work()
        except Exception as error:
            raised.append(error)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return raised
