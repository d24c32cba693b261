"""The menu, the guide in place, and finding by free text."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest

from bot import words
from bot.introduce import Introduction
from offer_guide import service as guide
from tests.bot.driver import Phone, Stage, plain

MENU = [words.NEED_HELP, words.SUPPORT, words.TALK, words.GROUP, words.PRIVACY]
COT = "Baby Basics West Cumbria"


def publish(stage: Stage, slug: str, **changed: Any) -> None:
    """A guide editor changes an entry in the console and publishes it."""
    with stage.database.unit() as session:
        view = guide.editor_view(session, slug)
        at = stage.clock.now()
        guide.save_draft(session, slug, {**view.fields, **changed}, view.number, "staff:1", at)
        guide.publish(session, slug, "staff:1", at, checked_on=date(2026, 11, 4), unverified_ok=True)


@pytest.fixture
def reader(kayleigh: Phone) -> Phone:
    """Somebody who has the guide's categories open."""
    kayleigh.starts().taps(words.NO)
    return kayleigh.taps(words.SUPPORT)


# the menu


def test_the_menu_has_help_first_and_all_there_is(kayleigh: Phone) -> None:
    kayleigh.joins_in()
    kayleigh.says("/menu")
    assert kayleigh.sees() == words.MENU
    assert kayleigh.buttons() == MENU


@pytest.mark.parametrize("label", MENU)
def test_every_button_of_the_menu_leads_somewhere_and_back_in_one_bubble(
    kayleigh: Phone, stage: Stage, label: str
) -> None:
    kayleigh.joins_in()
    kayleigh.taps(label)
    assert len(kayleigh.bubbles()) == 1
    assert kayleigh.sees() != words.SAID_YES
    kayleigh.taps(words.MENU_BUTTON)
    assert kayleigh.texts() == [words.MENU]


def test_every_tap_is_answered_so_that_the_button_stops_turning(kayleigh: Phone, stage: Stage) -> None:
    kayleigh.joins_in()
    kayleigh.taps(words.SUPPORT).taps("Money and benefits").taps(words.BACK).taps(words.MENU_BUTTON)
    assert stage.controls.counts["answerCallbackQuery"] == 5
    assert stage.controls.counts["sendMessage"] == 1


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("/menu", words.MENU),
        ("/guide", plain(words.GUIDE)),
        ("/help", "I need help now"),
        ("/now", "I need help now"),
        ("/talk", "Talk to a person"),
        ("/group", "The parents' group"),
        ("/privacy", "My privacy"),
        ("/stop", plain(words.STOPPED)),
        ("/menu@cairn_rehearsal_bot", words.MENU),
        ("/MENU", words.MENU),
    ],
)
def test_every_command_is_understood(kayleigh: Phone, command: str, said: str) -> None:
    kayleigh.joins_in()
    kayleigh.says(command)
    assert kayleigh.sees().startswith(said)


def test_telegram_is_told_the_commands_and_what_the_bot_is(stage: Stage) -> None:
    introduction = Introduction(stage.database, stage.clock, stage.bot)
    stage.run(introduction.once())
    told = stage.world.call("getMyCommands")
    assert [(one["command"], one["description"]) for one in told] == list(words.COMMANDS)
    assert stage.world.call("getMyDescription") == {"description": words.DESCRIPTION}
    assert stage.world.call("getMyShortDescription") == {"short_description": words.SHORT_DESCRIPTION}


@pytest.mark.parametrize("command", [name for name, _ in words.COMMANDS])
def test_every_command_in_telegrams_menu_does_something(kayleigh: Phone, command: str) -> None:
    kayleigh.joins_in()
    before = kayleigh.bubbles()
    kayleigh.says(f"/{command}")
    (said,) = kayleigh.hears_since(before)
    assert words.UNKNOWN_COMMAND not in said


# the guide


def test_the_guide_opens_with_its_categories(reader: Phone) -> None:
    assert reader.sees() == plain(words.GUIDE)
    assert len(reader.buttons()) == 12 + 2
    assert reader.buttons()[-2:] == [words.NEED_HELP, words.MENU_BUTTON]


