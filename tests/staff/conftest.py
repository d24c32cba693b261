"""A colleague with both factors, and what they do with them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pyotp
import pytest
from argon2 import PasswordHasher
from sqlalchemy.orm import Session

from core.database import Database
from staff import signin
from staff.models import Staff
from staff.signin import SignedIn
from tests.conftest import TestClock
from tests.factories import colleague

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
