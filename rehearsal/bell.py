"""Waking whoever waits in the event loop when something happens in any thread."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Bell:
    """Rung from any thread; heard by every listener in the loop. Many rings before a hearing are one."""

    def __init__(self) -> None:
        self._listeners: set[asyncio.Event] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ringing = False
        self.closed = False

    def ring(self) -> None:
        loop = self._loop
        if loop is None or self._ringing or not self._listeners:
            return
        self._ringing = True
        with suppress(RuntimeError):  # the loop has just closed: nobody listens any more
            loop.call_soon_threadsafe(self._sound)

    def _sound(self) -> None:
        self._ringing = False
        for listener in self._listeners:
            listener.set()

    def open(self) -> None:
        self.closed = False
        self._ringing = False

    def close(self) -> None:
        """Send every listener home: they look at ``closed``."""
        self.closed = True
        self.ring()

    @contextmanager
    def listen(self) -> Iterator[asyncio.Event]:
        """Clear the event, then look, then wait: nothing that happens in between is missed."""
        self._loop = asyncio.get_running_loop()
        event = asyncio.Event()
        self._listeners.add(event)
        try:
            yield event
        finally:
            self._listeners.discard(event)


async def heard(event: asyncio.Event, seconds: float) -> bool:
    """Wait for a ring; False when the time is over."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return False
    return True
