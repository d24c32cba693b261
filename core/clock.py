"""Time is a port: deadlines, retention and check-ins ask a clock, so that tests can move it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
"""The zone in which parents and moderators read times; everything stored is UTC."""


class Clock(Protocol):
    """Says what time it is."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


def local(moment: datetime) -> datetime:
    """The same moment as people in England read it on a wall."""
    return moment.astimezone(LONDON)


def spoken_time(moment: datetime) -> str:
    """A time of day in GOV.UK style: "8am", "2:35pm"."""
    wall = local(moment)
    hour = wall.hour % 12 or 12
    minutes = f":{wall.minute:02d}" if wall.minute else ""
    return f"{hour}{minutes}{'am' if wall.hour < 12 else 'pm'}"


def spoken_date(moment: datetime) -> str:
    """A date as a letter has it: "3 November 2026"."""
    wall = local(moment)
    return f"{wall.day} {wall:%B %Y}"


def spoken_moment(moment: datetime, now: datetime) -> str:
    """When something is, said from now: "2:35pm", "8am tomorrow", "8am on Monday 30 November"."""
    days = (local(moment).date() - local(now).date()).days
    if days == 0:
        return spoken_time(moment)
    if days == 1:
        return f"{spoken_time(moment)} tomorrow"
    wall = local(moment)
    return f"{spoken_time(moment)} on {wall:%A} {wall.day} {wall:%B}"
