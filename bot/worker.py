"""Handling the inbox: a batch of one chat is one transaction.

A round claims chats with pending updates and handles each chat's in order; what they led to, the
replies and the done marks are committed together, several chats in one commit (docs/decisions). When
anything fails, the round is rolled back and done again update by update, each within a savepoint of
its own, so that one poisonous update cannot take its neighbours with it. An update that fails five
times is dead, and a case tells a human.
"""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass

import structlog
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import Session
from telegram import Update

from bot import application
from bot.reading import words_anywhere
from bot.turn import FailingLoudly, Turn, current
from bot.updates import CHANNEL, message_number, plain_text, sender
from core import inbox
from core.clock import Clock
from core.database import Database
from core.models import InboxUpdate
from core.remember import recall, remember
from core.signals import INBOX
from core.text import clean
from moderation import service as moderation
from moderation.guard import TimeLimited
from moderation.service import Ways
from people import service as people

log = structlog.get_logger()

CHATS_A_ROUND = 50
UPDATES_A_ROUND = 100


@dataclass(slots=True)
class Worker:
    """Handles what is pending, round by round."""

    database: Database
    clock: Clock
    ways: Ways
    service: str
    token: str = ""
    _application: FailingLoudly | None = None
    _following: asyncio.Future[bool] | None = None

    def run(self, stop: threading.Event) -> None:
        """Handle rounds until told to stop. Database trouble is waited out, nothing is lost."""
        listener = self.database.signals.listen(INBOX)
        runner = asyncio.Runner()
        try:
            while not stop.is_set():
                try:
                    handled = runner.run(self.round())
                except DBAPIError as error:
                    log.error("round_failed", error=type(error.orig).__name__)
                    stop.wait(1)
                    continue
                if not handled:
                    listener.wait(1.0)
        finally:
            listener.close()
            runner.close()

    async def round(self) -> int:
        """Claim chats, handle them, commit; returns how many updates were settled.

        First all together, without a thought of failure. If anything raises, all of it is rolled back
        and done again carefully, chat by chat and update by update.
        """
        await self._follow()
        with self.database.reading() as session:
            if session.scalar(select(InboxUpdate.id).where(InboxUpdate.state == "pending").limit(1)) is None:
                return 0
        if self._application is None:
            self._application = await self._begin()
        try:
            with self.database.unit() as session:
                items = self._claim(session)
                for item in items:
                    await self._handle(session, item)
                inbox.mark_done(session, [item.id for item in items], self.clock.now())
                return len(items)
        except OperationalError:
            raise
        except Exception as error:
            log.warning("round_redone_carefully", error=type(error).__name__)
        settled = 0
        with self.database.unit() as session:
            lanes: dict[str, list[InboxUpdate]] = {}
            for item in self._claim(session):
                lanes.setdefault(item.lane, []).append(item)
            for batch in lanes.values():
                settled += await self._one_by_one(session, batch)
        return settled

    async def _follow(self) -> None:
        """Let screening take up another policy, in a thread beside the work; only the first is waited for."""
        if self.ways.follow is None or (self._following is not None and not self._following.done()):
            return
        before = self._following
        if before is not None and (error := before.exception()) is not None:
            log.error("policy_not_followed", error=type(error).__name__)
        following = asyncio.get_running_loop().run_in_executor(None, self.ways.follow)
        if before is None:
            await following
        self._following = following

    def _claim(self, session: Session) -> list[InboxUpdate]:
        """The updates of this round, in order; whoever they are about is looked up at once."""
        lanes = inbox.claim_lanes(session, CHATS_A_ROUND)
        items = list(inbox.pending(session, lanes, UPDATES_A_ROUND))
        addresses, numbers = set(), set()
        for item in items:
            if (who := sender(item.body)) is not None:
                addresses.add(who[0])
            if (which := message_number(item.body)) is not None:
                numbers.add(which)
        moderation.warm(session, people.warm(session, CHANNEL, addresses, numbers))
        if isinstance(self.ways.screen, TimeLimited):
            self.ways.screen.foresee({text for item in items if (text := plain_text(item.body))})
        return items

    async def _begin(self) -> FailingLoudly:
        with self.database.reading() as session:
            me = recall(session, "telegram.me") or {}
        built = application.build(self.token, me.get("id", 0), me.get("username") or application.FALLBACK_NAME)
        await built.initialize()
        return built

    async def _one_by_one(self, session: Session, batch: list[InboxUpdate]) -> int:
        """One chat's updates, each alone, up to the first that fails again; that one is counted."""
        settled = 0
        for item in batch:
            try:
                with session.begin_nested():
                    await self._handle(session, item)
                    inbox.mark_done(session, [item.id], self.clock.now())
            except OperationalError:
                raise
            except Exception as error:
                where = type(error).__name__
                log.error("update_failed", update=item.update_id, error=where, attempt=item.attempts + 1)
                if not inbox.mark_failed(session, item, where, self.clock.now()):
                    return settled + 1
                self._tell_a_human(session, item, where)
            settled += 1
        return settled

    async def _handle(self, session: Session, item: InboxUpdate) -> None:
        assert self._application is not None
        body = item.body
        if not isinstance(body, dict):
            raise TypeError("an update must be an object")
        turn = Turn(session=session, ways=self.ways, at=self.clock.now(), service=self.service)
        update = Update.de_json(body, self._application.bot)
        if update is None or update.update_id is None:
            raise TypeError("not an update")
        turn.update = update
        token = current.set(turn)
        try:
            await self._application.process_update(update)
        finally:
            current.reset(token)

    def _tell_a_human(self, session: Session, item: InboxUpdate, error: str) -> None:
        now = self.clock.now()
        who = sender(item.body)
        with session.begin_nested():
            person = people.meet(session, CHANNEL, who[0], clean(who[1])[:128], now) if who else None
            moderation.not_handled(session, self.ways, person, words_anywhere(item.body), error, now)
        remember(session, "inbox.last_dead", item.update_id, now)
