"""The texts parents get in a crisis: never empty, short, true in their numbers, and staff can change them."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from typing import Any

import pytest
import yaml
from sqlalchemy import select

from core import audit
from core.database import Database
from core.models import AuditRow, Wording
from core.text import utf16_length
from moderation import wording
from moderation.screening import Category, Concern, Screening, Span, Urgency
from moderation.wording import EmptyWording
from offer_guide import content
from tests.conftest import TestClock

EVERYWHERE = {"999", "111", "101"}
PROMISE = "Somebody from our team will read this by 8pm on Wednesday 4 November."
GRAVE_ENOUGH = [Urgency.IMMEDIATE, Urgency.TODAY, Urgency.REVIEW]
OTHER_CARDS = ["again", "unscreened_media", "not_screened", "not_english"]
_NUMBER = re.compile(r"(?<![\d:])\d(?:[\d ]{1,14}\d)(?![\d:])")
_NO_NUMBER_TO_RING = re.compile(r"\d+(?::\d+)?(?:am|pm)|\b\d+ (?:months|degrees)\b|\boption \d\b")


@cache
def published_numbers() -> frozenset[str]:
    """Every number, digits alone, that a published entry of the guide carries with its source."""
    return frozenset(
        "".join(character for character in phone["number"] if character.isdigit())
        for shelf in content.shipped()
        for entry in shelf.entries
        if entry.published
        for phone in entry.fields["phones"]
    )


def numbers_in(text: str) -> set[str]:
    """The telephone numbers in a text, digits alone; times, ages and degrees are none."""
    spoken = _NO_NUMBER_TO_RING.sub(" ", text)
    return {found.replace(" ", "") for found in _NUMBER.findall(spoken)}


def cards() -> dict[str, str]:
    held: dict[str, str] = yaml.safe_load((resources.files("moderation") / "cards.yaml").read_text("utf-8"))
    return held


def urgent() -> dict[str, Any]:
    held: dict[str, Any] = yaml.safe_load((resources.files("moderation") / "urgent_help.yaml").read_text("utf-8"))
    return held


CATEGORY_CARDS = sorted(set(cards()) - set(OTHER_CARDS))


def test_numbers_are_found_as_people_write_them() -> None:
    assert numbers_in("Samaritans: 116 123, any time, 999 or 0800 448 0737, 9am to 10pm") == {
        "116123",
        "999",
        "08004480737",
    }
    assert numbers_in("by 2:35pm on 4 November, under 3 months, 38 degrees, option 2") == set()


class TestTheCards:
    @pytest.mark.parametrize("category", list(Category))
    @pytest.mark.parametrize("urgency", GRAVE_ENOUGH)
    def test_there_is_one_for_every_category_and_urgency(self, category: Category, urgency: Urgency) -> None:
        name = wording.named_card(category, urgency)
        assert name in wording.names()
        assert name.split(".")[1] == category
        screening = Screening(urgency, (Concern(category, urgency, (Span(0, 1),), "x"),))
        assert wording.card_for(screening) == name

    def test_there_is_none_that_no_worry_can_reach(self) -> None:
        reached = {wording.named_card(category, urgency) for category in Category for urgency in GRAVE_ENOUGH}
        assert {f"card.{name}" for name in CATEGORY_CARDS} == reached

    @pytest.mark.parametrize("name", CATEGORY_CARDS)
    def test_it_ends_with_who_will_read_it_and_when(self, name: str) -> None:
        assert cards()[name].strip().endswith("{when}")

    @pytest.mark.parametrize("name", CATEGORY_CARDS + OTHER_CARDS)
    def test_it_promises_once_and_fits_on_a_phone(self, name: str) -> None:
        text = cards()[name].strip()
        assert text.count("{when}") == 1
        assert not set("{}") & set(text.replace("{when}", ""))
        assert 40 < utf16_length(wording.filled(text, PROMISE)) <= wording.LONGEST
        assert text.count("**") % 2 == 0
        assert "!" not in text

    @pytest.mark.parametrize("name", CATEGORY_CARDS + OTHER_CARDS)
    def test_it_names_only_numbers_that_the_published_guide_has_with_a_source(self, name: str) -> None:
        assert numbers_in(cards()[name]) - EVERYWHERE <= published_numbers()

    @pytest.mark.parametrize("name", CATEGORY_CARDS + OTHER_CARDS)
    def test_it_says_where_to_turn_now(self, name: str) -> None:
        assert numbers_in(cards()[name])

    @pytest.mark.parametrize("category", [*wording.GRAVEST_FIRST])
    def test_an_immediate_one_names_999(self, category: Category) -> None:
        name = wording.named_card(category, Urgency.IMMEDIATE).removeprefix("card.")
        if name != "missed_care":  # never immediate by the vocabulary
            assert {"999", "111"} & numbers_in(cards()[name])

    def test_every_category_has_its_place_in_the_order(self) -> None:
        assert sorted(wording.GRAVEST_FIRST) == sorted(Category)

    def test_of_several_worries_the_gravest_is_answered(self) -> None:
        def found(*worries: tuple[Category, Urgency]) -> Screening:
            concerns = tuple(Concern(category, urgency, (), "x") for category, urgency in worries)
            return Screening(max(urgency for _, urgency in worries), concerns)

        assert (
            wording.card_for(
                found((Category.BREAKING_POINT, Urgency.TODAY), (Category.DOMESTIC_ABUSE, Urgency.IMMEDIATE))
            )
            == "card.domestic_abuse.immediate"
        )
        assert (
            wording.card_for(
                found((Category.CHILD_HARM, Urgency.IMMEDIATE), (Category.BREAKING_POINT, Urgency.IMMEDIATE))
            )
            == "card.breaking_point"
        )

    def test_a_crying_baby_gets_the_four_things_that_save_lives(self) -> None:
        text = cards()["breaking_point"]
        for said in (
            "on their back in the cot",
            "shut the door",
            "it is allowed",
            "Never shake a baby",
            "Cry-sis",
        ):
            assert said in text


class TestUrgentHelp:
    def test_has_the_six_buttons(self) -> None:
        assert [topic.label for topic in wording.topics()] == [
            "Someone is hurt",
            "My baby will not stop crying and I cannot take it",
            "I do not feel safe at home",
            "I do not want to be here",
            "My baby is ill",
            "I have nowhere to go",
        ]

    @pytest.mark.parametrize("topic", urgent()["topics"], ids=lambda topic: topic["id"])
    def test_each_says_whom_to_ring_by_numbers_that_are_true(self, topic: dict[str, str]) -> None:
        found = numbers_in(topic["text"])
        assert found & EVERYWHERE
        assert found - EVERYWHERE <= published_numbers()
        assert utf16_length(topic["text"]) <= wording.LONGEST
        assert not set("{}!") & set(topic["text"])
        assert topic["text"].count("**") % 2 == 0

    def test_opens_with_999_and_the_truth_about_itself(self) -> None:
        opening = urgent()["opening"]
        assert numbers_in(opening) == {"999"}
        assert "not an emergency service" in opening

    def test_its_ids_fit_in_a_button(self) -> None:
        assert all(re.fullmatch(r"[a-z_]{1,20}", topic.id) for topic in wording.topics())
        assert len({topic.id for topic in wording.topics()}) == 6


class TestChanging:
    def test_a_new_text_is_in_force_at_once_and_audited(self, database: Database, clock: TestClock) -> None:
        with database.unit() as session:
            assert "Never shake" in wording.text(session, "card.breaking_point")
            wording.change(session, "card.breaking_point", " Put baby down. {when} \r\n", "staff:1", clock.now())
            assert wording.text(session, "card.breaking_point") == "Put baby down. {when}"
        with database.unit() as session:
            wording.change(session, "card.breaking_point", "Shut the door. {when}", "staff:2", clock.move(days=1))
        with database.reading() as session:
            assert wording.text(session, "card.breaking_point") == "Shut the door. {when}"
            row = wording.edited(session)["card.breaking_point"]
            assert (row.changed_by, row.changed_at) == ("staff:2", clock.now())
            assert [one.act for one in session.scalars(select(AuditRow))] == ["wording.changed"] * 2
            assert audit.verify(session) == 2

    @pytest.mark.parametrize(
        "empty", ["", "  ", "\n\t", "\x00", "{when}", " {when}\n{when} ", "... {when}", "123 {when}", "**"]
    )
    def test_no_text_can_ever_be_empty(self, database: Database, clock: TestClock, empty: str) -> None:
        for name in ("card.breaking_point", "urgent.hurt", "urgent.opening"):
            with database.unit() as session:
                with pytest.raises(EmptyWording, match="never be empty"):
                    wording.change(session, name, empty, "staff:1", clock.now())
                assert wording.text(session, name)
        with database.reading() as session:
            assert session.scalars(select(Wording)).all() == []

    def test_a_row_that_became_empty_all_the_same_gives_way_to_the_shipped_text(
        self, database: Database, clock: TestClock
    ) -> None:
        with database.unit() as session:
            session.add(Wording(name="card.again", text=" ", changed_at=clock.now(), changed_by="staff:1"))
        with database.reading() as session:
            assert wording.text(session, "card.again") == cards()["again"].strip()

    def test_the_promise_cannot_be_left_out_where_there_is_one(self, database: Database, clock: TestClock) -> None:
        with database.unit() as session:
            with pytest.raises(EmptyWording, match=r"Keep \{when\}"):
                wording.change(session, "card.breaking_point", "Put baby down.", "staff:1", clock.now())
            wording.change(session, "urgent.hurt", "Ring 999 now.", "staff:1", clock.now())
            assert wording.text(session, "urgent.hurt") == "Ring 999 now."

    def test_it_must_fit_on_a_phone(self, database: Database, clock: TestClock) -> None:
        with database.unit() as session:
            with pytest.raises(EmptyWording, match="3000 characters or fewer"):
                wording.change(session, "urgent.hurt", "a" + "😀" * 1500, "staff:1", clock.now())
            wording.change(session, "urgent.hurt", "ab" + "😀" * 1499, "staff:1", clock.now())

    def test_only_texts_that_there_are_can_be_changed(self, database: Database, clock: TestClock) -> None:
        with database.unit() as session:
            for name in ("", "card.", "card.nothing", "menu"):
                with pytest.raises(KeyError):
                    wording.text(session, name)
                with pytest.raises(KeyError):
                    wording.change(session, name, "Hello", "staff:1", clock.now())

    def test_every_text_has_a_name(self) -> None:
        assert len(wording.names()) == len(cards()) + len(urgent()["topics"]) + 1
