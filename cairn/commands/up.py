"""`cairn up`: everything in one process, against Telegram, or against the rehearsal's emulator."""

from __future__ import annotations

import threading
import time

import click

from cairn import rehearse, running
from cairn.commands.common import open_house, port_must_be_free
from cairn.house import House
from core import logs
from offer_guide import service as guide

STARTED_WITHIN = 20.0


@click.command()
def up() -> None:
    """Run everything in one process. Without CAIRN_TELEGRAM_TOKEN it is a rehearsal: nothing leaves this
    machine, and all people in it are made up."""
    with open_house() as house:
        settings = house.settings
        logs.set_up(settings.log_format)
        port_must_be_free(settings)
        with house.database.unit() as session:
            guide.load_once(session, house.clock.now())
        stop = threading.Event()
        try:
            stage = rehearse.prepare(house) if settings.rehearsal else None
        except rehearse.NotOnLoopback as error:
            raise click.ClickException(f"{error}.") from None
        telegram = stage.telegram if stage else _real(house)
        server = running.web(house, stage.links if stage else None)
        threads = [
            running.supervised(name, run, stop)
            for name, run in (
                ("intake", running.intake(house, telegram)),
                ("work", running.worker(house, telegram)),
                ("send", running.sender(house, telegram)),
                ("schedule", running.schedule(house)),
            )
        ]
        admin = running.serve(server, stop)
        _wait_for(server)
        click.echo(stage.welcome() if stage else f"Cairn is running. Console and guide: {settings.web_address}")
        running.until_told(stop)
        for thread in [*threads, admin]:  # a poll under way holds nothing that was acknowledged
            thread.join(timeout=0.5 if thread.name == "intake" else 12)
        if stage:
            stage.close()


def _real(house: House) -> running.Telegram:
    token = house.settings.telegram_token
    assert token is not None
    return running.Telegram(house.settings.telegram_api_url, token.get_secret_value())


def _wait_for(server: object) -> None:
    until = time.monotonic() + STARTED_WITHIN
    while not getattr(server, "started", False):
        if time.monotonic() > until:
            raise click.ClickException("the console did not start; see the lines above")
        threading.Event().wait(0.02)
