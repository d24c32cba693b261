"""What no designer of menus expects: old and forged buttons, commands with words, screening that fails."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from telegram.error import NetworkError

from bot import words
from bot.turn import OfflineBot
from core.models import InboxUpdate, OutboxItem
from moderation.screening import Screening, screen
from tests.bot.driver import GROUP, KAYLEIGH, Phone, Stage, plain
from tests.factories import AT_THE_END_OF_HER_ROPE, HARMLESS

MENU = [words.NEED_HELP, words.SUPPORT, words.TALK, words.GROUP, words.PRIVACY]
SAFE, NEED = "I am safe for now", "I need somebody now"


def unfinished(stage: Stage) -> int:
    """Updates not handled, and things that could not be said."""
    with stage.database.reading() as session:
        pending = session.query(InboxUpdate).filter(InboxUpdate.state != "done").count()
        return pending + session.query(OutboxItem).filter(OutboxItem.state != "sent").count()


# buttons


@pytest.mark.parametrize(
    "data",
    [
        "0:menu",
        "2:menu",
        "menu",
        "1",
        "1:",
        "1:nosuchverb",
        "1:menu:../../etc/passwd",
        "1:cat:<script>",
        "1:урgent",
        "guide|money|1",
        "x" * 64,
        "1:safe:ÅÅÅ-ÅÅÅ",
        '{"a":1}',
    ],
)
def test_an_old_or_forged_button_gets_a_plain_sentence_and_the_menu(
    stage: Stage, kayleigh: Phone, data: str
) -> None:
    kayleigh.joins_in()
    kayleigh.presses(kayleigh.newest(), data)
    assert kayleigh.texts() == [words.OLD_BUTTON]
    assert kayleigh.buttons() == MENU
    assert unfinished(stage) == 0
    assert stage.controls.counts["answerCallbackQuery"] == 2


@pytest.mark.parametrize(
    "data",
    [
        "1:cat:nosuch:0",
        "1:cat",
        "1:cat:money:999",
        "1:cat:money:-1",
        "1:cat:money:1e9",
        "1:entry",
        "1:entry:nosuch:0",
        "1:entry:healthy-start:999",
        "1:entry:healthy-start:x",
        "1:urgent:nosuch",
        "1:urgent:hurt:more",
        "1:consent",
        "1:consent:maybe",
        "1:menu:and:more",
    ],
)
def test_a_button_with_odd_arguments_still_leads_somewhere(stage: Stage, kayleigh: Phone, data: str) -> None:
    kayleigh.starts()
    kayleigh.presses(kayleigh.newest(), data)
    assert kayleigh.buttons()
    assert unfinished(stage) == 0


@pytest.mark.parametrize("data", ["1:consent", "1:consent:maybe"])
def test_only_a_yes_is_a_yes(stage: Stage, kayleigh: Phone, data: str) -> None:
    kayleigh.starts()
    kayleigh.presses(kayleigh.newest(), data)
    assert [person.consent for person in stage.people_kept()] == ["no"]


def test_a_page_that_has_gone_shows_the_last_one(kayleigh: Phone) -> None:
    kayleigh.starts()
    kayleigh.presses(kayleigh.newest(), "1:cat:money:999")
    assert words.PAGE_BEFORE in kayleigh.buttons()
    assert words.MORE not in kayleigh.buttons()


def test_a_button_under_a_message_the_parent_has_deleted_is_answered_anew(stage: Stage, kayleigh: Phone) -> None:
    kayleigh.joins_in()
    stage.world.tap(KAYLEIGH, KAYLEIGH, kayleigh.newest(), "1:privacy")
    stage.world.delete_own(KAYLEIGH, KAYLEIGH, kayleigh.newest())
    stage.settle()
    assert kayleigh.sees().startswith("My privacy")
    assert unfinished(stage) == 0


def test_the_same_button_tapped_five_times_leaves_one_bubble(stage: Stage, kayleigh: Phone) -> None:
    kayleigh.joins_in()
    for _ in range(5):
        stage.world.tap(KAYLEIGH, KAYLEIGH, kayleigh.newest(), "1:guide")
    stage.settle()
    assert kayleigh.texts() == [plain(words.GUIDE)]
    assert unfinished(stage) == 0


def test_a_button_forged_in_the_group_does_nothing_there(stage: Stage, group: int) -> None:
    before = len(stage.world.chats[group].messages)
    bubble = next(
        one.id for one in stage.world.chats[group].messages.values() if one.sender is stage.world.bot.user
    )
    stage.world.add_member(group, KAYLEIGH)
    stage.world.tap(KAYLEIGH, group, bubble, "1:menu")
    stage.settle()
    assert len(stage.world.chats[group].messages) == before + 1, "only that somebody was added"
    assert stage.controls.counts["answerCallbackQuery"] == 1


# commands


@pytest.mark.parametrize("command", ["/help", "/menu", "/talk", "/stop", "/please", "/start", "/link", "/now"])
def test_commands_with_words_after_them_are_screened(stage: Stage, kayleigh: Phone, command: str) -> None:
    kayleigh.joins_in()
    kayleigh.says(f"{command} he strangled me last night")
    assert stage.case().urgency == "immediate"
    assert kayleigh.buttons() == [SAFE, NEED]


def test_stop_with_words_does_not_stop(stage: Stage, kayleigh: Phone) -> None:
    kayleigh.joins_in()
    kayleigh.says("/stop him he strangled me last night")
    assert [person.consent for person in stage.people_kept()] == ["yes"]


@pytest.mark.parametrize("typed", ["/nosuch", "/menu now please", "/", "/ menu", "//", "/link ABC"])
def test_an_unknown_command_gets_the_menu_or_an_honest_no(stage: Stage, kayleigh: Phone, typed: str) -> None:
    kayleigh.joins_in()
    kayleigh.says(typed)
    assert kayleigh.sees() in {words.UNKNOWN_COMMAND, words.NOT_FOUND}
    assert words.NEED_HELP in kayleigh.buttons()


def test_talk_with_words_after_it_opens_the_way_to_a_person(kayleigh: Phone) -> None:
    kayleigh.joins_in()
    kayleigh.says("/talk about my forms")
    assert kayleigh.sees().startswith("Talk to a person")


# screening that fails


def failing(text: str) -> Screening:
    raise RuntimeError(f"cannot read {text}")


def test_when_screening_fails_a_human_looks_and_the_parent_is_told_honestly(
    stage: Stage, kayleigh: Phone, priya: Phone, capsys: pytest.CaptureFixture[str]
) -> None:
    kayleigh.joins_in()
    stage.use(replace(stage.ways, screen=failing))
    kayleigh.says(HARMLESS)
    case = stage.case()
    assert (case.kind, case.urgency) == ("not_screened", "today")
    assert stage.flags(case)[0].evidence["text"] == HARMLESS
    assert stage.flags(case)[0].evidence["screened"] is False
    assert "Something went wrong on our side" in kayleigh.sees()
    assert "999" in kayleigh.sees()
    assert "by 2pm" in kayleigh.sees()
    assert "A message that could not be screened" in priya.sees()
    assert HARMLESS not in capsys.readouterr().out, "the words are in no log"


def test_every_message_that_could_not_be_screened_has_its_own_case(stage: Stage, kayleigh: Phone) -> None:
    stage.use(replace(stage.ways, screen=failing))
    kayleigh.says("one")
    kayleigh.says("two")
    assert [stage.flags(case)[0].evidence["text"] for case in stage.cases("open")] == ["one", "two"]


def test_a_message_in_the_group_that_cannot_be_screened_goes_to_a_human(
    stage: Stage, group: int, kayleigh: Phone
) -> None:
    stage.world.add_member(group, KAYLEIGH)
    stage.settle()
    stage.use(replace(stage.ways, screen=failing))
    kayleigh.says(HARMLESS, chat=GROUP)
    assert stage.case().kind == "not_screened"


def test_urgent_help_does_not_need_the_screening(stage: Stage, kayleigh: Phone) -> None:
    stage.use(replace(stage.ways, screen=failing))
    kayleigh.says("/help")
    kayleigh.taps("Someone is hurt")
    assert "999" in kayleigh.sees()
    assert stage.cases() == []


def test_when_handling_itself_fails_a_human_gets_the_words_and_neighbours_are_not_lost(
    stage: Stage, kayleigh: Phone, priya: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    kayleigh.joins_in()

    def breaks(turn: Any, person: Any, text: str) -> None:
        if "poison" in text:
            raise RuntimeError("the guide is broken")

    monkeypatch.setattr("bot.handlers.private.find", breaks)
    for text in ("before", "poison in the well", AT_THE_END_OF_HER_ROPE):
        stage.world.send_text(KAYLEIGH, KAYLEIGH, text)
    stage.settle()
    kinds = {case.kind: case for case in stage.cases()}
    assert set(kinds) == {"not_handled", "worry"}
    assert stage.flags(kinds["not_handled"])[0].evidence["text"] == "poison in the well"
    assert stage.words_kept() == ["before", AT_THE_END_OF_HER_ROPE]
    assert any("could not be handled" in text for text in priya.texts())


def test_handling_an_update_cannot_touch_the_network() -> None:
    bot = OfflineBot("1:x")
    with pytest.raises(NetworkError, match="must not touch the network"):
        asyncio.run(bot.send_message(1, "x"))


# words of every shape


@pytest.mark.parametrize(
    "text",
    [
        "😀" * 2048,
        "x" * 4096,
        "\u202eevil\u202c reversed",
        "zero\u200bwidth\u200djoined",
        "**bold** <b>not</b> &amp; _this_ [that](http://x)",
        "‮",
        "a\u0300" * 500,
        "{when} {0} %s {promise}",
        "\n\n\n.\n\n",
    ],
)
def test_odd_words_are_kept_as_they_came_and_answered(stage: Stage, kayleigh: Phone, text: str) -> None:
    kayleigh.joins_in()
    before = kayleigh.bubbles()
    kayleigh.says(text)
    assert stage.words_kept() == [text.strip()]
    assert len(kayleigh.hears_since(before)) == 1
    assert unfinished(stage) == 0


def test_a_worry_hidden_between_zero_width_signs_is_found(stage: Stage, kayleigh: Phone) -> None:
    hidden = "i want to d\u200bi\u200de"
    assert screen(hidden).urgency == "immediate"
    kayleigh.says(hidden)
    assert stage.case().urgency == "immediate"


def test_reactions_are_nobodys_business(stage: Stage, kayleigh: Phone) -> None:
    kayleigh.joins_in()
    before = kayleigh.texts()
    stage.world.react(KAYLEIGH, KAYLEIGH, kayleigh.newest(), "❤")
    stage.settle()
    assert kayleigh.texts() == before
    assert "❤" not in stage.everything_kept()
    assert unfinished(stage) == 0


def test_a_long_silence_and_a_new_number_of_updates_changes_nothing(stage: Stage, kayleigh: Phone) -> None:
    kayleigh.joins_in()
    stage.clock.move(days=8)
    kayleigh.says("/menu")
    assert kayleigh.sees() == words.MENU


def test_names_change(stage: Stage, kayleigh: Phone) -> None:
    kayleigh.starts()
    stage.world.users[KAYLEIGH].json["first_name"] = "Kay"
    kayleigh.says("/menu")
    assert [person.name.reveal() for person in stage.people_kept()] == ["Kay"]
