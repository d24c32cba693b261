"""Updates a second from the emulator to what is committed: Cairn against the plain bot, in one run."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import httpx
from sqlalchemy import Engine, create_engine, text

from tests.bench.crowd import PEOPLE, TEXTS
from tests.e2e.telegram import EmulatedTelegram

LIMIT_SECONDS = 240
TOKEN = "1:rehearsal"


@dataclass(frozen=True, slots=True)
class Rate:
    """Messages a second, and how many worries were found among them."""

    a_second: float
    worries: int


def measure(which: str, address: str, messages: int) -> Rate:
    """Queue the messages at the emulator, start the bot, and time it until all are committed."""
    with tempfile.TemporaryDirectory() as folder:
        where = address or f"sqlite:///{Path(folder) / 'bench.sqlite3'}"
        with EmulatedTelegram(Path(folder)) as telegram:
            telegram.wait()
            _queue(telegram, messages)
            if which == "cairn":
                module, settings, ask = "tests.bench.cairn_bot", _cairn(telegram, where, folder), _done_by_cairn
            else:
                module, settings, ask = "tests.bench.plain_bot", _plain(telegram, where), _done_by_plain
            bot = subprocess.Popen(
                [sys.executable, "-m", module],
                env={**os.environ, **settings},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
            try:
                return _timed(bot, where, messages, ask)
            finally:
                bot.kill()
                bot.wait()


def _queue(telegram: EmulatedTelegram, messages: int) -> None:
    control = f"{telegram.api_url}/control"
    httpx.post(f"{control}/flood", json={"messages": messages, "users": PEOPLE, "texts": TEXTS})
    while not httpx.get(control).json()["flood"]["done"]:
        time.sleep(0.05)


def _cairn(telegram: EmulatedTelegram, where: str, folder: str) -> dict[str, str]:
    return {
        "CAIRN_TELEGRAM_TOKEN": TOKEN,
        "CAIRN_TELEGRAM_API_URL": telegram.api_url,
        "CAIRN_DATABASE_URL": where,
        "CAIRN_DATA": folder,
    }


def _plain(telegram: EmulatedTelegram, where: str) -> dict[str, str]:
    return {
        "PLAIN_DATABASE_URL": where,
        "PLAIN_BASE_URL": f"{telegram.api_url}/bot",
        "PLAIN_TOKEN": TOKEN,
    }


_done_by_cairn = "SELECT count(*) FROM inbox WHERE state = 'done'", "SELECT count(*) FROM flag"
_done_by_plain = "SELECT count(*) FROM plain_message", "SELECT count(*) FROM plain_message WHERE flagged"


def _timed(bot: subprocess.Popen[str], where: str, messages: int, ask: tuple[str, str]) -> Rate:
    assert bot.stdin is not None
    assert bot.stdout is not None
    if bot.stdout.readline().strip() != "ready":
        raise RuntimeError("the bot did not get ready")
    engine = create_engine(where)
    began = time.monotonic()
    bot.stdin.write("go\n")
    bot.stdin.flush()
    while _count(engine, ask[0]) < messages:
        if time.monotonic() - began > LIMIT_SECONDS or bot.poll() is not None:
            raise RuntimeError(f"only {_count(engine, ask[0])} of {messages} were handled")
        time.sleep(0.05)
    seconds = time.monotonic() - began
    worries = _count(engine, ask[1])
    engine.dispose()
    return Rate(messages / seconds, worries)


def _count(engine: Engine, question: str) -> int:
    with engine.connect() as connection:
        return int(connection.execute(text(question)).scalar() or 0)
