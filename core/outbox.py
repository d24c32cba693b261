"""The outbox: everything that leaves Cairn is a row here, written in the transaction that decided it.

What leaves is said in neutral terms (`Say`, `Edit`, `Remove` …); the channel's own face turns it
into the channel's words. The sender keeps order within a chat, retries with backoff, and leaves a
dead letter that a person sees. Alerts and crisis cards overtake everything else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar

from sqlalchemy import BigInteger, case, cast, func, or_, select
from sqlalchemy.orm import Session

from core import after
from core.models import OutboxItem
from core.signals import OUTBOX

URGENT, PROMPT, ORDINARY = 0, 3, 5
LAST_ATTEMPT = 8
_BACKOFF = (1, 2, 5, 15, 60, 180, 600)
_IDS = 1 << 48
_TURN = cast(OutboxItem.priority, BigInteger) * _IDS + OutboxItem.id
"""By this the items of a chat leave in order: the most urgent first, and then the oldest."""


@dataclass(frozen=True, slots=True)
class Button:
    """A button under a message: what it says and what a tap brings back (64 bytes), or a link."""

    label: str
    data: str = ""
    url: str = ""


Rows = list[list[Button]]


@dataclass(frozen=True, slots=True)
class Say:
    """Write `text` to a chat. `**bold**` is the only mark-up; everything else is taken as it stands."""

    act: ClassVar[str] = "say"
    text: str
    rows: Rows = field(default_factory=list)
    protect: bool = False
    silent: bool = False
    reply_to: int | None = None


@dataclass(frozen=True, slots=True)
class Edit:
    """Put a new text and buttons in place of the bot's own message; said anew where that fails."""

    act: ClassVar[str] = "edit"
    message: int
    text: str
    rows: Rows = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Answer:
    """Answer a tap, so that the button stops turning."""

    act: ClassVar[str] = "answer"
    tap: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Remove:
    """Take a message out of the group."""

    act: ClassVar[str] = "remove"
    message: int


@dataclass(frozen=True, slots=True)
class LetIn:
    """Answer a request to join the group."""

    act: ClassVar[str] = "let_in"
    user: int
    welcome: bool


@dataclass(frozen=True, slots=True)
class MakeLink:
    """Make the group's standing invitation link, on which people ask to join."""

    act: ClassVar[str] = "make_link"
    name: str


@dataclass(frozen=True, slots=True)
class Pass:
    """Show somebody a message of another chat, with what is attached to it, not to be passed on again."""

    act: ClassVar[str] = "pass"
    chat: int
    message: int


Outgoing = Say | Edit | Answer | Remove | LetIn | MakeLink | Pass
_KINDS: dict[str, type[Outgoing]] = {kind.act: kind for kind in (Say, Edit, Answer, Remove, LetIn, MakeLink, Pass)}


def _plain(what: Outgoing) -> dict[str, Any]:
    """What is to be said as plain data; `opened` reads it back."""
    plain = {name: getattr(what, name) for name in what.__slots__}
    if "rows" in plain:
        plain["rows"] = [
            [{"label": button.label, "data": button.data, "url": button.url} for button in row]
            for row in plain["rows"]
        ]
    return plain


def put(
    session: Session,
    *,
    channel: str,
    lane: str,
    to: int | str,
    what: Outgoing,
    at: datetime,
    priority: int = ORDINARY,
    repeatable: bool = False,
    about: dict[str, Any] | None = None,
) -> OutboxItem:
    """Queue one thing to leave for the chat `to`.

    `repeatable` says that it may safely be said twice (crisis cards, alerts, edits, deletions): after
    an answer that never came it is tried again; other things are marked "unknown" for a human.
    """
    item = OutboxItem(
        channel=channel,
        lane=lane,
        act=what.act,
        body={"to": to, "what": _plain(what)},
        about=about or {},
        priority=priority,
        repeatable=repeatable,
        state="queued",
        attempts=0,
        not_before=at,
        created_at=at,
    )
    session.add(item)
    after.tell(session, OUTBOX)
    return item


def opened(item: OutboxItem) -> tuple[int | str, Outgoing]:
    """What an item says and to whom."""
    what = dict(item.body["what"])
    if "rows" in what:
        what["rows"] = [[Button(**button) for button in row] for row in what["rows"]]
    return item.body["to"], _KINDS[item.act](**what)