def test_from_a_category_to_an_entry_and_back_in_one_bubble(reader: Phone) -> None:
    reader.taps("Food, milk and baby things")
    assert reader.sees().startswith("Food, milk and baby things")
    reader.taps("Healthy Start card")
    assert reader.sees().startswith("Healthy Start card")
    assert reader.buttons()[-3:] == [words.BACK, words.MENU_BUTTON, words.TALK]
    reader.taps(words.BACK)
    assert reader.sees().startswith("Food, milk and baby things")
    reader.taps(words.BACK)
    assert reader.sees() == plain(words.GUIDE)
    assert len(reader.bubbles()) == 1, "nothing but the one bubble, edited again and again"


def test_a_long_category_is_turned_page_by_page(reader: Phone) -> None:
    reader.taps("Money and benefits")
    first = reader.buttons()
    assert first[-3:] == [words.MORE, words.BACK, words.MENU_BUTTON]
    reader.taps(words.MORE)
    second = reader.buttons()
    assert words.PAGE_BEFORE in second
    reader.taps(words.MORE)
    third = reader.buttons()
    assert words.MORE not in third
    titles = [
        one
        for one in (*first, *second, *third)
        if one not in {words.MORE, words.PAGE_BEFORE, words.BACK, words.MENU_BUTTON}
    ]
    assert len(titles) == len(set(titles)) == 17
    reader.taps(words.PAGE_BEFORE)
    assert reader.buttons() == second


def test_every_category_opens_and_every_first_entry_shows_when_it_was_last_checked(reader: Phone) -> None:
    categories = reader.buttons()[:-2]
    for category in categories:
        reader.taps(category)
        assert reader.sees().startswith(category)
        reader.taps(reader.buttons()[0])
        assert re.search(r"Last checked \d{1,2} [A-Z][a-z]+ 20\d\d\.", reader.sees()), category
        reader.taps(words.BACK).taps(words.BACK)
    assert len(reader.bubbles()) == 1


def test_telephone_numbers_stand_in_the_text_and_can_be_tapped(reader: Phone) -> None:
    reader.taps("Staying safe").taps("Cumberland Safeguarding Hub")
    assert "0333 240 1727" in reader.sees()
    entities = reader.bubbles()[-1].json["entities"]
    assert "phone_number" in {entity["type"] for entity in entities}


