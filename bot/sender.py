"""Sending the outbox: in order within a chat, urgent things first, within Telegram's limits.

What is about to be sent is committed as "sending" before the network is touched, so that after a crash
its fate is known to be unknown. Several chats are served at the same time; one slow call holds up
its own chat alone.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from dataclasses import dataclass, field

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session
from telegram import Bot
from telegram.request import HTTPXRequest

from bot.sending import Fate, Result, send
from bot.updates import CHANNEL
from core import outbox
from core.clock import Clock
from core.database import Database
from core.models import OutboxItem
from core.outbox import Answer, Outgoing
from core.remember import forget, remember
from core.signals import OUTBOX
from moderation import delivery
from people import conversations

log = structlog.get_logger()

AT_ONCE = 16
A_SECOND = 28
A_MINUTE_IN_A_GROUP = 19
LOCKED_OUT_PAUSE = 30.0
MAY_HAVE_ARRIVED = "It may have arrived or not: Telegram did not answer"


class Pace:
    """Telegram's limits: about 30 messages a second in all, 20 a minute to a group."""

    def __init__(self) -> None:
        self._all: deque[float] = deque()
        self._groups: dict[str, deque[float]] = {}

    def free(self, now: float) -> int:
        """How many may be sent this moment."""
        while self._all and now - self._all[0] >= 1.0:
            self._all.popleft()
        return max(0, A_SECOND - len(self._all))

    def full_groups(self, now: float) -> list[str]:
        """The groups that have had their share for this minute."""
        for sent in self._groups.values():
            while sent and now - sent[0] >= 60.0:
                sent.popleft()
        return [lane for lane, sent in self._groups.items() if len(sent) >= A_MINUTE_IN_A_GROUP]

    def count(self, lane: str, to: int | str, what: Outgoing, now: float) -> None:
        """Note a call; answers to taps count for nothing."""
        if isinstance(what, Answer):
            return
        self._all.append(now)
        if isinstance(to, int) and to < 0:
            self._groups.setdefault(lane, deque()).append(now)


