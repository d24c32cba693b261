"""When somebody looks: deadlines by urgency, counted as the vocabulary counts them. Pure.

immediate: 15 minutes, whatever the hour (the alert goes out at once; when nobody is on duty it goes to
everybody who can act). today: 4 monitored hours. review: 2 working days.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from core.clock import LONDON, local, spoken_moment, spoken_time
from moderation.screening import Urgency

IMMEDIATE_WITHIN = timedelta(minutes=15)
TODAY_WITHIN = timedelta(hours=4)
REVIEW_WITHIN_DAYS = 2


@dataclass(frozen=True, slots=True)
class Hours:
    """The monitored hours: from `opens` to `closes`, every day, on the clocks of England."""

    opens: int = 8
    closes: int = 20

    def _opening(self, day: date) -> datetime:
        return datetime.combine(day, time(self.opens), LONDON)

    def _closing(self, day: date) -> datetime:
        if self.closes == 24:
            return datetime.combine(day + timedelta(days=1), time(0), LONDON)
        return datetime.combine(day, time(self.closes), LONDON)

    def monitored(self, moment: datetime) -> bool:
        """Whether the team is there."""
        day = local(moment).date()
        return self._opening(day) <= moment < self._closing(day)

    def next_opening(self, moment: datetime) -> datetime:
        """When the team is next back; the moment itself if it is there."""
        if self.monitored(moment):
            return moment
        day = local(moment).date()
        opening = self._opening(day)
        return (opening if moment < opening else self._opening(day + timedelta(days=1))).astimezone(UTC)

    def after(self, moment: datetime, monitored: timedelta) -> datetime:
        """The moment by which that much monitored time has passed."""
        at, left = self.next_opening(moment), monitored
        while True:
            closing = self._closing(local(at).date()).astimezone(UTC)
            if closing - at.astimezone(UTC) >= left:
                return at.astimezone(UTC) + left
            left -= closing - at.astimezone(UTC)
            at = self.next_opening(closing)

    def due(self, urgency: Urgency, at: datetime) -> datetime:
        """By when a human looks at something that came at `at`."""
        if urgency is Urgency.IMMEDIATE:
            return at + IMMEDIATE_WITHIN
        if urgency is Urgency.TODAY:
            return self.after(at, TODAY_WITHIN)
        day = local(at).date()
        left = REVIEW_WITHIN_DAYS
        while left:
            day += timedelta(days=1)
            left -= day.weekday() < 5
        return self._closing(day).astimezone(UTC)

    def spoken(self, urgency: Urgency, at: datetime, told: bool = True) -> str:
        """The promise that a parent reads, no bigger than what can be kept.

        `told` says whether there is anybody whom an alert reaches when the team is away.
        """
        if self.monitored(at):
            return f"Somebody from our team will read this by {spoken_moment(self.due(urgency, at), at)}."
        back = f"The team is back at {spoken_moment(self.next_opening(at), at)}."
        if urgency is Urgency.IMMEDIATE:
            on_call = "We've sent a message to people from the team, but they may be asleep. " if told else ""
            return f"{on_call}{back} If it can't wait, ring one of the numbers in this chat."
        return f"{back} Somebody will read this by {spoken_moment(self.due(urgency, at), at)}."

    def spoken_hours(self) -> str:
        """The hours as people say them: "8am to 8pm, every day"."""
        day = local(datetime(2026, 1, 5, tzinfo=UTC)).date()
        return f"{spoken_time(self._opening(day))} to {spoken_time(self._closing(day))}, every day"
