"""`cairn keys rotate`."""

from __future__ import annotations

import click

from core.sealing import KeyRing, SealError
from core.settings import Settings, SettingsError


@click.group()
def keys() -> None:
    """The keys that seal what people write."""


@keys.command()
def rotate() -> None:
    """Add a key for what is sealed from now on; the old ones stay for what was sealed before.

    Restart the processes afterwards.
    """
    try:
        file = Settings.load().data / "keys.json"
        ring = KeyRing.load_or_make(file).with_new_key()
    except (SettingsError, SealError) as error:
        raise click.ClickException(str(error)) from None
    ring.save(file)
    click.echo(f"Key {ring.newest} seals from the next start. Keep a copy of {file} in a safe place.")
