"""`cairn migrate` and `cairn db seed`."""

from __future__ import annotations

import click

from cairn.commands.common import open_house
from offer_guide import service as guide


@click.command()
def migrate() -> None:
    """Bring the database schema up to date. Safe to run again."""
    with open_house() as house:
        click.echo(f"The schema is up to date ({house.database.engine.dialect.name}).")


@click.group()
def db() -> None:
    """Fill the database with what Cairn ships."""


@db.command()
def seed() -> None:
    """Load the guide that ships with Cairn, once; afterwards the staff own it."""
    with open_house() as house:
        with house.database.unit() as session:
            added = guide.load_once(session, house.clock.now())
        click.echo(f"Loaded {added} guide entries." if added else "The guide is loaded already; nothing changed.")
