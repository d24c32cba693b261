"""Screening by the policy in force, followed while the process runs.

A worker asks for news at the start of each round; at most once a second that looks at one small row. Another
policy is built in the screening thread, outside any transaction, and takes over only when it is whole: one
that cannot be built leaves the old one in force, and the System page says so.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

from core.clock import Clock
from core.database import Database
from core.remember import recall, remember
from moderation.policies import service
from moderation.policies.shadow import Shadow
from moderation.screening import Screening, policy
from moderation.screening.conversation import InLight, Said
from moderation.screening.judge import Judge
from moderation.screening.meaning import Meaning
from moderation.screening.policy import Policy

log = structlog.get_logger()

TROUBLE = "policy.trouble"
_LOOK_AGAIN_SECONDS = 1.0
_TRY_AGAIN_SECONDS = 30.0
_SHADOW_SECONDS = 0.5
_QUIET_ROUNDS = 20


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What should be judging: the live number, and the draft in shadow with the save it is at."""

    live: int
    shadow: tuple[int, int] | None


class LiveScreening:
    """Callable as `screen(text)`; give it to a worker, which lets it `follow` before each round."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        meaning: Meaning | None,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._clock = clock
        self._meaning = meaning
        self._ticks = ticks
        self._looked_at = float("-inf")
        self._building = threading.Lock()
        self._refused: _Wanted | None = None
        self._refused_at = float("-inf")
        self.judge = Judge(Policy(), meaning)
        self.shadow: Judge | None = None
        self._has = _Wanted(0, None)
        self._shadowed = Shadow(database, clock)
        self._starting = threading.Lock()
        self._beside: threading.Thread | None = None
        self._closed = threading.Event()

    def __call__(self, text: str) -> Screening:
        return self.judge.screen(text)

    def screen_many(self, texts: Sequence[str]) -> list[Screening]:
        return self.judge.screen_many(texts)

    def in_light(self, message: Said, earlier: Sequence[Said]) -> InLight:
        return self.judge.in_light(message, earlier)

    def follow(self) -> bool:
        """Take up another policy if one is in force; True when it did. Costs next to nothing when none is."""
        if self._ticks() - self._looked_at < _LOOK_AGAIN_SECONDS:
            return False
        self._looked_at = self._ticks()
        wanted = self._wanted()
        lately = self._looked_at - self._refused_at < _TRY_AGAIN_SECONDS
        if wanted == self._has or (wanted == self._refused and lately):
            return False
        if not self._building.acquire(blocking=False):
            return False
        try:
            self._take_up(wanted)
            return True
        except Exception as error:
            self._refused, self._refused_at = wanted, self._looked_at
            log.error("policy_not_built", policy=wanted.live, error=type(error).__name__)
            self._tell(f"Policy {wanted.live} could not be built; policy {self._has.live} goes on.")
            return False
        finally:
            self._building.release()

    def _wanted(self) -> _Wanted:
        with self._database.reading() as session:
            number = recall(session, service.LIVE_NUMBER)
            shadow = recall(session, service.SHADOW)
        if number is None:
            with self._database.unit() as session:
                number = service.live(session, self._clock.now()).number
        return _Wanted(number, (shadow[0], shadow[1]) if shadow else None)

    def _take_up(self, wanted: _Wanted) -> None:
        if wanted.live != self._has.live:
            self.judge = Judge(self._policy(wanted.live), self._meaning)
            log.info("policy_in_force", policy=wanted.live)
            self._tell(None)
        if wanted.shadow is None:
            self.shadow = None
        elif wanted.shadow != self._has.shadow:
            self.shadow = Judge(self._policy(wanted.shadow[0]), self._meaning)
        self._has = wanted

    def _policy(self, number: int) -> Policy:
        with self._database.reading() as session:
            row = service.version(session, number)
            text = row.text if row else ""
        return policy.read(text, number, f"policy {number}")

    def _tell(self, trouble: str | None) -> None:
        with self._database.unit() as session:
            if recall(session, TROUBLE) != trouble:
                remember(session, TROUBLE, trouble, self._clock.now())

    def note_shadow(self, text: str, which: Callable[[], tuple[int | None, int]]) -> None:
        """A message has been judged: let the draft in shadow, if there is one, judge it too, later and beside.

        `which` gives the id and version of the kept message, None and 1 where it was not kept.
        """
        if self.shadow is None:
            return
        self._shadowed.note(*which(), text)
        with self._starting:
            if self._beside is None or not self._beside.is_alive():
                self._beside = threading.Thread(target=self._settle, name="shadow", daemon=True)
                self._beside.start()

    def settle_shadow(self) -> int:
        """Judge by the draft what waits for it; how many messages there were. Its trouble is nobody else's."""
        draft = self.shadow
        if draft is None:
            self._shadowed.forget()
            return 0
        try:
            return self._shadowed.settle(self.judge, draft)
        except Exception as error:
            log.error("shadow_failed", error=type(error).__name__)
            return 0

    def _settle(self) -> None:
        """Until nothing has waited for a while."""
        quiet = 0
        while quiet < _QUIET_ROUNDS and not self._closed.wait(_SHADOW_SECONDS):
            quiet = 0 if self.settle_shadow() else quiet + 1

    def close(self) -> None:
        """Let the shadow's thread end."""
        self._closed.set()
