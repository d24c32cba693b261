"""A lock whose waiters are served in the order they came."""

from __future__ import annotations

import threading
from collections import deque
from types import TracebackType


class Turns:
    """A plain lock lets its last holder take it again at once: a busy worker would starve the sender.

    Here whoever waits longest is next. It may be released by another thread than the one that took it.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._held = False
        self._waiting: deque[threading.Lock] = deque()

    def __enter__(self) -> None:
        with self._guard:
            if not self._held:
                self._held = True
                return
            gate = threading.Lock()
            gate.acquire()
            self._waiting.append(gate)
        gate.acquire()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._held = False
