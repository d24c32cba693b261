"""Cairn's line without its web side, in processes that start at once and can be killed at any moment.

`python -m tests.e2e.runner` loads what is slow to load (the screening's words above all), once. For each
line "start" on its standard input it forks a child, which opens the house and runs intake, work and sending
in threads, exactly as `cairn up` does, and it answers with the child's process id. For each line "gather" it
waits for the child it forked last and answers with how it ended.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

from bot import sender
from bot.intake import Intake
from bot.sender import Sender
from bot.updates import CHANNEL, arrival
from bot.worker import Worker
from cairn.house import House
from core import inbox, logs
from core.settings import Settings

AS_FAST_AS_IT_GOES = 10_000
"""The emulator's limits are off here, so Cairn's own pace would only make the rounds longer."""


def run(settings: Settings) -> None:
    """One life of Cairn: until it is killed, or told to stop by SIGTERM."""
    logs.set_up("json")
    sender.A_SECOND = AS_FAST_AS_IT_GOES
    house = House.open(settings)
    assert settings.telegram_token is not None
    api, token = settings.telegram_api_url, settings.telegram_token.get_secret_value()
    never = threading.Event()
    threads = [
        threading.Thread(target=part.run, args=(never,), daemon=True)
        for part in (
            Intake(house.database, house.clock, api, token),
            Worker(house.database, house.clock, house.ways(), settings.service_name, token),
            Sender(house.database, house.clock, api, token),
        )
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _warm_up() -> None:
    """Handle a message in a house of its own, so that all that is slow the first time is done before a child is
    made."""
    with tempfile.TemporaryDirectory(prefix="cairn-warm-") as folder:
        house = House.open(Settings(data=Path(folder), database_url=None))
        house.database.migrate()
        for number, text in enumerate(("i want to die", "is there a toy library")):
            with house.database.unit() as session:
                inbox.store(session, CHANNEL, [arrival(_update(number, text))], house.clock.now())
            worker = Worker(house.database, house.clock, house.ways(), "Cairn", "1:rehearsal")
            asyncio.run(worker.round())
        house.close()


def _update(number: int, text: str) -> dict[str, Any]:
    somebody = {"id": 1, "is_bot": False, "first_name": "Nobody"}
    chat = {"id": 1, "type": "private", "first_name": "Nobody"}
    said = {"message_id": number + 1, "date": 1_790_000_000, "chat": chat, "from": somebody, "text": text}
    return {"update_id": number + 1, "message": said}


def main() -> None:
    """Wait for "start" and "gather", one a line, until the input ends."""
    logs.set_up("json")  # to standard error: standard output is for answers
    _warm_up()
    settings = Settings.load()
    _answer("ready")
    child = 0
    for line in sys.stdin:
        if line.strip() == "start":
            child = os.fork()
            if child == 0:
                try:
                    run(settings)
                finally:
                    os._exit(70)  # a life only ends by being killed; anything else is a finding
            _answer(str(child))
        elif line.strip() == "gather":
            _, status = os.waitpid(child, 0)
            _answer(str(os.waitstatus_to_exitcode(status)))


def _answer(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
