"""The live feed, over a real connection: who hears what, how soon, and when it ends."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from queue import Empty, Queue
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from admin_api import live
from admin_api.live import Console, Looker, News, gathered
from admin_api.web import Web
from moderation.feed import Change
from staff import service as staff
from staff.roles import Role
from tests.admin_api.conftest import ABOUT_A_WORKER, WORRYING, Colleague, Parents
from tests.conftest import TestClock


class Feed:
    """One open console: the events it was sent, as (name, data)."""

    def __init__(self, address: str, headers: dict[str, str]) -> None:
        self.events: Queue[tuple[str, Any]] = Queue()
        self._client = httpx.Client(timeout=httpx.Timeout(5, read=30))
        self._thread = threading.Thread(target=self._read, args=(f"{address}/live", headers), daemon=True)
        self._thread.start()
        assert self.next()[0] == "ready"

    def _read(self, address: str, headers: dict[str, str]) -> None:
        try:
            with self._client.stream("GET", address, headers=headers) as answer:
                if answer.status_code != 200:
                    self.events.put((str(answer.status_code), None))
                name = ""
                for line in answer.iter_lines():
                    if line.startswith("event: "):
                        name = line.removeprefix("event: ")
                    elif line.startswith("data: "):
                        self.events.put((name, json.loads(line.removeprefix("data: "))))
                    elif line.startswith(":"):
                        self.events.put(("comment", line))
            self.events.put(("closed", None))
        except httpx.HTTPError:
            self.events.put(("broken", None))

    def next(self, seconds: float = 5.0) -> tuple[str, Any]:
        return self.events.get(timeout=seconds)

    def hears_of(self, reference: str) -> list[str]:
        """What happened to the case, as far as the feed told within a moment."""
        happened: list[str] = []
        while True:
            try:
                name, data = self.next(3.0 if not happened else 1.5)
            except Empty:
                return happened
            if name == "case" and data["case"] == reference:
                happened += data["happened"]


@pytest.fixture
def address(app: FastAPI) -> Iterator[str]:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    server = uvicorn.Server(
        uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error", timeout_graceful_shutdown=1)
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{port}"
    app.state.live.close()
    server.should_exit = True
    thread.join(10)


def cookie(one: Colleague) -> dict[str, str]:
    return {"Cookie": f"cairn={one.signed.token}"}


def test_a_flagged_message_is_on_the_console_within_the_second(
    address: str, colleague: Callable[..., Colleague], parents: Parents
) -> None:
    feed = Feed(address, cookie(colleague(Role.MODERATOR)))
    reference = parents.writes(WORRYING)
    began = time.monotonic()
    name, data = feed.next()
    assert time.monotonic() - began < 1
    assert name == "case"
    assert set(data) == {"case", "happened", "urgency", "state"}
    assert (data["case"], data["urgency"], data["state"]) == (reference, "immediate", "open")
    assert data["happened"][:2] == ["opened", "message_added"]


def test_without_signals_it_is_found_by_looking(
    address: str, web: Web, moderator: dict[str, str], parents: Parents, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed = Feed(address, moderator)
    monkeypatch.setattr(web.database.signals, "send", lambda topic, **facts: None)
    assert feed.hears_of(parents.writes(WORRYING))[0] == "opened"


def test_worries_about_workers_do_not_reach_those_who_may_not_see_them(
    address: str, colleague: Callable[..., Colleague], parents: Parents
) -> None:
    moderator, lead = colleague(Role.MODERATOR), colleague(Role.SAFEGUARDING_LEAD)
    of_moderator, of_lead = Feed(address, cookie(moderator)), Feed(address, cookie(lead))
    restricted = parents.writes(ABOUT_A_WORKER, who=1)
    ordinary = parents.writes(WORRYING, who=2)
    assert of_lead.hears_of(restricted)
    heard = [data["case"] for name, data in list(of_moderator.events.queue) if name == "case"]
    assert restricted not in heard
    assert ordinary in heard


def test_it_ends_with_the_session(
    address: str,
    web: Web,
    clock: TestClock,
    colleague: Callable[..., Colleague],
    parents: Parents,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(live, "HEARTBEAT", 0.3)
    one = colleague(Role.MODERATOR)
    feed = Feed(address, cookie(one))
    assert feed.next()[0] == "comment"
    with web.database.unit() as session:
        found = staff.get(session, one.id)
        assert found is not None
        staff.leave(session, found, clock.now())
    names = []
    while "closed" not in names:
        names.append(feed.next()[0])
    assert "end" in names
    parents.writes(WORRYING)
    assert feed.events.empty()


def test_nobody_else_listens(address: str, token: Callable[..., dict[str, str]]) -> None:
    for headers, wanted in (({}, 401), (token(Role.GUIDE_EDITOR), 403), (token(Role.MANAGER), 403)):
        assert httpx.get(f"{address}/live", headers=headers).status_code == wanted


def test_a_closed_console_is_forgotten(address: str, app: FastAPI, moderator: dict[str, str]) -> None:
    hub = app.state.live
    with httpx.stream("GET", f"{address}/live", headers=moderator) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["cache-control"] == "no-store"
        lines = answer.iter_lines()
        assert next(lines) == "event: ready"
        assert len(hub._consoles) == 1
    until = time.monotonic() + 5
    while (hub._consoles or hub._thread) and time.monotonic() < until:
        time.sleep(0.05)
    assert not hub._consoles
    assert hub._thread is None


def test_a_slow_console_costs_bounded_memory_and_is_told_to_look() -> None:
    loop = asyncio.new_event_loop()
    console = Console(loop)
    console.put([News(n, "K7M-4QX", ("noted",), "today", "open", False) for n in range(10_000)])
    assert console.queue.qsize() == live._WAITING_MOST
    assert console.missed
    loop.close()


def test_what_becomes_visible_late_is_neither_missed_nor_said_twice(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    looker = Looker(web)
    early, late = (Change(n, "K7M-4QX", "noted", "today", "open", False) for n in (4, 5))
    seen = iter([[late], [early, late], [early, late], []])
    monkeypatch.setattr(live.feed, "since", lambda session, number, most=0: next(seen))
    assert [looker.look() for _ in range(4)] == [[late], [early], [], []]


def test_what_happened_to_a_case_at_once_is_one_piece_of_news() -> None:
    changes = [
        Change(1, "AAA-AAA", "opened", "today", "open", False),
        Change(2, "BBB-BBB", "opened", "review", "open", True),
        Change(3, "AAA-AAA", "raised", "immediate", "open", False),
    ]
    assert gathered(changes) == [
        News(2, "BBB-BBB", ("opened",), "review", "open", True),
        News(3, "AAA-AAA", ("opened", "raised"), "immediate", "open", False),
    ]
