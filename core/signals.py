"""Signals between processes: "there is work", and the live feed to open consoles.

A port with two adapters. Nothing is kept here and a signal may be lost: whoever waits also looks
at the database each second, so Redis is never the only copy of anything.
"""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections import deque
from typing import Any, Protocol

import redis
import structlog

log = structlog.get_logger()

INBOX, OUTBOX, DESK, GUIDE = "inbox", "outbox", "desk", "guide"


class Listener(Protocol):
    """One who waits for signals on a topic."""

    def wait(self, seconds: float) -> list[dict[str, Any]]:
        """What was signalled since the last look; waits up to `seconds` for the first. May be empty."""

    def close(self) -> None: ...


class Signals(Protocol):
    """Where signals are given and heard."""

    def send(self, topic: str, **facts: Any) -> None:
        """Tell everybody listening on `topic`. Never raises: a lost signal only costs a second."""

    def listen(self, topic: str) -> Listener: ...

    def close(self) -> None: ...


class _Box:
    """A listener's own box of signals; holds the last 1,000."""

    def __init__(self) -> None:
        self._items: deque[dict[str, Any]] = deque(maxlen=1000)
        self._some = threading.Condition()
        self.closed = False

    def put(self, facts: dict[str, Any]) -> None:
        with self._some:
            self._items.append(facts)
            self._some.notify_all()

    def wait(self, seconds: float) -> list[dict[str, Any]]:
        with self._some:
            if not self._items and not self.closed:
                self._some.wait(seconds)
            taken = list(self._items)
            self._items.clear()
            return taken

    def close(self) -> None:
        with self._some:
            self.closed = True
            self._some.notify_all()


class InProcessSignals:
    """Signals among the threads of one process."""

    def __init__(self) -> None:
        self._boxes: dict[str, list[_Box]] = {}
        self._lock = threading.Lock()

    def send(self, topic: str, **facts: Any) -> None:
        with self._lock:
            boxes = [box for box in self._boxes.get(topic, []) if not box.closed]
            self._boxes[topic] = boxes
        for box in boxes:
            box.put(facts)

    def listen(self, topic: str) -> Listener:
        box = _Box()
        with self._lock:
            self._boxes.setdefault(topic, []).append(box)
        return box

    def close(self) -> None:
        with self._lock:
            for boxes in self._boxes.values():
                for box in boxes:
                    box.close()
            self._boxes.clear()


class RedisSignals:
    """Signals through Redis publish and subscribe; with Redis gone they are simply not heard."""

    def __init__(self, address: str) -> None:
        self._redis = redis.Redis.from_url(
            address, socket_timeout=2, socket_connect_timeout=1, health_check_interval=15
        )

    def send(self, topic: str, **facts: Any) -> None:
        try:
            self._redis.publish(f"cairn:{topic}", json.dumps(facts))
        except redis.RedisError as error:
            log.warning("signal_not_sent", topic=topic, error=type(error).__name__)

    def listen(self, topic: str) -> Listener:
        return _RedisListener(self._redis, f"cairn:{topic}")

    def close(self) -> None:
        self._redis.close()


class _RedisListener:
    def __init__(self, server: redis.Redis, name: str) -> None:
        self._server, self._name = server, name
        self._feed = self._subscribe()

    def _subscribe(self) -> Any:
        feed: Any = self._server.pubsub(ignore_subscribe_messages=True)  # type: ignore[no-untyped-call]
        with contextlib.suppress(redis.RedisError):
            feed.subscribe(self._name)
            return feed
        return None

    def wait(self, seconds: float) -> list[dict[str, Any]]:
        heard: list[dict[str, Any]] = []
        end = time.monotonic() + seconds
        try:
            if self._feed is None:
                self._feed = self._subscribe()
            if self._feed is None:
                raise redis.ConnectionError
            while True:
                left = 0.0 if heard else max(0.0, end - time.monotonic())
                message = self._feed.get_message(timeout=left)
                if message is not None:
                    heard.append(json.loads(message["data"]))
                elif heard or time.monotonic() >= end:
                    return heard
        except (redis.RedisError, OSError, ValueError):
            self._feed = None
            threading.Event().wait(max(0.0, end - time.monotonic()))
            return heard

    def close(self) -> None:
        if self._feed is not None:
            with contextlib.suppress(redis.RedisError, OSError):
                self._feed.close()


def connect(address: str | None) -> Signals:
    """The adapter for the settings: Redis where there is an address, the process itself otherwise."""
    return RedisSignals(address) if address else InProcessSignals()
