"""Parents, moderators and the bot on one stage, without sockets and without waiting.

The emulated Telegram and the bot talk over HTTP as they always do, only that the requests are handed
over in memory. `Stage.settle()` lets the intake poll, the worker handle and the sender send until nothing
is left to do; every act of a `Phone` ends with it, so that a test reads like a conversation:

    kayleigh.starts()
    kayleigh.taps("Yes, that's OK")
    assert "What would you like to do?" in kayleigh.sees()
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import httpx
from sqlalchemy import Select, select
from sqlalchemy.orm import Session
from telegram import Bot
from telegram.request import HTTPXRequest

from bot.intake import Intake
from bot.sender import Pace, Sender
from bot.worker import Worker
from core.database import Base, Database
from core.remember import remember
from core.sealing import Sealed
from moderation import desk
from moderation.desk import Actor
from moderation.models import Case, CaseEvent, Flag
from moderation.service import Ways
from people import conversations
from people import service as people
from people.models import Conversation, Message, MessageVersion, Person
from rehearsal import World, create_app
from rehearsal.model import Message as Bubble
from tests.conftest import TestClock

API = "http://127.0.0.1:8081"
TOKEN = "1:rehearsal"
GROUP = -1_000_000_000_001
KAYLEIGH, DEAN, SHAZ, SAM, PRIYA = 1001, 1002, 1003, 1004, 1005
MOST_ROUNDS = 60
T = TypeVar("T")
Row = TypeVar("Row", bound=Base)


class _InMemory(httpx.BaseTransport):
    """The emulator for a client that does not know of event loops."""

    def __init__(self, loop: asyncio.Runner, app: Any) -> None:
        self._loop = loop
        self._inner = httpx.ASGITransport(app)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        async def ask() -> httpx.Response:
            answer = await self._inner.handle_async_request(request)
            return httpx.Response(answer.status_code, headers=answer.headers, content=await answer.aread())

        return self._loop.run(ask())


class _NoHurry(Pace):
    """A sender that may say everything at once: Telegram's limits are off on this stage."""

    def free(self, now: float) -> int:
        return 1000

    def full_groups(self, now: float) -> list[str]:
        return []


class _Sender(Sender):
    """The real sender, told when to begin and when to stop."""

    async def empty(self, bot: Bot) -> int:
        """Send all that is due; returns how many things left."""
        sent = 0
        while (started := self._next(bot)) or self._tasks or self._done:
            sent += started
            if self._tasks:
                await asyncio.wait(set(self._tasks))
        return sent


