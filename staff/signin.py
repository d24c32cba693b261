"""Signing in: password (argon2) and then a time-based code (TOTP, each step used once).

ASVS: guessing is slowed without locking people out (6.1.1), common passwords are refused (6.2.x), two
factors on every path (6.3.3), sessions live on the server and end by idleness and age (7.x). The
one exception is the rehearsal's one-time link, where all people and words are made up.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy.orm import Session

from core.sealing import Sealed
from staff import repository
from staff.models import SignInStep, Staff, StaffSession

IDLE = timedelta(hours=1)
ABSOLUTE = timedelta(hours=12)
WELCOME_FOR = timedelta(hours=24)
SECOND_FOR = timedelta(minutes=10)
WINDOW = timedelta(minutes=15)
FREE_TRIES = 5
CODE_TRIES = 5
SHORTEST, ADVISED, LONGEST = 8, 15, 256

_hasher = PasswordHasher()
_NOBODY = _hasher.hash(secrets.token_urlsafe(16))
_COMMON_STEMS = (
    "password", "passw0rd", "qwerty", "letmein", "welcome", "iloveyou", "football", "liverpool", "charlie",
    "sunshine", "princess", "monkey", "dragon", "abc123", "123456", "111111", "000000", "654321", "123123",
    "admin", "cumbria", "carlisle", "cairn", "safeguarding", "superman", "trustno1", "michael", "jordan",
)  # fmt: skip
_RUNS = ("abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm", "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik")


class SignInRefused(Exception):
    """Not signed in; the text may be shown."""


class WeakPassword(Exception):
    """The password will not do; the text says why."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A signed-in member of staff: the account, the session, and the token its cookie carries."""

    staff: Staff
    session: StaffSession
    token: str


def check_password(password: str, email: str = "") -> None:
    """Length and commonness, no composition rules. Raises WeakPassword."""
    if len(password) < SHORTEST:
        raise WeakPassword(f"Password must be {SHORTEST} characters or more. {ADVISED} or more is better")
    if len(password) > LONGEST:
        raise WeakPassword(f"Password must be {LONGEST} characters or fewer")
    folded = password.casefold()
    stripped = folded.strip("0123456789!?.*-_ ")
    own = email.partition("@")[0].casefold()
    too_easy = {*_COMMON_STEMS, *filter(None, (own, email.casefold()))}
    digits_alone = not stripped and len(folded) < ADVISED
    run = any(part in line for line in _RUNS for part in (folded, stripped) if part)
    if stripped in too_easy or folded in too_easy or digits_alone or run or len(set(folded)) < 4:
        raise WeakPassword("That password is too easy to guess. Try three words that do not belong together")


def begin_welcome(session: Session, staff: Staff, at: datetime, rehearsal: bool = False) -> str:
    """A one-time link's token: to choose a password and a second factor, or to enter the rehearsal."""
    token = secrets.token_urlsafe(24)
    session.add(
        SignInStep(
            kind="rehearsal" if rehearsal else "welcome",
            token_hash=repository.token_hash(token),
            staff_id=staff.id,
            totp_secret=None if rehearsal else Sealed(pyotp.random_base32()),
            expires_at=at + WELCOME_FOR,
        )
    )
    session.flush()
    return token


def step(session: Session, token: str, kind: str, at: datetime) -> tuple[SignInStep, Staff] | None:
    """The sign-in under way that a token stands for, if it is still good."""
    found = repository.step_by_token(session, token)
    if found is None or found.kind != kind or found.used_at is not None or found.expires_at <= at:
        return None
    staff = session.get(Staff, found.staff_id)
    return None if staff is None or staff.left_at is not None else (found, staff)


def finish_welcome(session: Session, token: str, password: str, code: str, at: datetime) -> SignedIn | None:
    """Set password and second factor, and sign in. None when the link is no longer good.

    Whoever had the old ones is out: other sessions end, and other links and steps are void.
    Raises WeakPassword, or SignInRefused when the code is not right.
    """
    found = step(session, token, "welcome", at)
    if found is None:
        return None
    under_way, staff = found
    check_password(password, staff.email.reveal())
    assert under_way.totp_secret is not None
    used = _matching_step(under_way.totp_secret.reveal(), code, 0, at)
    if used is None:
        raise SignInRefused("That code is not right. Check the time on your phone and try the next one")
    staff.password_hash = _hasher.hash(password)
    staff.totp_secret, staff.totp_last_step = under_way.totp_secret, used
    for before in repository.open_sessions(session, staff.id):
        before.ended_at = at
    for other in repository.open_steps(session, staff.id):
        other.used_at = at
    return _open_session(session, staff, at)


