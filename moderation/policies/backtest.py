"""What would change: a draft and the live policy on the messages of the last thirty days and on the suite.

Runs in a thread of the console's process, one at a time, in small batches; how far it is stands in the database,
so that a page can be closed and opened again. Messages are read, judged and let go: only counts and ids stay.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from core import audit
from core.clock import Clock
from core.database import Database
from moderation.policies import service
from moderation.policies.models import PolicyBacktest
from moderation.policies.service import PolicyRefused
from moderation.screening import Category, Screening, bank, measure, policy
from moderation.screening.judge import Judge
from moderation.screening.meaning import Meaning
from people import messages

log = structlog.get_logger()

LOOKS_BACK = timedelta(days=30)
STOPPED_AFTER = timedelta(seconds=60)
MOST_LISTED = 200
_A_BATCH = 32
_ALWAYS = ("all", "category", measure.ALARMS)
Building = Callable[[], Meaning | None]


def latest(session: Session, number: int) -> PolicyBacktest | None:
    """The newest backtest of a version."""
    return session.scalars(
        select(PolicyBacktest).where(PolicyBacktest.number == number).order_by(PolicyBacktest.id.desc()).limit(1)
    ).first()


def stopped(run: PolicyBacktest, now: datetime) -> bool:
    """Whether a run that says it is under way has not been heard of for a minute."""
    return run.state == "running" and now - run.beat_at > STOPPED_AFTER


def start(session: Session, by: str, at: datetime) -> PolicyBacktest:
    """Note a run of the draft. Raises PolicyRefused without a draft, or while another run goes on."""
    row = service.draft(session)
    if row is None:
        raise PolicyRefused("There is no draft")
    for other in session.scalars(
        select(PolicyBacktest).where(PolicyBacktest.state == "running").with_for_update()
    ):
        if not stopped(other, at):
            raise PolicyRefused("A backtest is under way. Wait for it, or cancel it")
        other.state = "failed"
    run = PolicyBacktest(
        number=row.number,
        lock=row.lock,
        state="running",
        started_by=by,
        started_at=at,
        beat_at=at,
        done=0,
        total=0,
    )
    session.add(run)
    session.flush()
    audit.record(session, at, by, "policy.backtest_started", str(row.number))
    return run


def cancel(session: Session, run_id: int, by: str, at: datetime) -> None:
    """Stop a run; what it counted so far is not shown."""
    run = session.get(PolicyBacktest, run_id)
    if run is not None and run.state == "running":
        run.state = "cancelled"
        audit.record(session, at, by, "policy.backtest_cancelled", str(run.number))


def in_background(database: Database, clock: Clock, run_id: int, meaning: Building) -> threading.Thread:
    """Carry a noted run out in a thread of its own."""
    thread = threading.Thread(target=carry_out, args=(database, clock, run_id, meaning), daemon=True)
    thread.start()
    return thread


def carry_out(database: Database, clock: Clock, run_id: int, meaning: Building) -> None:
    """Judge everything twice and keep what differs. Never raises: trouble is noted as "failed"."""
    try:
        _carry_out(database, clock, run_id, meaning)
    except Exception as error:
        log.error("backtest_failed", error=type(error).__name__)
        try:
            _beat(database, run_id, state="failed", beat_at=clock.now())
        except SQLAlchemyError:
            log.error("backtest_not_noted")


def _carry_out(database: Database, clock: Clock, run_id: int, meaning: Building) -> None:
    with database.reading() as session:
        run = session.get(PolicyBacktest, run_id)
        assert run is not None
        draft, live = service.version(session, run.number), service.live(session, clock.now())
        assert draft is not None
        texts = (live.number, live.text), (draft.number, draft.text)
        ids = messages.ids_since(session, clock.now() - LOOKS_BACK)
    _beat(database, run_id, beat_at=clock.now())
    now, then = (Judge(policy.read(text, number), meaning()) for number, text in texts)
    suite = bank.load(bank.packaged("suite"))
    total, done = len(suite) + len(ids), 0
    pairs: list[tuple[Screening, Screening]] = []
    for at in range(0, len(suite), _A_BATCH):
        part = suite[at : at + _A_BATCH]
        pairs += now.compare(then, [one.text for one in part])
        done += len(part)
        if not _beat(database, run_id, done=done, total=total, beat_at=clock.now()):
            return
    moved, gained, lost = Counter[str](), Counter[str](), Counter[str]()
    listed: list[dict[str, Any]] = []
    for at in range(0, len(ids), _A_BATCH):
        with database.reading() as session:
            kept = messages.texts(session, ids[at : at + _A_BATCH])
        for (message_id, _), (was, would) in zip(kept, now.compare(then, [t for _, t in kept]), strict=True):
            gained.update(one.value for one in would.categories if one not in was.categories)
            lost.update(one.value for one in was.categories if one not in would.categories)
            if was.urgency is not would.urgency:
                moved[f"{was.urgency.value} to {would.urgency.value}"] += 1
                if len(listed) < MOST_LISTED:
                    listed.append({"message": message_id, "live": was.urgency.value, "draft": would.urgency.value})
        done += len(kept)
        if not _beat(database, run_id, done=done, total=total, beat_at=clock.now()):
            return
    result = {
        "messages": len(ids),
        "moved": dict(moved),
        "categories": [
            {"category": one.value, "more": gained[one.value], "fewer": lost[one.value]}
            for one in Category
            if gained[one.value] or lost[one.value]
        ],
        "listed": listed,
        "suite": _compared(suite, pairs),
        "suite_moved": dict(_moved(pairs)),
    }
    _beat(database, run_id, state="done", done=total, total=total, result=result, beat_at=clock.now())


def _compared(suite: Sequence[bank.Example], pairs: Sequence[tuple[Screening, Screening]]) -> list[dict[str, Any]]:
    """Recall by category, false alarms by family, and whatever else differs, live beside draft."""
    now = measure.report([(one, was) for one, (was, _) in zip(suite, pairs, strict=True)])
    then = measure.report([(one, would) for one, (_, would) in zip(suite, pairs, strict=True)])
    found = {(row.group, row.name): row for row in then}
    rows = []
    for was in now:
        would = found.get((was.group, was.name), was)
        if was.group in _ALWAYS or was.hits != would.hits:
            rows.append(
                {
                    "group": was.group,
                    "name": was.name,
                    "of": was.of,
                    "live": round(was.share, 4),
                    "draft": round(would.share, 4),
                }
            )
    return rows


def _moved(pairs: Sequence[tuple[Screening, Screening]]) -> Counter[str]:
    found: Counter[str] = Counter()
    for was, would in pairs:
        if was.urgency is not would.urgency:
            found[f"{was.urgency.value} to {would.urgency.value}"] += 1
    return found


def _beat(database: Database, run_id: int, **facts: Any) -> bool:
    """Note how far it is; False when somebody has cancelled it."""
    with database.unit() as session:
        changed = session.execute(
            update(PolicyBacktest)
            .where(PolicyBacktest.id == run_id, PolicyBacktest.state == "running")
            .values(**facts)
        )
        return bool(getattr(changed, "rowcount", 0))
