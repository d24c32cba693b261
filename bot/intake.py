"""Intake by long polling: raw updates are committed to the inbox before Telegram may forget them.

The next `getUpdates` carries the offset that acknowledges a batch, so it is only sent after the
commit. The poll starts without an offset (numbers restart at random after a quiet week) and asks for
each kind of update by name.
"""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx
import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot.updates import CHANNEL, KINDS, arrival
from core import inbox
from core.clock import Clock
from core.database import Database
from core.remember import forget, remember

log = structlog.get_logger()

POLL_SECONDS = 25
BATCH = 100
NOTE_CONTACT_EVERY = timedelta(seconds=10)
LONGEST_PAUSE = 30.0


class TelegramTrouble(Exception):
    """Telegram did not give updates; `wait` is how long it asked us to stay away, in seconds."""

    def __init__(self, why: str, wait: float | None = None) -> None:
        super().__init__(why)
        self.wait = wait


@dataclass(slots=True)
class Intake:
    """Asks Telegram for updates and stores them."""

    database: Database
    clock: Clock
    api_url: str
    token: str
    poll_seconds: int = POLL_SECONDS
    _offset: int | None = None
    _contact_noted: datetime | None = None
    _in_trouble: bool = False

    def run(self, stop: threading.Event) -> None:
        """Poll until told to stop; trouble is noted for the console and waited out, longer each time."""
        pause = 1.0
        with httpx.Client(timeout=httpx.Timeout(10.0, read=self.poll_seconds + 10.0)) as client:
            while not stop.is_set():
                try:
                    self.once(client)
                    pause = 1.0
                except TelegramTrouble as trouble:
                    self._note_trouble(str(trouble))
                    stop.wait(trouble.wait if trouble.wait is not None else pause)
                    pause = min(pause * 2, LONGEST_PAUSE)
                except SQLAlchemyError as error:
                    log.error("intake_cannot_store", error=type(error).__name__)
                    stop.wait(pause)
                    pause = min(pause * 2, LONGEST_PAUSE)

    def once(self, client: httpx.Client) -> int:
        """One poll: fetch, store, commit, and only then move the offset on. Returns how many were new.

        Raises TelegramTrouble, or SQLAlchemyError when the batch could not be stored (it comes again).
        """
        updates = self._fetch(client)
        now = self.clock.now()
        new = 0
        with self.database.unit() as session:
            if updates:
                new = inbox.store(session, CHANNEL, [arrival(raw) for raw in updates], now)
            if self._contact_noted is None or now - self._contact_noted >= NOTE_CONTACT_EVERY:
                remember(session, "telegram.last_contact", now.isoformat(), now)
                self._contact_noted = now
            if self._in_trouble:
                forget(session, "telegram.trouble")
                self._in_trouble = False
        numbers = [number for number in map(_number, updates) if number is not None]
        if numbers:
            self._offset = max(numbers) + 1
        return new

    def _fetch(self, client: httpx.Client) -> list[Any]:
        asked: dict[str, Any] = {
            "timeout": self.poll_seconds,
            "limit": BATCH,
            "allowed_updates": json.dumps(list(KINDS)),
        }
        if self._offset is not None:
            asked["offset"] = self._offset
        try:
            answer = client.post(f"{self.api_url}/bot{self.token}/getUpdates", data=asked)
            body = answer.json()
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise TelegramTrouble(f"no answer from Telegram ({type(error).__name__})") from None
        except (ValueError, RecursionError):
            raise TelegramTrouble(f"Telegram answered {answer.status_code} without JSON") from None
        if not isinstance(body, dict) or not body.get("ok"):
            described = body.get("description", "") if isinstance(body, dict) else ""
            parameters = body.get("parameters") if isinstance(body, dict) else None
            wait = parameters.get("retry_after") if isinstance(parameters, dict) else None
            if answer.status_code == 409 and "webhook" in str(described):
                self._drop_webhook(client)
            raise TelegramTrouble(
                f"Telegram answered {answer.status_code}: {str(described)[:200]}",
                float(wait) if isinstance(wait, int | float) else None,
            )
        result = body.get("result")
        if not isinstance(result, list):
            raise TelegramTrouble("Telegram's answer holds no list of updates")
        return result

    def _drop_webhook(self, client: httpx.Client) -> None:
        """A webhook set by an earlier way of running keeps the poll from working; what waits is kept."""
        try:
            client.post(f"{self.api_url}/bot{self.token}/deleteWebhook", data={"drop_pending_updates": "false"})
        except httpx.HTTPError as error:
            log.warning("webhook_not_dropped", error=type(error).__name__)

    def _note_trouble(self, why: str) -> None:
        log.warning("telegram_trouble", reason=why)
        try:
            with self.database.unit() as session:
                remember(session, "telegram.trouble", why, self.clock.now())
            self._in_trouble = True
        except SQLAlchemyError as error:
            log.error("trouble_not_noted", error=type(error).__name__)


def _number(raw: Any) -> int | None:
    number = raw.get("update_id") if isinstance(raw, dict) else None
    return number if isinstance(number, int) and not isinstance(number, bool) else None
