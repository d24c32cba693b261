"""What would change: the draft and the live policy on the messages of the last thirty days and on the suite."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response
from sqlalchemy.orm import Session
from starlette.background import BackgroundTask

from admin_api.pages import policy_messages, words
from admin_api.pages.policy import EDITING, draft_of, number_of
from admin_api.pages.view import Field, back_to, page
from admin_api.security import SignedInVisitor
from admin_api.visitors import Visitor
from admin_api.web import Now, Reading, TheWeb, Unit
from moderation.policies import backtest
from moderation.policies.models import PolicyBacktest, PolicyVersion
from moderation.policies.service import PolicyRefused

router = APIRouter(prefix="/policy/draft/backtest", include_in_schema=False, default_response_class=HTMLResponse)


@router.get("", dependencies=EDITING)
def backtest_page(request: Request, session: Unit, visitor: SignedInVisitor, now: Now) -> Response:
    """What would change. Reading the messages it lists is audited."""
    row = draft_of(session)
    run = backtest.latest(session, row.number)
    return page(
        request,
        "policy_backtest.html",
        number=row.number,
        run=_run(run, row, now) if run else None,
        listed=_listed(session, visitor, run, now),
    )


@router.get("/progress", dependencies=EDITING)
def progress(session: Reading, now: Now) -> JSONResponse:
    """How far it is, for the script that moves the bar."""
    row = draft_of(session)
    run = backtest.latest(session, row.number)
    told = _run(run, row, now) if run else {"state": "none"}
    return JSONResponse({name: told.get(name) for name in ("state", "done", "total", "percent")})


@router.post("", dependencies=EDITING)
def start(request: Request, session: Unit, web: TheWeb, visitor: SignedInVisitor, now: Now) -> Response:
    try:
        run = backtest.start(session, visitor.actor.name, now)
    except PolicyRefused as error:
        row = draft_of(session)
        return page(
            request,
            "policy_backtest.html",
            status=409,
            number=row.number,
            run=None,
            listed=[],
            errors={"backtest-title": str(error)},
        )
    answer = back_to("/policy/draft/backtest")
    # begins when this route's own work is committed, so that the thread finds the run
    answer.background = BackgroundTask(backtest.in_background, web.database, web.clock, run.id, web.meaning)
    return answer


@router.post("/cancel", dependencies=EDITING)
def cancel(session: Unit, visitor: SignedInVisitor, now: Now, run: Field = "") -> Response:
    backtest.cancel(session, number_of(run), visitor.actor.name, now)
    return back_to("/policy/draft/backtest")


def _run(run: Any, row: PolicyVersion, now: datetime) -> dict[str, Any]:
    return {
        "id": run.id,
        "state": "stopped" if backtest.stopped(run, now) else run.state,
        "done": run.done,
        "total": run.total,
        "percent": 100 * run.done // run.total if run.total else 0,
        "stale": run.lock != row.lock,
        "started_at": run.started_at.isoformat(),
        "result": run.result and {**run.result, "categories": _named(run.result)},
    }


def _named(result: dict[str, Any]) -> list[dict[str, Any]]:
    return [{**one, "category": words.category(one["category"])} for one in result.get("categories", [])]


def _listed(session: Session, visitor: Visitor, run: PolicyBacktest | None, now: datetime) -> list[dict[str, Any]]:
    if run is None or run.state != "done":
        return []
    return policy_messages.shown(session, visitor, run.result["listed"], now, f"policy:{run.number}")
