"""The queue Telegram keeps for a bot: random start, one by one, until confirmed, for 24 hours."""

import json
import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rehearsal.errors import ApiError

KINDS = (
    "message", "edited_message", "channel_post", "edited_channel_post", "business_connection",
    "business_message", "edited_business_message", "deleted_business_messages", "guest_message",
    "message_reaction", "message_reaction_count", "inline_query", "chosen_inline_result", "callback_query",
    "shipping_query", "pre_checkout_query", "purchased_paid_media", "poll", "poll_answer", "my_chat_member",
    "chat_member", "chat_join_request", "chat_boost", "removed_chat_boost", "managed_bot",
)  # fmt: skip
ONLY_WHEN_ASKED = frozenset(("chat_member", "message_reaction", "message_reaction_count"))
BY_DEFAULT = frozenset(KINDS) - ONLY_WHEN_ASKED
KEPT_SECONDS = 24 * 3600
WEEK = 7 * 24 * 3600

_encode = json.JSONEncoder(separators=(",", ":")).encode


@dataclass(slots=True)
class Pending:
    update_id: int
    created: float
    chat_id: int
    body: str


class UpdateQueue:
    """Updates are written out once, when they happen: later edits do not change what was queued."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self.pending: deque[Pending] = deque()
        self.allowed: frozenset[str] = BY_DEFAULT
        self.asked: list[str] | None = None
        self.next_id = random.randint(100_000_000, 900_000_000)  # noqa: S311 (not a secret)
        self._last = clock()

    def push(self, kind: str, payload: dict[str, Any], chat_id: int) -> Pending | None:
        """Queue an update, or None where the bot has not asked for this kind."""
        if kind not in self.allowed:
            return None
        now = self._clock()
        if now - self._last > WEEK:
            self.next_id = random.randint(100_000_000, 900_000_000)  # noqa: S311
        self._last = now
        update_id = self.next_id
        self.next_id += 1
        body = f'{{"update_id":{update_id},"{kind}":{_encode(payload)}}}'
        update = Pending(update_id, now, chat_id, body)
        self.pending.append(update)
        return update

    def allow(self, kinds: Any) -> None:
        """``allowed_updates`` of a call. Left out: as before. An empty list: the default again."""
        if kinds is None or kinds == "":
            return
        if isinstance(kinds, str):
            try:
                kinds = json.loads(kinds)
            except ValueError:
                raise ApiError(400, "Bad Request: can't parse allowed updates JSON object") from None
        if not isinstance(kinds, list):
            raise ApiError(400, "Bad Request: expected an Array of allowed updates")
        asked = [str(kind) for kind in kinds if kind in KINDS]
        self.allowed = frozenset(asked) or BY_DEFAULT
        self.asked = asked or None

    def forget_old(self) -> None:
        oldest = self._clock() - KEPT_SECONDS
        while self.pending and self.pending[0].created < oldest:
            self.pending.popleft()

    def confirm(self, offset: int) -> None:
        """Forget what came before ``offset``; a negative offset keeps only that many from the end."""
        pending = self.pending
        if offset < 0:
            while len(pending) > -offset:
                pending.popleft()
        elif offset > 0 and pending and offset <= pending[-1].update_id + 1:
            while pending and pending[0].update_id < offset:
                pending.popleft()

    def first(self, limit: int) -> list[str]:
        if len(self.pending) <= limit:
            return [update.body for update in self.pending]
        found = []
        for update in self.pending:
            found.append(update.body)
            if len(found) == limit:
                break
        return found

    def clear(self) -> None:
        self.pending.clear()
