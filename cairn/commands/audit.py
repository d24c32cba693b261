"""`cairn audit verify`."""

from __future__ import annotations

import click

from cairn.commands.common import open_house
from core.audit import AuditBroken
from core.audit import verify as prove


@click.group()
def audit() -> None:
    """The record of who did and read what."""


@audit.command()
def verify() -> None:
    """Prove that no row of the audit was changed, removed or put in. Exit status 1 when it was."""
    with open_house() as house, house.database.reading() as session:
        try:
            rows = prove(session)
        except AuditBroken as broken:
            raise click.ClickException(f"The audit chain is broken: {broken}.") from None
    click.echo(f"The audit chain holds: {rows} rows.")
