"""The main job in a real browser: a parent is answered, a worry reaches a human, the answer comes back."""

from __future__ import annotations

from typing import Any

import pytest

from bot import words
from tests.e2e.stage import Phone, Stage

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser")]

WORRY = "she wont stop crying i cant take it any more im going to shake her"


@pytest.fixture(scope="module")
def phones(browser: Any, stage: Stage) -> Any:
    page = browser.new_context(viewport={"width": 1400, "height": 900}).new_page()
    page.goto(stage.printed("Phones"))
    return page


@pytest.fixture(scope="module")
def console(browser: Any, stage: Stage) -> Any:
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.goto(stage.printed("Sign in, once"))
    page.get_by_role("main").get_by_role("button").click()
    page.wait_for_url("**/cases")
    return page


def test_a_worry_reaches_an_open_console_and_the_reply_reaches_the_phone(phones: Any, console: Any) -> None:
    kayleigh = Phone(phones, "Kayleigh")
    kayleigh.start()
    kayleigh.taps("Yes, that's OK")
    kayleigh.sees("What would you like to do?")
    kayleigh.says(WORRY)
    kayleigh.sees("Never shake a baby")
    row = console.get_by_role("link", name="A carer about to lose control")
    row.first.wait_for(timeout=20000)  # by itself: nobody reloaded the console
    row.first.click()
    console.get_by_role("button", name="Take this case").click()
    assert console.locator("mark").first.is_visible()
    console.get_by_label("Reply", exact=False).first.fill("Hi Kayleigh, it's Priya. Shall I ring you now?")
    console.get_by_role("button", name="Send").click()
    kayleigh.sees("Shall I ring you now?")
    kayleigh.says("yes please")
    kayleigh.sees(words.ADDED)
    console.get_by_text("yes please").first.wait_for(timeout=20000)


def test_the_moderator_is_alerted_without_the_words(phones: Any, console: Any) -> None:
    priya = Phone(phones, "Priya")
    priya.sees("A carer about to lose control")
    assert "shake her" not in priya.box.inner_text()


def test_a_used_sign_in_link_opens_nothing(browser: Any, stage: Stage, console: Any) -> None:
    page = browser.new_context().new_page()
    page.goto(stage.printed("Sign in, once"))
    button = page.get_by_role("main").get_by_role("button")
    if button.count():
        button.first.click()
    page.goto(stage.printed("Console"))
    assert "/sign-in" in page.url


def test_a_parent_joins_the_group_and_what_they_write_there_is_seen(
    phones: Any, console: Any, stage: Stage
) -> None:
    dean = Phone(phones, "Dean")
    dean.opens_code(stage.printed("Invite code"))
    dean.sees("Your code works")
    dean.taps("Yes, that's OK")
    dean.taps("The parents' group")
    dean.box.get_by_role("link", name="Ask to join").or_(
        dean.box.get_by_role("button", name="Ask to join")
    ).last.click()
    dean.sees("You're in")
    dean.opens("Parents' group")
    dean.says("my ex pushed me down the stairs last night")
    dean.opens("Cairn")
    dean.sees("What they are doing is not your fault")


def test_an_edited_entry_shows_on_the_next_tap(phones: Any, console: Any, stage: Stage) -> None:
    console.goto(stage.printed("Console").replace("/cases", "/guide-desk/healthy-start"))
    summary = console.get_by_label("In one sentence")
    summary.fill("Money each week for milk, fruit and veg, on a card. Changed today.")
    console.get_by_role("button", name="Publish", exact=False).first.click()
    console.wait_for_load_state()
    console.goto(stage.printed("Published guide") + "/healthy-start")
    console.get_by_text("Changed today.").first.wait_for()
    shaz = Phone(phones, "Shaz")
    shaz.start()
    shaz.taps("No, just show me the guide")
    shaz.taps("What support is there")
    shaz.taps("Food, milk and baby things")
    shaz.taps("Healthy Start card")
    shaz.sees("Changed today.")
    shaz.sees("Last checked")
