"""Where editors keep the guide: every entry with its state, and one entry to write, preview and publish."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Form, Path, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.orm import Session

from admin_api.pages import guide_fields, guide_list, timeline
from admin_api.pages.guide import for_whom, where
from admin_api.pages.guide_fields import EntryForm
from admin_api.pages.view import back_to, page, rendered
from admin_api.security import SignedInVisitor, needs
from admin_api.visitors import Visitor
from admin_api.web import Now, Reading, Unit
from core.clock import local
from moderation import desk
from offer_guide import service as guide
from offer_guide.service import EditConflict, InvalidEntry, NotVerified
from offer_guide.validation import AREAS, AUDIENCES, SUMMARY_MOST, TITLE_MOST, read_day
from offer_guide.views import AREA_WORDS, DUTY_WORDS, EditorView
from staff.roles import May

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

EDITING = [needs(May.EDIT_GUIDE)]
Slug = Annotated[str, Path(max_length=100)]
_NOTICES = {
    "saved": "Your draft is saved. Parents do not see it yet",
    "published": "Published. The next tap on a phone shows it",
    "nothing": "Nothing was changed, so nothing was saved",
}


class DeskForm(EntryForm):
    """The entry's form, with what is to be done with it."""

    slug: str = ""
    base_number: str = ""
    note: str = ""
    checked_on: str = ""
    review_due: str = ""
    unverified_ok: str = ""


@router.get("/guide-desk", dependencies=EDITING)
def entries(request: Request, session: Reading, now: Now, show: str = "all") -> Response:
    return page(request, "guide_desk.html", **guide_list.listing(session, now, show))


@router.get("/guide-desk/new", dependencies=EDITING)
def new(request: Request, session: Reading, visitor: SignedInVisitor, now: Now) -> Response:
    return _editor(request, session, visitor, now, None, {"audience": [], "areas": []})


@router.post("/guide-desk/new", dependencies=EDITING)
def create(
    request: Request, session: Unit, visitor: SignedInVisitor, now: Now, form: Annotated[DeskForm, Form()]
) -> Response:
    slug = form.slug.strip() or guide_fields.slug_of(form.title)
    try:
        guide.create(session, slug, form.fields_of_entry(), visitor.actor.name, now, form.note)
    except InvalidEntry as error:
        return _editor(
            request, session, visitor, now, None, form.model_dump(), status=422, errors=_by_field(error)
        )
    return back_to(f"/guide-desk/{slug}?done=saved")


@router.post("/guide-desk/preview", dependencies=EDITING)
def preview(now: Now, form: Annotated[DeskForm, Form()]) -> Response:
    """The entry as parents would read it, for the script that keeps the preview fresh."""
    return HTMLResponse(rendered("guide/preview.html", **_preview(form.slug, form.fields_of_entry(), now)))


@router.get("/guide-desk/{slug}", dependencies=EDITING)
def edit(
    request: Request, session: Reading, visitor: SignedInVisitor, now: Now, slug: Slug, done: str = ""
) -> Response:
    kept = guide.editor_view(session, slug)
    return _editor(
        request, session, visitor, now, kept, guide_fields.shown(kept.fields), notice=_NOTICES.get(done, "")
    )


@router.post("/guide-desk/{slug}", dependencies=EDITING)
def save(
    request: Request,
    session: Unit,
    visitor: SignedInVisitor,
    now: Now,
    slug: Slug,
    form: Annotated[DeskForm, Form()],
) -> Response:
    """Save what is new as a draft. Publishing is a route of its own, because it asks for more."""
    return _saved(request, session, visitor, now, slug, form, publish=False)


@router.post("/guide-desk/{slug}/publish", dependencies=[needs(May.PUBLISH_GUIDE)])
def publish(
    request: Request,
    session: Unit,
    visitor: SignedInVisitor,
    now: Now,
    slug: Slug,
    form: Annotated[DeskForm, Form()],
) -> Response:
    return _saved(request, session, visitor, now, slug, form, publish=True)


