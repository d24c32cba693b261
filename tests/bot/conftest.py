"""The stage for every conversation: parents, a moderator on duty, the guide, and the parents' group."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from core.database import Database
from moderation.desk import Actor
from moderation.service import Ways
from offer_guide import service as guide
from people import conversations, invites
from staff import service as staff
from staff.roles import Role
from tests.bot.driver import DEAN, GROUP, KAYLEIGH, PRIYA, SAM, SHAZ, Phone, Stage, is_in
from tests.conftest import TestClock

Codes = Callable[..., str]


@pytest.fixture(scope="session")
def _sqlite_with_guide(_keys: None, _sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("guide") / "cairn.sqlite3"
    shutil.copy(_sqlite_template, file)
    database = Database(f"sqlite:///{file}")
    with database.unit() as session:
        guide.load_once(session, datetime(2026, 11, 1, 9, 0, tzinfo=UTC))
    database.close()
    return file


def _in_a_hurry(connection: Any, record: Any) -> None:
    """No test survives a power cut: the disk need not be waited for."""
    connection.execute("PRAGMA synchronous=OFF")


@pytest.fixture(scope="session")
def _one_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """One engine for all stages, because compiling its statements is most of the work of a short test."""
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('stage') / 'stage.sqlite3'}")
    event.listen(database.engine, "connect", _in_a_hurry)
    yield database
    database.close()


@pytest.fixture
def stage(_sqlite_with_guide: Path, _one_engine: Database, clock: TestClock, ways: Ways) -> Iterator[Stage]:
    """The whole bot over SQLite, with the sample guide in it; each test begins with a file of its own."""
    file = Path(_one_engine.address.removeprefix("sqlite:///"))
    for old in file.parent.glob(f"{file.name}*"):
        old.unlink()
    shutil.copy(_sqlite_with_guide, file)
    made = Stage(_one_engine, clock, ways)
    yield made
    made.close()
    _one_engine.close()


@pytest.fixture
def stage_on_each(database: Database, clock: TestClock, ways: Ways) -> Iterator[Stage]:
    """The whole bot over SQLite and over PostgreSQL, without a guide."""
    made = Stage(database, clock, ways)
    yield made
    made.close()


@pytest.fixture
def kayleigh(stage: Stage) -> Phone:
    return stage.phone(KAYLEIGH)


@pytest.fixture
def dean(stage: Stage) -> Phone:
    return stage.phone(DEAN)


@pytest.fixture
def shaz(stage: Stage) -> Phone:
    return stage.phone(SHAZ)


@pytest.fixture
def sam(stage: Stage) -> Phone:
    """A worker."""
    return stage.phone(SAM)


@pytest.fixture
def codes(stage: Stage) -> Codes:
    """Issues invite codes, as the console and the command line do."""
    return lambda **wanted: issue_code(stage, **wanted)


def issue_code(stage: Stage, kind: str = "parent", uses: int = 1, days: int = 14, subject: str = "") -> str:
    with stage.database.unit() as session:
        code, _ = invites.issue_invite(
            session, at=stage.clock.now(), by="test", kind=kind, uses=uses, days=days, subject=subject
        )
    return code


def add_moderator(stage: Stage, user: int, *roles: Role, on_duty: bool = True) -> Phone:
    """A member of staff whose own Telegram is linked to their account by a code."""
    with stage.database.unit() as session:
        member = staff.add(session, f"{user}@example.org", roles or (Role.MODERATOR,), stage.clock.now())
        staff.set_duty(session, member, on_duty)
    phone = stage.phone(user).starts(issue_code(stage, kind="staff", subject=str(member.id)))
    assert "linked to your staff account" in phone.sees()
    return phone


@pytest.fixture
def priya(stage: Stage) -> Phone:
    """The moderator on duty."""
    return add_moderator(stage, PRIYA)


@pytest.fixture
def moderator() -> Actor:
    """A moderator at the console."""
    return Actor("staff:1", (Role.MODERATOR,))


@pytest.fixture
def group(stage: Stage) -> int:
    """The parents' group, linked by its owner."""
    return link_group(stage)


def link_group(stage: Stage) -> int:
    stage.world.send_text(PRIYA, GROUP, f"/link {issue_code(stage, kind='group')}")
    stage.settle()
    return GROUP


@pytest.fixture
def join_link(stage: Stage, group: int) -> str:
    """The address behind "Ask to join"."""
    with stage.database.reading() as session:
        found = conversations.linked_group(session)
        assert found is not None
        assert found.invite_link is not None
        return found.invite_link.reveal()


@pytest.fixture
def member(stage: Stage, kayleigh: Phone, join_link: str) -> Phone:
    """A parent who has said yes, used a code, and is in the group."""
    kayleigh.joins_in(issue_code(stage))
    kayleigh.asks_to_join(join_link)
    assert is_in(stage, kayleigh)
    return kayleigh


@pytest.fixture
def stranger(stage: Stage, group: int) -> Phone:
    """Somebody whom the owner put into the group, and who never opened the chat with the bot."""
    stage.world.add_member(group, SHAZ)
    stage.settle()
    return stage.phone(SHAZ)
