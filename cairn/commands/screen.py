"""`cairn screen`: JSON Lines in, JSON Lines out, in the same order."""

from __future__ import annotations

import json
import sys
from typing import Any

import click

from moderation.screening import PhraseFileError, Screener, Screening


@click.command()
def screen() -> None:
    """Screen messages: {"id","text"} a line on standard input.

    Writes {"id","urgency","concerns":[{"category","urgency","why"}]} a line, in the same order. A line that
    cannot be read is named on standard error and answered with an "error"; the exit status is then 1.
    """
    try:
        screener = Screener.default()
    except PhraseFileError as error:
        raise click.ClickException(str(error)) from None
    bad = 0
    for number, line in enumerate(sys.stdin.buffer, 1):
        if not line.strip():
            continue
        try:
            identity, text = _read(line)
        except ValueError as error:
            bad += 1
            click.echo(f"line {number}: {error}", err=True)
            _write({"id": None, "line": number, "error": str(error)})
            continue
        _write(_said(identity, screener.screen(text)))
    if bad:
        click.echo(f"{bad} line{'' if bad == 1 else 's'} could not be read", err=True)
        sys.exit(1)


def _read(line: bytes) -> tuple[Any, str]:
    try:
        message = json.loads(line)
    except (ValueError, RecursionError):
        raise ValueError("not JSON") from None
    if not isinstance(message, dict) or "id" not in message or not isinstance(message.get("text"), str):
        raise ValueError('must be an object with "id" and a string "text"')
    return message["id"], message["text"]


def _said(identity: Any, screening: Screening) -> dict[str, Any]:
    return {
        "id": identity,
        "urgency": screening.urgency.value,
        "concerns": [
            {"category": concern.category.value, "urgency": concern.urgency.value, "why": concern.why}
            for concern in screening.concerns
        ],
    }


def _write(answer: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()
