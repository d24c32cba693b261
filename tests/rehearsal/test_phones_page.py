"""The page of phones in a real browser: press, write, read, on a laptop and on a phone."""

import time
from collections.abc import Callable, Iterator

import pytest
from conftest import GROUP
from playwright.sync_api import Browser, Locator, Page, expect

from rehearsal import Server, World
from tests.e2e.stage import launched

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as found:
        yield found


@pytest.fixture
def page(browser: Browser, server: Server) -> Iterator[Page]:
    found = browser.new_page(viewport={"width": 1280, "height": 760})
    problems: list[str] = []
    found.on("pageerror", lambda error: problems.append(str(error)))
    found.on("console", lambda said: problems.append(said.text) if "Content Security" in said.text else None)
    found.goto(server.phones_url)
    found.wait_for_selector("body[data-ready]")
    yield found
    found.close()
    assert problems == []


def phone(page: Page, user: int) -> Locator:
    return page.locator(f"#phone-{user}")


def until(true: Callable[[], object]) -> None:
    for _ in range(300):
        if true():
            return
        time.sleep(0.01)
    raise AssertionError("it did not happen")


def test_start_write_press_and_be_answered(world: World, page: Page) -> None:
    kayleigh = phone(page, 1001)
    kayleigh.get_by_role("button", name="Start").click()
    kayleigh.get_by_role("textbox", name="Message from Kayleigh").fill("hello")
    page.keyboard.press("Enter")
    until(lambda: len(world.chats[1001].messages) == 2)
    keys = {"inline_keyboard": [[{"text": "I am safe", "callback_data": "safe"}]]}
    said = "Ring <b>now</b>: 0808 800 5000. <tg-spoiler>secret</tg-spoiler> <script>"
    world.call("sendMessage", {"chat_id": 1001, "text": said.replace("<script>", "&lt;script&gt;"),
                               "parse_mode": "HTML", "reply_markup": keys})  # fmt: skip
    expect(kayleigh.get_by_role("link", name="0808 800 5000")).to_have_attribute("href", "tel:08088005000")
    expect(kayleigh.locator(".words strong")).to_have_text("now")
    expect(kayleigh.get_by_text("<script>")).to_be_visible()
    kayleigh.get_by_role("button", name="Hidden words").click()
    kayleigh.get_by_role("button", name="I am safe").click()
    until(lambda: world.callbacks)
    world.call("answerCallbackQuery", {"callback_query_id": next(iter(world.callbacks)), "text": "Good to hear"})
    expect(kayleigh.get_by_role("status")).to_contain_text("Good to hear")


def test_edits_deletions_and_unread_counts(world: World, page: Page) -> None:
    world.press_start(1001)
    world.add_member(GROUP, 1001)
    message = world.send_text(1005, GROUP, "hello all")
    kayleigh = phone(page, 1001)
    expect(kayleigh.get_by_role("tab", name="Parents")).to_contain_text("1")
    kayleigh.get_by_role("tab", name="Parents").click()
    expect(kayleigh.get_by_text("hello all")).to_be_visible()
    expect(kayleigh.get_by_text("Priya added Kayleigh")).to_be_visible()
    world.edit(1005, GROUP, message.id, "hello everybody")
    expect(kayleigh.get_by_text("hello everybody")).to_be_visible()
    expect(kayleigh.locator(".meta").first).to_contain_text("edited")
    world.call("deleteMessage", {"chat_id": GROUP, "message_id": message.id})
    expect(kayleigh.get_by_text("hello everybody")).to_have_count(0)


def test_menus_by_keyboard(world: World, page: Page) -> None:
    world.press_start(1002)
    dean = phone(page, 1002)
    attach = dean.get_by_role("button", name="Attach")
    attach.focus()
    page.keyboard.press("Enter")
    expect(dean.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(dean.get_by_role("dialog")).to_have_count(0)
    expect(attach).to_be_focused()
    attach.click()
    dean.get_by_role("button", name="Sticker").click()
    until(lambda: "sticker" in list(world.chats[1002].messages.values())[-1].json)
    dean.get_by_role("button", name="Menu of Dean’s phone").click()
    dean.get_by_role("button", name="Block Cairn").click()
    dean.get_by_role("button", name="Unblock", exact=True).click()
    until(lambda: 1002 not in world.bot.blocked)


def test_asking_to_join_and_being_let_in(world: World, page: Page) -> None:
    shaz, priya = phone(page, 1003), phone(page, 1005)
    shaz.get_by_role("tab", name="Parents").click()
    shaz.get_by_role("button", name="Ask to join").click()
    expect(shaz.get_by_text("You have asked to join.")).to_be_visible()
    priya.get_by_role("tab", name="Parents").click()
    priya.get_by_role("button", name="Menu of Priya’s phone").click()
    priya.get_by_role("button", name="Let Shaz in").click()
    expect(shaz.get_by_role("textbox")).to_be_visible()
    expect(shaz.get_by_text("Shaz joined the group")).to_be_visible()


def test_make_it_go_wrong(server: Server, page: Page) -> None:
    page.get_by_text("Make it go wrong").click()
    page.get_by_label("Telegram is away").check()
    until(lambda: server.controls.away)
    page.get_by_role("button", name="429").click()
    until(lambda: server.controls.failures)
    page.get_by_role("button", name="Put everything right").click()
    until(lambda: not server.controls.away and not server.controls.failures)


@pytest.mark.parametrize("width", [375, 320])
def test_one_phone_at_a_time_on_a_small_screen(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    expect(page.locator(".phone:visible")).to_have_count(1)
    page.get_by_label("Whose phone").get_by_role("button", name="Dean").click()
    expect(phone(page, 1002)).to_be_visible()
    expect(phone(page, 1001)).to_be_hidden()
