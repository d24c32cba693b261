"""Staff accounts: roles, duty, leaving, alerts, and tokens for programs."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, text

from core.database import Database
from staff import service as staff
from staff import signin
from staff.models import ApiToken, Staff
from staff.roles import GRANTS, May, Role, allowed
from staff.service import StaffError
from tests.conftest import TestClock
from tests.factories import colleague, parent


class TestAdding:
    def test_an_account_begins_off_duty_and_cannot_sign_in(self, database: Database, clock: TestClock) -> None:
        with database.unit() as session:
            added = staff.add(session, " Priya@Example.org ", [Role.MODERATOR, Role.MODERATOR], clock.now())
            assert (added.email.reveal(), added.name.reveal()) == ("Priya@Example.org", "Priya")
            assert (added.roles, added.on_duty, added.password_hash) == (["moderator"], False, None)
            assert signin.first_factor(session, "priya@example.org", "", clock.now()) is None

    def test_no_account_is_there_by_default(self, database: Database) -> None:
        with database.reading() as session:
            assert staff.everybody(session) == []

    def test_the_same_address_is_refused_however_it_is_written(self, database: Database, clock: TestClock) -> None:
        with database.unit() as session:
            colleague(session, clock.now(), email="priya@example.org")
            with pytest.raises(StaffError, match="has an account already"):
                staff.add(session, "PRIYA@example.org ", [Role.AUDITOR], clock.now())
            found = staff.find(session, " Priya@EXAMPLE.org")
            assert found is not None
            assert found.roles == ["moderator"]

    @pytest.mark.parametrize(
        "email", ["", "priya", "@", "a@b c", "a b@c", "x" * 250 + "@b.uk", "@example.org", "a@"]
    )
    def test_what_is_no_address_is_refused(self, database: Database, clock: TestClock, email: str) -> None:
        with database.unit() as session, pytest.raises(StaffError, match="not an e-mail address"):
            staff.add(session, email, [Role.MODERATOR], clock.now())

    @pytest.mark.parametrize("roles", [[], ["god"], ["moderator", "god"], [""], ["Moderator"]])
    def test_an_unknown_role_is_refused_and_the_known_ones_named(
        self, database: Database, clock: TestClock, roles: list[str]
    ) -> None:
        with database.unit() as session:
            with pytest.raises(StaffError, match="known roles: moderator, safeguarding_lead"):
                staff.add(session, "priya@example.org", roles, clock.now())
            added = colleague(session, clock.now())
            with pytest.raises(StaffError):
                staff.set_roles(session, added, roles)
            assert added.roles == ["moderator"]

    def test_the_table_holds_no_address_and_no_name(self, database: Database, clock: TestClock) -> None:
        with database.unit() as session:
            staff.add(session, "priya@example.org", [Role.MODERATOR], clock.now(), "Priya Shah")
        with database.reading() as session:
            row = session.execute(text("SELECT * FROM staff")).one()
            cells = [bytes(cell) if isinstance(cell, bytes | memoryview) else str(cell).encode() for cell in row]
            assert b"priya" not in b" ".join(cells).lower()


class TestRoles:
    def test_what_no_role_lists_is_nobodys(self) -> None:
        assert not allowed([], May.READ_CASES)
        assert not allowed(["unknown"], May.SIGNED_IN)
        assert allowed([], May.PUBLIC)
        assert allowed([Role.AUDITOR], May.SIGNED_IN)

    @pytest.mark.parametrize("role", [Role.MANAGER, Role.ADMINISTRATOR, Role.AUDITOR, Role.GUIDE_EDITOR])
    def test_these_never_read_what_parents_write(self, role: Role) -> None:
        assert not {May.READ_CASES, May.ACT_ON_CASES, May.SEE_WORKER_CONCERNS} & GRANTS[role]

    def test_worries_about_workers_are_for_safeguarding_leads_alone(self) -> None:
        assert [role for role in Role if May.SEE_WORKER_CONCERNS in GRANTS[role]] == [Role.SAFEGUARDING_LEAD]

    def test_managing_staff_is_for_administrators_alone(self) -> None:
        assert [role for role in Role if May.MANAGE_STAFF in GRANTS[role]] == [Role.ADMINISTRATOR]

    def test_an_auditor_reads_the_audit_and_nothing_else(self) -> None:
        assert GRANTS[Role.AUDITOR] == {May.READ_AUDIT}

    def test_every_role_is_listed_and_roles_add_up(self) -> None:
        assert set(GRANTS) == set(Role)
        assert allowed(["auditor", "moderator"], May.READ_AUDIT)
        assert allowed(["auditor", "moderator"], May.READ_CASES)


class TestAlerts:
    def test_go_to_those_on_duty_or_else_to_everybody_who_may_act(
        self, database: Database, clock: TestClock
    ) -> None:
        with database.unit() as session:
            members = {}
            for number, name in enumerate(("priya", "tom", "gone", "unlinked", "editor")):
                role = Role.GUIDE_EDITOR if name == "editor" else Role.MODERATOR
                members[name] = colleague(session, clock.now(), role, email=f"{name}@example.org")
                if name != "unlinked":
                    person = parent(session, clock.now(), 2000 + number, name)
                    assert staff.link_telegram(session, members[name].id, person.id) is members[name]
            staff.leave(session, members["gone"], clock.now())

            def told() -> set[str]:
                return {one.name.reveal() for one in staff.to_alert(session)}

            assert told() == {"priya", "tom"}
            assert not staff.anybody_on_duty(session)
            for name in ("tom", "unlinked", "editor"):
                staff.set_duty(session, members[name], True)
            assert told() == {"tom"}
            assert staff.anybody_on_duty(session)

    def test_a_leavers_telegram_cannot_be_linked(self, database: Database, clock: TestClock) -> None:
        with database.unit() as session:
            person = parent(session, clock.now(), 2001)
            gone = colleague(session, clock.now())
            staff.leave(session, gone, clock.now())
            assert staff.link_telegram(session, gone.id, person.id) is None
            assert staff.link_telegram(session, 4711, person.id) is None
            assert not staff.is_staff(session, person.id)

    def test_a_linked_chat_is_known_as_a_colleagues(self, database: Database, clock: TestClock) -> None:
        with database.unit() as session:
            priya, kayleigh = parent(session, clock.now(), 2001), parent(session, clock.now(), 1001)
            staff.link_telegram(session, colleague(session, clock.now()).id, priya.id)
            assert staff.is_staff(session, priya.id)
            assert not staff.is_staff(session, kayleigh.id)


class TestTokens:
    def test_one_acts_in_its_roles_until_it_expires(self, database: Database, clock: TestClock) -> None:
        with database.unit() as session:
            token = staff.issue_token(session, [Role.MODERATOR], "report", clock.now(), days=10)
        with database.unit() as session:
            found = staff.token_holder(session, token, clock.now())
            assert found is not None
            assert (found.roles, found.label) == (["moderator"], "report")
            assert staff.token_holder(session, token, clock.now() + timedelta(days=10, seconds=-1)) is not None
            assert staff.token_holder(session, token, clock.now() + timedelta(days=10)) is None

    def test_a_revoked_one_opens_nothing(self, database: Database, clock: TestClock) -> None:
        with database.unit() as session:
            token = staff.issue_token(session, [Role.MODERATOR], "report", clock.now())
            session.scalars(select(ApiToken)).one().revoked_at = clock.now()
            assert staff.token_holder(session, token, clock.now()) is None

    @pytest.mark.parametrize("wrong", ["", "cairn_", "cairn_" + "A" * 43, "x" * 10_000, "\ud800", "\x00"])
    def test_a_wrong_one_opens_nothing(self, database: Database, clock: TestClock, wrong: str) -> None:
        with database.unit() as session:
            staff.issue_token(session, [Role.MODERATOR], "report", clock.now())
            assert staff.token_holder(session, wrong, clock.now()) is None

    def test_only_its_hash_is_kept(self, database: Database, clock: TestClock) -> None:
        with database.unit() as session:
            token = staff.issue_token(session, [Role.MODERATOR], "report", clock.now())
        assert len(token) >= 6 + 43
        with database.reading() as session:
            row = session.execute(text("SELECT * FROM api_token")).one()
            assert token.removeprefix("cairn_") not in "".join(str(cell) for cell in row)

    def test_one_needs_a_known_role(self, database: Database, clock: TestClock) -> None:
        with database.unit() as session, pytest.raises(StaffError):
            staff.issue_token(session, ["god"], "x", clock.now())


def test_somebody_who_left_stays_left(database: Database, clock: TestClock) -> None:
    with database.unit() as session:
        priya = colleague(session, clock.now())
        staff.set_duty(session, priya, True)
        staff.leave(session, priya, clock.now())
        first = priya.left_at
        staff.leave(session, priya, clock.move(days=1))
    with database.reading() as session:
        found = session.scalars(select(Staff)).one()
        assert (found.left_at, found.on_duty) == (first, False)
