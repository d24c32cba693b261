"""Nothing acknowledged is ever lost: kill -9 at random moments, with messages pouring in.

`rounds(number, seed)` lets people write to an emulated Telegram without a pause, kills Cairn `number`
times, starts it again each time, lets it come to rest and counts. Most lives are a small process that
starts at once (see `runner`); every few rounds it is the real `cairn up`.
"""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from sqlalchemy import func, select

from cairn.house import House
from core import inbox, outbox, sealing
from core.models import InboxUpdate
from core.settings import Settings
from moderation import desk
from offer_guide import service as guide
from people import conversations
from people import service as people
from staff import service as staff
from staff.roles import Role
from tests.e2e.promise import Written, figures
from tests.e2e.telegram import GROUP, OWNER, ROOT, EmulatedTelegram

TOKEN = "1:rehearsal"
PARENTS = {1001: "Kayleigh", 1002: "Dean", 1003: "Shaz"}
QUIET = 1004
"""Somebody who said yes and writes nothing that worries anybody."""
WORRYING = (
    "i cant take it any more im going to shake her, number {}",
    "i want to die, number {}",
    "he hit me again last night, number {}",
    "nowhere to sleep tonight with the baby, number {}",
    "cant afford nappies this week, number {}",
    "shes not sleeping and i feel low all the time, number {}",
)
HARMLESS = (
    "is there a toy library near us, number {}",
    "thanks for the list, number {}",
    "what time is baby group, number {}",
    "anyone going to the park later, number {}",
)
A_SECOND = 25
LONGEST_LIFE = 0.6
STARTS_WITHIN = 15.0
A_LIFE = 20
"""How many messages are let out before each life, and again while a whole `cairn up` is running."""
STUCK_AFTER = 30.0
RESTS_WITHIN = 900.0
MODERATOR = desk.Actor("staff:1", (Role.MODERATOR.value,))


class Crowd:
    """Writes in its own thread, whatever becomes of Cairn meanwhile, as many messages as it is let."""

    def __init__(self, telegram: EmulatedTelegram, rng: random.Random) -> None:
        self._telegram, self._rng = telegram, rng
        self._enough = threading.Event()
        self._may = threading.Semaphore(0)
        self._thread = threading.Thread(target=self._write, name="crowd", daemon=True)
        self.written: list[Written] = []
        self.trouble: BaseException | None = None

    def begin(self) -> None:
        self._thread.start()

    def let(self, messages: int) -> None:
        """Let out so many more."""
        self._may.release(messages)

    def end(self) -> None:
        """Raises what went wrong while writing."""
        self._enough.set()
        self._may.release()
        self._thread.join(30)
        if self.trouble is not None:
            raise self.trouble

    def _write(self) -> None:
        number = 100_000
        try:
            while self._may.acquire() and not self._enough.is_set():
                number += 1
                self._one(number)
                self._enough.wait(self._rng.uniform(0, 2 / A_SECOND))
        except BaseException as error:
            self.trouble = error

    def _one(self, number: int) -> None:
        person = self._rng.choice([*PARENTS, QUIET])
        worrying = person != QUIET and self._rng.random() < 0.4
        in_group = self._rng.random() < 0.4
        text = self._rng.choice(WORRYING if worrying else HARMLESS).format(number)
        self._telegram.act(person, "send_text", chat_id=GROUP if in_group else person, text=text)
        self.written.append(Written(number, person, in_group, worrying))


class Nursery:
    """Lives of Cairn that begin at once: forked from a process that has everything loaded."""

    def __init__(self, environment: dict[str, str], log: IO[bytes]) -> None:
        self._child = 0
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.e2e.runner"],
            cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True,
        )  # fmt: skip

    def wait(self) -> None:
        self._line("ready")

    def start(self) -> int:
        self._child = int(self._ask("start"))
        return self._child

    def end(self, child: int) -> None:
        """Kill it. Raises RuntimeError when it had ended before, by itself."""
        os.kill(child, signal.SIGKILL)
        ended = int(self._ask("gather"))
        self._child = 0
        if ended != -signal.SIGKILL:
            raise RuntimeError(f"Cairn ended by itself with status {ended}; see runner.log")

    def _ask(self, words: str) -> str:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{words}\n")
        self._process.stdin.flush()
        return self._line()

    def _line(self, expected: str = "") -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline().strip()
        if not line or (expected and line != expected):
            raise RuntimeError("the runner did not start; see runner.log")
        return line

    def close(self) -> None:
        """Nothing stays behind, also when a round went wrong in the middle of a life."""
        if self._child:
            with suppress(ProcessLookupError):
                os.kill(self._child, signal.SIGKILL)
        self._process.kill()
        self._process.wait()


