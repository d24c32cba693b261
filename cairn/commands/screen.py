"""`cairn screen`: JSON Lines in, JSON Lines out, in the same order."""

from __future__ import annotations

import io
import json
import sys
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, cast

import click

from cairn.commands.screening import judge_named
from moderation.screening import Screening
from moderation.screening.conversation import MOST_EARLIER, Said
from moderation.screening.judge import Judge

_MOST_CONVERSATIONS = 5_000
_A_READ = 65_536


@dataclass(frozen=True, slots=True)
class _Line:
    """One message asked about; `said` is set where it belongs to a conversation."""

    identity: Any
    text: str
    conversation: str = ""
    said: Said | None = None


@dataclass(slots=True)
class _Conversations:
    """What was said so far in the conversations of this input; the oldest is forgotten when there are many."""

    said: OrderedDict[str, list[Said]] = field(default_factory=OrderedDict)

    def answer(self, judge: Judge, line: _Line) -> dict[str, Any]:
        """Judge a line alone and in the light of its conversation."""
        assert line.said is not None
        earlier = self.said.setdefault(line.conversation, [])
        self.said.move_to_end(line.conversation)
        found = judge.in_light(line.said, earlier)
        earlier.append(replace(line.said, urgency=found.conversation))
        del earlier[:-MOST_EARLIER]
        if len(self.said) > _MOST_CONVERSATIONS:
            self.said.popitem(last=False)
        said = _said(line.identity, found.alone)
        said["conversation_urgency"] = found.conversation.value
        if found.together is not None:
            said["conversation_concerns"] = _concerns(found.together)
        return said


@click.command()
@click.option(
    "--model",
    type=click.Choice(["large", "light", "none"]),
    default="large",
    show_default=True,
    help="Which meaning layer reads.",
)
def screen(model: str) -> None:
    """Screen messages: {"id","text"} a line on standard input.

    Writes {"id","urgency","concerns":[{"category","urgency","why"}]} a line, in the same order. A line may name a
    "conversation" (any text), who of those in it writes ("from") and when ("at", ISO 8601): it is then judged
    in the light of the earlier lines of its conversation too, and answered with "conversation_urgency" beside
    "urgency" (and "conversation_concerns", where only the conversation shows them). A message that is not in
    English has "not_screened": "language". A line that cannot be read is named on standard error and answered
    with an "error"; the exit status is then 1.
    """
    judge = judge_named(model)
    conversations = _Conversations()
    number = bad = 0
    for lines in _arriving():
        plain: list[_Line] = []
        for raw in lines:
            number += 1
            if not raw.strip():
                continue
            try:
                line = _read(raw)
            except ValueError as error:
                _plain(judge, plain)
                bad += 1
                click.echo(f"line {number}: {error}", err=True)
                _write({"id": None, "line": number, "error": str(error)})
                continue
            if line.said is None:
                plain.append(line)
                continue
            _plain(judge, plain)
            _write(conversations.answer(judge, line))
        _plain(judge, plain)
    if bad:
        click.echo(f"{bad} line{'' if bad == 1 else 's'} could not be read", err=True)
        sys.exit(1)


def _arriving() -> Iterator[list[bytes]]:
    """Lines as they come: whatever has arrived is judged at once, together."""
    source = cast(io.BufferedReader, sys.stdin.buffer)
    rest = b""
    while data := source.read1(_A_READ):
        *lines, rest = (rest + data).split(b"\n") if b"\n" in data else [rest + data]
        if lines:
            yield lines
    if rest:
        yield [rest]


def _plain(judge: Judge, waiting: list[_Line]) -> None:
    """Answer the lines that stand alone, and forget them."""
    for line, found in zip(waiting, judge.screen_many([one.text for one in waiting]), strict=True):
        _write(_said(line.identity, found))
    waiting.clear()


def _read(line: bytes) -> _Line:
    try:
        message = json.loads(line)
    except (ValueError, RecursionError):
        raise ValueError("not JSON") from None
    if not isinstance(message, dict) or "id" not in message or not isinstance(message.get("text"), str):
        raise ValueError('must be an object with "id" and a string "text"')
    text = message["text"]
    if message.get("conversation") is None:
        return _Line(message["id"], text)
    conversation, who = message["conversation"], message.get("from")
    if not isinstance(conversation, str | int) or isinstance(conversation, bool):
        raise ValueError('"conversation" must be a string or a whole number')
    if who is not None and (not isinstance(who, str | int) or isinstance(who, bool)):
        raise ValueError('"from" must be a string or a whole number')
    said = Said(text, "" if who is None else f"{type(who).__name__}:{who}", _moment(message.get("at")))
    return _Line(message["id"], text, f"{type(conversation).__name__}:{conversation}", said)


def _moment(given: object) -> datetime | None:
    if given is None:
        return None
    try:
        moment = datetime.fromisoformat(given) if isinstance(given, str) else None
    except ValueError:
        moment = None
    if moment is None:
        raise ValueError('"at" must be a moment in ISO 8601, such as "2026-11-24T23:05:00Z"')
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _said(identity: Any, screening: Screening) -> dict[str, Any]:
    said = {"id": identity, "urgency": screening.urgency.value, "concerns": _concerns(screening)}
    if screening.unread:
        said["not_screened"] = screening.unread
    return said


def _concerns(screening: Screening) -> list[dict[str, str]]:
    return [
        {"category": concern.category.value, "urgency": concern.urgency.value, "why": concern.why}
        for concern in screening.concerns
    ]


def _write(answer: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()
