"""The live feed: open consoles hear within the second that a case is new or has changed.

One thread per process looks, woken by signals and by itself each second, and hands what it found to
every open console through a bounded queue. Only references travel; those who may not see a case do
not hear of it. The database stays the truth: a console that missed something is told to look again.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from fastapi import APIRouter, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent
from starlette.concurrency import run_in_threadpool

from admin_api.security import needs
from admin_api.visitors import still_welcome
from admin_api.web import Web
from core.signals import DESK
from moderation import desk, feed
from moderation.feed import Change
from staff.roles import May

log = structlog.get_logger()
router = APIRouter()

HEARTBEAT = 15.0
RECHECK = 1.0
_LOOK_EVERY = 1.0
_LOOK_BACK = 200
_WAITING_MOST = 200


@dataclass(frozen=True, slots=True)
class News:
    """What one look found of a case: what happened, in order, and how the case stands."""

    number: int
    reference: str
    happened: tuple[str, ...]
    urgency: str
    state: str
    restricted: bool


def gathered(changes: Sequence[Change]) -> list[News]:
    """One piece of news for each case, in the order of the last thing that happened."""
    by_case: dict[str, list[Change]] = {}
    for change in changes:
        by_case.setdefault(change.reference, []).append(change)
    found = [
        News(
            number=of_case[-1].number,
            reference=reference,
            happened=tuple(change.kind for change in of_case),
            urgency=of_case[-1].urgency,
            state=of_case[-1].state,
            restricted=of_case[-1].restricted,
        )
        for reference, of_case in by_case.items()
    ]
    return sorted(found, key=lambda news: news.number)


class Console:
    """One open console, as the hub sees it."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.queue: asyncio.Queue[News | None] = asyncio.Queue(_WAITING_MOST)
        self.missed = False

    def put(self, found: Sequence[News | None]) -> None:
        """Called in the console's own loop. What does not fit is dropped and noted."""
        for news in found:
            try:
                self.queue.put_nowait(news)
            except asyncio.QueueFull:
                self.missed = True


class Hub:
    """Finds what changed and hands it to the open consoles. Its thread runs while there are any."""

    def __init__(self, web: Web) -> None:
        self.web = web
        self._lock = threading.Lock()
        self._consoles: set[Console] = set()
        self._thread: threading.Thread | None = None
        self._closed = False

    def join(self, console: Console) -> None:
        """Hand to `console` all that happens from now on."""
        with self._lock:
            self._consoles.add(console)
            if self._thread is None and not self._closed:
                looker = Looker(self.web)
                self._thread = threading.Thread(target=self._run, args=(looker,), name="live", daemon=True)
                self._thread.start()

    def leave(self, console: Console) -> None:
        with self._lock:
            self._consoles.discard(console)

    def close(self) -> None:
        """Tell every console that this is the end."""
        with self._lock:
            self._closed = True
        self._hand([None])

    def _run(self, looker: Looker) -> None:
        listener = self.web.database.signals.listen(DESK)
        while self._wanted():
            try:
                found = gathered(looker.look())
                if found:
                    self._hand(found)
            except Exception as error:  # the database may be away for a while; consoles wait
                log.warning("live_feed_waits", error=type(error).__name__)
                time.sleep(_LOOK_EVERY)
            listener.wait(_LOOK_EVERY)
        listener.close()

    def _wanted(self) -> bool:
        """False, and the thread is forgotten, when nobody listens any more."""
        with self._lock:
            if self._consoles and not self._closed:
                return True
            self._thread = None
            return False

    def _hand(self, found: Sequence[News | None]) -> None:
        with self._lock:
            consoles = list(self._consoles)
        for console in consoles:
            try:
                console.loop.call_soon_threadsafe(console.put, found)
            except RuntimeError:  # its loop has closed
                self.leave(console)


class Looker:
    """Reads what happened since the last look; nothing that became visible late is missed or said twice."""

    def __init__(self, web: Web) -> None:
        self._database = web.database
        with self._database.reading() as session:
            self._last = feed.newest(session)
            self._seen = {one.number for one in feed.since(session, self._last - _LOOK_BACK)}

    def look(self) -> list[Change]:
        with self._database.reading() as session:
            recent = feed.since(session, self._last - _LOOK_BACK)
        fresh = [one for one in recent if one.number not in self._seen]
        self._last = max([self._last, *(one.number for one in fresh)])
        self._seen = {one.number for one in recent if one.number > self._last - _LOOK_BACK}
        return fresh


@dataclass(frozen=True, slots=True)
class Standing:
    """What a console's visitor may see now."""

    sees_restricted: bool


def _standing(request: Request) -> Standing | None:
    """Looked up anew; None when the session has ended or may no longer read cases."""
    visitor = still_welcome(request)
    if visitor is None or not visitor.may(May.READ_CASES):
        return None
    web: Web = request.app.state.web
    with web.database.reading() as session:
        return Standing(desk.sees_restricted(session, visitor.actor))


def _told(news: News) -> ServerSentEvent:
    facts: dict[str, Any] = {
        "case": news.reference,
        "happened": news.happened,
        "urgency": news.urgency,
        "state": news.state,
    }
    return ServerSentEvent(event="case", id=str(news.number), data=facts)


@router.get(
    "/live",
    dependencies=[needs(May.READ_CASES)],
    response_class=EventSourceResponse,
    include_in_schema=False,
)
async def live(request: Request) -> AsyncIterator[ServerSentEvent]:
    """The feed of one console.

    "ready" once it listens (look now), "case" when a case is new or has changed, "look" when some news
    was dropped, "end" when the session has ended; a comment each 15 seconds while nothing happens.
    """
    console = Console(asyncio.get_running_loop())
    hub: Hub = request.app.state.live
    try:
        await run_in_threadpool(hub.join, console)
        standing = await run_in_threadpool(_standing, request)
        checked = time.monotonic()
        yield ServerSentEvent(event="ready", data={}, retry=2000)
        while True:
            news, quiet = await _next(console)
            if news is None and not quiet:
                return
            if quiet or time.monotonic() - checked > RECHECK:
                standing = await run_in_threadpool(_standing, request)
                checked = time.monotonic()
            if standing is None:
                yield ServerSentEvent(event="end", data={})
                return
            if news is None:
                yield ServerSentEvent(comment="still here")
            elif not news.restricted or standing.sees_restricted:
                yield _told(news)
            if console.missed and console.queue.empty():
                console.missed = False
                yield ServerSentEvent(event="look", data={})
    finally:
        hub.leave(console)


async def _next(console: Console) -> tuple[News | None, bool]:
    """The next news (None when the feed ends), and whether it was quiet for a heartbeat instead."""
    try:
        return await asyncio.wait_for(console.queue.get(), HEARTBEAT), False
    except TimeoutError:
        return None, True
