"""The whole pretended Telegram, in memory: what people do (the methods here) and what the bot asks (``call``)."""

import time
from collections.abc import Callable
from typing import Any

from rehearsal.botapi import dispatch
from rehearsal.group_acts import USUAL_RIGHTS, GroupActs
from rehearsal.model import ADMIN_RIGHTS, Member

CAST_GROUP = -1_000_000_000_001
CAST = (
    (1001, "Kayleigh", "parent"),
    (1002, "Dean", "parent"),
    (1003, "Shaz", "parent"),
    (1004, "Sam", "worker"),
    (1005, "Priya", "duty moderator"),
)
CROWD_FIRST = 2_000_000_000


class World(GroupActs):
    """Telegram without I/O. Safe to use from any thread: each act and each call takes one lock."""

    @classmethod
    def with_cast(
        cls,
        clock: Callable[[], float] = time.time,
        token: str = "1:rehearsal",  # noqa: S107 (a token of nobody's)
    ) -> "World":
        """Three parents, a worker, a duty moderator and a group that the bot helps to run. All made up."""
        world = cls(clock, token)
        for id, first_name, role in CAST:
            world.add_user(id, first_name)
            world.roles[id] = role
        group = world.add_group(CAST_GROUP, "Parents' group", owner=1005)
        rights = {name: name in USUAL_RIGHTS for name in ADMIN_RIGHTS}
        group.members[world.bot.id] = Member("administrator", rights)
        return world

    def call(self, method: str, params: dict[str, Any] | None = None, files: dict[str, Any] | None = None) -> Any:
        """One call of the Bot API. Raises ApiError in Telegram's words where Telegram would refuse."""
        with self.lock:
            return dispatch(self, method, params or {}, files or {})

    def add_crowd(self, number: int) -> list[int]:
        """People for a flood: they have all pressed Start, and the phones page does not show them."""
        with self.lock:
            ids = list(range(CROWD_FIRST, CROWD_FIRST + number))
            for id in ids:
                if id not in self.users:
                    self.add_user(id, f"Person {id - CROWD_FIRST + 1}", crowd=True)
                self.bot.started.add(id)
        return ids

    def updates_waiting(self) -> int:
        with self.lock:
            self.updates.forget_old()
            return len(self.updates.pending)