def _saved(
    request: Request,
    session: Session,
    visitor: Visitor,
    now: datetime,
    slug: str,
    form: DeskForm,
    publish: bool,
) -> Response:
    kept = guide.editor_view(session, slug)
    given = form.fields_of_entry()
    base = int(form.base_number) if form.base_number.isdecimal() and len(form.base_number) < 9 else 0
    status, errors, done = 422, {}, "nothing"
    try:
        if not guide_fields.same(given, kept.fields) or base != kept.number:
            kept = guide.save_draft(session, slug, given, base, visitor.actor.name, now, form.note)
            done = "saved"
        if publish:
            _publish(session, visitor, now, kept, form)
            done = "published"
        return back_to(f"/guide-desk/{slug}?done={done}")
    except EditConflict as error:
        kept = guide.editor_view(session, slug)
        status, errors = 409, {"conflict": _conflict(session, kept, error)}
    except InvalidEntry as error:
        errors = _by_field(error)
    except NotVerified:
        errors = {"unverified_ok": "Confirm that each of these facts was checked, or take them out of the text"}
    return _editor(
        request,
        session,
        visitor,
        now,
        kept,
        form.model_dump(),
        status=status,
        errors=errors,
        notice=_NOTICES["saved"] if done == "saved" else "",
    )


def _publish(session: Session, visitor: Visitor, now: datetime, kept: EditorView, form: DeskForm) -> None:
    """Raises InvalidEntry when a date cannot be read."""
    checked, due = read_day(form.checked_on.strip()), read_day(form.review_due.strip())
    if checked is None:
        raise InvalidEntry([("checked_on", "Enter the day on which you checked it")])
    if form.review_due.strip() and due is None:
        raise InvalidEntry([("review_due", "Enter a date, or leave it empty")])
    guide.publish(
        session,
        kept.slug,
        visitor.actor.name,
        now,
        checked_on=checked,
        review_due=due,
        unverified_ok=form.unverified_ok == "yes",
        number=kept.number,
    )


def _by_field(error: InvalidEntry) -> dict[str, str]:
    """The first problem of each field, where the form has that field."""
    found: dict[str, str] = {}
    for name, sentence in error.problems:
        found.setdefault("checked_on" if name == "last_checked" else name, sentence.rstrip("."))
    return found


def _conflict(session: Session, kept: EditorView, error: EditConflict) -> str:
    last = kept.history[0]
    who = timeline.who(last.author, desk.names(session))
    return (
        f"{who[:1].upper()}{who[1:]} saved version {error.newest} while you were writing, so yours is not saved. "
        "Your words are still below. Look at the newest version, then save again to put yours on top of it"
    )


def _preview(slug: str, fields: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    entry = guide_fields.previewed(slug, fields, local(now).date())
    return {"entry": entry, "where": where(entry), "for_whom": for_whom(entry)}


def _editor(
    request: Request,
    session: Session,
    visitor: Visitor,
    now: datetime,
    kept: EditorView | None,
    values: Mapping[str, Any],
    *,
    status: int = 200,
    errors: Mapping[str, str] | None = None,
    notice: str = "",
) -> Response:
    today: date = local(now).date()
    names = desk.names(session)
    fields = EntryForm.model_validate(
        {name: values[name] for name in EntryForm.model_fields if name in values}
    ).fields_of_entry()
    if kept is not None:
        fields = {**fields, "last_checked": kept.fields["last_checked"], "review_due": kept.fields["review_due"]}
    shelves = {shelf.slug: shelf.title for shelf in guide.categories(session)}
    if kept is not None:
        shelves.setdefault(kept.fields["category"], kept.fields["category"])
    return page(
        request,
        "guide_edit.html",
        status=status,
        errors=errors,
        values={"checked_on": today.isoformat(), **values},
        kept=kept,
        notice=notice,
        may_publish=visitor.may(May.PUBLISH_GUIDE),
        sections=guide_fields.SECTIONS,
        shelves=[{"value": slug, "text": title} for slug, title in shelves.items()],
        duties=[{"value": duty, "text": words} for duty, words in DUTY_WORDS.items()],
        areas=[{"value": area, "text": AREA_WORDS[area]} for area in AREAS],
        audiences=[{"value": one, "text": guide_fields.AUDIENCE_WORDS[one]} for one in AUDIENCES],
        title_most=TITLE_MOST,
        summary_most=SUMMARY_MOST,
        history=[(version, timeline.who(version.author, names)) for version in (kept.history if kept else ())],
        doubts=kept.doubts if kept else (),
        **_preview(kept.slug if kept else "new", fields, now),
    )
