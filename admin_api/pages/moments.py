"""Times as moderators read them: always with the date, and how long ago or how soon. Pure."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from core.clock import local, spoken_date, spoken_time

_UNITS = ((86_400, "day"), (3_600, "hour"), (60, "minute"))


def moment(at: datetime) -> str:
    """ "2:35pm, 23 November 2026"."""
    return f"{spoken_time(at)}, {spoken_date(at)}"


def short_moment(at: datetime, now: datetime) -> str:
    """ "2:35pm, Mon 23 Nov"; with the year when it is another one."""
    wall = local(at)
    year = f" {wall.year}" if wall.year != local(now).year else ""
    return f"{spoken_time(at)}, {wall:%a} {wall.day} {wall:%b}{year}"


def day(when: date) -> str:
    """ "23 November 2026"."""
    return f"{when.day} {when:%B %Y}"


def span(length: timedelta) -> str:
    """A length of time in its largest unit: "12 minutes", "3 hours", "2 days"."""
    seconds = int(abs(length.total_seconds()))
    for size, name in _UNITS:
        if seconds >= size:
            count = seconds // size
            return f"{count} {name}{'' if count == 1 else 's'}"
    return "less than a minute"


def ago(at: datetime, now: datetime) -> str:
    """How long ago something was: "12 minutes ago"; "just now" within the minute."""
    return "just now" if abs(now - at) < timedelta(minutes=1) else f"{span(now - at)} ago"


def due(at: datetime, now: datetime) -> str:
    """How soon or how late something is: "in 12 minutes", "3 hours late"."""
    return f"in {span(at - now)}" if at >= now else f"{span(now - at)} late"
