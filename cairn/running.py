"""The processes as things to run: each in a thread of `cairn up`, or alone under its own command."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from types import FrameType

import structlog
import uvicorn
from fastapi import FastAPI

from admin_api.app import create_app
from admin_api.web import Web
from bot.intake import Intake
from bot.introduce import Introduction
from bot.sender import Sender
from bot.webhook import Webhook
from bot.worker import Worker
from cairn.house import House
from cairn.schedule import Schedule

log = structlog.get_logger()

Run = Callable[[threading.Event], None]


@dataclass(frozen=True, slots=True)
class Telegram:
    """Where the Bot API is, and the bot's token for it."""

    api_url: str
    token: str


def intake(house: House, telegram: Telegram) -> Run:
    settings = house.settings
    if settings.telegram_mode == "webhook":
        return Webhook(
            house.database,
            house.clock,
            telegram.api_url,
            telegram.token,
            settings.webhook_url,
            settings.webhook_port,
            settings.host,
        ).run
    return Intake(house.database, house.clock, telegram.api_url, telegram.token).run


def worker(house: House, telegram: Telegram) -> Run:
    """The worker; it loads the phrases in its own thread, so that the rest need not wait for them."""

    def run(stop: threading.Event) -> None:
        name = house.settings.service_name
        Worker(house.database, house.clock, house.ways(), name, telegram.token).run(stop)

    return run


def sender(house: House, telegram: Telegram) -> Run:
    """The sender, and beside it the bot's introduction to Telegram."""
    sending = Sender(house.database, house.clock, telegram.api_url, telegram.token)
    introduction = Introduction(house.database, house.clock, sending.bot())

    def run(stop: threading.Event) -> None:
        threading.Thread(target=introduction.run, args=(stop,), name="introduction", daemon=True).start()
        sending.run(stop)

    return run


def schedule(house: House) -> Run:
    return Schedule(house.database, house.clock).run


def web(house: House, links: list[tuple[str, str]] | None = None) -> uvicorn.Server:
    """The console, the API and the published guide, as a server that is not yet running."""
    settings = house.settings
    app = create_app(
        Web(
            database=house.database,
            clock=house.clock,
            ways=house.ways_to_read(),
            meaning=house.meaning,
            settings=settings,
            rehearsal_links=links or [],
            bot_username=house.bot_username,
        )
    )
    return uvicorn.Server(
        uvicorn.Config(
            app,
            host=settings.host,
            port=settings.port,
            log_level="warning",
            access_log=False,
            server_header=False,
            proxy_headers=bool(settings.trusted_proxy),
            forwarded_allow_ips=settings.trusted_proxy or None,
            timeout_graceful_shutdown=3,
        )
    )


def serve(server: uvicorn.Server, stop: threading.Event) -> threading.Thread:
    """Run the web server in a thread until `stop`; open consoles are told that this is the end."""

    def run() -> None:
        serving = threading.Thread(target=server.run, name="admin-server", daemon=True)
        serving.start()
        while serving.is_alive() and not stop.wait(0.2):
            continue
        assert isinstance(server.config.app, FastAPI)
        server.config.app.state.live.close()
        server.should_exit = True
        serving.join(10)

    thread = threading.Thread(target=run, name="admin", daemon=True)
    thread.start()
    return thread


def supervised(name: str, run: Run, stop: threading.Event) -> threading.Thread:
    """Run in a thread; what raises is logged and started again: no process of Cairn dies in silence."""

    def keep_running() -> None:
        while not stop.is_set():
            try:
                run(stop)
            except Exception:
                log.exception("process_failed", process=name)
                stop.wait(1)

    thread = threading.Thread(target=keep_running, name=name, daemon=True)
    thread.start()
    return thread


def until_told(stop: threading.Event) -> None:
    """Wait for an interrupt or a termination; then `stop` is set."""

    def told(number: int, frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, told)
    signal.signal(signal.SIGINT, told)
    while not stop.is_set():
        stop.wait(0.5)