@dataclass(repr=False)
class Stage:
    """Everything between a thumb on a phone and a row in a table."""

    database: Database
    clock: TestClock
    ways: Ways
    world: World = field(init=False)

    def __post_init__(self) -> None:
        self.world = World.with_cast(clock=lambda: self.clock.now().timestamp(), token=TOKEN)
        self.world.limits = None
        self._loop = asyncio.Runner()
        app = create_app(self.world)
        self.controls = app.state.controls
        request = HTTPXRequest(httpx_kwargs={"transport": httpx.ASGITransport(app), "trust_env": False})
        self.bot = Bot(TOKEN, base_url=f"{API}/bot", request=request, get_updates_request=request)
        self._client = httpx.Client(transport=_InMemory(self._loop, app), trust_env=False)
        self._intake = Intake(self.database, self.clock, API, TOKEN, poll_seconds=0)
        self._worker = Worker(self.database, self.clock, self.ways, "Cairn", TOKEN)
        self._sender = _Sender(self.database, self.clock, API, TOKEN, _pace=_NoHurry())
        self.run(request.initialize())
        self._intake.once(self._client)  # from now on Telegram knows which kinds of update are wanted
        with self.database.unit() as session:
            me = self.world.bot
            remember(session, "telegram.me", {"id": me.id, "username": me.user.json["username"]}, self.clock.now())

    def run(self, doing: Coroutine[Any, Any, T]) -> T:
        return self._loop.run(doing)

    def close(self) -> None:
        self._client.close()
        self._loop.close()

    def settle(self) -> None:
        """Let everything happen that follows from what was done. Fails when it never ends."""
        for _ in range(MOST_ROUNDS):
            stored = self._intake.once(self._client)
            handled = self.run(self._worker.round())
            sent = self.run(self._sender.empty(self.bot))
            if not (stored or handled or sent):
                return
        raise AssertionError("this conversation does not come to rest")

    def use(self, ways: Ways) -> None:
        """From now on screening (or the hours) is another."""
        self.ways = self._worker.ways = ways

    def phone(self, user: int) -> Phone:
        return Phone(self, user)

    # what is in the tables

    def people_kept(self) -> list[Person]:
        return self._rows(select(Person).order_by(Person.id))

    def words_kept(self, author: str = "person") -> list[str]:
        """Every message that was kept, as it stands now; by default those that parents wrote."""
        return [message.text.reveal() for message in self.messages_kept(author)]

    def messages_kept(self, author: str = "person") -> list[Message]:
        return self._rows(select(Message).where(Message.author == author).order_by(Message.id))

    def earlier_versions(self) -> list[str]:
        """What messages said before they were edited."""
        return [
            version.text.reveal() for version in self._rows(select(MessageVersion).order_by(MessageVersion.id))
        ]

    def everything_kept(self) -> str:
        """All tables but the guide's as one text, unsealed: what is not in here is not kept anywhere."""
        found: list[str] = []
        with self.database.reading() as session:
            for mapper in Base.registry.mappers:
                if mapper.class_.__module__.startswith("offer_guide"):
                    continue
                for row in session.scalars(select(mapper.class_)):
                    found += [_plain(getattr(row, column.key)) for column in mapper.column_attrs]
        return "\n".join(found)

    def cases(self, state: str = "") -> list[Case]:
        """All cases, oldest first."""
        found = self._rows(select(Case).order_by(Case.id))
        return [case for case in found if state in {"", case.state}]

    def case(self) -> Case:
        """The one case there is."""
        (found,) = self.cases()
        return found

    def events(self, case: Case) -> list[CaseEvent]:
        return self._rows(select(CaseEvent).where(CaseEvent.case_id == case.id).order_by(CaseEvent.number))

    def happened(self, case: Case) -> list[str]:
        """The kinds of a case's events, in order."""
        return [event.kind for event in self.events(case)]

    def flags(self, case: Case) -> list[Flag]:
        return self._rows(select(Flag).where(Flag.case_id == case.id).order_by(Flag.id))

    def _rows(self, wanted: Select[Row]) -> list[Row]:
        with self.database.reading() as session:
            found = list(session.scalars(wanted))
            session.expunge_all()  # a rollback must not empty what is looked at afterwards
        return found


def _plain(value: Any) -> str:
    if isinstance(value, Sealed):
        return value.reveal()
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


