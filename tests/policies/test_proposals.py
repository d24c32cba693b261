"""A moderator's "false alarm" and "missed" become proposals without names, and a lead decides on each."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text

from core.database import Database
from moderation import desk
from moderation.desk import Actor, NoSuchCase
from moderation.models import Flag
from moderation.policies import proposals, service
from moderation.policies.service import PolicyRefused
from moderation.screening import PhraseFileError, Urgency
from moderation.screening.judge import Judge
from moderation.service import Ways
from staff.roles import Role
from tests.conftest import TestClock
from tests.factories import ABOUT_A_WORKER, colleague, hears, parent
from tests.moderation.acts import LEAD, PRIYA, acts

WORRY = "Kayleigh's mum Jean rang 07700 900123, liam is going to shake him"
WITHOUT_NAMES = "[name]'s mum [name] rang [number], [name] is going to shake him"
HARMLESS = "me and liam are off to 12 Duke Street"


@pytest.fixture
def case(database: Database, clock: TestClock, ways: Ways) -> str:
    with database.unit() as session:
        person = parent(session, clock.now(), name="Bexx Thistlethwaite")
        heard = hears(session, ways, person, WORRY, clock.now())
        hears(session, ways, person, HARMLESS, clock.now())
        assert heard.case is not None
        return heard.case.reference


def message(database: Database, clock: TestClock, reference: str, harmless: bool = False) -> int:
    with database.unit() as session:
        file = desk.read(session, LEAD, reference, clock.now())
        if harmless:
            return next(one.id for one in file.around if one.text.reveal() == HARMLESS)
        found = file.flagged[0].message
        assert found is not None
        return found.id


def proposed(
    database: Database,
    clock: TestClock,
    reference: str,
    kind: str = proposals.FALSE_ALARM,
    words: str = WORRY,
    by: Actor = PRIYA,
) -> int:
    with database.unit() as session:
        return proposals.make(session, by, reference, kind, words, "today", ["child_harm"], clock.now()).id


def test_what_a_moderator_is_shown_has_no_names_in_it(database: Database, clock: TestClock, case: str) -> None:
    flagged, harmless = message(database, clock, case), message(database, clock, case, harmless=True)
    with database.unit() as session:
        assert proposals.suggested(session, PRIYA, case, flagged, clock.now()) == WITHOUT_NAMES
        said = proposals.suggested(session, PRIYA, case, harmless, clock.now())
        assert said == "me and [name] are off to [address]"


def test_a_message_of_another_case_is_not_shown(
    database: Database, clock: TestClock, ways: Ways, case: str
) -> None:
    with database.unit() as session:
        other = hears(session, ways, parent(session, clock.now(), 1002, "Dean"), "i want to die", clock.now()).case
        assert other is not None
        reference = other.reference
    number = message(database, clock, reference)
    with database.unit() as session, pytest.raises(NoSuchCase):
        proposals.suggested(session, PRIYA, case, number, clock.now())


def test_names_that_are_typed_in_again_are_taken_out_again_and_what_is_kept_is_sealed(
    database: Database, clock: TestClock, case: str
) -> None:
    number = proposed(database, clock, case, words="Thistlethwaite and liam, ring 07700 900123")
    with database.reading() as session:
        row = proposals.one(session, LEAD, number)
        assert row is not None
        assert row.text.reveal() == "[name] and [name], ring [number]"
        stored = session.execute(text("SELECT text FROM policy_proposal")).scalar()
        assert b"ring" not in bytes(stored or b"")
        assert "ring" not in repr(row.text)
        assert ("staff:1", "policy.proposal_made", case) in acts(session)


@pytest.mark.parametrize(
    ("kind", "words", "urgency", "categories", "told"),
    [
        ("false_alarm", "  ", "", [], "Leave some of the words"),
        ("false_alarm", "x" * 5000, "", [], "Shorten"),
        ("missed", "hello", "", ["child_harm"], "how soon"),
        ("missed", "hello", "none", ["child_harm"], "how soon"),
        ("missed", "hello", "today", [], "what it was about"),
        ("missed", "hello", "today", ["weather"], "what it was about"),
        ("praise", "hello", "today", ["child_harm"], "false alarm or was missed"),
    ],
)
def test_one_that_says_too_little_is_refused(
    database: Database,
    clock: TestClock,
    case: str,
    kind: str,
    words: str,
    urgency: str,
    categories: list[str],
    told: str,
) -> None:
    with database.unit() as session, pytest.raises(PolicyRefused, match=told):
        proposals.make(session, PRIYA, case, kind, words, urgency, categories, clock.now())


def test_it_changes_nothing_until_a_lead_takes_it_and_a_second_person_agrees(
    database: Database, clock: TestClock, case: str
) -> None:
    number = proposed(database, clock, case)
    said = "[name]'s mum [name] rang [number], [name] is going to shake him"
    with database.unit() as session:
        assert Judge(service.read(service.live(session, clock.now())), None).screen(said).urgency.rank > 0
        row = proposals.accept(session, LEAD, number, said, "none", [], 0, clock.now())
        assert row.state == "draft"
        assert service.live(session, clock.now()).text == ""
        service.propose(session, "cried wolf", row.lock, LEAD.name, clock.now())
        service.agree(session, row.lock, "staff:9", clock.now())
    with database.unit() as session:
        assert Judge(service.read(service.live(session, clock.now())), None).screen(said).urgency is Urgency.NONE
        kept = proposals.one(session, LEAD, number)
        assert kept is not None
        assert (kept.state, kept.decided_by) == ("accepted", LEAD.name)


def test_the_lead_takes_names_out_once_more_and_chooses_the_label(
    database: Database, clock: TestClock, case: str
) -> None:
    number = proposed(database, clock, case, proposals.MISSED)
    with database.unit() as session:
        row = proposals.accept(
            session, LEAD, number, "liam grabbed him", "immediate", ["domestic_abuse"], 0, clock.now()
        )
        [example] = service.read(row).examples
        assert (example.text, example.urgency.value) == ("[name] grabbed him", "immediate")
        assert [one.value for one in example.categories] == ["domestic_abuse"]


def test_the_same_words_twice_are_refused_and_the_proposal_stays_open(
    database: Database, clock: TestClock, case: str
) -> None:
    first, second = proposed(database, clock, case), proposed(database, clock, case)
    with database.unit() as session:
        row = proposals.accept(session, LEAD, first, "one and the same", "none", [], 0, clock.now())
        lock = row.lock
    with database.unit() as session, pytest.raises(PhraseFileError, match="duplicate"):
        proposals.accept(session, LEAD, second, "One and the SAME", "none", [], lock, clock.now())
    with database.reading() as session:
        assert [row.id for row in proposals.waiting(session, LEAD)] == [second]


def test_one_is_decided_once_and_declining_needs_a_reason(database: Database, clock: TestClock, case: str) -> None:
    number = proposed(database, clock, case)
    with database.unit() as session, pytest.raises(PolicyRefused, match="why"):
        proposals.decline(session, LEAD, number, " ", clock.now())
    with database.unit() as session:
        proposals.decline(session, LEAD, number, "it was right to ask", clock.now())
    with database.unit() as session, pytest.raises(PolicyRefused, match="decided"):
        proposals.accept(session, LEAD, number, "x", "none", [], 0, clock.now())
    with database.reading() as session:
        assert proposals.waiting(session, LEAD) == []


def test_one_from_a_worry_about_a_worker_is_seen_by_those_alone_who_see_such_cases(
    database: Database, clock: TestClock, ways: Ways
) -> None:
    with database.unit() as session:
        colleague(session, clock.now(), Role.SAFEGUARDING_LEAD)
        heard = hears(session, ways, parent(session, clock.now()), ABOUT_A_WORKER, clock.now())
        assert heard.case is not None
        assert heard.case.restricted
        reference = heard.case.reference
    with database.unit() as session, pytest.raises(NoSuchCase):
        proposals.make(session, PRIYA, reference, proposals.FALSE_ALARM, "x", "", [], clock.now())
    number = proposed(database, clock, reference, by=LEAD)
    with database.reading() as session:
        assert proposals.one(session, PRIYA, number) is None
        assert proposals.waiting(session, PRIYA) == []
        assert [row.id for row in proposals.waiting(session, LEAD)] == [number]


def test_a_flag_says_by_which_policy(database: Database, case: str) -> None:
    with database.reading() as session:
        assert {flag.evidence["policy"] for flag in session.scalars(select(Flag))} == {1}
