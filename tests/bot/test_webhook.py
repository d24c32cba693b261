"""Updates that Telegram brings: kept before the 200, refused without the secret, 503 when they cannot be kept."""

from __future__ import annotations

import threading
from typing import Any

import httpx
import pytest
from sqlalchemy import select
from starlette.testclient import TestClient as Caller

from bot.intake import Intake, TelegramTrouble
from bot.webhook import LARGEST, PATH, SECRET_HEADER, Webhook
from core import inbox
from core.database import Database
from core.models import InboxUpdate
from rehearsal import World, serve
from tests.conftest import TestClock
from tests.waiting import until

UPDATE = {
    "update_id": 5,
    "message": {"message_id": 1, "date": 1, "chat": {"id": 7, "type": "private"}, "text": "hi"},
}


@pytest.fixture
def webhook(database: Database, clock: TestClock) -> Webhook:
    return Webhook(database, clock, "http://127.0.0.1:1", "1:token", "https://cairn.example", 0)


def brought(webhook: Webhook, body: Any = UPDATE, secret: str | None = None, **more: Any) -> int:
    headers = {SECRET_HEADER: webhook.secret if secret is None else secret}
    return Caller(webhook.app()).post(PATH, json=body, headers=headers, **more).status_code


def test_an_update_is_kept_once_however_often_it_is_brought(webhook: Webhook) -> None:
    assert [brought(webhook), brought(webhook)] == [200, 200]
    with webhook.database.reading() as session:
        assert inbox.backlog(session) == 1


@pytest.mark.parametrize("secret", ["", "wrong", "x" * 500])
def test_nobody_but_telegram_is_believed(webhook: Webhook, secret: str) -> None:
    assert brought(webhook, secret=secret) == 403
    with webhook.database.reading() as session:
        assert inbox.backlog(session) == 0


def test_what_is_not_json_or_too_large_gets_a_clear_answer(webhook: Webhook) -> None:
    caller, headers = Caller(webhook.app()), {SECRET_HEADER: webhook.secret}
    assert caller.post(PATH, content=b"{", headers=headers).status_code == 400
    assert caller.post(PATH, content=b" " * (LARGEST + 1), headers=headers).status_code == 413


def test_a_database_that_is_away_makes_telegram_bring_it_again(webhook: Webhook, clock: TestClock) -> None:
    without_tables = Database("sqlite://")
    assert brought(Webhook(without_tables, clock, "", "1:token", "", 0)) == 503


def test_the_emulated_telegram_delivers_to_it(sqlite_only: Database, clock: TestClock) -> None:
    world = World.with_cast()
    with serve(world) as telegram, serve(World.with_cast()) as spare:
        port = spare.port
        spare.stop()
        webhook = Webhook(
            sqlite_only,
            clock,
            telegram.base_url.removesuffix("/bot"),
            "1:rehearsal",
            f"http://127.0.0.1:{port}",
            port,
        )
        stop = threading.Event()
        thread = threading.Thread(target=webhook.run, args=(stop,), daemon=True)
        thread.start()
        world.press_start(1001)

        def kept() -> bool:
            with sqlite_only.reading() as session:
                return session.scalar(select(InboxUpdate.id).limit(1)) is not None

        until(kept, 15)
        stop.set()
        thread.join(10)


def test_going_back_to_polling_takes_the_webhook_away(sqlite_only: Database, clock: TestClock) -> None:
    world = World.with_cast()
    with serve(world) as telegram, httpx.Client() as client:
        world.call("setWebhook", {"url": "http://127.0.0.1:9/telegram"})
        intake = Intake(sqlite_only, clock, telegram.base_url.removesuffix("/bot"), "1:rehearsal", poll_seconds=0)
        with pytest.raises(TelegramTrouble, match="webhook"):
            intake.once(client)
        world.press_start(1001)
        assert intake.once(client) == 1
