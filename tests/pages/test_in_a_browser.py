"""The console in a real browser: it stays fresh by itself, by keyboard, and under its own security policy."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
import uvicorn
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import BrowserContext, Page, expect

from admin_api import assets_setup
from admin_api.app import create_app
from admin_api.web import Web
from core.clock import SystemClock
from core.database import Database
from core.settings import Settings
from moderation.service import Ways
from offer_guide import service as guide
from staff import service as staff
from staff import signin
from staff.roles import Role
from tests.admin_api.conftest import WORRYING, Parents
from tests.conftest import cannot
from tests.e2e.stage import launched
from tests.pages.conftest import EVERYTHING

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def chromium() -> Iterator[Chromium]:
    with launched() as found:
        yield found


@pytest.fixture
def served(database: Database, ways: Ways) -> Iterator[Web]:
    """The web side on a port of its own, with the guide and the machine's own time."""
    if assets_setup.present() is None:
        cannot("the GOV.UK Frontend files are not here: run `make assets`")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        settings = Settings(host="127.0.0.1", port=free.getsockname()[1], public_url="", trusted_proxy="")
    web = Web(database, SystemClock(), replace(ways, console=settings.web_address), settings)
    web.ways.screen("the first look loads the phrases")
    with database.unit() as session:
        guide.load_once(session, web.clock.now())
    server = uvicorn.Server(
        uvicorn.Config(create_app(web), port=settings.port, log_level="warning", timeout_graceful_shutdown=1)
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield web
    server.should_exit = True
    thread.join(10)


@pytest.fixture
def parents(served: Web) -> Parents:
    return Parents(served)


@pytest.fixture
def opened(served: Web, chromium: Chromium) -> Iterator[Callable[..., Page]]:
    """A page of the console, signed in. What the security policy or a script complains of fails the test."""
    contexts: list[BrowserContext] = []
    troubles: list[str] = []

    def make(address: str, *roles: Role, width: int = 1280, script: bool = True) -> Page:
        with served.database.unit() as session:
            made = staff.add(session, f"one{len(contexts)}@example.org", roles or EVERYTHING, served.clock.now())
            link = signin.begin_welcome(session, made, served.clock.now(), rehearsal=True)
            signed = signin.enter_rehearsal(session, link, served.clock.now())
            assert signed is not None
        context = chromium.new_context(viewport={"width": width, "height": 800}, java_script_enabled=script)
        contexts.append(context)
        context.add_cookies([{"name": "cairn", "value": signed.token, "url": served.settings.web_address}])
        page = context.new_page()
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("console", lambda said: troubles.append(said.text) if said.type == "error" else None)
        page.goto(served.settings.web_address + address)
        return page

    yield make
    for context in contexts:
        context.close()
    assert troubles == []


def listening(page: Page) -> None:
    """Until the live feed has begun: the page has looked once by itself."""
    page.wait_for_timeout(700)


def test_a_new_case_appears_within_the_second(opened: Callable[..., Page], parents: Parents) -> None:
    page = opened("/cases")
    listening(page)
    began = time.monotonic()
    reference = parents.writes(WORRYING)
    expect(page.locator(f"[data-case='{reference}']")).to_be_visible(timeout=3000)
    assert time.monotonic() - began < 1.5
    expect(page).to_have_title("(1) Cases")
    expect(page.locator("#announcer")).to_contain_text("New case. ▲ Immediate")
    page.keyboard.press("Tab")
    page.get_by_role("link", name="A carer about to lose control").focus()
    parents.writes("i want to die, i cant do this", who=2)
    expect(page).to_have_title("(2) Cases")
    assert page.evaluate("document.activeElement.getAttribute('href')") == f"/cases/{reference}"


def test_a_case_brings_in_what_is_new_and_keeps_what_is_typed(
    opened: Callable[..., Page], parents: Parents
) -> None:
    reference = parents.writes(WORRYING)
    page = opened(f"/cases/{reference}")
    listening(page)
    page.get_by_label("Reply to Parent 1").fill("I am about to")
    parents.writes("please, he has gone quiet now and wont wake up")
    expect(page.locator("#case-news")).to_be_visible(timeout=3000)
    expect(page.locator("#case-messages")).to_contain_text("wont wake up")
    assert page.get_by_label("Reply to Parent 1").input_value() == "I am about to"
    page.get_by_role("link", name="Close the case").click()
    page.get_by_label("Advice given").check()
    page.get_by_label("Why, in a sentence or two").fill("999 was called with her.")
    page.get_by_role("button", name="Close the case").click()
    expect(page.get_by_text("The case is closed")).to_be_visible()


def test_signed_out_elsewhere_is_said(opened: Callable[..., Page], served: Web, parents: Parents) -> None:
    page = opened("/cases")
    listening(page)
    with served.database.unit() as session:
        [one] = staff.everybody(session)
        staff.leave(session, one, served.clock.now())
    parents.writes(WORRYING)
    expect(page.get_by_text("You are signed out.", exact=True)).to_be_visible(timeout=5000)


def test_everything_works_without_scripts(opened: Callable[..., Page], parents: Parents) -> None:
    reference = parents.writes(WORRYING)
    page = opened("/cases", script=False, width=375)
    page.get_by_role("link", name="A carer about to lose control").click()
    page.get_by_role("button", name="Take this case").click()
    page.get_by_label("Reply to Parent 1").fill("I am here.")
    page.get_by_role("button", name="Send the reply").click()
    expect(page.get_by_text("Your reply is on its way")).to_be_visible()
    assert page.url.endswith(f"/cases/{reference}?done=replied")


def test_the_preview_follows_what_is_written(opened: Callable[..., Page]) -> None:
    page = opened("/guide-desk/child-benefit")
    page.get_by_label("What it is", exact=True).fill("Something **quite** new.")
    expect(page.locator("#entry-preview strong", has_text="quite")).to_be_visible(timeout=3000)


@pytest.mark.parametrize("width", [320, 375, 1280])
def test_nothing_hangs_over_the_edge(opened: Callable[..., Page], parents: Parents, width: int) -> None:
    reference = parents.writes(WORRYING + " " + "w" * 300)
    page = opened("/cases", width=width)
    base = page.url.removesuffix("/cases")
    for address in (
        f"/cases/{reference}", "/account", "/guide-desk", "/guide-desk/child-benefit", "/wording/card.again",
        "/people/invites", "/group", "/system", "/staff", "/guide", "/guide/child-benefit", "/guide/urgent-help",
    ):  # fmt: skip
        over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert over <= 0, page.url
        page.goto(base + address)


def test_no_typeface_is_fetched(opened: Callable[..., Page]) -> None:
    page = opened("/account")
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url))
    page.reload()
    assert fetched
    assert not [address for address in fetched if "/fonts/" in address or ".woff" in address]
