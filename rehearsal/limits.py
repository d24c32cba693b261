"""How fast a bot may speak: 30 messages a second in all, one a second to a person, 20 a minute to a group."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Bucket:
    """Tokens that come back at a steady rate, never more than ``burst``."""

    rate: float
    burst: float
    tokens: float
    at: float

    def wait(self, now: float) -> float:
        """Seconds until one token is there; nothing is taken."""
        self.tokens = min(self.burst, self.tokens + max(0.0, now - self.at) * self.rate)
        self.at = now
        return 0.0 if self.tokens >= 1 else (1 - self.tokens) / self.rate


@dataclass
class Limits:
    """Telegram's published limits. A refused call takes nothing from any of them."""

    clock: Callable[[], float]
    per_second: float = 30
    chat_per_second: float = 1
    chat_burst: float = 20
    group_per_minute: float = 20
    _all: Bucket | None = None
    _chats: dict[int, Bucket] = field(default_factory=dict)

    def retry_after(self, chat_id: int, messages: int = 1) -> int:
        """0 where the messages may go (and they are counted), else whole seconds to wait."""
        now = self.clock()
        if self._all is None:
            self._all = Bucket(self.per_second, self.per_second, self.per_second, now)
        chat = self._chats.get(chat_id)
        if chat is None:
            if chat_id < 0:
                chat = Bucket(self.group_per_minute / 60, self.group_per_minute, self.group_per_minute, now)
            else:
                chat = Bucket(self.chat_per_second, self.chat_burst, self.chat_burst, now)
            self._chats[chat_id] = chat
        wait = max(self._all.wait(now), chat.wait(now))
        if wait > 0:
            return max(1, math.ceil(wait))
        self._all.tokens -= messages
        chat.tokens -= messages
        return 0
