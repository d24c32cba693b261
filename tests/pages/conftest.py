"""Colleagues at their browsers, filling in the forms that the pages show them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient
from httpx import Response

from admin_api.web import Web
from core.database import Database
from offer_guide import service as guide
from staff.roles import Role
from tests.admin_api.conftest import HERE, Colleague, app, client, colleague, parents, settings, web
from tests.pages.reading import Page

__all__ = ["app", "client", "colleague", "parents", "settings", "web"]

EVERYTHING = (Role.MODERATOR, Role.SAFEGUARDING_LEAD, Role.GUIDE_EDITOR, Role.ADMINISTRATOR)


class Browser:
    """A browser that shows pages and sends their forms, hidden fields and all."""

    def __init__(self, inner: TestClient, staff_id: int = 0) -> None:
        self.inner = inner
        self.staff_id = staff_id

    def get(self, address: str, status: int = 200) -> Page:
        answer = self.inner.get(address)
        assert answer.status_code == status, (address, answer.status_code, answer.headers.get("location"))
        return Page(answer.text)

    def send(self, page: Page, action: str, **typed: str | list[str]) -> Response:
        """Send the form of `page` that goes to `action`."""
        answer: Response = self.inner.post(action, data=page.form(action).filled(**typed), headers=HERE)
        return answer

    def fill(self, page: Page, action: str, **typed: str | list[str]) -> Page:
        """Send a form that is taken, and look at the page that it leads to."""
        answer = self.send(page, action, **typed)
        assert answer.status_code == 303, Page(answer.text).words
        return self.get(answer.headers["location"])

    def refused(self, page: Page, action: str, status: int = 422, **typed: str | list[str]) -> Page:
        """Send a form that comes back with what is wrong."""
        answer = self.send(page, action, **typed)
        assert answer.status_code == status
        shown = Page(answer.text)
        assert "There is a problem" in shown.words
        assert shown.title.startswith("Error: ")
        return shown

    def shown(self, page: Page, action: str, **typed: str | list[str]) -> Page:
        """Send a form whose answer is itself the page."""
        answer = self.send(page, action, **typed)
        assert answer.status_code == 200
        return Page(answer.text)


@pytest.fixture
def database(sqlite_only: Database) -> Database:
    """SQLite alone, where the kind makes no difference; the tests of forms take both."""
    return sqlite_only


@pytest.fixture
def works_as(colleague: Callable[..., Colleague]) -> Callable[..., Browser]:
    """Somebody with these roles, signed in."""

    def make(*roles: Role) -> Browser:
        made = colleague(*roles)
        return Browser(made.browser, made.id)

    return make


@pytest.fixture
def stranger(client: TestClient) -> Browser:
    return Browser(client)


@pytest.fixture
def with_guide(web: Web) -> Web:
    """The sample guide is loaded."""
    with web.database.unit() as session:
        guide.load_once(session, web.clock.now())
    return web
