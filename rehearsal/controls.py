"""Making it go wrong on purpose: slow, refusing, gone; and looking at what the bot has asked."""

import asyncio
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Any

from rehearsal.limits import Limits
from rehearsal.model import JSON
from rehearsal.world import World

KEPT_CALLS = 10_000
SHOWN_CALLS = 1_000


@dataclass
class Failure:
    """The next ``times`` calls of a method fail. With ``lost`` the call is done and its answer lost,
    which is what makes a time-out ambiguous."""

    method: str = "*"
    status: int = 500
    times: int = 1
    retry_after: int = 0
    lost: bool = False

    def as_json(self) -> JSON:
        return {
            "method": self.method,
            "status": self.status,
            "times": self.times,
            "retry_after": self.retry_after,
            "lost": self.lost,
        }

    def answer(self) -> JSON:
        if self.status == 429:
            wait = max(self.retry_after, 1)
            return {
                "ok": False,
                "error_code": 429,
                "description": f"Too Many Requests: retry after {wait}",
                "parameters": {"retry_after": wait},
            }
        words = {500: "Internal Server Error", 502: "Bad Gateway", 504: "Gateway Timeout"}
        return {"ok": False, "error_code": self.status, "description": words.get(self.status, "Error")}


@dataclass
class Controls:
    world: World
    slow: float = 0.0
    away: bool = False
    failures: list[Failure] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    log: deque[JSON] = field(default_factory=lambda: deque(maxlen=KEPT_CALLS))
    flood: JSON | None = None
    _number: int = 0
    _flooding: "asyncio.Task[None] | None" = None

    def failure_for(self, method: str) -> Failure | None:
        for failure in self.failures:
            if failure.method == "*" or failure.method.lower() == method:
                failure.times -= 1
                if failure.times <= 0:
                    self.failures.remove(failure)
                return failure
        return None

    def note(self, method: str, params: JSON, ok: bool, answer: Any) -> None:
        """Remember a call. The answer is kept as it was then, not written out until somebody looks."""
        self._number += 1
        self.log.append(
            {
                "n": self._number,
                "at": self.world.clock(),
                "method": method,
                "params": params,
                "ok": ok,
                "answer": answer,
            }
        )

    def apply(self, wanted: JSON) -> None:
        """Set what is named and leave the rest. Raises ValueError on what cannot be meant."""
        if wanted.get("reset"):
            self.slow, self.away, self.failures = 0.0, False, []
        if "slow" in wanted:
            self.slow = min(max(float(wanted["slow"] or 0), 0.0), 600.0)
        if "away" in wanted:
            self.away = bool(wanted["away"])
        if "limits" in wanted:
            self.world.limits = Limits(self.world.clock) if wanted["limits"] else None
        if "token" in wanted:
            tokens = wanted["token"]
            self.world.bot.tokens = {str(one) for one in (tokens if isinstance(tokens, list) else [tokens])}
        if "fail" in wanted:
            given = wanted["fail"] or []
            self.failures = [self._failure(one) for one in (given if isinstance(given, list) else [given])]
        for ring in self.world.on_update:
            ring()

    def _failure(self, raw: JSON) -> Failure:
        failure = Failure(
            method=str(raw.get("method", "*")),
            status=int(raw.get("status", 500)),
            times=int(raw.get("times", 1)),
            retry_after=int(raw.get("retry_after") or 0),
            lost=bool(raw.get("lost")),
        )
        if not 400 <= failure.status <= 599 or failure.times < 1:
            raise ValueError("status is 400 to 599 and times at least 1")
        return failure

    def shown(self) -> JSON:
        return {
            "slow": self.slow,
            "away": self.away,
            "limits": self.world.limits is not None,
            "fail": [failure.as_json() for failure in self.failures],
            "counts": dict(self.counts),
            "updates_waiting": self.world.updates_waiting(),
            "flood": self.flood,
        }

    def start_flood(self, wanted: JSON) -> JSON:
        """Many people write at once, for the bench. One flood at a time; it goes on by itself."""
        if self._flooding is not None and not self._flooding.done():
            raise ValueError("a flood is already going on")
        messages = int(wanted.get("messages", 1000))
        people = int(wanted.get("users", 100))
        if not 1 <= messages <= 1_000_000 or not 1 <= people <= 100_000:
            raise ValueError("messages: 1 to 1,000,000; users: 1 to 100,000")
        texts = [str(text) for text in wanted.get("texts") or ["Hello, is anybody there?"]]
        self.flood = {"messages": messages, "sent": 0, "done": False}
        crowd = self.world.add_crowd(people)
        rate = float(wanted.get("per_second") or 0)
        self._flooding = asyncio.create_task(self._pour(crowd, texts, messages, rate))
        return self.flood

    async def _pour(self, crowd: list[int], texts: list[str], messages: int, rate: float) -> None:
        assert self.flood is not None
        loop = asyncio.get_running_loop()
        began = loop.time()
        sent = 0
        while sent < messages:
            due = messages if rate <= 0 else min(messages, int((loop.time() - began) * rate) + 1)
            for number in range(sent, min(due, sent + 250)):
                self.world.send_text(
                    crowd[number % len(crowd)], crowd[number % len(crowd)], texts[number % len(texts)]
                )
                sent = number + 1
            self.flood["sent"] = sent
            await asyncio.sleep(0 if due > sent else 0.01)
        self.flood["seconds"] = round(loop.time() - began, 3)
        self.flood["done"] = True
