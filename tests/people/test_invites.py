"""Invite codes: single or counted use, expiring, revocable, and kept only as a keyed hash."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text

from core.database import Database
from people import invites
from people.invites import ALPHABET, InviteRefused
from people.models import Invite, Person
from tests.conftest import TestClock
from tests.factories import parent
from tests.waiting import at_once


def issued(database: Database, clock: TestClock, uses: int = 1, days: int = 14, kind: str = "parent") -> str:
    with database.unit() as session:
        code, _ = invites.issue_invite(session, at=clock.now(), by="staff:1", uses=uses, days=days, kind=kind)
    return code


def join(database: Database, clock: TestClock, code: str, number: int) -> bool:
    """Whether somebody gets in by the code."""
    with database.unit() as session:
        person = parent(session, clock.now(), number)
        try:
            invites.accept_invite(session, person, code, clock.now())
        except InviteRefused:
            return False
        return True


def test_a_code_can_be_read_aloud_and_is_not_kept(database: Database, clock: TestClock) -> None:
    code = issued(database, clock)
    assert len(code) == 10
    assert set(code) <= set(ALPHABET)
    assert not set("0O1IL") & set(ALPHABET)
    with database.reading() as session:
        row = session.execute(text("SELECT * FROM invite")).one()
        assert code not in "".join(str(cell) for cell in row)


def test_a_single_use_lets_one_person_in(database: Database, clock: TestClock) -> None:
    code = issued(database, clock)
    assert join(database, clock, code, 1001)
    assert not join(database, clock, code, 1002)


def test_counted_uses_let_in_as_many(database: Database, clock: TestClock) -> None:
    code = issued(database, clock, uses=3)
    assert [join(database, clock, code, number) for number in range(1, 6)] == [True, True, True, False, False]


def test_the_same_parent_again_costs_nothing(database: Database, clock: TestClock) -> None:
    code = issued(database, clock, uses=2)
    assert join(database, clock, code, 1001)
    assert join(database, clock, code, 1001)
    assert join(database, clock, "NOT-A-CODE", 1001)
    with database.reading() as session:
        assert session.scalars(select(Invite)).one().uses_left == 1
        assert session.scalars(select(Person)).one().invited_at == clock.now()


@pytest.mark.parametrize("typed", ["  {} ", "{}\n"])
def test_how_it_is_typed_does_not_matter(database: Database, clock: TestClock, typed: str) -> None:
    assert join(database, clock, typed.format(issued(database, clock).lower()), 1001)


@pytest.mark.parametrize(
    "wrong", ["", "AAAAAAAAAA", "😀", "x" * 5000, "\x00", "'; DROP TABLE invite; --", "\ud800"]
)
def test_a_wrong_code_opens_nothing(database: Database, clock: TestClock, wrong: str) -> None:
    issued(database, clock)
    assert not join(database, clock, wrong, 1001)


def test_it_expires_at_its_moment(database: Database, clock: TestClock) -> None:
    code = issued(database, clock, uses=2, days=1)
    clock.move(days=1, seconds=-1)
    assert join(database, clock, code, 1001)
    clock.move(seconds=1)
    assert not join(database, clock, code, 1002)


def test_once_revoked_it_opens_nothing_and_who_is_in_stays(database: Database, clock: TestClock) -> None:
    code = issued(database, clock, uses=2)
    assert join(database, clock, code, 1001)
    with database.unit() as session:
        number = session.scalars(select(Invite)).one().id
        assert invites.revoke_invite(session, number, clock.now())
        assert invites.revoke_invite(session, number, clock.now())
        assert not invites.revoke_invite(session, 4711, clock.now())
    assert not join(database, clock, code, 1002)
    assert join(database, clock, code, 1001)


@pytest.mark.parametrize("kind", ["group", "staff"])
def test_a_code_for_another_door_lets_no_parent_in(database: Database, clock: TestClock, kind: str) -> None:
    code = issued(database, clock, kind=kind)
    assert not join(database, clock, code, 1001)
    with database.unit() as session:
        assert invites.invite_kind(session, code) == kind
        assert invites.invite_kind(session, "AAAAAAAAAA") is None
        assert invites.use_invite(session, code, kind, clock.now()).uses_left == 0
        with pytest.raises(InviteRefused):
            invites.use_invite(session, code, kind, clock.now())


def test_only_invites_for_parents_are_listed_newest_first(database: Database, clock: TestClock) -> None:
    for kind in ("parent", "group", "parent", "staff"):
        issued(database, clock, kind=kind)
    with database.reading() as session:
        assert [one.id for one in invites.invites(session)] == [3, 1]


@pytest.mark.parametrize(("uses", "days"), [(0, 1), (-1, 1), (1, 0)])
def test_an_invite_that_never_opens_is_not_made(
    database: Database, clock: TestClock, uses: int, days: int
) -> None:
    with pytest.raises(ValueError, match="1 or more"):
        issued(database, clock, uses=uses, days=days)


def test_of_several_who_take_the_last_use_at_once_one_gets_in(database: Database, clock: TestClock) -> None:
    code = issued(database, clock, uses=2)
    assert join(database, clock, code, 999)
    let_in = at_once(*[lambda number=number: join(database, clock, code, number) for number in range(1, 5)])
    assert sorted(map(str, let_in)) == ["False", "False", "False", "True"]
    with database.reading() as session:
        assert session.scalars(select(Invite)).one().uses_left == 0
