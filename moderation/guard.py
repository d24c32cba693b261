"""A limit on how long screening may take, so that it fails loud when it hangs (invariant 4)."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from moderation.screening import Screening

LONGEST_SECONDS = 5.0
EACH_SECONDS = 0.2
T = TypeVar("T")


class TimeLimited:
    """Screens in a thread of its own. Raises TimeoutError when that takes too long.

    A thread that hangs cannot be stopped: it is left behind and the next message gets a new one.
    """

    def __init__(self, screen: Callable[[str], Screening], seconds: float = LONGEST_SECONDS) -> None:
        self._screen = screen
        self._seconds = seconds
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(1, "screening")
        self._foreseen: dict[str, Screening] = {}

    def __call__(self, text: str) -> Screening:
        found = self._foreseen.get(text)
        return found if found is not None else self._limited(lambda: self._screen(text))

    def limited(self, work: Callable[..., T]) -> Callable[..., T]:
        """The same work, in this thread and within this limit."""
        return lambda *given: self._limited(lambda: work(*given))

    def foresee(self, texts: Collection[str]) -> None:
        """Screen a round's messages together, so that it changes threads once and not for each message.

        One that raises or hangs leaves nothing foreseen: each is then screened alone.
        """
        self._foreseen = {}
        with contextlib.suppress(Exception):
            self._foreseen = self._limited(lambda: self._all(texts), self._seconds + len(texts) * EACH_SECONDS)

    def _all(self, texts: Collection[str]) -> dict[str, Screening]:
        many = getattr(self._screen, "screen_many", None)
        if many is None:
            return {text: self._screen(text) for text in texts}
        return dict(zip(texts, many(list(texts)), strict=True))

    def _limited(self, work: Callable[[], T], seconds: float | None = None) -> T:
        with self._lock:
            waiting = self._pool.submit(work)
        try:
            return waiting.result(seconds or self._seconds)
        except TimeoutError:
            with self._lock:
                self._pool.shutdown(wait=False)
                self._pool = ThreadPoolExecutor(1, "screening")
            raise
