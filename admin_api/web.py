"""What the web side stands on, and the dependencies by which a route gets at it.

`Unit` commits when the route is done and before its answer is sent, so that an answer of "done" is true;
if anything raises, it rolls back. Routes ask for `Unit` to change something and `Reading` to look.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy.orm import Session

from core.clock import Clock
from core.database import Database
from core.settings import Settings
from moderation.screening.meaning import Meaning
from moderation.service import Ways


def _no_name() -> str | None:
    return None


def _no_meaning() -> Meaning | None:
    return None


@dataclass(slots=True)
class Web:
    """Everything the console, the API and the published guide need from outside.

    `rehearsal_links` are (label, address) pairs for the start page; empty when this is no rehearsal.
    `bot_username` gives the bot's name on Telegram once it is known, for deep links. `meaning` loads the
    meaning layer, for whoever tries a policy.
    """

    database: Database
    clock: Clock
    ways: Ways
    settings: Settings
    rehearsal_links: list[tuple[str, str]] = field(default_factory=list)
    bot_username: Callable[[], str | None] = _no_name
    meaning: Callable[[], Meaning | None] = _no_meaning

    def deep_link(self, code: str) -> str | None:
        """The Telegram link that starts the bot with `code`; None while the bot's name is not known."""
        name = self.bot_username()
        return f"https://t.me/{name}?start={code}" if name else None


def web_of(request: Request) -> Web:
    """The web side that serves this request."""
    web: Web = request.app.state.web
    return web


def _unit(request: Request) -> Iterator[Session]:
    with web_of(request).database.unit() as session:
        yield session


def _reading(request: Request) -> Iterator[Session]:
    with web_of(request).database.reading() as session:
        yield session


async def _now(request: Request) -> datetime:
    return web_of(request).clock.now()


async def _web(request: Request) -> Web:
    return web_of(request)


Unit = Annotated[Session, Depends(_unit, scope="function")]
Reading = Annotated[Session, Depends(_reading, scope="function")]
Now = Annotated[datetime, Depends(_now)]
TheWeb = Annotated[Web, Depends(_web)]
