"""Intake by webhook: Telegram brings each update; the 200 that lets it forget is sent after the commit.

Asked for with CAIRN_TELEGRAM_MODE=webhook. A reverse proxy carries CAIRN_WEBHOOK_URL to this port. While
the database is away the answer is 503, and Telegram brings the update again.
"""

from __future__ import annotations

import hmac
import threading
from dataclasses import dataclass

import httpx
import structlog
import uvicorn
from sqlalchemy.exc import SQLAlchemyError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.updates import CHANNEL, KINDS, arrival
from core import inbox
from core.clock import Clock
from core.database import Database
from core.remember import forget, remember
from core.sealing import ring

log = structlog.get_logger()

PATH = "/telegram"
LARGEST = 1_000_000
SECRET_HEADER = "x-telegram-bot-api-secret-token"  # noqa: S105 (a header's name)
RENEW_SECONDS = 120.0


@dataclass(slots=True)
class Webhook:
    """Receives updates and stores them; tells Telegram where to bring them."""

    database: Database
    clock: Clock
    api_url: str
    token: str
    public_url: str
    port: int
    host: str = "127.0.0.1"

    @property
    def secret(self) -> str:
        """What Telegram must show with each update; made from the key ring, kept nowhere."""
        return ring().lookup("webhook secret", self.token)

    def app(self) -> Starlette:
        return Starlette(routes=[Route(PATH, self.brought, methods=["POST"])])

    async def brought(self, request: Request) -> Response:
        """One update: 403 without the secret, 413 too large, 400 not JSON, 503 when it cannot be kept."""
        shown = request.headers.get(SECRET_HEADER, "").encode("utf-8", "replace")
        if not hmac.compare_digest(shown, self.secret.encode()):
            return PlainTextResponse("not from Telegram", 403)
        if int(request.headers.get("content-length") or 0) > LARGEST:
            return PlainTextResponse("too large", 413)
        try:
            raw = await request.json()
        except (ValueError, RecursionError, ClientDisconnect):
            return PlainTextResponse("not JSON", 400)
        try:
            await run_in_threadpool(self._store, raw)
        except SQLAlchemyError as error:
            log.error("webhook_cannot_store", error=type(error).__name__)
            return PlainTextResponse("try again", 503, {"Retry-After": "5"})
        return PlainTextResponse("kept")

    def _store(self, raw: object) -> None:
        now = self.clock.now()
        with self.database.unit() as session:
            inbox.store(session, CHANNEL, [arrival(raw)], now)
            remember(session, "telegram.last_contact", now.isoformat(), now)

    def run(self, stop: threading.Event) -> None:
        """Listen until told to stop, and keep Telegram told where to bring updates."""
        config = uvicorn.Config(
            self.app(), host=self.host, port=self.port, log_level="warning", access_log=False, server_header=False
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, name="webhook", daemon=True)
        thread.start()
        while not stop.is_set():
            told = self.tell_telegram()
            stop.wait(RENEW_SECONDS if told else 5.0)
        server.should_exit = True
        thread.join(5)

    def tell_telegram(self) -> bool:
        """Set the webhook; False, and noted for the console, when Telegram would not."""
        asked = {
            "url": self.public_url.rstrip("/") + PATH,
            "secret_token": self.secret,
            "allowed_updates": list(KINDS),
            "max_connections": 20,
        }
        try:
            answer = httpx.post(f"{self.api_url}/bot{self.token}/setWebhook", json=asked, timeout=10)
            body = answer.json()
            why = "" if body.get("ok") else str(body.get("description", answer.status_code))[:200]
        except (httpx.HTTPError, ValueError, AttributeError) as error:
            why = f"no answer from Telegram ({type(error).__name__})"
        try:
            with self.database.unit() as session:
                if why:
                    remember(session, "telegram.trouble", why, self.clock.now())
                else:
                    forget(session, "telegram.trouble")
                    now = self.clock.now()
                    remember(session, "telegram.last_contact", now.isoformat(), now)
        except SQLAlchemyError as error:
            log.error("trouble_not_noted", error=type(error).__name__)
        if why:
            log.warning("webhook_not_set", reason=why)
        return not why
