"""One turn: an update being handled, with the transaction it is handled in and all it needs."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session
from telegram import Bot, Update, User
from telegram.ext import Application, CallbackContext, ExtBot, JobQueue
from telegram.request import BaseRequest

from bot.updates import CHANNEL
from core import outbox
from core.outbox import Rows
from core.text import clean
from moderation.service import Ways
from people import conversations
from people import service as people
from people.models import Conversation, Person


@dataclass(slots=True)
class Turn:
    """What a handler works with. Everything it says becomes a row in the outbox, in this transaction."""

    session: Session
    ways: Ways
    at: datetime
    service: str
    update: Update = field(init=False)

    def person(self) -> Person:
        """Who sent the update."""
        user = self._user()
        return self.known(user.id, user.first_name)

    def known(self, identity: int, name: str | None) -> Person:
        """Somebody by their Telegram id."""
        return people.meet(self.session, CHANNEL, identity, clean(name or "")[:128], self.at)

    def _user(self) -> User:
        user = self.update.effective_user
        assert user is not None
        return user

    def private(self, person: Person) -> Conversation:
        return conversations.private(self.session, person, self.at)

    def put(
        self,
        person: Person,
        what: outbox.Outgoing,
        priority: int = outbox.PROMPT,
        about: dict[str, Any] | None = None,
    ) -> None:
        """Queue something for a person's one-to-one chat; the bot's own words may be said twice."""
        self.put_to(int(person.address.reveal()), what, priority, {"person": person.id, **(about or {})})

    def put_to(
        self,
        chat: int,
        what: outbox.Outgoing,
        priority: int = outbox.PROMPT,
        about: dict[str, Any] | None = None,
        behind: Person | None = None,
    ) -> None:
        """Queue something for any chat; `behind` a person, it leaves after what is being said to them."""
        outbox.put(
            self.session,
            channel=CHANNEL,
            lane=people.lane(CHANNEL, behind.address.reveal() if behind else chat),
            to=chat,
            what=what,
            at=self.at,
            priority=priority,
            repeatable=True,
            about={"what": "bot", **(about or {})},
        )

    def say(self, person: Person, text: str, rows: Rows | None = None) -> None:
        """A new message to the person."""
        self.put(person, outbox.Say(text, rows or []))

    def show(self, person: Person, text: str, rows: Rows | None = None) -> None:
        """In place of the message whose button was tapped; as a new message when none was."""
        query = self.update.callback_query
        if query is not None and query.message is not None:
            self.put(person, outbox.Edit(query.message.message_id, text, rows or []))
        else:
            self.say(person, text, rows)


current: ContextVar[Turn] = ContextVar("turn")


class TurnContext(CallbackContext[ExtBot[None], dict[Any, Any], dict[Any, Any], dict[Any, Any]]):
    """What python-telegram-bot hands to each handler, with the turn in it."""

    @property
    def turn(self) -> Turn:
        return current.get()


class NoNetwork(BaseRequest):
    """The bot's connection while updates are handled: none. Whatever is to be said goes through the outbox."""

    @property
    def read_timeout(self) -> float | None:
        return None

    async def initialize(self) -> None: ...

    async def shutdown(self) -> None: ...

    async def do_request(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        raise RuntimeError("handling an update must not touch the network")


class OfflineBot(ExtBot[None]):
    """A bot that knows its own name without asking: handling never touches the network."""

    def __init__(self, token: str) -> None:
        super().__init__(token, request=NoNetwork(), get_updates_request=NoNetwork())

    def known_as(self, identity: int, username: str) -> None:
        self._bot_user = User(identity, "Cairn", True, username=username)
        self._initialized = True

    async def initialize(self) -> None:
        self._initialized = True

    async def shutdown(self) -> None:
        self._initialized = False


class FailingLoudly(
    Application[ExtBot[None], TurnContext, dict[Any, Any], dict[Any, Any], dict[Any, Any], JobQueue[TurnContext]]
):
    """An application in which a handler's error is raised, so that the transaction is rolled back."""

    async def process_error(self, update: object, error: Exception, *args: Any, **kwargs: Any) -> bool:
        raise error


__all__ = ["Bot", "FailingLoudly", "OfflineBot", "Turn", "TurnContext", "current"]
