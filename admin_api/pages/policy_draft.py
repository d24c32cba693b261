"""Working on a draft policy: its parts by forms, the whole as text, trying words on it, and what would change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.orm import Session
from starlette.background import BackgroundTask

from admin_api.pages import words
from admin_api.pages.policy import EDITING, number_of
from admin_api.pages.view import Field, back_to, page
from admin_api.problems import NotFound
from admin_api.security import SignedInVisitor
from admin_api.visitors import Visitor
from admin_api.web import Now, Reading, TheWeb, Unit, Web
from core.text import clean
from moderation import desk
from moderation.policies import backtest, service
from moderation.policies.models import PolicyVersion
from moderation.policies.service import PolicyRefused
from moderation.screening import Category, PhraseFileError, Screening, Urgency, policy
from moderation.screening.judge import Judge
from moderation.screening.phrases import load_phrases, packaged
from moderation.screening.policy import Policy, Thresholds
from people import messages

router = APIRouter(prefix="/policy/draft", include_in_schema=False, default_response_class=HTMLResponse)

_MOST_FOUND = 30
_LONGEST_TRIED = 4_096
_HIDDEN = "Hidden: it belongs to a worry about a worker."
_NOTICES = {"saved": "Saved. Nothing changes for parents until the draft is published"}


def _draft(session: Session) -> PolicyVersion:
    row = service.draft(session)
    if row is None:
        raise NotFound("There is no draft. Open one on the page Screening.")
    return row


def _editor(
    request: Request,
    session: Session,
    web: Web,
    *,
    notice: str = "",
    find: str = "",
    errors: Mapping[str, str] | None = None,
    values: Mapping[str, str] | None = None,
) -> HTMLResponse:
    row = _draft(session)
    read = service.read(row)
    meaning = web.meaning()
    thresholds = read.thresholds or Thresholds(**(meaning.card.thresholds if meaning else {}))
    return page(
        request,
        "policy_draft.html",
        status=422 if errors else 200,
        errors=errors,
        values=values or {},
        notice=_NOTICES.get(notice, ""),
        number=row.number,
        lock=row.lock,
        may_edit=row.state == "draft",
        text=row.text,
        added=[{"category": words.category(one.category or ""), **_shown(one)} for one in read.added],
        without=[
            {"category": words.category(category), "id": category.value, "pattern": pattern}
            for category, pattern in sorted(read.without)
        ],
        examples=[{"text": one.text, "urgency": one.urgency.value} for one in read.examples],
        thresholds=thresholds.as_dict(),
        own_thresholds=read.thresholds is not None,
        categories=[{"value": one.value, "text": one.label} for one in Category],
        find=find,
        found=_found(find, read),
    )


def _shown(one: Any) -> dict[str, str]:
    return {"pattern": one.pattern, "urgency": one.urgency.value, "note": one.note, "id": one.category.value}


def _found(find: str, read: Policy) -> list[dict[str, str]]:
    """Phrases that come with Cairn and hold these words."""
    wanted = find.lower().split()
    if not wanted:
        return []
    return [
        {**_shown(one), "category": words.category(one.category)}
        for one in load_phrases(packaged()).phrases
        if one.category is not None
        and all(word in one.pattern for word in wanted)
        and (one.category, one.pattern) not in read.without
    ][:_MOST_FOUND]


@router.get("", dependencies=EDITING)
def edit(request: Request, session: Reading, web: TheWeb, done: str = "", find: str = "") -> Response:
    return _editor(request, session, web, notice=done, find=find[:80])


@router.get("/text", dependencies=EDITING)
def download(session: Reading) -> Response:
    row = _draft(session)
    name = f'attachment; filename="policy-{row.number}.yaml"'
    return Response(row.text, media_type="application/yaml", headers={"Content-Disposition": name})


@router.post("/text", dependencies=EDITING)
def whole(
    request: Request,
    session: Unit,
    web: TheWeb,
    visitor: SignedInVisitor,
    now: Now,
    text: Field = "",
    lock: Field = "",
) -> Response:
    try:
        service.save(session, clean(text), number_of(lock), visitor.actor.name, now)
    except (PhraseFileError, PolicyRefused) as error:
        return _editor(request, session, web, errors={"text": str(error)}, values={"text": text})
    return back_to("/policy/draft?done=saved")


@router.post("/phrases", dependencies=EDITING)
def add_phrase(
    request: Request,
    session: Unit,
    web: TheWeb,
    visitor: SignedInVisitor,
    now: Now,
    category: Field = "",
    phrase: Field = "",
    urgency: Field = "",
    note: Field = "",
    lock: Field = "",
) -> Response:
    typed = {"category": category, "phrase": phrase, "urgency": urgency, "note": note}
    try:
        read = service.read(_draft(session))
        one = policy.phrase_of(category, clean(phrase), urgency, clean(note))
        changed = replace(read, added=(*read.added, one))
        service.change(session, changed, number_of(lock), visitor.actor.name, now)
    except (PhraseFileError, PolicyRefused) as error:
        told = error.reason if isinstance(error, PhraseFileError) else str(error)
        return _editor(request, session, web, errors={"phrase": told[:1].upper() + told[1:]}, values=typed)
    return back_to("/policy/draft?done=saved")


@router.post("/phrases/remove", dependencies=EDITING)
def remove_phrase(
    request: Request,
    session: Unit,
    web: TheWeb,
    visitor: SignedInVisitor,
    now: Now,
    category: Field = "",
    phrase: Field = "",
    lock: Field = "",
) -> Response:
    """Take an added phrase out again."""
    read = service.read(_draft(session))
    kept = tuple(one for one in read.added if (one.category, one.pattern) != (category, phrase))
    return _changed(request, session, web, visitor, now, replace(read, added=kept), lock)


@router.post("/phrases/off", dependencies=EDITING)
def switch_off(
    request: Request,
    session: Unit,
    web: TheWeb,
    visitor: SignedInVisitor,
    now: Now,
    category: Field = "",
    phrase: Field = "",
    lock: Field = "",
) -> Response:
    """Let a phrase that comes with Cairn no longer count."""
    read = service.read(_draft(session))
    if category not in set(Category):
        return _editor(request, session, web, errors={"find": "There is no such phrase"})
    off = read.without | {(Category(category), phrase)}
    return _changed(request, session, web, visitor, now, replace(read, without=off), lock)


@router.post("/phrases/on", dependencies=EDITING)
def switch_on(
    request: Request,
    session: Unit,
    web: TheWeb,
    visitor: SignedInVisitor,
    now: Now,
    category: Field = "",
    phrase: Field = "",
    lock: Field = "",
) -> Response:
    read = service.read(_draft(session))
    off = frozenset(one for one in read.without if (one[0].value, one[1]) != (category, phrase))
    return _changed(request, session, web, visitor, now, replace(read, without=off), lock)


@router.post("/thresholds", dependencies=EDITING)
async def thresholds(request: Request, session: Unit, web: TheWeb, visitor: SignedInVisitor, now: Now) -> Response:
    given = await request.form()
    read = service.read(_draft(session))
    try:
        own = Thresholds(**{one.name: float(str(given.get(one.name, ""))) for one in fields(Thresholds)})
    except ValueError:
        return _editor(request, session, web, errors={"flag": "Each must be a number between 0 and 1"})
    changed = replace(read, thresholds=None if given.get("shipped") else own)
    return _changed(request, session, web, visitor, now, changed, str(given.get("lock", "")), "flag")


def _changed(
    request: Request,
    session: Session,
    web: Web,
    visitor: Visitor,
    now: datetime,
    changed: Policy,
    lock: str,
    field: str = "draft-title",
) -> Response:
    try:
        service.change(session, changed, number_of(lock), visitor.actor.name, now)
    except (PhraseFileError, PolicyRefused) as error:
        return _editor(request, session, web, errors={field: str(error)})
    return back_to("/policy/draft?done=saved")


@router.get("/try", dependencies=EDITING)
def to_try(request: Request, session: Reading) -> Response:
    return page(request, "policy_try.html", number=_draft(session).number, tried=None)


@router.post("/try", dependencies=EDITING)
def try_text(request: Request, session: Unit, web: TheWeb, now: Now, text: Field = "") -> Response:
    """Any words, judged by the live policy and the draft side by side. Nothing of them is kept."""
    row = _draft(session)
    words_given = clean(text)[:_LONGEST_TRIED]
    if not words_given.strip():
        return page(
            request,
            "policy_try.html",
            status=422,
            number=row.number,
            tried=None,
            errors={"text": "Enter some words"},
        )
    live = service.live(session, now)
    meaning = web.meaning()
    [(was, would)] = Judge(service.read(live), meaning).compare(Judge(service.read(row), meaning), [words_given])
    return page(
        request,
        "policy_try.html",
        number=row.number,
        values={"text": words_given},
        tried=[
            {"name": f"In force: policy {live.number}", **_said(was)},
            {"name": f"Draft: policy {row.number}", **_said(would)},
        ],
    )


def _said(found: Screening) -> dict[str, Any]:
    return {
        "urgency": found.urgency.value,
        "flagged": found.urgency is not Urgency.NONE,
        "unread": found.unread,
        "concerns": [
            {"category": words.category(one.category), "urgency": one.urgency.value, "why": one.why}
            for one in found.concerns
        ],
    }


@router.get("/backtest", dependencies=EDITING)
def backtest_page(request: Request, session: Reading, visitor: SignedInVisitor, now: Now) -> Response:
    row = _draft(session)
    run = backtest.latest(session, row.number)
    return page(
        request,
        "policy_backtest.html",
        number=row.number,
        run=_run(run, row, now) if run else None,
        listed=_listed(session, visitor, run.result) if run and run.result else [],
    )


@router.get("/backtest/progress", dependencies=EDITING)
def progress(session: Reading, now: Now) -> dict[str, Any]:
    row = _draft(session)
    run = backtest.latest(session, row.number)
    return _run(run, row, now) if run else {"state": "none"}


@router.post("/backtest", dependencies=EDITING)
def start(request: Request, session: Unit, web: TheWeb, visitor: SignedInVisitor, now: Now) -> Response:
    try:
        run = backtest.start(session, visitor.actor.name, now)
    except PolicyRefused as error:
        row = _draft(session)
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


@router.post("/backtest/cancel", dependencies=EDITING)
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
        "result": run.result,
    }


def _listed(session: Session, visitor: Visitor, result: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The messages that would be judged otherwise; words of worker concerns only for who may see those."""
    listed = result.get("listed", [])
    kept = dict(messages.texts(session, [one["message"] for one in listed]))
    hidden = desk.hidden_messages(session, visitor.actor, list(kept))
    shown = {number: _HIDDEN if number in hidden else text for number, text in kept.items()}
    return [{**one, "text": shown[one["message"]]} for one in listed if one["message"] in shown]
