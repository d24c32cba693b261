"""Signing in: a good password, then a code used once; slowed but never locked out; sessions that end."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, text

from staff import service as staff
from staff import signin
from staff.models import Staff, StaffSession
from tests.staff.conftest import PASSWORD, Account


class TestBothFactors:
    def test_together_open_a_session(self, account: Account) -> None:
        signed = account.second(account.password(), account.code())
        assert signed is not None
        assert signed.staff.id == account.id
        assert account.in_session(signed.token)
        assert len(signed.token) >= 43
        assert len(signed.session.csrf) >= 32

    def test_the_address_may_be_typed_in_any_case(self, account: Account) -> None:
        assert account.password(email=" PRIYA.Shah@example.org ") is not None

    @pytest.mark.parametrize(
        "wrong", ["", "three words", PASSWORD + " ", PASSWORD.upper(), "x" * 5000, "\x00", "é"]
    )
    def test_a_wrong_password_gives_no_second_step(self, account: Account, wrong: str) -> None:
        assert account.password(wrong) is None

    def test_the_password_alone_opens_nothing(self, account: Account) -> None:
        token = account.password()
        assert token is not None
        assert not account.in_session(token)

    @pytest.mark.parametrize("wrong", ["", "abc", "12345", "😀", "\ud800", "١٢٣٤٥٦", "1" * 5000])
    def test_a_wrong_code_opens_nothing(self, account: Account, wrong: str) -> None:
        assert account.second(account.password(), wrong) is None

    def test_a_code_may_be_typed_with_a_space(self, account: Account) -> None:
        code = account.code()
        assert account.second(account.password(), f"{code[:3]} {code[3:]}") is not None

    def test_a_code_is_used_once(self, account: Account) -> None:
        code = account.code()
        assert account.second(account.password(), code) is not None
        assert account.second(account.password(), code) is None

    def test_nor_is_an_older_one_taken_after_it(self, account: Account) -> None:
        older, now = account.code(-1), account.code()
        assert account.second(account.password(), now) is not None
        assert account.second(account.password(), older) is None

    @pytest.mark.parametrize(("steps", "taken"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
    def test_half_a_minute_to_either_side_is_forgiven(self, account: Account, steps: int, taken: bool) -> None:
        assert (account.second(account.password(), account.code(steps)) is not None) is taken

    def test_a_step_is_used_once(self, account: Account) -> None:
        token = account.password()
        assert account.second(token, account.code()) is not None
        account.clock.move(seconds=60)
        assert account.second(token, account.code()) is None

    def test_a_step_waits_ten_minutes(self, account: Account) -> None:
        token = account.password()
        account.clock.move(minutes=10)
        assert account.second(token, account.code()) is None

    def test_five_wrong_codes_end_the_step_but_not_the_account(self, account: Account) -> None:
        token = account.password()
        wrong = "000000" if account.code() != "000000" else "000001"
        assert [account.second(token, wrong) for _ in range(5)] == [None] * 5
        assert account.second(token, account.code()) is None
        account.clock.move(minutes=16)
        assert account.second(account.password(), account.code()) is not None

    def test_the_fifth_try_may_still_be_right(self, account: Account) -> None:
        token = account.password()
        wrong = "000000" if account.code() != "000000" else "000001"
        assert [account.second(token, wrong) for _ in range(4)] == [None] * 4
        assert account.second(token, account.code()) is not None

    def test_somebody_who_left_gets_no_further_with_either(self, account: Account) -> None:
        token = account.password()
        with account.database.unit() as session:
            staff.leave(session, session.get_one(Staff, account.id), account.clock.now())
        assert account.second(token, account.code()) is None
        assert account.password() is None


class TestSlowing:
    def test_the_first_five_wrong_tries_cost_no_wait_then_it_doubles_to_a_minute(self, account: Account) -> None:
        waits = []
        for _ in range(14):
            waits.append(account.wait())
            account.password("wrong")
        assert waits == [0, 0, 0, 0, 0, 2, 4, 8, 16, 32, 60, 60, 60, 60]

    def test_nobody_is_locked_out(self, account: Account) -> None:
        for _ in range(30):
            account.password("wrong")
        assert account.wait() == 60
        assert account.password() is not None
        account.clock.move(minutes=15, seconds=1)
        assert account.wait() == 0

    def test_signing_in_forgets_the_failures(self, account: Account) -> None:
        for _ in range(7):
            account.password("wrong")
        account.signs_in()
        assert account.wait() == 0

    def test_wrong_codes_count_too(self, account: Account) -> None:
        for _ in range(5):
            account.second(account.password(), "no code")
        assert account.wait() == 2

    def test_another_address_is_not_slowed_and_an_unknown_one_is(self, account: Account) -> None:
        for _ in range(6):
            account.password("wrong", email="nobody@example.org")
        assert account.wait() == 0
        assert account.wait(" NOBODY@example.org") == 4

    def test_no_address_is_kept_for_it(self, account: Account) -> None:
        account.password("wrong", email="nobody@example.org")
        with account.database.reading() as session:
            row = session.execute(text("SELECT * FROM sign_in_try")).one()
            assert "nobody" not in str(row)


class TestSessions:
    def test_one_ends_after_an_idle_hour(self, account: Account) -> None:
        token = account.signs_in().token
        account.clock.move(minutes=60)
        assert account.in_session(token)
        account.clock.move(seconds=1)
        assert not account.in_session(token)

    def test_use_keeps_it_open_but_not_beyond_twelve_hours(self, account: Account) -> None:
        signed = account.signs_in()
        for _ in range(24):
            account.clock.move(minutes=30)
            assert account.in_session(signed.token)
            with account.database.unit() as session:
                signin.touch(session, session.get_one(StaffSession, signed.session.id), account.clock.now())
        account.clock.move(seconds=1)
        assert not account.in_session(signed.token)

    def test_one_that_was_signed_out_is_over(self, account: Account) -> None:
        signed, other = account.signs_in(), account.signs_in()
        with account.database.unit() as session:
            signin.sign_out(session, session.get_one(StaffSession, signed.session.id), account.clock.now())
        assert not account.in_session(signed.token)
        assert account.in_session(other.token)

    def test_signing_out_elsewhere_keeps_this_one(self, account: Account) -> None:
        one, two, here = account.signs_in(), account.signs_in(), account.signs_in()
        with account.database.unit() as session:
            kept = session.get_one(StaffSession, here.session.id)
            assert (
                signin.sign_out_elsewhere(session, kept, account.clock.now()) == 3
            )  # with the first, from the link
        assert [account.in_session(signed.token) for signed in (one, two, here)] == [False, False, True]

    def test_a_leaver_is_cut_off_at_once(self, account: Account) -> None:
        one, two = account.signs_in(), account.signs_in()
        with account.database.unit() as session:
            staff.leave(session, session.get_one(Staff, account.id), account.clock.now())
        assert [account.in_session(signed.token) for signed in (one, two)] == [False, False]

    def test_changed_roles_count_from_the_next_request(self, account: Account) -> None:
        token = account.signs_in().token
        with account.database.unit() as session:
            staff.set_roles(session, session.get_one(Staff, account.id), ["auditor"])
        with account.database.unit() as session:
            found = signin.signed_in(session, token, account.clock.now())
            assert found is not None
            assert found.staff.roles == ["auditor"]

    def test_only_a_hash_of_its_cookie_is_kept(self, account: Account) -> None:
        token = account.signs_in().token
        with account.database.reading() as session:
            assert all(token != kept.token_hash for kept in session.scalars(select(StaffSession)))
            assert token not in str(session.execute(text("SELECT * FROM staff_session")).all())

    @pytest.mark.parametrize("forged", ["", "x", "A" * 43, "\x00", "\ud800", "x" * 10_000])
    def test_a_forged_cookie_is_nobodys(self, account: Account, forged: str) -> None:
        account.signs_in()
        assert not account.in_session(forged)

    def test_use_is_noted_once_a_minute(self, account: Account) -> None:
        signed = account.signs_in()
        began = account.clock.now()
        for seconds, seen in ((30, began), (31, began + timedelta(seconds=61))):
            account.clock.move(seconds=seconds)
            with account.database.unit() as session:
                held = session.get_one(StaffSession, signed.session.id)
                signin.touch(session, held, account.clock.now())
                assert held.seen_at == seen
