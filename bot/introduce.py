"""Telling Telegram who the bot is: its name is learnt, its commands and description are set."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass

import structlog
from telegram import Bot
from telegram.error import InvalidToken, TelegramError

from bot import words
from core.clock import Clock
from core.database import Database
from core.remember import recall, remember

log = structlog.get_logger()


@dataclass(slots=True)
class Introduction:
    """Done once at each start; Telegram being away only delays it."""

    database: Database
    clock: Clock
    bot: Bot

    def run(self, stop: threading.Event) -> None:
        """Try until it worked or Cairn stops. Nothing else waits for it."""
        pause = 1.0
        while not stop.is_set():
            try:
                asyncio.run(self.once())
                return
            except InvalidToken:
                log.error("telegram_refuses_token")
            except TelegramError as error:
                log.warning("introduction_failed", error=type(error).__name__)
            stop.wait(pause)
            pause = min(pause * 2, 60.0)

    async def once(self) -> None:
        """Learn the bot's name and set what people see. Raises TelegramError."""
        async with self.bot as bot:
            me = bot.bot
            with self.database.unit() as session:
                if recall(session, "telegram.me") != {"id": me.id, "username": me.username}:
                    remember(session, "telegram.me", {"id": me.id, "username": me.username}, self.clock.now())
            for call in (
                bot.set_my_commands([(name, said) for name, said in words.COMMANDS]),
                bot.set_my_description(words.DESCRIPTION),
                bot.set_my_short_description(words.SHORT_DESCRIPTION),
            ):
                try:
                    await call
                except TelegramError as error:  # a stand-in may know none of these; people can write all the same
                    log.warning("introduction_incomplete", error=type(error).__name__)