def enter_rehearsal(session: Session, token: str, at: datetime) -> SignedIn | None:
    """Sign in by the rehearsal's one-time link. None when it is no longer good."""
    found = step(session, token, "rehearsal", at)
    if found is None:
        return None
    found[0].used_at = at
    return _open_session(session, found[1], at)


def wait_seconds(session: Session, email: str, at: datetime) -> int:
    """How long this address must wait after failed tries: nothing for the first five, then up to a minute."""
    failures = repository.failures_since(session, email.strip().casefold(), at - WINDOW)
    return 0 if failures < FREE_TRIES else min(60, 2 ** (failures - FREE_TRIES + 1))


def first_factor(session: Session, email: str, password: str, at: datetime) -> str | None:
    """Check the password; a token for the second step, or None. Unknown addresses take as long."""
    staff = repository.by_email(session, email)
    known = staff is not None and staff.left_at is None and staff.password_hash is not None
    try:
        _hasher.verify(staff.password_hash if staff and known and staff.password_hash else _NOBODY, password)
    except (VerificationError, InvalidHashError):
        known = False
    if not known or staff is None:
        repository.add_failure(session, email.strip().casefold(), at)
        return None
    if staff.password_hash and _hasher.check_needs_rehash(staff.password_hash):
        staff.password_hash = _hasher.hash(password)
    token = secrets.token_urlsafe(24)
    session.add(
        SignInStep(
            kind="second",
            token_hash=repository.token_hash(token),
            staff_id=staff.id,
            expires_at=at + SECOND_FOR,
        )
    )
    session.flush()
    return token


def second_factor(session: Session, token: str, code: str, at: datetime) -> SignedIn | None:
    """Check the code and sign in; None when it is wrong, was used before, or the step has run out."""
    found = step(session, token, "second", at)
    if found is None:
        return None
    under_way, staff = found
    under_way.tries += 1
    if under_way.tries > CODE_TRIES or staff.totp_secret is None:
        under_way.used_at = at
        return None
    used = _matching_step(staff.totp_secret.reveal(), code, staff.totp_last_step, at)
    if used is None:
        repository.add_failure(session, staff.email.reveal().casefold(), at)
        return None
    staff.totp_last_step = used
    under_way.used_at = at
    repository.forget_failures(session, staff.email.reveal().casefold())
    return _open_session(session, staff, at)


def _matching_step(secret: str, code: str, last_step: int, at: datetime) -> int | None:
    """The 30-second step a code belongs to, one to either side allowed, never one used before."""
    digits = "".join(character for character in code if character.isascii() and character.isdigit())
    totp = pyotp.TOTP(secret)
    now = int(at.timestamp()) // 30
    for candidate in (now, now - 1, now + 1):
        if candidate > last_step and secrets.compare_digest(totp.generate_otp(candidate), digits):
            return candidate
    return None


def _open_session(session: Session, staff: Staff, at: datetime) -> SignedIn:
    token = secrets.token_urlsafe(32)
    opened = StaffSession(
        token_hash=repository.token_hash(token),
        staff_id=staff.id,
        csrf=secrets.token_urlsafe(24),
        began_at=at,
        seen_at=at,
    )
    session.add(opened)
    session.flush()
    return SignedIn(staff=staff, session=opened, token=token)


def signed_in(session: Session, token: str, at: datetime) -> SignedIn | None:
    """Who a browser's cookie stands for: not ended, idle for less than an hour, begun within 12."""
    found = repository.session_by_token(session, token)
    if found is None or found.ended_at is not None:
        return None
    staff = session.get(Staff, found.staff_id)
    if staff is None or staff.left_at is not None:
        return None
    if at - found.seen_at > IDLE or at - found.began_at > ABSOLUTE:
        return None
    return SignedIn(staff=staff, session=found, token=token)


def touch(session: Session, found: StaffSession, at: datetime) -> None:
    """The browser was used; noted at most once a minute."""
    if at - found.seen_at > timedelta(minutes=1):
        found.seen_at = at
        session.flush()


def sign_out(session: Session, found: StaffSession, at: datetime) -> None:
    found.ended_at = at
    session.flush()


def sign_out_elsewhere(session: Session, kept: StaffSession, at: datetime) -> int:
    """End every session of the same account but this one; returns how many had not ended by themselves."""
    others = [one for one in repository.open_sessions(session, kept.staff_id) if one.id != kept.id]
    for one in others:
        one.ended_at = at
    session.flush()
    return sum(1 for one in others if at - one.seen_at <= IDLE and at - one.began_at <= ABSOLUTE)
