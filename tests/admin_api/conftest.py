"""A web side over an empty database, visitors of every role, and cases made as messages make them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pyotp
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from admin_api.app import create_app
from admin_api.web import Web
from core.database import Database
from core.settings import Settings
from moderation import service as moderation
from moderation.service import Ways
from people import conversations
from people import service as people
from people.messages import Received
from staff import service as staff
from staff import signin
from staff.roles import Role
from staff.signin import SignedIn
from tests.conftest import TestClock

ADDRESS = "http://127.0.0.1:8000"
HERE = {"Origin": ADDRESS}
PASSWORD = "three words unrelated"
WORRYING = "I can't cope, I'm going to shake him if he doesn't stop crying"
ABOUT_A_WORKER = "my support worker touched me and told me not to tell anyone"


@pytest.fixture
def settings() -> Settings:
    return Settings(host="127.0.0.1", port=8000, public_url="", trusted_proxy="", redis_url=None)


@pytest.fixture
def web(database: Database, clock: TestClock, ways: Ways, settings: Settings) -> Web:
    return Web(database, clock, ways, settings, bot_username=lambda: "cairn_bot")


@pytest.fixture
def app(web: Web) -> FastAPI:
    return create_app(web)


@pytest.fixture
def client(app: FastAPI) -> TestClient:
    """A stranger's browser."""
    return TestClient(app, base_url=ADDRESS, follow_redirects=False)


@pytest.fixture
def token(web: Web) -> Callable[..., dict[str, str]]:
    """The headers of a program that acts in these roles."""

    def make(*roles: Role) -> dict[str, str]:
        with web.database.unit() as session:
            issued = staff.issue_token(session, roles, "test", web.clock.now())
        return {"Authorization": f"Bearer {issued}"}

    return make


@pytest.fixture
def moderator(token: Callable[..., dict[str, str]]) -> dict[str, str]:
    return token(Role.MODERATOR)


@dataclass
class Parents:
    """Makes people who write, and the cases that follow."""

    web: Web
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def writes(self, text: str, who: int = 1, group: bool = False, kind: str = "text") -> str:
        """Somebody writes; gives the reference of the case that this opened or joined."""
        at = self.web.clock.now()
        with self.web.database.unit() as session:
            person = people.meet(session, "telegram", 1000 + who, f"Parent {who}", at)
            people.start(session, person)
            people.answer_notice(session, person, True, at)
            chat = (
                conversations.link_group(session, "telegram", -5, at)
                if group
                else conversations.private(session, person, at)
            )
            received = Received(next(self.numbers), kind, text, at)
            heard = moderation.hear(session, self.web.ways, person, chat, received, at)
            assert heard.case is not None, "the text did not worry the screening"
            return heard.case.reference


@pytest.fixture
def parents(web: Web) -> Parents:
    return Parents(web)


@dataclass
class Colleague:
    """A member of staff who is signed in, with a browser."""

    id: int
    email: str
    secret: str
    signed: SignedIn
    browser: TestClient
    web: Web

    @property
    def form(self) -> dict[str, str]:
        """The headers that our own pages send with a form."""
        return {**HERE, "X-CSRF-Token": self.signed.session.csrf}

    def sign_in_again(self) -> None:
        """A session as new, without the password that takes its time."""
        at = self.web.clock.now()
        with self.web.database.unit() as session:
            one = staff.get(session, self.id)
            assert one is not None
            link = signin.begin_welcome(session, one, at, rehearsal=True)
            fresh = signin.enter_rehearsal(session, link, at)
            assert fresh is not None
        self.signed = fresh
        self.browser.cookies.clear()
        self.browser.cookies.set("cairn", fresh.token, domain="127.0.0.1", path="/")


@pytest.fixture
def colleague(app: FastAPI, web: Web) -> Callable[..., Colleague]:
    """Adds a member of staff and signs them in by password and code."""
    known = count(1)

    def make(*roles: Role, email: str = "") -> Colleague:
        at = web.clock.now()
        address = email or f"{roles[0]}-{next(known)}@example.org"
        with web.database.unit() as session:
            made = staff.add(session, address, roles, at)
            link = signin.begin_welcome(session, made, at)
            found = signin.step(session, link, "welcome", at)
            assert found is not None
            assert found[0].totp_secret is not None
            secret = found[0].totp_secret.reveal()
            signed = signin.finish_welcome(session, link, PASSWORD, pyotp.TOTP(secret).at(at), at)
            assert signed is not None
        browser = TestClient(app, base_url=ADDRESS, follow_redirects=False)
        browser.cookies.set("cairn", signed.token, domain="127.0.0.1", path="/")
        return Colleague(made.id, address, secret, signed, browser, web)

    return make


def entry_fields() -> dict[str, Any]:
    """The fields of a guide entry that does."""
    return {
        "title": "Free swimming",
        "summary": "Care leavers swim for nothing.",
        "category": "people-and-groups",
        "duty": "may",
        "agency": "Cumberland Council",
        "areas": ["cumberland"],
        "audience": ["mum", "dad"],
        "what_it_is": "You and your child can use the council's pools.",
        "who_can_get_it": "Care leavers up to 25.",
        "how_to_ask": "Show your card at the desk.",
        "phones": [{"number": "0300 373 3730", "label": "Cumberland Council"}],
        "links": [{"url": "https://cumberland.gov.uk/", "label": "The council"}],
        "sources": ["https://cumberland.gov.uk/"],
    }
