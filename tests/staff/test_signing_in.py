"""Signing in: a good password, then a code used once; slowed but never locked out; sessions that end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pyotp
import pytest
from argon2 import PasswordHasher
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from core.database import Database
from staff import service as staff
from staff import signin
from staff.models import Staff, StaffSession
from staff.signin import SignedIn, SignInRefused, WeakPassword
from tests.conftest import TestClock
from tests.factories import colleague
from tests.waiting import at_once

EMAIL = "priya.shah@example.org"
PASSWORD = "three words unrelated"
IN_USE = signin._hasher


@pytest.fixture(autouse=True)
def _quick_hashing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The real hashing takes its time, as it should; tests need not."""
    quick = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    monkeypatch.setattr(signin, "_hasher", quick)
    monkeypatch.setattr(signin, "_NOBODY", quick.hash("nobody's"))


@dataclass
class Account:
    """A colleague with a password and a second factor."""

    database: Database
    clock: TestClock
    secret: str
    id: int

    def code(self, steps: int = 0) -> str:
        """What the phone shows now, or so many half minutes away."""
        return pyotp.TOTP(self.secret).at(self.clock.now() + timedelta(seconds=30 * steps))

    def password(self, password: str = PASSWORD, email: str = EMAIL) -> str | None:
        with self.database.unit() as session:
            return signin.first_factor(session, email, password, self.clock.now())

    def second(self, token: str | None, code: str) -> SignedIn | None:
        assert token is not None
        with self.database.unit() as session:
            return signin.second_factor(session, token, code, self.clock.now())

    def in_session(self, token: str) -> bool:
        with self.database.unit() as session:
            return signin.signed_in(session, token, self.clock.now()) is not None

    def wait(self, email: str = EMAIL) -> int:
        with self.database.unit() as session:
            return signin.wait_seconds(session, email, self.clock.now())

    def signs_in(self) -> SignedIn:
        """By both factors, in a half minute of its own."""
        self.clock.move(seconds=60)
        signed = self.second(self.password(), self.code())
        assert signed is not None
        return signed


def welcome(session: Session, member: Staff, clock: TestClock) -> tuple[str, str]:
    """A welcome link's token and the secret behind its picture."""
    token = signin.begin_welcome(session, member, clock.now())
    found = signin.step(session, token, "welcome", clock.now())
    assert found is not None
    assert found[0].totp_secret is not None
    return token, found[0].totp_secret.reveal()


@pytest.fixture
def account(database: Database, clock: TestClock) -> Account:
    with database.unit() as session:
        member = colleague(session, clock.now(), email=EMAIL)
        token, secret = welcome(session, member, clock)
        assert signin.finish_welcome(session, token, PASSWORD, pyotp.TOTP(secret).at(clock.now()), clock.now())
    clock.move(minutes=2)
    return Account(database, clock, secret, member.id)


