"""What machines ask."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from fastapi import FastAPI
from fastapi.testclient import TestClient

from admin_api.app import create_app
from admin_api.web import Web
from core import inbox
from core.database import Database
from core.inbox import Arrival
from core.remember import remember
from core.settings import Settings
from moderation.service import Ways
from staff.roles import Role
from tests.admin_api.conftest import ADDRESS, WORRYING, Parents
from tests.conftest import TestClock


def test_ready_with_telegram_near_and_away(client: TestClient, web: Web, clock: TestClock) -> None:
    never = {"last_contact": None, "ok": False}
    assert client.get("/readyz").json() == {"ready": True, "database": True, "telegram": never, "backlog": 0}
    now = clock.now()
    with web.database.unit() as session:
        remember(session, "telegram.last_contact", now.isoformat(), now)
        inbox.store(session, "telegram", [Arrival(1, "lane", {})], now)
    found = client.get("/readyz").json()
    assert found["telegram"] == {"last_contact": "2026-11-04T10:00:00Z", "ok": True}
    assert found["backlog"] == 1
    clock.move(minutes=6)
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["telegram"]["ok"] is False


def test_not_ready_without_a_database(tmp_path: Path, clock: TestClock, ways: Ways, settings: Settings) -> None:
    nothing = Database(f"sqlite:///{tmp_path}/nothing.sqlite3")
    client = TestClient(create_app(Web(nothing, clock, ways, settings)), base_url=ADDRESS)
    assert client.get("/healthz").json() == {"alive": True}
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["ready"] is False
    nothing.close()


def test_metrics_hold_numbers_and_nothing_else(
    client: TestClient, app: FastAPI, web: Web, token: Callable[..., dict[str, str]], parents: Parents
) -> None:
    parents.writes(WORRYING)
    with web.database.unit() as session:
        remember(session, "telegram.last_contact", web.clock.now().isoformat(), web.clock.now())
    assert client.get("/metrics").status_code == 403
    assert client.get("/metrics", headers=token(Role.AUDITOR)).status_code == 403
    text = client.get("/metrics", headers=token(Role.MANAGER)).text
    assert "cairn_cases_open 1.0" in text
    assert "cairn_telegram_last_contact_seconds 0.0" in text
    for name in ("backlog", "outbox_waiting", "outbox_dead", "outbox_unknown", "cases_overdue", "updates_handled"):
        assert f"cairn_{name} " in text
    near = TestClient(app, base_url=ADDRESS, client=("127.0.0.1", 5))
    assert near.get("/metrics").status_code == 200
    assert near.get("/metrics", headers={"X-Forwarded-For": "127.0.0.1"}).status_code == 403