@dataclass
class Phone:
    """A person with a phone in their hand."""

    stage: Stage = field(repr=False)
    id: int

    @property
    def world(self) -> World:
        return self.stage.world

    # what they do, each with all that follows from it

    def starts(self, code: str = "") -> Phone:
        self.world.press_start(self.id, code or None)
        self.stage.settle()
        return self

    def joins_in(self, code: str = "") -> Phone:
        """Press Start and say yes to the notice."""
        self.starts(code)
        return self.taps("Yes, that's OK")

    def says(self, text: str, chat: int = 0, **more: Any) -> int:
        """Write, one-to-one unless a chat is named; gives the number of the message."""
        message = self.world.send_text(self.id, chat or self.id, text, **more)
        self.stage.settle()
        return message.id

    def sends(self, kind: str, chat: int = 0, **more: Any) -> int:
        """Send a photo, voice, video, document, sticker, contact, location, poll or album."""
        sent = getattr(self.world, f"send_{kind}")(self.id, chat or self.id, **more)
        self.stage.settle()
        return sent[0].id if isinstance(sent, list) else int(sent.id)

    def edits(self, message: int, text: str, chat: int = 0) -> None:
        self.world.edit(self.id, chat or self.id, message, text)
        self.stage.settle()

    def taps(self, label: str) -> Phone:
        """Press the newest button of that name."""
        for bubble in reversed(self.bubbles()):
            for row in _rows(bubble):
                for button in row:
                    if button["text"] == label and "callback_data" in button:
                        return self.presses(bubble.id, button["callback_data"])
        raise AssertionError(f"no button {label!r}; there is {self.buttons()}")

    def presses(self, message: int, data: str) -> Phone:
        """Bring back this data from under that message, whether or not such a button was ever there."""
        self.world.tap(self.id, self.id, message, data)
        self.stage.settle()
        return self

    def blocks(self) -> None:
        self.world.block_bot(self.id)
        self.stage.settle()

    def asks_to_join(self, link: str) -> None:
        self.world.open_link(self.id, link)
        self.stage.settle()

    # what they see

    def bubbles(self) -> list[Bubble]:
        """What the bot has said to them and stands on the phone now."""
        return [one for one in self.world.chats[self.id].messages.values() if one.sender is self.world.bot.user]

    def texts(self) -> list[str]:
        return [str(bubble.json["text"]) for bubble in self.bubbles()]

    def sees(self) -> str:
        """The newest words of the bot."""
        found = self.texts()
        return found[-1] if found else ""

    def newest(self) -> int:
        """The number of the bot's newest message."""
        return self.bubbles()[-1].id

    def buttons(self) -> list[str]:
        """The buttons under the bot's newest message."""
        bubbles = self.bubbles()
        return [button["text"] for row in _rows(bubbles[-1]) for button in row] if bubbles else []

    def links(self) -> dict[str, str]:
        """The buttons under the bot's newest message that open an address."""
        rows = _rows(self.bubbles()[-1])
        return {button["text"]: button["url"] for row in rows for button in row if "url" in button}

    def hears_since(self, before: Sequence[Bubble]) -> list[str]:
        """What the bot has said since `before` was taken by `bubbles()`."""
        known = {bubble.id for bubble in before}
        return [str(one.json["text"]) for one in self.bubbles() if one.id not in known]

    def record(self, session: Session) -> Person:
        """This person as the database knows them."""
        return people.meet(session, "telegram", self.id, "", self.stage.clock.now())


def said_in(stage: Stage, chat: int) -> list[str]:
    """What the bot said in a group."""
    return [
        str(bubble.json.get("text", ""))
        for bubble in stage.world.chats[chat].messages.values()
        if bubble.sender is stage.world.bot.user and not bubble.service
    ]


def the_group(stage: Stage) -> Conversation | None:
    with stage.database.reading() as session:
        found = conversations.linked_group(session)
        session.expunge_all()
    return found


def standing(stage: Stage, phone: Phone) -> str | None:
    with stage.database.reading() as session:
        group = conversations.linked_group(session)
        assert group is not None
        return conversations.standing(session, group, phone.record(session))


def is_in(stage: Stage, phone: Phone, chat: int = GROUP) -> bool:
    return stage.world.member(stage.world.chats[chat], phone.id).present


def says_as_the_team(stage: Stage, actor: Actor, text: str) -> None:
    """A moderator answers the one case there is."""
    with stage.database.unit() as session:
        desk.reply(session, actor, stage.cases()[-1].reference, text, stage.clock.now())
    stage.settle()


def closes(stage: Stage, actor: Actor) -> None:
    with stage.database.unit() as session:
        reference = stage.cases()[-1].reference
        desk.close(session, actor, reference, "advice", "Spoke to her. Her mum is there.", stage.clock.now())


def plain(text: str) -> str:
    """Cairn's words as they look on a phone."""
    return text.replace("**", "").strip()


def _rows(bubble: Bubble) -> list[list[dict[str, str]]]:
    rows: list[list[dict[str, str]]] = bubble.json.get("reply_markup", {}).get("inline_keyboard", [])
    return rows
