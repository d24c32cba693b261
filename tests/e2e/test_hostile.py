"""Whatever comes in: it is stored, it is settled, nothing in it is lost, and its neighbours do not suffer."""

from __future__ import annotations

import asyncio
import copy
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, select

from bot.intake import Intake
from bot.updates import CHANNEL
from bot.worker import Worker
from core import inbox
from core.database import Base, Database
from core.models import InboxUpdate, OutboxItem
from core.text import clean
from moderation.models import Case, Flag
from moderation.service import Ways
from people import conversations
from people.models import Message, Person
from tests import factories
from tests.conftest import TestClock
from tests.e2e import updates
from tests.e2e.updates import AWFUL, GROUP, KAYLEIGH, written

MOST_ROUNDS = 60
pytestmark = pytest.mark.timeout(240)
QUIETLY = settings(
    deadline=None,
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)


class Line:
    """From Telegram's answer to settled updates, on a database of its own."""

    _ready: Any = None

    def __init__(self, database: Database, clock: TestClock, ways: Ways) -> None:
        self.database, self.clock = database, clock
        self.intake = Intake(database, clock, "http://telegram.invalid", "1:rehearsal")
        self.worker = Worker(database, clock, ways, "Cairn", "1:rehearsal")
        self.worker._application = Line._ready

    def takes(self, batch: list[Any]) -> int:
        """Telegram answers a poll with these; how many of them were new."""
        body = json.dumps({"ok": True, "result": batch})
        transport = httpx.MockTransport(lambda request: httpx.Response(200, text=body))
        with httpx.Client(transport=transport) as client:
            return self.intake.once(client)

    def settles(self) -> int:
        """Rounds until nothing is pending; how many it took."""
        for number in range(MOST_ROUNDS):
            with self.database.reading() as session:
                if not inbox.backlog(session):
                    Line._ready = self.worker._application
                    return number
            asyncio.run(self.worker.round())
        pytest.fail(f"after {MOST_ROUNDS} rounds something is still pending")

    def stored(self) -> list[InboxUpdate]:
        with self.database.reading() as session:
            found = list(session.scalars(select(InboxUpdate).order_by(InboxUpdate.id)))
            session.expunge_all()
            return found

    def seen_by_a_human(self) -> list[str]:
        """The words in front of moderators, flag by flag."""
        with self.database.reading() as session:
            return [flag.evidence["text"] for flag in session.scalars(select(Flag).order_by(Flag.id))]

    def kept(self) -> list[str]:
        """What parents wrote and what was kept of it, in order."""
        with self.database.reading() as session:
            wanted = select(Message).where(Message.author == "person").order_by(Message.id)
            return [message.text.reveal() for message in session.scalars(wanted)]


@pytest.fixture
def line(database: Database, clock: TestClock, ways: Ways) -> Line:
    """On both kinds of database, with a parent who has said yes and her group."""
    return _prepared(Line(database, clock, ways))


@pytest.fixture
def new_line(sqlite_only: Database, clock: TestClock, ways: Ways) -> Callable[[], Line]:
    """A line on an empty database, for each example anew. (The same file: what it has compiled stays warm.)"""

    @event.listens_for(sqlite_only.engine, "connect")
    def _no_power_cuts_here(connection: Any, record: object) -> None:
        connection.execute("PRAGMA synchronous=OFF")

    def made() -> Line:
        with sqlite_only.unit() as session:
            for table in reversed(Base.metadata.sorted_tables):
                session.execute(table.delete())
        return _prepared(Line(sqlite_only, clock, ways))

    return made


def _prepared(line: Line) -> Line:
    with line.database.unit() as session:
        factories.parent(session, line.clock.now(), KAYLEIGH)
        conversations.link_group(session, CHANNEL, GROUP, line.clock.now())
    return line


def _all_is_settled(line: Line) -> None:
    """Each update is done or dead, and each dead one is a case with the words that were in it."""
    found = line.stored()
    assert {one.state for one in found} <= {"done", "dead"}
    dead = [one for one in found if one.state == "dead"]
    with line.database.reading() as session:
        cases = session.scalars(select(Case).where(Case.kind == "not_handled")).all()
        seen = [flag.evidence["text"] for flag in session.scalars(select(Flag)) if "error" in flag.evidence]
    assert len(cases) == len(dead) == len(seen)
    for one in dead:
        texts = [clean(text)[:1000] for text in _texts(one.body)]
        assert any(all(text in words for text in texts) for words in seen)


def _texts(body: Any) -> Iterator[str]:
    """What somebody wrote, wherever it stands in an update."""
    if isinstance(body, dict):
        for name, inner in body.items():
            if name in {"text", "caption"} and isinstance(inner, str):
                yield inner
            yield from _texts(inner)
    elif isinstance(body, list):
        for inner in body:
            yield from _texts(inner)


