"""A case's events in plain words, each with who did it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from admin_api.pages import words
from moderation.casebook import Kind
from moderation.models import CaseEvent


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a timeline. `said` holds a note, a reply or a reason, in the writer's own words."""

    number: int
    at: datetime
    text: str
    said: str = ""
    trouble: bool = False


def lines(events: Sequence[CaseEvent], names: Mapping[str, str]) -> list[Line]:
    """The events, newest first."""
    return [_line(event, names) for event in reversed(events)]


def who(actor: str | None, names: Mapping[str, str]) -> str:
    """An actor as colleagues know them: a name, "a program", "Cairn"."""
    if actor is None:
        return "nobody"
    if actor in names:
        return names[actor]
    group, _, number = actor.partition(":")
    if group == "token":
        return f"a program (token {number})"
    return {"system": "Cairn", "person": "the parent", "command": "the command line"}.get(group, "somebody")


def _line(event: CaseEvent, names: Mapping[str, str]) -> Line:
    detail: Mapping[str, Any] = event.detail or {}
    actor = who(event.actor, names)
    actor = actor[:1].upper() + actor[1:]
    said, trouble = "", False
    match event.kind:
        case Kind.OPENED:
            text = f"Case opened: {words.kind_of_case(detail.get('kind', '')).lower()}"
        case Kind.MESSAGE_ADDED:
            text = "A message came into the case"
        case Kind.RAISED:
            text = f"Raised from {_level(detail.get('was'))} to {_level(detail.get('urgency'))}"
        case Kind.ALERTED:
            text, trouble = _alerted(detail, names)
        case Kind.CARD_QUEUED:
            text = f"A card was sent to their phone: “{words.wording_name(detail.get('sent', ''))}”"
        case Kind.PARENT_SAFE:
            text = "They tapped “I am safe for now”"
        case Kind.ASKED:
            text = "They asked for a person"
        case Kind.PARENT_NEEDS:
            text, trouble = "They tapped “I need somebody now”", True
        case Kind.UNREACHABLE:
            text, trouble = f"Cairn cannot write to them: {detail.get('why', 'not known why')}", True
        case Kind.CLAIMED:
            text = f"{actor} took the case"
        case Kind.RELEASED:
            had = detail.get("had")
            text = f"{actor} put the case back" + (
                f"; {who(had, names)} had it" if had and had != event.actor else ""
            )
        case Kind.NOTED:
            text, said = f"{actor} wrote a note", str(detail.get("text", ""))
        case Kind.REPLIED:
            text, said = f"{actor} replied as the team", str(detail.get("text", ""))
        case Kind.DELIVERED:
            text = "The reply arrived on their phone"
        case Kind.NOT_DELIVERED:
            text, trouble = f"{_sent(detail)} could not be delivered", True
        case Kind.SHOWN:
            text = f"{actor} had it sent to their own Telegram to look at"
        case Kind.REMOVAL_ASKED:
            text = f"{actor} asked for a message to be taken out of the group"
        case Kind.REMOVED:
            text = "The message is gone from the group. It is still kept here"
        case Kind.CLOSED:
            text = f"{actor} closed the case: {words.outcome(str(detail.get('outcome', '')))}"
            said = str(detail.get("reason", ""))
        case _:
            text = event.kind.replace("_", " ").capitalize()
    return Line(event.number, event.at, text, said, trouble)


def _level(name: object) -> str:
    return words.urgency(name).lower() if isinstance(name, str) and name else "what it was"


def _sent(detail: Mapping[str, Any]) -> str:
    return words.SENDINGS.get(str(detail.get("what")), "Something")


def _alerted(detail: Mapping[str, Any], names: Mapping[str, str]) -> tuple[str, bool]:
    told = [names.get(f"staff:{number}", "a former colleague") for number in detail.get("staff", [])]
    news = f" ({detail['news']})" if detail.get("news") else ""
    if not told:
        return f"Nobody could be alerted in Telegram{news}: no member of staff has linked theirs", True
    return f"Alert sent in Telegram to {', '.join(told)}{news}", False
