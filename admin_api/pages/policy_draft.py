"""Working on a draft policy: its parts by forms, and the whole as text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, File, Request, UploadFile
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.orm import Session
from starlette.datastructures import UploadFile as Uploaded

from admin_api.pages import words
from admin_api.pages.policy import EDITING, draft_of, number_of
from admin_api.pages.view import Field, back_to, page
from admin_api.security import SignedInVisitor
from admin_api.visitors import Visitor
from admin_api.web import Now, Reading, TheWeb, Unit, Web
from core.text import clean
from moderation.policies import service
from moderation.policies.service import PolicyRefused
from moderation.screening import Category, PhraseFileError, policy
from moderation.screening.phrases import load_phrases, packaged
from moderation.screening.policy import Policy, Thresholds

router = APIRouter(prefix="/policy/draft", include_in_schema=False, default_response_class=HTMLResponse)

_MOST_FOUND = 20
_NOTICES = {"saved": "Saved. Nothing changes for parents until the draft is published"}


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
    row = draft_of(session)
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
        cards=[{"name": name, "title": words.wording_name(name)} for name in sorted(read.cards)],
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
    row = draft_of(session)
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


@router.post("/upload", dependencies=EDITING)
def upload(
    request: Request,
    session: Unit,
    web: TheWeb,
    visitor: SignedInVisitor,
    now: Now,
    file: Annotated[UploadFile | str | None, File()] = None,
    lock: Field = "",
) -> Response:
    """A file in place of the whole text, as it was downloaded and changed elsewhere."""
    if not isinstance(file, Uploaded) or not file.filename:
        return _editor(request, session, web, errors={"file": "Choose a file"})
    try:
        given = file.file.read().decode("utf-8-sig")
    except UnicodeDecodeError:
        return _editor(request, session, web, errors={"file": "This file does not hold text (UTF-8)"})
    try:
        service.save(session, clean(given), number_of(lock), visitor.actor.name, now, file.filename[:60])
    except (PhraseFileError, PolicyRefused) as error:
        return _editor(request, session, web, errors={"file": str(error)})
    return back_to("/policy/draft?done=saved")


@router.post("/examples/remove", dependencies=EDITING)
def remove_example(
    request: Request,
    session: Unit,
    web: TheWeb,
    visitor: SignedInVisitor,
    now: Now,
    text: Field = "",
    lock: Field = "",
) -> Response:
    """Take an example out again."""
    read = service.read(draft_of(session))
    kept = tuple(one for one in read.examples if one.text != text)
    return _changed(request, session, web, visitor, now, replace(read, examples=kept), lock)


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
        read = service.read(draft_of(session))
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
    read = service.read(draft_of(session))
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
    read = service.read(draft_of(session))
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
    read = service.read(draft_of(session))
    off = frozenset(one for one in read.without if (one[0].value, one[1]) != (category, phrase))
    return _changed(request, session, web, visitor, now, replace(read, without=off), lock)


@router.post("/thresholds", dependencies=EDITING)
def thresholds(
    request: Request,
    session: Unit,
    web: TheWeb,
    visitor: SignedInVisitor,
    now: Now,
    threshold_flag: Field = "",
    threshold_today: Field = "",
    threshold_immediate: Field = "",
    threshold_category: Field = "",
    shipped: Field = "",
    lock: Field = "",
) -> Response:
    """Set all four, or go back to those that come with Cairn."""
    read = service.read(draft_of(session))
    typed = {
        "threshold_flag": threshold_flag,
        "threshold_today": threshold_today,
        "threshold_immediate": threshold_immediate,
        "threshold_category": threshold_category,
    }
    if shipped:
        return _changed(request, session, web, visitor, now, replace(read, thresholds=None), lock)
    wrong = {name: "Enter a number between 0 and 1" for name, given in typed.items() if not _likelihood(given)}
    if wrong:
        return _editor(request, session, web, errors=wrong, values=typed)
    own = Thresholds(*(float(given) for given in typed.values()))
    return _changed(request, session, web, visitor, now, replace(read, thresholds=own), lock, "threshold_flag")


def _likelihood(given: str) -> bool:
    try:
        return 0.0 < float(given) < 1.0
    except ValueError:
        return False


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