def _numbered(batch: list[Any]) -> list[Any]:
    return [
        {"update_id": 1000 + place, **one} if isinstance(one, dict) and "update_id" not in one else one
        for place, one in enumerate(batch)
    ]


@pytest.mark.slow
@settings(QUIETLY, max_examples=60)
@given(batch=st.lists(updates.broken(st.sampled_from(updates.everything())), min_size=1, max_size=4))
def test_broken_updates_are_stored_and_settled(new_line: Callable[[], Line], batch: list[Any]) -> None:
    line = new_line()
    assert line.takes(_numbered(batch)) == len(batch)
    line.settles()
    _all_is_settled(line)


@pytest.mark.slow
@QUIETLY
@given(batch=st.lists(updates.junk, min_size=1, max_size=5))
def test_updates_that_are_no_updates_at_all(new_line: Callable[[], Line], batch: list[Any]) -> None:
    line = new_line()
    line.takes(batch)
    line.settles()
    _all_is_settled(line)
    assert line.stored()


@pytest.mark.shared
@pytest.mark.slow
@settings(QUIETLY, max_examples=40)
@given(data=st.data())
def test_updates_by_the_published_types(new_line: Callable[[], Line], shared: Path, data: st.DataObject) -> None:
    any_update = _by_the_book(shared)
    line = new_line()
    batch = _numbered(data.draw(st.lists(any_update, min_size=1, max_size=3)))
    assert line.takes(batch) == len(batch)
    line.settles()
    _all_is_settled(line)


_book: dict[Path, st.SearchStrategy[Any]] = {}


def _by_the_book(shared: Path) -> st.SearchStrategy[Any]:
    if shared not in _book:
        _book[shared] = updates.by_the_book(shared / "telegram" / "bot-api.json")
    return _book[shared]


@pytest.mark.slow
@settings(QUIETLY, max_examples=40)
@given(
    update=updates.broken(
        st.just({"update_id": 1000, "message": updates.message(50, {"text": AWFUL})}),
        keep=(("message", "text"), ("update_id",)),
    )
)
def test_a_cry_for_help_reaches_a_human_however_broken_the_rest(
    new_line: Callable[[], Line], update: dict[str, Any]
) -> None:
    line = new_line()
    line.takes([update])
    line.settles()
    assert any(AWFUL in words for words in line.seen_by_a_human())


@pytest.mark.slow
@QUIETLY
@given(
    poison=updates.broken(st.sampled_from([one for one in updates.everything() if "callback_query" not in one])),
    place=st.integers(0, 4),
)
def test_one_poisonous_update_does_its_neighbours_no_harm(
    new_line: Callable[[], Line], poison: dict[str, Any], place: int
) -> None:
    """Whatever else a chat holds, its good messages are kept in their order. (A tap may withdraw consent.)"""
    good = [written(500 + number, f"number {number} is how many nappies we need") for number in range(4)]
    batch: list[Any] = [*good[:place], {**poison, "update_id": 499}, *good[place:]]
    line = new_line()
    line.takes(batch)
    line.settles()
    nappies = [text for text in line.kept() if "nappies" in text]
    states = {one.update_id: one.state for one in line.stored()}
    assert [states[500 + number] for number in range(4)] == ["done"] * 4
    assert nappies == [one["message"]["text"] for one in good]


def test_the_poison_of_one_chat_holds_up_no_other(line: Line) -> None:
    """Handled in the same round: a chat whose first update is dead on arrival, and a healthy one."""
    poison = {"update_id": 1, "message": updates.message(1, {"text": "broken", "date": "yesterday"})}
    line.takes([poison, written(2, "after the broken one"), written(3, AWFUL, 1002, 1002)])
    asyncio.run(line.worker.round())
    states = {one.update_id: one.state for one in line.stored()}
    assert states == {1: "pending", 2: "pending", 3: "done"}
    line.settles()
    assert {one.update_id: one.state for one in line.stored()} == {1: "dead", 2: "done", 3: "done"}
    _all_is_settled(line)


def test_each_nasty_text_is_kept_or_seen_and_answered(line: Line) -> None:
    texts = [text for text in updates.NASTY_TEXTS if text.strip() and not text.startswith("/")]
    line.takes([written(number, text) for number, text in enumerate(texts, 100)])
    line.settles()
    assert {one.state for one in line.stored()} == {"done"}
    assert line.kept() == [clean(text) for text in texts]
    with line.database.reading() as session:
        assert len(session.scalars(select(OutboxItem)).all()) >= len(texts)


def test_forged_and_outdated_taps_are_answered_with_the_menu_or_a_plain_sentence(line: Line) -> None:
    line.takes(
        [
            {"update_id": number, "callback_query": updates.tapped(data, number)}
            for number, data in enumerate(updates.FORGED_TAPS, 100)
        ]
    )
    line.settles()
    assert {one.state for one in line.stored()} == {"done"}
    with line.database.reading() as session:
        acts = [item.act for item in session.scalars(select(OutboxItem).order_by(OutboxItem.id))]
        assert session.scalars(select(Case)).all() == []
    assert acts.count("answer") == len(updates.FORGED_TAPS)
    assert acts.count("edit") == len(updates.FORGED_TAPS)


