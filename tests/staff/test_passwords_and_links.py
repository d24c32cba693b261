"""Passwords that will do, and the one-time links by which an account gets its factors."""

from __future__ import annotations

import pyotp
import pytest
from argon2 import PasswordHasher
from sqlalchemy import text

from core.database import Database
from staff import service as staff
from staff import signin
from staff.models import Staff
from staff.signin import SignInRefused, WeakPassword
from tests.conftest import TestClock
from tests.factories import colleague
from tests.staff.conftest import EMAIL, IN_USE, PASSWORD, Account, welcome
from tests.waiting import at_once


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