@dataclass(slots=True)
class Sender:
    """Empties the outbox. There is one sender; it holds no place for a second."""

    database: Database
    clock: Clock
    api_url: str
    token: str
    _pace: Pace = field(default_factory=Pace)
    _done: list[tuple[int, Result]] = field(default_factory=list)
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _flying: dict[int, str] = field(default_factory=dict)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def run(self, stop: threading.Event) -> None:
        """Send until told to stop; what is on its way is given a few seconds to end."""
        asyncio.run(self._run(stop))

    def bot(self) -> Bot:
        """A bot for calling Telegram; its connections are this sender's own."""
        request = HTTPXRequest(
            connection_pool_size=AT_ONCE + 4,
            connect_timeout=5.0,
            read_timeout=10.0,
            write_timeout=10.0,
            pool_timeout=5.0,
        )
        return Bot(self.token, base_url=f"{self.api_url}/bot", request=request)

    async def _run(self, stop: threading.Event) -> None:
        self._wake, self._flying, self._tasks = asyncio.Event(), {}, set()  # an earlier run's have ended with it
        bot = self.bot()
        await bot._request[1].initialize()
        loop = asyncio.get_running_loop()
        ears = threading.Thread(target=self._listen, args=(loop, stop), name="outbox-ears", daemon=True)
        ears.start()
        settled = False
        try:
            while not stop.is_set():
                try:
                    if not settled:
                        self._note_done()
                        self._settle_interrupted()
                        settled = True
                    started = self._next(bot)
                except SQLAlchemyError as error:
                    log.error("sender_database_trouble", error=type(error).__name__)
                    await asyncio.sleep(1)
                    continue
                if not started and not self._done:
                    await self._rest()
        finally:
            if self._tasks:
                await asyncio.wait(self._tasks, timeout=8)
            try:
                self._note_done()
            except Exception as error:  # kept for the next run
                log.error("ends_not_noted", error=type(error).__name__, count=len(self._done))
            await bot._request[1].shutdown()

    async def _rest(self) -> None:
        """Until something is queued, something ends, or a second passes."""
        seconds = 1.0 if self._pace.free(time.monotonic()) else 0.05
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            return
        finally:
            self._wake.clear()

    def _listen(self, loop: asyncio.AbstractEventLoop, stop: threading.Event) -> None:
        listener = self.database.signals.listen(OUTBOX)
        while not stop.is_set():
            if listener.wait(1.0) and not loop.is_closed():
                loop.call_soon_threadsafe(self._wake.set)
        listener.close()

    def _settle_interrupted(self) -> None:
        now = self.clock.now()
        with self.database.unit() as session:
            settled = outbox.settle_interrupted(session, now)
            for item in settled:
                if item.state == "unknown":
                    delivery.failed(session, item, MAY_HAVE_ARRIVED, now)
        if settled:
            log.warning("interrupted_sends_settled", count=len(settled))

    def _next(self, bot: Bot) -> int:
        """Note what has ended, choose what is next, and start it; returns how many were started."""
        now = time.monotonic()
        room = min(AT_ONCE - len(self._flying), self._pace.free(now))
        busy = [*self._flying.values(), *self._pace.full_groups(now)]
        chosen: list[int] = []
        if room and not self._done:
            with self.database.reading() as session:
                chosen = outbox.due(session, self.clock.now(), room, busy)
        if not chosen and not self._done:
            return 0
        ended, self._done = self._done, []
        try:
            with self.database.unit() as session:
                self._note(session, ended)
                if room and ended:  # what ended may hold back its chat, so it is noted before choosing
                    chosen = outbox.due(session, self.clock.now(), room, busy)
                items = outbox.taken(session, chosen)
                outbox.mark_sending(session, items)
                calls = [(item.id, item.lane, *outbox.opened(item)) for item in items]
        except Exception:
            self._done = [*ended, *self._done]
            raise
        for item_id, lane, to, what in calls:
            self._pace.count(lane, to, what, now)
            self._flying[item_id] = lane
            task = asyncio.create_task(self._send(bot, item_id, to, what))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return len(calls)

    async def _send(self, bot: Bot, item_id: int, to: int | str, what: Outgoing) -> None:
        result = await send(bot, to, what)
        self._done.append((item_id, result))
        del self._flying[item_id]
        self._wake.set()

    def _note_done(self) -> None:
        if self._done:
            with self.database.unit() as session:
                self._note(session, self._done)
            self._done = []

    def _note(self, session: Session, ended: list[tuple[int, Result]]) -> None:
        """Note each; what cannot be told to its case is noted all the same, so that it is not said again."""
        for item_id, result in ended:
            item = session.get(OutboxItem, item_id)
            if item is None:
                continue
            try:
                with session.begin_nested():
                    self._note_one(session, item, result)
            except SQLAlchemyError:
                raise
            except Exception as error:
                log.error("fate_not_told", item=item_id, error=type(error).__name__)
                if result.fate is Fate.SENT:
                    outbox.mark_sent(session, item, self.clock.now(), result.remote_id)
                else:
                    outbox.mark_unknown(session, item, result.error)

    def _note_one(self, session: Session, item: OutboxItem, result: Result) -> None:
        now = self.clock.now()
        match result.fate:
            case Fate.SENT:
                if result.link:
                    self._keep_link(session, item, result.link)
                outbox.mark_sent(session, item, now, result.remote_id)
                delivery.arrived(session, item, now)
            case Fate.AGAIN:
                if not outbox.mark_again(session, item, result.error, now, result.wait):
                    delivery.failed(session, item, result.error, now)
            case Fate.AMBIGUOUS if item.repeatable:
                if not outbox.mark_again(session, item, result.error, now):
                    delivery.failed(session, item, result.error, now)
            case Fate.AMBIGUOUS:
                outbox.mark_unknown(session, item, f"no answer from Telegram ({result.error})")
                delivery.failed(session, item, MAY_HAVE_ARRIVED, now)
            case Fate.MIGRATED if result.moved_to is not None:
                old, _ = outbox.opened(item)
                conversations.move_group(session, CHANNEL, old, result.moved_to)
                item.body = {**item.body, "to": result.moved_to}
                outbox.mark_again(session, item, result.error, now, 0.0)
            case Fate.LOCKED_OUT:
                log.error("telegram_refuses_token")
                remember(session, "telegram.trouble", "Telegram does not know the bot's token", now)
                outbox.mark_again(session, item, result.error, now, LOCKED_OUT_PAUSE)
            case Fate.UNREACHABLE:
                outbox.mark_dead(session, item, result.error)
                self._unreachable(session, item, result.error)
            case _:
                outbox.mark_dead(session, item, result.error)
                delivery.failed(session, item, result.error, now)
        if result.fate is not Fate.SENT:
            log.warning("not_sent", item=item.id, act=item.act, error=result.error, state=item.state)

    def _unreachable(self, session: Session, item: OutboxItem, error: str) -> None:
        now = self.clock.now()
        delivery.failed(session, item, error, now)
        to, _ = outbox.opened(item)
        if isinstance(to, int) and to < 0:
            remember(session, "group.trouble", error[:200], now)
        elif "person" in item.about:
            delivery.unreachable(session, item.about["person"], now)

    def _keep_link(self, session: Session, item: OutboxItem, link: str) -> None:
        to, _ = outbox.opened(item)
        group = conversations.group(session, CHANNEL, to)
        if group is not None:
            conversations.note_invite_link(session, group, link)
            forget(session, "group.trouble")