def test_a_hundred_answers_within_each_other(line: Line) -> None:
    line.takes([updates.replies_in_replies(100, 100, AWFUL), written(101, "and then?")])
    line.settles()
    assert any(AWFUL in words for words in line.seen_by_a_human())
    assert "and then?" in line.kept()


def test_huge_and_negative_numbers(line: Line) -> None:
    batch: list[dict[str, Any]] = []
    for number in updates.HUGE:
        for name in ("message_id", "date"):
            update: dict[str, Any] = {
                "update_id": 2000 + len(batch),
                "message": updates.message(1, {"text": AWFUL}),
            }
            update["message"][name] = number
            batch.append(update)
        for part in ("chat", "from"):
            update = {"update_id": 2000 + len(batch), "message": updates.message(len(batch), {"text": AWFUL})}
            update["message"][part]["id"] = number
            batch.append(update)
    assert line.takes(batch) == len(batch)
    line.settles()
    _all_is_settled(line)
    assert len([words for words in line.seen_by_a_human() if AWFUL in words]) >= len(batch) - len(updates.HUGE)


@pytest.mark.parametrize("number", [None, "7", 7.5, True, [], 2**63, -(2**70)])
def test_an_update_without_a_usable_number_is_stored_once_all_the_same(line: Line, number: Any) -> None:
    update = {**written(1, AWFUL), "update_id": number}
    assert line.takes([update]) == 1
    assert line.takes([copy.deepcopy(update)]) == 0
    line.settles()
    assert [words for words in line.seen_by_a_human() if AWFUL in words] == [AWFUL]


def test_a_number_that_comes_again_with_other_words_is_not_handled_twice(line: Line) -> None:
    assert line.takes([written(7, "the first words"), written(7, "other words")]) == 1
    assert line.takes([written(7, "still other words"), written(8, "the next")]) == 1
    line.settles()
    assert line.takes([written(7, "after it was done")]) == 0
    line.settles()
    assert line.kept() == ["the first words", "the next"]


def test_the_name_of_somebody_whose_update_is_dead_can_be_shown(line: Line) -> None:
    broken = updates.message(1, {"text": AWFUL, "date": "yesterday"})
    broken["from"] = {**updates.somebody(4040), "first_name": "\ud83d\x00Kay"}
    line.takes([{"update_id": 1, "message": broken}])
    line.settles()
    with line.database.reading() as session:
        names = [person.name.reveal() for person in session.scalars(select(Person))]
    assert "?Kay" in names


def test_kinds_of_update_that_nobody_asked_for_are_settled_in_peace(line: Line) -> None:
    line.takes(
        [
            {"update_id": 1, "something_new": {"from": updates.somebody(), "text": "of next year"}},
            {"update_id": 2, "channel_post": updates.message(5, {"text": "news"}, GROUP)},
            {"update_id": 3},
        ]
    )
    line.settles()
    _all_is_settled(line)


@pytest.mark.parametrize("where", [KAYLEIGH, GROUP], ids=["one-to-one", "group"])
@pytest.mark.parametrize(
    "content",
    [
        {"checklist": {"title": "today", "tasks": [{"id": 1, "text": AWFUL}]}},
        {"rich_message": {"blocks": [{"type": "paragraph", "text": AWFUL}]}},
        {"something_of_next_year": {"text": AWFUL}},
        {"game": {"title": "a game", "description": AWFUL, "photo": []}},
        {
            "poll": {
                "id": "5", "question": "?", "options": [], "total_voter_count": 0, "is_closed": False,
                "is_anonymous": True, "type": "quiz", "allows_multiple_answers": False, "explanation": AWFUL,
            }
        },
    ],
    ids=lambda content: next(iter(content)),
)  # fmt: skip
def test_words_in_unusual_places_are_screened(line: Line, content: dict[str, Any], where: int) -> None:
    """Telegram adds kinds of message faster than anybody reads its news: their words are looked at, too."""
    line.takes([{"update_id": 1, "message": updates.message(50, content, where)}])
    line.settles()
    assert any(AWFUL in words for words in line.seen_by_a_human())


@pytest.mark.parametrize("anonymous", [{"sender_chat": updates.chat(GROUP)}, {"author_signature": "Priya"}])
def test_what_an_anonymous_administrator_writes_in_the_group_is_screened(
    line: Line, anonymous: dict[str, Any]
) -> None:
    """Telegram puts a bot's name in the place of who wrote it."""
    stand_in = {"id": 1087968824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}
    content = {"text": AWFUL, "from": stand_in, "sender_chat": updates.chat(GROUP), **anonymous}
    line.takes([{"update_id": 1, "message": updates.message(50, content, GROUP)}])
    line.settles()
    assert any(AWFUL in words for words in line.seen_by_a_human())
