"""Cairn's line in threads against an emulated Telegram over real HTTP, part by part, so that parts can fail."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.intake import Intake
from bot.sender import Sender
from bot.worker import Worker
from core import inbox, outbox
from core.database import Database
from core.models import OutboxItem
from core.outbox import Outgoing, Say
from core.remember import recall
from moderation import desk
from moderation.models import Case, CaseEvent, Flag
from moderation.service import Ways
from people import conversations
from people import service as people
from people.models import Message, Person
from rehearsal import Server, World
from staff.roles import Role
from tests import factories
from tests.waiting import until

TOKEN = "1:rehearsal"
GROUP = -1_000_000_000_001
KAYLEIGH, DEAN, SHAZ, SAM, PRIYA = 1001, 1002, 1003, 1004, 1005
MODERATOR = desk.Actor("staff:1", (Role.MODERATOR.value,))
AWFUL = "i cant take it any more im going to shake her"
PATIENCE = 20.0


class LeapingClock:
    """The machine's clock, put forward by tests that do not want to wait for a backoff."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def leap(self, **by: float) -> None:
        self._ahead += timedelta(**by)


@dataclass
class Part:
    """A process of Cairn in a thread; what it raised ends it, and is kept."""

    run: Callable[[threading.Event], None]
    stop: threading.Event = field(default_factory=threading.Event)
    raised: BaseException | None = None
    thread: threading.Thread = field(init=False)

    def __post_init__(self) -> None:
        self.thread = threading.Thread(target=self._keep, daemon=True)
        self.thread.start()

    def _keep(self) -> None:
        try:
            self.run(self.stop)
        except BaseException as error:
            self.raised = error

    def end(self) -> None:
        self.stop.set()
        self.thread.join(PATIENCE)


class Street:
    """Cairn, its Telegram, and what can be seen of both."""

    def __init__(self, database: Database, ways: Ways, world: World, server: Server) -> None:
        self.database, self.ways, self.world, self.server = database, ways, world, server
        self.clock = LeapingClock()
        api = server.base_url.removesuffix("/bot")
        self.intake = Intake(database, self.clock, api, TOKEN, poll_seconds=1)
        self.worker = Worker(database, self.clock, ways, "Cairn", TOKEN)
        self.sender = Sender(database, self.clock, api, TOKEN)
        self.parts: list[Part] = []
        world.limits = None
        with database.unit() as session:
            for person in (KAYLEIGH, DEAN, SHAZ):
                world.press_start(person)
                world.add_member(GROUP, person)
                factories.parent(session, self.clock.now(), person, f"Parent {person}")
            factories.parents_group(session, self.clock.now())
        world.updates.clear()

    def begin(self, *parts: Any) -> None:
        """Start these parts, or all three."""
        for part in parts or (self.intake, self.worker, self.sender):
            self.parts.append(Part(part.run))

    def end(self) -> None:
        """Stop every part. One that had ended by itself fails the test."""
        for part in self.parts:
            part.stop.set()
        for part in self.parts:
            part.end()
        raised = [part.raised for part in self.parts if part.raised is not None]
        self.parts.clear()
        assert raised == []

    def writes(self, person: int, text: str, where: int | None = None) -> None:
        self.world.send_text(person, where or person, text)

    def said_to(self, person: int) -> list[str]:
        """What the bot wrote in somebody's chat, in the order it stands there."""
        with self.world.lock:
            found = list(self.world.chats[person].messages.values())
        return [one.json.get("text", "") for one in found if one.json["from"]["is_bot"]]

    def calls(self, method: str = "sendMessage") -> list[dict[str, Any]]:
        return [call for call in list(self.server.controls.log) if call["method"] == method]

    def queue(
        self, person: int, *texts: str, priority: int = outbox.PROMPT, repeatable: bool = False, **about: Any
    ) -> None:
        """Put words for somebody into the outbox."""
        for text in texts:
            self.put(person, Say(text), priority, repeatable, **about)

    def put(self, chat: int, said: Outgoing, priority: int, repeatable: bool, **about: Any) -> None:
        with self.database.unit() as session:
            outbox.put(
                session,
                channel="telegram",
                lane=people.lane("telegram", chat),
                to=chat,
                what=said,
                at=self.clock.now(),
                priority=priority,
                repeatable=repeatable,
                about=about or {"what": "bot"},
            )

    def items(self) -> list[OutboxItem]:
        return self._all(select(OutboxItem).order_by(OutboxItem.id))

    def kept(self, person: int | None = None) -> list[str]:
        """What parents wrote, as it is kept, in order."""
        with self.database.reading() as session:
            wanted = select(Message, Person).join(Person, Person.id == Message.person_id)
            rows = session.execute(wanted.where(Message.author == "person").order_by(Message.id)).all()
            return [
                message.text.reveal()
                for message, who in rows
                if person is None or who.address.reveal() == str(person)
            ]

    def cases(self) -> list[Case]:
        return self._all(select(Case).order_by(Case.id))

    def events(self, kind: str | None = None) -> list[CaseEvent]:
        found: list[CaseEvent] = self._all(select(CaseEvent).order_by(CaseEvent.id))
        return [event for event in found if kind is None or event.kind == kind]

    def flagged(self) -> list[str]:
        return [flag.evidence["text"] for flag in self._all(select(Flag).order_by(Flag.id))]

    def remembered(self, name: str) -> Any:
        with self.database.reading() as session:
            return recall(session, name)

    def _all(self, wanted: Any) -> list[Any]:
        with self.database.reading() as session:
            found = list(session.scalars(wanted))
            session.expunge_all()
            return found

    def backlog(self) -> int:
        with self.database.reading() as session:
            return self.world.updates_waiting() + inbox.backlog(session) + outbox.backlog(session)

    def rests(self, seconds: float = PATIENCE, leap: float = 0.0) -> None:
        """Until nothing is on its way; `leap` puts the clock forward at each look, over backoffs."""

        def at_rest() -> bool:
            if leap:
                self.clock.leap(seconds=leap)
            return not self.backlog()

        until(at_rest, seconds, "Cairn to come to rest")

    def moderator(self, act: Callable[..., Case], *args: Any) -> Case:
        """A moderator does something with a case."""
        with self.database.unit() as session:
            return act(session, MODERATOR, *args, self.clock.now())

    def worry(self, person: int = KAYLEIGH, text: str = AWFUL, where: int | None = None) -> Case:
        """Somebody writes something grave, and it has become a case."""
        before = len(self.flagged())
        self.writes(person, text, where)
        until(lambda: len(self.flagged()) > before, PATIENCE, "the case")
        self.rests()
        return self.cases()[-1]

    def group_rights(self) -> dict[str, Any]:
        def look(session: Session) -> Any:
            group = conversations.linked_group(session)
            return group.rights if group else None

        with self.database.reading() as session:
            return look(session) or {}


def in_order(wanted: Sequence[str], found: Sequence[str]) -> bool:
    """Whether `wanted` stands in `found`, each once, in that order."""
    return [text for text in found if text in set(wanted)] == list(wanted)
