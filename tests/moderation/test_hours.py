"""When somebody looks: deadlines on the clocks of England, over weekends and the nights when clocks change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.clock import LONDON, local
from moderation.hours import Hours
from moderation.screening import Urgency

HOURS = Hours()
FORMAT = "%a %d %b %H:%M"


def on_the_wall(text: str, fold: int = 0) -> datetime:
    """A moment as the clocks of England show it: "2026-11-04 10:00"."""
    return datetime.fromisoformat(text).replace(tzinfo=LONDON, fold=fold).astimezone(UTC)


def shown(moment: datetime) -> str:
    return local(moment).strftime(FORMAT)


MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)).map(lambda one: one.replace(tzinfo=UTC))  # noqa: DTZ001
ANY_HOURS = st.integers(0, 23).flatmap(
    lambda opens: st.integers(opens + 1, 24).map(lambda closes: Hours(opens, closes))
)


@pytest.mark.parametrize(
    ("moment", "there"),
    [
        ("2026-11-04 07:59", False),
        ("2026-11-04 08:00", True),
        ("2026-11-04 19:59", True),
        ("2026-11-04 20:00", False),
        ("2026-11-07 12:00", True),  # a Saturday
        ("2026-12-25 12:00", True),
        ("2026-07-01 08:00", True),  # summer time
        ("2026-07-01 07:59", False),
        ("2026-10-25 08:00", True),  # the clocks went back in the night
        ("2026-10-25 07:59", False),
        ("2026-03-29 08:00", True),  # the clocks went forward in the night
        ("2026-03-29 07:59", False),
    ],
)
def test_the_team_is_there_from_eight_to_eight_every_day(moment: str, there: bool) -> None:
    assert HOURS.monitored(on_the_wall(moment)) is there


@pytest.mark.parametrize(
    ("moment", "back"),
    [
        ("2026-11-04 10:00", "Wed 04 Nov 10:00"),
        ("2026-11-04 06:00", "Wed 04 Nov 08:00"),
        ("2026-11-04 20:00", "Thu 05 Nov 08:00"),
        ("2026-11-06 23:00", "Sat 07 Nov 08:00"),
        ("2026-10-24 22:00", "Sun 25 Oct 08:00"),
        ("2026-10-25 01:30", "Sun 25 Oct 08:00"),
        ("2026-03-28 22:00", "Sun 29 Mar 08:00"),
        ("2026-12-31 23:59", "Fri 01 Jan 08:00"),
    ],
)
def test_when_the_team_is_next_there(moment: str, back: str) -> None:
    assert shown(HOURS.next_opening(on_the_wall(moment))) == back


@pytest.mark.parametrize(
    ("moment", "due"),
    [
        ("2026-11-04 10:00", "Wed 04 Nov 14:00"),
        ("2026-11-04 16:00", "Wed 04 Nov 20:00"),
        ("2026-11-04 16:01", "Thu 05 Nov 08:01"),
        ("2026-11-04 19:00", "Thu 05 Nov 11:00"),
        ("2026-11-04 20:00", "Thu 05 Nov 12:00"),
        ("2026-11-04 03:00", "Wed 04 Nov 12:00"),
        ("2026-11-06 19:30", "Sat 07 Nov 11:30"),
        ("2026-10-24 19:30", "Sun 25 Oct 11:30"),
        ("2026-10-25 01:30", "Sun 25 Oct 12:00"),
        ("2026-03-28 19:30", "Sun 29 Mar 11:30"),
        ("2026-03-29 00:30", "Sun 29 Mar 12:00"),
    ],
)
def test_what_is_for_today_is_read_within_four_hours_in_which_somebody_is_there(moment: str, due: str) -> None:
    assert shown(HOURS.due(Urgency.TODAY, on_the_wall(moment))) == due


@pytest.mark.parametrize(
    ("moment", "due"),
    [
        ("2026-11-02 10:00", "Wed 04 Nov 20:00"),
        ("2026-11-04 23:00", "Fri 06 Nov 20:00"),
        ("2026-11-05 10:00", "Mon 09 Nov 20:00"),  # Thursday
        ("2026-11-06 10:00", "Tue 10 Nov 20:00"),  # Friday
        ("2026-11-07 10:00", "Tue 10 Nov 20:00"),  # Saturday
        ("2026-11-08 10:00", "Tue 10 Nov 20:00"),  # Sunday
        ("2026-10-23 10:00", "Tue 27 Oct 20:00"),
        ("2026-03-27 10:00", "Tue 31 Mar 20:00"),
        ("2026-07-01 23:30", "Fri 03 Jul 20:00"),  # still Wednesday in England, in UTC, too
        ("2026-07-02 00:30", "Mon 06 Jul 20:00"),  # Thursday in England, Wednesday in UTC
    ],
)
def test_what_is_to_be_reviewed_is_read_within_two_working_days(moment: str, due: str) -> None:
    assert shown(HOURS.due(Urgency.REVIEW, on_the_wall(moment))) == due


@pytest.mark.parametrize(
    ("moment", "fold", "due"),
    [
        ("2026-11-04 10:00", 0, "Wed 04 Nov 10:15"),
        ("2026-11-04 23:55", 0, "Thu 05 Nov 00:10"),
        ("2026-10-25 01:50", 0, "Sun 25 Oct 01:05"),  # the hour that comes twice
        ("2026-10-25 01:50", 1, "Sun 25 Oct 02:05"),
        ("2026-03-29 00:50", 0, "Sun 29 Mar 02:05"),  # the hour that never comes
    ],
)
def test_what_is_immediate_is_due_in_fifteen_minutes_whatever_the_hour(moment: str, fold: int, due: str) -> None:
    at = on_the_wall(moment, fold)
    assert HOURS.due(Urgency.IMMEDIATE, at) - at == timedelta(minutes=15)
    assert shown(HOURS.due(Urgency.IMMEDIATE, at)) == due


@given(ANY_HOURS, MOMENTS)
def test_a_deadline_lies_ahead_in_utc_and_the_graver_is_never_later(hours: Hours, at: datetime) -> None:
    due = [hours.due(urgency, at) for urgency in (Urgency.IMMEDIATE, Urgency.TODAY, Urgency.REVIEW)]
    assert at < due[0]
    assert due[0] <= due[1]
    assert all(moment.utcoffset() == timedelta(0) for moment in due)


@given(ANY_HOURS, MOMENTS)
def test_four_hours_are_four_hours_in_which_somebody_is_there(hours: Hours, at: datetime) -> None:
    due = hours.due(Urgency.TODAY, at)
    step = timedelta(minutes=15)
    first = hours.next_opening(at)
    there = sum(1 for n in range(int((due - first) / step)) if hours.monitored(first + n * step + step / 2))
    assert abs(there * step - timedelta(hours=4)) <= 5 * step
    assert not hours.monitored(first) or hours.monitored(due - timedelta(microseconds=1))


@given(ANY_HOURS, MOMENTS)
def test_the_team_is_there_at_its_next_opening(hours: Hours, at: datetime) -> None:
    opening = hours.next_opening(at)
    assert at <= opening <= at + timedelta(hours=25)
    assert hours.monitored(opening)


class TestThePromise:
    def test_names_the_time_while_somebody_is_there(self) -> None:
        now = on_the_wall("2026-11-04 14:20")
        assert HOURS.spoken(Urgency.IMMEDIATE, now) == "Somebody from our team will read this by 2:35pm."
        assert HOURS.spoken(Urgency.TODAY, now) == "Somebody from our team will read this by 6:20pm."
        assert HOURS.spoken(Urgency.REVIEW, now) == (
            "Somebody from our team will read this by 8pm on Friday 6 November."
        )

    def test_names_the_next_morning_out_of_hours(self) -> None:
        now = on_the_wall("2026-10-24 23:00")
        assert HOURS.spoken(Urgency.TODAY, now) == (
            "The team is back at 8am tomorrow. Somebody will read this by 12pm tomorrow."
        )

    def test_says_that_word_was_sent_only_where_it_was(self) -> None:
        now = on_the_wall("2026-11-05 02:00")
        told, not_told = (HOURS.spoken(Urgency.IMMEDIATE, now, told) for told in (True, False))
        assert "sent a message to people from the team" in told
        assert "sent a message" not in not_told
        for promise in (told, not_told):
            assert "The team is back at 8am." in promise
            assert "If it can't wait, ring" in promise

    @given(ANY_HOURS, MOMENTS, st.sampled_from([Urgency.IMMEDIATE, Urgency.TODAY, Urgency.REVIEW]), st.booleans())
    def test_is_never_empty_and_never_names_a_time_gone_by(
        self, hours: Hours, at: datetime, urgency: Urgency, told: bool
    ) -> None:
        promise = hours.spoken(urgency, at, told)
        assert promise.endswith((".", "chat."))
        assert ("will read this" in promise) or "The team is back at" in promise

    def test_the_hours_are_said_as_people_say_them(self) -> None:
        assert HOURS.spoken_hours() == "8am to 8pm, every day"
        assert Hours(9, 17).spoken_hours() == "9am to 5pm, every day"
