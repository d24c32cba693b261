"""What the subcommands share: opening the house, and saying plainly what went wrong."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click
from sqlalchemy.exc import DBAPIError, OperationalError, ProgrammingError

from cairn.house import House
from core.sealing import SealError
from core.settings import SettingsError


@contextmanager
def open_house(migrate: bool = True) -> Iterator[House]:
    """The house for one command, its schema up to date. Trouble becomes a line and exit status 1."""
    try:
        house = House.open()
        try:
            if migrate:
                house.database.migrate()
            yield house
        finally:
            house.close()
    except (SettingsError, SealError) as error:
        raise click.ClickException(str(error)) from None
    except (OperationalError, ProgrammingError) as error:
        raise click.ClickException(f"the database did not answer: {_first_line(error)}") from None
    except OSError as error:
        raise click.ClickException(f"{error.strerror or error}: {error.filename or 'data folder'}") from None


def _first_line(error: DBAPIError) -> str:
    return str(error.orig).strip().splitlines()[0] if error.orig else type(error).__name__