class TestPasswords:
    @pytest.mark.parametrize(
        "good", ["three words unrelated", "x7!kQ-mm", "žluťoučký kůň", "a b c d e f", "Abxy" * 16, "abcd" * 64]
    )
    def test_length_alone_makes_a_good_one(self, good: str) -> None:
        signin.check_password(good, EMAIL)

    @pytest.mark.parametrize("short", ["", "a", "x7!kQ-m"])
    def test_below_eight_is_too_short(self, short: str) -> None:
        with pytest.raises(WeakPassword, match="8 characters or more"):
            signin.check_password(short)

    def test_above_256_is_too_long(self) -> None:
        with pytest.raises(WeakPassword, match="256 characters or fewer"):
            signin.check_password("abcd" * 64 + "e")

    @pytest.mark.parametrize(
        "common",
        [
            "password",
            "Password1",
            "PASSWORD2026!",
            "qwerty123",
            "12345678",
            "11111111",
            "aaaaaaaaaa",
            "liverpool1",
            "Cumbria2026",
            "abababab",
            "123456789",
            "1qaz2wsx",
            "qwertyuiop",
            "asdfghjkl",
            "2026-11-23",
            "11-23-2026!",
            "letmein!!",
            "iloveyou",
            "87654321",
            "abc12345",
            "password123",
        ],
    )
    def test_a_common_one_is_too_easy(self, common: str) -> None:
        with pytest.raises(WeakPassword, match="too easy to guess"):
            signin.check_password(common)

    @pytest.mark.parametrize(
        "own", ["priya.shah", "Priya.Shah99", "priya.shah@example.org", "PRIYA.SHAH@example.org1"]
    )
    def test_ones_own_address_is_too_easy(self, own: str) -> None:
        with pytest.raises(WeakPassword, match="too easy to guess"):
            signin.check_password(own, EMAIL)

    def test_it_is_kept_as_argon2_and_nothing_else(self, account: Account) -> None:
        with account.database.reading() as session:
            row = session.execute(text("SELECT password_hash, totp_secret FROM staff")).one()
            assert row[0].startswith("$argon2id$")
            assert PASSWORD not in row[0]
            assert account.secret.encode() not in bytes(row[1])

    def test_guessing_against_a_stolen_table_is_made_dear(self) -> None:
        assert IN_USE.memory_cost >= 19 * 1024
        assert IN_USE.time_cost >= 2

    def test_a_hash_from_cheaper_days_is_renewed_at_sign_in(
        self, account: Account, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def kept() -> str:
            with account.database.reading() as session:
                found = session.get_one(Staff, account.id).password_hash
                assert found is not None
                return found

        before = kept()
        monkeypatch.setattr(signin, "_hasher", PasswordHasher(time_cost=2, memory_cost=64, parallelism=1))
        assert account.password() is not None
        assert kept() != before
        assert account.password() is not None


class TestTheWelcomeLink:
    def test_sets_both_factors_and_signs_in_once(self, database: Database, clock: TestClock) -> None:
        with database.unit() as session:
            token, secret = welcome(session, colleague(session, clock.now()), clock)
            code = pyotp.TOTP(secret).at(clock.now())
            signed = signin.finish_welcome(session, token, PASSWORD, code, clock.now())
            assert signed is not None
            assert signin.signed_in(session, signed.token, clock.now()) is not None
            assert signin.finish_welcome(session, token, PASSWORD, code, clock.now()) is None
            assert signin.step(session, token, "welcome", clock.now()) is None

    def test_used_twice_at_once_works_once(self, database: Database, clock: TestClock) -> None:
        with database.unit() as session:
            token, secret = welcome(session, colleague(session, clock.now()), clock)
        code = pyotp.TOTP(secret).at(clock.now())

        def finish() -> bool:
            with database.unit() as session:
                return signin.finish_welcome(session, token, PASSWORD, code, clock.now()) is not None

        assert sorted(map(str, at_once(finish, finish))) == ["False", "True"]

    def test_stays_good_after_a_weak_password_or_a_wrong_code(self, database: Database, clock: TestClock) -> None:
        with database.unit() as session:
            token, secret = welcome(session, colleague(session, clock.now()), clock)
            code = pyotp.TOTP(secret).at(clock.now())
            with pytest.raises(WeakPassword):
                signin.finish_welcome(session, token, "password", code, clock.now())
            with pytest.raises(SignInRefused, match="code is not right"):
                signin.finish_welcome(session, token, PASSWORD, "000000" if code != "000000" else "1", clock.now())
            assert signin.finish_welcome(session, token, PASSWORD, code, clock.now()) is not None

    def test_lasts_a_day(self, database: Database, clock: TestClock) -> None:
        with database.unit() as session:
            token, secret = welcome(session, colleague(session, clock.now()), clock)
            clock.move(hours=24)
            code = pyotp.TOTP(secret).at(clock.now())
            assert signin.finish_welcome(session, token, PASSWORD, code, clock.now()) is None

    def test_is_of_no_use_to_somebody_who_left(self, database: Database, clock: TestClock) -> None:
        with database.unit() as session:
            member = colleague(session, clock.now())
            token, secret = welcome(session, member, clock)
            staff.leave(session, member, clock.now())
            code = pyotp.TOTP(secret).at(clock.now())
            assert signin.finish_welcome(session, token, PASSWORD, code, clock.now()) is None

    def test_cannot_be_used_as_another_kind_of_step(self, database: Database, clock: TestClock) -> None:
        with database.unit() as session:
            member = colleague(session, clock.now())
            token, secret = welcome(session, member, clock)
            code = pyotp.TOTP(secret).at(clock.now())
            assert signin.enter_rehearsal(session, token, clock.now()) is None
            assert signin.second_factor(session, token, code, clock.now()) is None
            entry = signin.begin_welcome(session, member, clock.now(), rehearsal=True)
            assert signin.finish_welcome(session, entry, PASSWORD, code, clock.now()) is None

    def test_a_new_one_after_a_loss_ends_what_was_before(self, account: Account) -> None:
        """The phone or the password is lost: old sessions and older links end with the new factors."""
        stolen = account.signs_in()
        with account.database.unit() as session:
            member = session.get_one(Staff, account.id)
            older, _ = welcome(session, member, account.clock)
            newer, secret = welcome(session, member, account.clock)
            code = pyotp.TOTP(secret).at(account.clock.now())
            signed = signin.finish_welcome(session, newer, "other words entirely", code, account.clock.now())
            assert signed is not None
        assert not account.in_session(stolen.token)
        assert account.in_session(signed.token)
        assert account.password(PASSWORD) is None
        assert account.password("other words entirely") is not None
        with account.database.unit() as session:
            assert signin.step(session, older, "welcome", account.clock.now()) is None


class TestTheRehearsalLink:
    def test_signs_in_once(self, database: Database, clock: TestClock) -> None:
        with database.unit() as session:
            token = signin.begin_welcome(session, colleague(session, clock.now()), clock.now(), rehearsal=True)
            signed = signin.enter_rehearsal(session, token, clock.now())
            assert signed is not None
            assert signin.signed_in(session, signed.token, clock.now()) is not None
            assert signin.enter_rehearsal(session, token, clock.now()) is None

    def test_lasts_a_day(self, database: Database, clock: TestClock) -> None:
        with database.unit() as session:
            token = signin.begin_welcome(session, colleague(session, clock.now()), clock.now(), rehearsal=True)
            assert signin.enter_rehearsal(session, token, clock.move(hours=24)) is None


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
