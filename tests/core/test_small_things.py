"""Core's small modules: words for times, the data of buttons, what is remembered, measures of text."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import taps
from core.clock import SystemClock, local, spoken_date, spoken_moment, spoken_time
from core.database import Database
from core.remember import forget, recall, recalled_at, remember
from core.taps import Tap
from core.text import clean, utf16_length
from tests.conftest import TestClock


def at(text: str) -> datetime:
    """A moment in UTC: "2026-11-04 10:00"."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


class TestWordsForTimes:
    def test_the_machines_clock_knows_its_zone(self) -> None:
        assert SystemClock().now().tzinfo is UTC

    @pytest.mark.parametrize(
        ("moment", "spoken"),
        [
            ("2026-11-04 08:00", "8am"),
            ("2026-11-04 14:35", "2:35pm"),
            ("2026-11-04 12:00", "12pm"),
            ("2026-11-04 00:05", "12:05am"),
            ("2026-07-04 08:00", "9am"),
            ("2026-10-25 00:30", "1:30am"),
            ("2026-10-25 01:30", "1:30am"),
            ("2026-03-29 00:59", "12:59am"),
            ("2026-03-29 01:00", "2am"),
        ],
    )
    def test_a_time_is_said_as_the_clocks_of_england_show_it(self, moment: str, spoken: str) -> None:
        assert spoken_time(at(moment)) == spoken

    def test_a_date_is_said_as_in_a_letter(self) -> None:
        assert spoken_date(at("2026-11-03 10:00")) == "3 November 2026"
        assert spoken_date(at("2026-07-31 23:30")) == "1 August 2026"

    @pytest.mark.parametrize(
        ("moment", "spoken"),
        [
            ("2026-11-04 14:00", "2pm"),
            ("2026-11-05 08:00", "8am tomorrow"),
            ("2026-11-09 08:00", "8am on Monday 9 November"),
            ("2026-11-03 08:00", "8am on Tuesday 3 November"),
        ],
    )
    def test_a_moment_is_said_from_now(self, moment: str, spoken: str) -> None:
        assert spoken_moment(at(moment), at("2026-11-04 10:00")) == spoken

    def test_tomorrow_begins_at_midnight_in_england_not_in_utc(self) -> None:
        assert spoken_moment(at("2026-07-04 23:15"), at("2026-07-04 22:00")) == "12:15am tomorrow"
        assert local(at("2026-07-04 23:15")).day == 5


class TestTaps:
    @given(
        st.from_regex(r"[a-z_]{1,8}", fullmatch=True),
        st.lists(st.from_regex(r"[A-Za-z0-9_-]{0,12}", fullmatch=True), max_size=3),
    )
    def test_what_is_written_is_read_again(self, verb: str, args: list[str]) -> None:
        data = taps.write(verb, *args)
        assert len(data) <= taps.LONGEST
        assert taps.read(data) == Tap(verb, tuple(args))

    def test_numbers_come_back_as_text(self) -> None:
        assert taps.read(taps.write("page", 3)) == Tap("page", ("3",))

    @pytest.mark.parametrize("args", [("a:b",), ("with space",), ("é",), ("x" * 49,), ("x" * 40, "y" * 40)])
    def test_what_does_not_fit_is_refused(self, args: tuple[str, ...]) -> None:
        with pytest.raises(ValueError, match="cannot be a button's data"):
            taps.write("entry", *args)

    @pytest.mark.parametrize(
        "forged",
        [
            None,
            "",
            "1",
            "1:",
            "1::x",
            "0:menu",
            "2:menu",
            "menu",
            "1:me nu",
            "1:menu:a b",
            "1:menu:'--",
            "1:menu\n",
            "1:menu:" + "x" * 60,
            "1:" + "😀" * 20,
            "1:menu:\ud800",
            "\x00",
            ":",
            "1:menu:a:b:" + "c" * 49,
            " 1:menu",
        ],
    )
    def test_what_this_version_did_not_write_reads_as_nothing(self, forged: str | None) -> None:
        assert taps.read(forged) is None

    @given(st.text())
    def test_nothing_read_ever_raises_or_holds_an_odd_character(self, data: str) -> None:
        tap = taps.read(data)
        assert tap is None or taps.write(tap.verb, *tap.args) == data


class TestRemembering:
    def test_a_fact_is_kept_replaced_and_forgotten(self, database: Database, clock: TestClock) -> None:
        with database.unit() as session:
            assert recall(session, "telegram.offset") is None
            assert recall(session, "telegram.offset", 7) == 7
            assert recalled_at(session, "telegram.offset") is None
            remember(session, "telegram.offset", {"next": [1, None, "é"]}, clock.now())
        clock.move(minutes=5)
        with database.unit() as session:
            assert recall(session, "telegram.offset") == {"next": [1, None, "é"]}
            remember(session, "telegram.offset", 12, clock.now())
        with database.unit() as session:
            assert recall(session, "telegram.offset") == 12
            assert recalled_at(session, "telegram.offset") == clock.now()
            forget(session, "telegram.offset")
            forget(session, "telegram.offset")
            assert recall(session, "telegram.offset") is None


class TestText:
    @pytest.mark.parametrize(
        ("text", "length"), [("", 0), ("abc", 3), ("é", 1), ("😀", 2), ("👩‍👧", 5), ("\ud800", 1)]
    )
    def test_length_is_counted_as_chats_count_it(self, text: str, length: int) -> None:
        assert utf16_length(text) == length

    @given(st.text(st.characters(codec=None)))
    def test_clean_text_can_be_stored_and_sent_anywhere(self, text: str) -> None:
        cleaned = clean(text)
        assert "\x00" not in cleaned
        assert "\r" not in cleaned
        assert cleaned.encode("utf-8").decode("utf-8") == cleaned
        assert clean(cleaned) == cleaned

    def test_half_an_emoji_becomes_a_question_mark(self) -> None:
        assert clean("a\ud83db\x00\r\nc\rd") == "a?b\nc\nd"
