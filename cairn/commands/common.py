"""What the subcommands share: opening the house, and saying plainly what went wrong."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager

import click
from sqlalchemy.exc import DBAPIError

from cairn.house import House
from core.sealing import SealError
from core.settings import Settings, SettingsError


@contextmanager
def open_house(migrate: bool = True) -> Iterator[House]:
    """The house for one command, its schema up to date. Trouble becomes a line and exit status 1.

    The processes of production do not migrate (`migrate` is False): they only look whether somebody did.
    """
    try:
        house = House.open()
        try:
            if migrate:
                house.database.migrate()
            elif not house.database.migrated():
                raise click.ClickException("the database schema is not up to date; run `cairn migrate` first")
            yield house
        finally:
            house.close()
    except (SettingsError, SealError) as error:
        raise click.ClickException(str(error)) from None
    except DBAPIError as error:
        raise click.ClickException(f"the database did not answer: {_first_line(error)}") from None
    except OSError as error:
        raise click.ClickException(f"{error.strerror or error}: {error.filename or 'data folder'}") from None


def port_must_be_free(settings: Settings) -> None:
    """Raises ClickException when something else listens where the console is to be."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            raise click.ClickException(
                f"port {settings.port} on {settings.host} cannot be used ({error.strerror}). "
                "Set CAIRN_PORT to another."
            ) from None


def _first_line(error: DBAPIError) -> str:
    return str(error.orig).strip().splitlines()[0] if error.orig else type(error).__name__