def due(session: Session, now: datetime, most: int, busy: Sequence[str] = ()) -> list[int]:
    """The items to send now, by id: at most one per chat, the most urgent and then the oldest first.

    A chat with an item that waits to be tried again holds back its later, no more urgent ones, and nobody
    else's: they are left out before the limit, however many there are.
    """
    head = func.min(_TURN)
    held = func.min(case((OutboxItem.not_before > now, _TURN)))
    lanes = session.execute(
        select(head)
        .where(OutboxItem.state == "queued", OutboxItem.lane.not_in(busy))
        .group_by(OutboxItem.lane)
        .having(or_(held.is_(None), head < held))
        .order_by(head)
        .limit(most)
    )
    return [turn % _IDS for (turn,) in lanes]


def taken(session: Session, ids: Sequence[int]) -> list[OutboxItem]:
    """Those of the items that are still queued, in the order given."""
    if not ids:
        return []
    queued = select(OutboxItem).where(OutboxItem.id.in_(ids), OutboxItem.state == "queued")
    found = {item.id: item for item in session.scalars(queued)}
    return [found[item_id] for item_id in ids if item_id in found]


def next_due(session: Session, now: datetime, most: int, busy: Sequence[str] = ()) -> list[OutboxItem]:
    """The items to send now; see `due`."""
    return taken(session, due(session, now, most, busy))


def mark_sending(session: Session, items: Sequence[OutboxItem]) -> None:
    """Noted and committed before the network is touched, so that a crash is seen as ambiguous."""
    for item in items:
        item.state = "sending"
        item.attempts += 1
    session.flush()


def mark_sent(session: Session, item: OutboxItem, at: datetime, remote_id: int | None) -> None:
    item.state, item.sent_at, item.remote_id, item.error = "sent", at, remote_id, None
    item.body = None
    session.flush()


def mark_again(session: Session, item: OutboxItem, error: str, at: datetime, wait: float | None = None) -> bool:
    """Try again later, after `wait` seconds or the backoff; False (and dead) after the last try.

    A wait that the channel asked for does not count as a try.
    """
    item.error = error[:500]
    if wait is not None:
        item.attempts -= 1
    elif item.attempts >= LAST_ATTEMPT:
        mark_dead(session, item, error)
        return False
    pause = wait if wait is not None else _BACKOFF[min(item.attempts, len(_BACKOFF)) - 1]
    item.state, item.not_before = "queued", at + timedelta(seconds=pause)
    session.flush()
    return True


def mark_dead(session: Session, item: OutboxItem, error: str) -> None:
    """Never tried again by itself; a human sees it in the console with what it was to say."""
    item.state, item.error = "dead", error[:500]
    session.flush()


def mark_unknown(session: Session, item: OutboxItem, error: str) -> None:
    """It may have arrived or not, and must not be said twice by the machine."""
    item.state, item.error = "unknown", error[:500]
    session.flush()


def settle_interrupted(session: Session, at: datetime) -> Sequence[OutboxItem]:
    """At the sender's start: what was being sent when it stopped is ambiguous. Returns what that was."""
    items = session.scalars(select(OutboxItem).where(OutboxItem.state == "sending")).all()
    for item in items:
        if item.repeatable:
            item.state, item.not_before = "queued", at
        else:
            mark_unknown(session, item, "the sender stopped while this was on its way")
    session.flush()
    return items


def try_again(session: Session, item_id: int, at: datetime) -> OutboxItem | None:
    """A person decided that a dead or unknown item is to be sent once more."""
    item = session.get(OutboxItem, item_id)
    if item is None or item.state not in {"dead", "unknown"} or item.body is None:
        return None
    item.state, item.attempts, item.not_before, item.error = "queued", 0, at, None
    session.flush()
    return item


def backlog(session: Session) -> int:
    """How many items wait to leave."""
    return (
        session.scalar(
            select(func.count()).select_from(OutboxItem).where(OutboxItem.state.in_(["queued", "sending"]))
        )
        or 0
    )


def stuck(session: Session, most: int = 100) -> Sequence[OutboxItem]:
    """Dead letters and those of unknown fate, newest first."""
    return session.scalars(
        select(OutboxItem)
        .where(OutboxItem.state.in_(["dead", "unknown"]))
        .order_by(OutboxItem.id.desc())
        .limit(most)
    ).all()


def move_lane(session: Session, old: str, new: str, new_to: int) -> None:
    """A group got a new id: what still waits for the old one goes to the new one."""
    for item in session.scalars(
        select(OutboxItem).where(OutboxItem.lane == old, OutboxItem.state.in_(["queued", "sending"]))
    ):
        item.lane = new
        item.body = {**item.body, "to": new_to}
    session.flush()
