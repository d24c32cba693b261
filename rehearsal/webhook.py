"""Deliveries to a webhook: one in flight for each chat, again with growing pauses until it is taken."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import suppress

import httpx

from rehearsal.bell import Bell, heard
from rehearsal.errors import ApiError
from rehearsal.model import JSON
from rehearsal.updates import Pending
from rehearsal.world import World

LONGEST_PAUSE = 60.0
PATIENCE = 30.0


class Deliveries:
    """Carries updates to the address the bot has set. Order is kept within a chat."""

    def __init__(self, world: World, bell: Bell) -> None:
        self.world = world
        self.bell = bell
        self.first_pause = 1.0
        self._busy: dict[int, asyncio.Task[None]] = {}
        self._pauses: dict[int, tuple[float, float]] = {}  # chat -> not before, pause

    async def run(self) -> None:
        async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as client:
            try:
                with self.bell.listen() as ring:
                    while True:
                        ring.clear()
                        await heard(ring, self._start_due(client))
            finally:
                for task in self._busy.values():
                    task.cancel()

    def _due(self, now: float) -> Iterator[Pending]:
        """The oldest update of each chat that is neither busy nor pausing."""
        seen = set(self._busy)
        for update in list(self.world.updates.pending):
            if update.chat_id not in seen:
                seen.add(update.chat_id)
                if self._pauses.get(update.chat_id, (0.0, 0.0))[0] <= now:
                    yield update

    def _start_due(self, client: httpx.AsyncClient) -> float:
        """Start what can be started; returns how long to sleep when nothing new rings."""
        hook = self.world.webhook
        if hook is None:
            return 3600.0
        now = asyncio.get_running_loop().time()
        with self.world.lock:
            self.world.updates.forget_old()
            for update in self._due(now):
                if len(self._busy) >= hook["max_connections"]:
                    break
                self._busy[update.chat_id] = asyncio.create_task(self._deliver(client, hook, update))
        waits = [not_before - now for not_before, _ in self._pauses.values() if not_before > now]
        return max(min([*waits, 3600.0]), 0.005)

    async def _deliver(self, client: httpx.AsyncClient, hook: JSON, update: Pending) -> None:
        headers = {"Content-Type": "application/json"}
        if hook["secret_token"]:
            headers["X-Telegram-Bot-Api-Secret-Token"] = hook["secret_token"]
        problem, asked_pause = "", 0.0
        try:
            answer = await client.post(hook["url"], content=update.body, headers=headers)
            if not answer.is_success:
                problem = f"Wrong response from the webhook: {answer.status_code} {answer.reason_phrase}"
                given = answer.headers.get("retry-after", "")
                asked_pause = float(given) if given.isdigit() else 0.0
            else:
                self._do_what_was_answered(answer)
        except httpx.HTTPError as wrong:
            problem = f"Connection to the webhook failed: {type(wrong).__name__}"
        finally:
            self._busy.pop(update.chat_id, None)
        if problem:
            hook["last_error_date"] = int(self.world.clock())
            hook["last_error_message"] = problem
            last = self._pauses.get(update.chat_id, (0.0, 0.0))[1]
            pause = asked_pause or min(last * 2 or self.first_pause, LONGEST_PAUSE)
            self._pauses[update.chat_id] = (asyncio.get_running_loop().time() + pause, pause)
        else:
            self._pauses.pop(update.chat_id, None)
            with self.world.lock, suppress(ValueError):
                self.world.updates.pending.remove(update)
        self.bell.ring()

    def _do_what_was_answered(self, answer: httpx.Response) -> None:
        """A webhook may answer with one call of the Bot API; Telegram does it and tells nobody how it went."""
        with suppress(ValueError, ApiError):
            body = json.loads(answer.content) if answer.content else None
            if isinstance(body, dict) and isinstance(body.get("method"), str):
                self.world.call(body.pop("method"), body)
