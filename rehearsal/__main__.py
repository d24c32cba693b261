"""``python -m rehearsal``: the emulator as a process of its own, which outlives the bot it talks to."""

import argparse
import contextlib
import json
import signal
import sys
import threading
from pathlib import Path

from rehearsal.server import serve
from rehearsal.world import World


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="rehearsal", description="Telegram's Bot API, pretended, and a page of phones."
    )
    parser.add_argument("--port", type=int, default=8081, help="0 chooses a free one")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--token", default="1:rehearsal")
    parser.add_argument("--no-limits", action="store_true", help="do not hold the bot to Telegram's speed limits")
    parser.add_argument("--link", action="append", default=[], metavar="NAME=URL", help="shown on the phones page")
    parser.add_argument(
        "--snapshot", type=Path, help="write the addresses here as JSON when ready; nothing else is kept"
    )
    asked = parser.parse_args()
    world = World.with_cast(token=asked.token)
    if asked.no_limits:
        world.limits = None
    links = [(name, url) for name, _, url in (one.partition("=") for one in asked.link)]
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    with serve(world, asked.host, asked.port, links) as server:
        told = {"base_url": server.base_url, "phones_url": server.phones_url, "token": asked.token}
        if asked.snapshot:
            asked.snapshot.write_text(json.dumps(told))
        sys.stdout.write(json.dumps(told) + "\n")
        with contextlib.suppress(OSError):
            sys.stdout.flush()
        stopped.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
