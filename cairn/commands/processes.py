"""`cairn intake`, `work`, `send`, `schedule` and `admin`: the processes one by one, for production."""

from __future__ import annotations

import threading

import click

from cairn import running
from cairn.commands.common import open_house, port_must_be_free
from cairn.house import House
from core import logs


def _telegram(house: House) -> running.Telegram:
    if house.settings.telegram_token is None:
        raise click.ClickException("CAIRN_TELEGRAM_TOKEN is not set; `cairn up` runs a rehearsal without it.")
    return running.Telegram(house.settings.telegram_api_url, house.settings.telegram_token.get_secret_value())


def _alone(name: str, house: House, run: running.Run) -> None:
    stop = threading.Event()
    thread = running.supervised(name, run, stop)
    click.echo(f"cairn {name} is running.")
    running.until_told(stop)
    thread.join(timeout=12)
    click.echo(f"cairn {name} has stopped.")


@click.command()
def intake() -> None:
    """Fetch updates from Telegram into the inbox. Run one."""
    with open_house(migrate=False) as house:
        logs.set_up(house.settings.log_format)
        _alone("intake", house, running.intake(house, _telegram(house)))


@click.command()
def work() -> None:
    """Handle what is in the inbox. With PostgreSQL run as many as you like."""
    with open_house(migrate=False) as house:
        logs.set_up(house.settings.log_format)
        _alone("work", house, running.worker(house, _telegram(house)))


@click.command()
def send() -> None:
    """Send the outbox to Telegram. Run one."""
    with open_house(migrate=False) as house:
        logs.set_up(house.settings.log_format)
        _alone("send", house, running.sender(house, _telegram(house)))


@click.command()
def schedule() -> None:
    """Run the timed jobs. Several may run; one at a time leads."""
    with open_house(migrate=False) as house:
        logs.set_up(house.settings.log_format)
        _alone("schedule", house, running.schedule(house))


@click.command()
def admin() -> None:
    """Run the console, the API and the published guide."""
    with open_house(migrate=False) as house:
        logs.set_up(house.settings.log_format)
        port_must_be_free(house.settings)
        click.echo(f"cairn admin is at {house.settings.web_address}")
        stop = threading.Event()
        thread = running.serve(running.web(house), stop)
        running.until_told(stop)
        thread.join(timeout=12)