def rounds(
    number: int,
    seed: int,
    *,
    real_every: int = 6,
    a_life: int = A_LIFE,
    database_url: str | None = None,
    told: Callable[[str], None] = lambda line: None,
) -> dict[str, Any]:
    """Kill Cairn `number` times and count what became of every message.

    Every `real_every`th life is the whole `cairn up`. `a_life` messages are let out before each: many more than
    a life can handle pile up, which is a test of its own but leaves a long queue to wait for. The figures hold
    "wrong", a list of sentences that is empty when the promise was kept. Raises RuntimeError when something did
    not start, or stopped getting on before it was at rest.
    """
    rng = random.Random(seed)
    began = time.monotonic()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cairn-kill-")))
        telegram = stack.enter_context(EmulatedTelegram(folder))
        log = stack.enter_context((folder / "runner.log").open("wb"))
        house = stack.enter_context(_house(folder, database_url))
        telegram.wait()
        environment = _environment(folder, telegram.api_url, database_url)
        nursery = Nursery(environment, log)
        stack.callback(nursery.close)
        _agree(house, telegram)
        nursery.wait()
        crowd = Crowd(telegram, random.Random(seed + 1))
        crowd.begin()
        real = 0
        try:
            for turn in range(1, number + 1):
                crowd.let(a_life)
                if turn % real_every == 0:
                    _real_life(environment, rng, log, lambda: crowd.let(a_life))
                    real += 1
                else:
                    child = nursery.start()
                    if rng.random() < 0.7:  # the others are killed while they start
                        _until_it_works(house)
                    _after(rng.uniform(0, LONGEST_LIFE))
                    nursery.end(child)
                telegram.listen()
                _team_writes(house, turn)
                told(f"killed {turn} times, {len(crowd.written)} messages written")
        finally:
            crowd.end()
        killing = time.monotonic() - began
        left = _left(house, telegram)
        child = nursery.start()
        _come_to_rest(house, telegram)
        nursery.end(child)
        found = figures(house.database, crowd.written, telegram)
        return {
            "rounds": number,
            "of them cairn up": real,
            "seconds of killing": round(killing, 1),
            "left when the killing ended": sum(left.values()),
            "seconds in all": round(time.monotonic() - began, 1),
            **found,
        }


def _environment(folder: Path, api_url: str, database_url: str | None) -> dict[str, str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CAIRN_")}
    return {
        **kept,
        "CAIRN_TELEGRAM_TOKEN": TOKEN,
        "CAIRN_SCREENING_MODEL": "none",  # what is lost is asked here, not what is heard
        "CAIRN_TELEGRAM_API_URL": api_url,
        "CAIRN_DATA": str(folder / "data"),
        "CAIRN_PORT": str(port),
        "CAIRN_DATABASE_URL": database_url or "",
    }


@contextmanager
def _house(folder: Path, database_url: str | None) -> Iterator[House]:
    """The killed one's own data, open in this process; the key ring of this process is put back afterwards."""
    before = sealing._Installed.ring
    house = House.open(Settings(data=folder / "data", database_url=database_url))  # type: ignore[arg-type]
    try:
        house.database.migrate()
        yield house
    finally:
        house.close()
        sealing._Installed.ring = before


def _agree(house: House, telegram: EmulatedTelegram) -> None:
    """Everybody has pressed Start and said yes, is in the group, and a moderator is on duty."""
    for person in [*PARENTS, QUIET]:
        telegram.act(person, "press_start")
        telegram.act(OWNER, "add_member", group_id=GROUP, user_id=person)
    telegram.act(OWNER, "press_start")
    now = house.clock.now()
    with house.database.unit() as session:
        guide.load_once(session, now)
        for person, name in {**PARENTS, QUIET: "Sam"}.items():
            parent = people.meet(session, "telegram", person, name, now)
            people.start(session, parent)
            people.answer_notice(session, parent, True, now)
        conversations.link_group(session, "telegram", GROUP, now)
        priya = people.meet(session, "telegram", OWNER, "Priya", now)
        people.start(session, priya)
        member = staff.add(session, "priya@example.org", [Role.MODERATOR.value], now, "Priya")
        staff.link_telegram(session, member.id, priya.id)
        staff.set_duty(session, member, True)


def _after(seconds: float) -> None:
    threading.Event().wait(seconds)


def _until_it_works(house: House) -> None:
    """Until another update is done; a life in which none arrives is killed all the same."""
    until, before = time.monotonic() + STARTS_WITHIN, _done(house)
    while _done(house) == before and time.monotonic() < until:
        _after(0.02)


def _done(house: House) -> int:
    with house.database.reading() as session:
        return (
            session.scalar(select(func.count()).select_from(InboxUpdate).where(InboxUpdate.state == "done")) or 0
        )


def _real_life(
    environment: dict[str, str], rng: random.Random, log: IO[bytes], running: Callable[[], None]
) -> None:
    """`cairn up`, killed a moment after it said that it is running."""
    life = subprocess.Popen(
        [sys.executable, "-m", "cairn.cli", "up"],
        cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=log, text=True,
    )  # fmt: skip
    try:
        assert life.stdout is not None
        line = life.stdout.readline()
        if "Cairn is running" not in line:
            raise RuntimeError(f"cairn up did not start: {line!r}; see runner.log")
        running()
        _after(rng.uniform(0, LONGEST_LIFE))
        if life.poll() is not None:
            raise RuntimeError(f"cairn up ended by itself with status {life.returncode}")
    finally:
        life.kill()
        life.wait()


def _team_writes(house: House, turn: int) -> None:
    """A moderator reads each open case and answers the first: what must not be said twice."""
    now = house.clock.now()
    with house.database.unit() as session:
        for place, case in enumerate(desk.queue(session, MODERATOR)):
            desk.read(session, MODERATOR, case.reference, now)
            if place == turn % 3:
                desk.reply(session, MODERATOR, case.reference, f"Can I ring you? (reply {turn})", now)


def _left(house: House, telegram: EmulatedTelegram) -> dict[str, int]:
    """What is still on its way, stage by stage."""
    with house.database.reading() as session:
        return {
            "at Telegram": telegram.waiting(),
            "in the inbox": inbox.backlog(session),
            "in the outbox": outbox.backlog(session),
        }


def _come_to_rest(house: House, telegram: EmulatedTelegram) -> None:
    """A long queue may take its time; one that stops getting shorter may not."""
    began = moved = time.monotonic()
    before: dict[str, int] = {}
    while any((left := _left(house, telegram)).values()):
        telegram.listen()
        now = time.monotonic()
        if left != before:
            before, moved = left, now
        if now - moved > STUCK_AFTER or now - began > RESTS_WITHIN:
            raise RuntimeError(f"it did not come to rest; after {now - began:.0f} s there is left: {left}")
        _after(0.2)
    telegram.listen()
