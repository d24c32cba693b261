"""What the containers' health checks say."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cairn import healthy
from core import inbox, outbox
from core.database import Database
from core.inbox import Arrival
from core.remember import remember
from tests.conftest import TestClock


def _said(name: str, database: Database, clock: TestClock) -> str:
    with database.reading() as session:
        return healthy.CHECKS[name](session, clock.now())


@pytest.mark.parametrize(
    ("name", "kept", "within"),
    [("intake", "telegram.last_contact", healthy.CONTACT), ("schedule", "schedule.heartbeat", healthy.HEARTBEAT)],
)
def test_a_sign_of_life_grows_old(
    name: str, kept: str, within: timedelta, database: Database, clock: TestClock
) -> None:
    assert "yet" in _said(name, database, clock)
    with database.unit() as session:
        remember(session, kept, clock.now().isoformat(), clock.now())
    clock.move(seconds=within.total_seconds())
    assert _said(name, database, clock) == ""
    clock.move(seconds=1)
    assert "since" in _said(name, database, clock)


def test_an_update_that_nobody_handles(database: Database, clock: TestClock) -> None:
    with database.unit() as session:
        inbox.store(session, "telegram", [Arrival(1, "lane", {"update_id": 1})], clock.now())
    assert _said("work", database, clock) == ""
    clock.move(minutes=6)
    assert "waits since" in _said("work", database, clock)


def test_a_message_that_nobody_sends(database: Database, clock: TestClock) -> None:
    with database.unit() as session:
        what = outbox.Say("Hello")
        outbox.put(session, channel="telegram", lane="lane", to=1, what=what, at=clock.now())
    assert _said("send", database, clock) == ""
    clock.move(minutes=6)
    assert "waits to leave" in _said("send", database, clock)


def test_a_database_that_is_not_there_is_trouble(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAIRN_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nothing")
    assert "database does not answer" in healthy.trouble("work")


def test_a_console_that_is_not_there_is_trouble(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAIRN_PORT", "1")
    assert "does not answer" in healthy.trouble("admin")


def test_an_unknown_name_is_an_error(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.argv", ["healthy", "nobody"])
    assert healthy.main() == 2
    assert "usage" in capsys.readouterr().err
