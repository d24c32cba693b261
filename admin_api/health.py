"""What machines ask: is it alive, is it ready, how is it doing."""

from __future__ import annotations

from datetime import datetime

import structlog
from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from pydantic import BaseModel

from admin_api import figures
from admin_api.figures import Figures
from admin_api.security import needs
from admin_api.web import Now, Reading, TheWeb
from core import inbox
from staff.roles import May

log = structlog.get_logger()
router = APIRouter(include_in_schema=False)


class Alive(BaseModel):
    """The process runs and answers."""

    alive: bool = True


class Telegram(BaseModel):
    """Whether Telegram was reached within five minutes, and when it was last."""

    last_contact: datetime | None = None
    ok: bool = False


class Readiness(BaseModel):
    """`ready` is about the database alone: with Telegram away, staff still need the console."""

    ready: bool
    database: bool
    telegram: Telegram
    backlog: int | None


@router.get("/healthz", dependencies=[needs(May.PUBLIC)])
async def healthz() -> Alive:
    """Alive; asks nothing of the database."""
    return Alive()


@router.get("/readyz", dependencies=[needs(May.PUBLIC)], response_model=Readiness)
def readyz(web: TheWeb, now: Now) -> Response:
    """200 when the database answers, 503 when it does not."""
    try:
        with web.database.reading() as session:
            last = figures.last_contact(session)
            waiting = inbox.backlog(session)
    except Exception as error:  # whatever it is, the database does not answer
        log.warning("not_ready", error=type(error).__name__)
        found = Readiness(ready=False, database=False, telegram=Telegram(), backlog=None)
        return JSONResponse(found.model_dump(mode="json"), 503)
    telegram = Telegram(last_contact=last, ok=figures.contact_ok(last, now))
    found = Readiness(ready=True, database=True, telegram=telegram, backlog=waiting)
    return JSONResponse(found.model_dump(mode="json"))


@router.get("/metrics", dependencies=[needs(May.SEE_SYSTEM, loopback=True)])
def metrics(session: Reading, now: Now) -> Response:
    """Figures for Prometheus, from the machine itself or with a token."""
    registry = _registry(figures.take(session, now), now)
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


def _registry(found: Figures, now: datetime) -> CollectorRegistry:
    registry = CollectorRegistry()

    def gauge(name: str, words: str, value: float) -> None:
        Gauge(f"cairn_{name}", words, registry=registry).set(value)

    gauge("backlog", "Updates that wait to be handled", found.backlog)
    gauge("updates_handled", "Updates handled within the 48 hours they are remembered", found.inbox.get("done", 0))
    gauge("updates_dead", "Updates that could not be handled", found.inbox.get("dead", 0))
    waiting = found.outbox.get("queued", 0) + found.outbox.get("sending", 0)
    gauge("outbox_waiting", "Things that wait to leave", waiting)
    gauge("outbox_dead", "Things that could not be sent", found.outbox.get("dead", 0))
    gauge("outbox_unknown", "Things that may or may not have arrived", found.outbox.get("unknown", 0))
    gauge("cases_open", "Cases that are not closed", found.cases.open)
    gauge("cases_unclaimed", "Open cases that nobody has taken", found.cases.unclaimed)
    gauge("cases_overdue", "Open cases that nobody has looked at in time", found.cases.overdue)
    if found.last_contact is not None:
        age = max(0.0, (now - found.last_contact).total_seconds())
        gauge("telegram_last_contact_seconds", "Seconds since Telegram last answered", age)
    return registry