def test_a_long_entry_comes_in_pages_that_are_turned_in_place(stage: Stage, reader: Phone) -> None:
    paragraphs = "\n\n".join(f"Paragraph {number}. " + "It is said slowly. " * 12 for number in range(24))
    publish(stage, "healthy-start", what_it_is=paragraphs)
    reader.taps("Food, milk and baby things").taps("Healthy Start card")
    seen = reader.sees()
    assert re.search(r"1 of \d$", seen)
    assert words.NEXT_PAGE in reader.buttons()
    assert words.PAGE_BEFORE not in reader.buttons()
    pages = [seen]
    while words.NEXT_PAGE in reader.buttons():
        reader.taps(words.NEXT_PAGE)
        pages.append(reader.sees())
    assert len(pages) == int(seen[-1])
    assert all(len(page.encode("utf-16-le")) // 2 <= 4096 for page in pages)
    assert all(page.startswith("Healthy Start card") for page in pages)
    whole = "\n".join(pages)
    assert all(whole.count(f"Paragraph {number}. ") == 1 for number in range(24))
    assert "Last checked 4 November 2026" in pages[-1]
    reader.taps(words.PAGE_BEFORE)
    assert reader.sees() == pages[-2]
    assert len(reader.bubbles()) == 1


def test_what_staff_publish_shows_on_the_next_tap(stage: Stage, reader: Phone) -> None:
    reader.taps("Food, milk and baby things")
    publish(stage, "healthy-start", title="Money for milk", summary="A card for milk and fruit, changed today.")
    reader.taps("Healthy Start card")
    assert reader.sees().startswith("Money for milk")
    assert "changed today" in reader.sees()
    reader.taps(words.BACK)
    assert "Money for milk" in reader.buttons()
    reader.says("card for milk")
    assert "Money for milk" in reader.buttons()


def test_a_draft_is_not_shown(stage: Stage, reader: Phone) -> None:
    with stage.database.unit() as session:
        view = guide.editor_view(session, "healthy-start")
        fields = {**view.fields, "summary": "Not for parents yet."}
        guide.save_draft(session, "healthy-start", fields, view.number, "staff:1", stage.clock.now())
    reader.taps("Food, milk and baby things").taps("Healthy Start card")
    assert "Not for parents yet" not in reader.sees()


def test_an_entry_taken_down_meanwhile_is_said_to_be_gone(stage: Stage, reader: Phone) -> None:
    reader.taps("Food, milk and baby things")
    with stage.database.unit() as session:
        guide.withdraw(session, "healthy-start", "staff:1", stage.clock.now())
    reader.taps("Healthy Start card")
    assert reader.sees() == words.ENTRY_GONE
    assert "Money and benefits" in reader.buttons()
    reader.taps("Food, milk and baby things")
    assert "Healthy Start card" not in reader.buttons()


def test_an_empty_guide_does_not_leave_a_parent_without_help(stage_on_each: Stage) -> None:
    kayleigh = stage_on_each.phone(1001)
    kayleigh.joins_in()
    kayleigh.taps(words.SUPPORT)
    assert words.NEED_HELP in kayleigh.buttons()
    kayleigh.says("where do I get a cot")
    assert kayleigh.sees() == words.NOT_FOUND


# free text


@pytest.mark.parametrize(
    ("typed", "title"),
    [
        ("healthy start card", "Healthy Start card"),
        ("free prescriptions and dentist", "Free prescriptions and dentist"),
        ("paternity leave", "Paternity leave and pay"),
        ("registering the birth", "Registering the birth"),
    ],
)
def test_free_text_finds_entries(kayleigh: Phone, typed: str, title: str) -> None:
    kayleigh.joins_in()
    kayleigh.says(typed)
    assert kayleigh.sees() in {words.FOUND, words.FOUND_ONE}
    assert title in kayleigh.buttons()
    assert kayleigh.buttons()[-1] == words.NOT_THAT
    assert len(kayleigh.buttons()) <= 5
    kayleigh.taps(title)
    assert kayleigh.sees().startswith(title)


def test_nothing_that_fits_is_said_honestly_with_a_way_to_a_person(kayleigh: Phone, stage: Stage) -> None:
    kayleigh.joins_in()
    kayleigh.says("who won the rugby league final")
    assert kayleigh.sees() == words.NOT_FOUND
    assert kayleigh.buttons() == [words.ASK_A_PERSON, words.SUPPORT, words.NEED_HELP]
    kayleigh.taps(words.ASK_A_PERSON)
    kayleigh.says("can somebody tell me who won")
    assert stage.case().kind == "asked"


def test_somebody_new_gets_an_answer_first_and_then_the_question(kayleigh: Phone) -> None:
    kayleigh.says("healthy start card")
    answer, question = kayleigh.texts()
    assert answer in {words.FOUND, words.FOUND_ONE}
    assert question.endswith(words.ASK)


@pytest.mark.parametrize("typed", ["thanks", "ta", "thank you so much", "ok", "cheers x"])
def test_thanks_is_answered_as_thanks(kayleigh: Phone, typed: str) -> None:
    kayleigh.joins_in()
    kayleigh.says(typed)
    assert kayleigh.sees() == words.THANKS


@pytest.mark.parametrize("typed", ["ok free vitamins", "thanks where is the free dentist"])
def test_a_question_that_begins_with_thanks_is_still_a_question(kayleigh: Phone, typed: str) -> None:
    kayleigh.joins_in()
    kayleigh.says(typed)
    assert kayleigh.sees() in {words.FOUND, words.FOUND_ONE}


@pytest.mark.parametrize("typed", ["hi", "Hello", "hiya", "heyyy", "morning"])
def test_a_hello_is_answered_with_the_menu(kayleigh: Phone, typed: str) -> None:
    kayleigh.joins_in()
    kayleigh.says(typed)
    assert kayleigh.sees() == words.HELLO_AGAIN
    assert kayleigh.buttons() == MENU
