"""Cairn's intake, worker and sender in one process, as `cairn up` runs them, started on a word.

Settings as Cairn's own. The crowd has said yes before the clock starts.
"""

from __future__ import annotations

import sys
import threading

from bot.intake import Intake
from bot.sender import Sender
from bot.worker import Worker
from cairn.house import House
from core import logs
from offer_guide import service as guide
from people import conversations
from people import service as people
from tests.bench.crowd import FIRST_ID, PEOPLE


def main() -> None:
    house = House.open()
    logs.set_up()
    house.database.migrate()
    now = house.clock.now()
    with house.database.unit() as session:
        guide.load_once(session, now)
        for number in range(PEOPLE):
            person = people.meet(session, "telegram", FIRST_ID + number, f"Person {number + 1}", now)
            people.start(session, person)
            people.answer_notice(session, person, True, now)
            conversations.private(session, person, now)
    ways = house.ways()
    ways.screen("warm up")
    with house.database.reading() as session:
        guide.finder(session)
    token = house.settings.telegram_token
    assert token is not None
    where = (house.settings.telegram_api_url, token.get_secret_value())
    stop = threading.Event()
    runs = (
        Intake(house.database, house.clock, *where).run,
        Worker(house.database, house.clock, ways, "Cairn", where[1]).run,
        Sender(house.database, house.clock, *where).run,
    )
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    threads = [threading.Thread(target=run, args=(stop,), daemon=True) for run in runs]
    for thread in threads:
        thread.start()
    sys.stdin.readline()


if __name__ == "__main__":
    main()
