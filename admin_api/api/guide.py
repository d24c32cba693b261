"""The guide's entries on the editors' desk."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from admin_api.api.shapes import ONE_LINE, Body, says
from admin_api.security import Actor, needs
from admin_api.web import Now, Reading, Unit
from offer_guide import service as guide
from offer_guide import validation
from offer_guide.service import UnknownEntry
from offer_guide.views import EditorView
from staff.roles import May

router = APIRouter(prefix="/api/v1/guide/entries", tags=["guide"])

Text = Annotated[str, Field(max_length=validation.FIELD_MOST)]
Texts = Annotated[list[Text], Field(max_length=validation.ROWS_MOST)]
VersionNumber = Annotated[int, Field(strict=True, ge=1, le=2**31)]


async def _slug(slug: str) -> str:
    if validation.check_slug(slug):
        raise UnknownEntry("There is no entry of that name.")
    return slug


Slug = Annotated[str, Depends(_slug)]


class PhoneRow(Body):
    number: Text
    label: Text
    hours: Text = ""


class LinkRow(Body):
    url: Text
    label: Text


class Fields(Body):
    """All fields of an entry; `last_checked` is shown, and set by publishing alone."""

    title: Text
    summary: Text
    category: Text
    duty: Literal["must", "may", "unknown"] = "unknown"
    agency: Text
    areas: Texts
    audience: Texts
    ages: Text = ""
    legal_basis: Text = ""
    what_it_is: Text
    who_can_get_it: Text
    how_much: Text = ""
    how_to_ask: Text
    words_to_say: Text = ""
    if_told_no: Text = ""
    who_can_help: Text = ""
    phones: Annotated[list[PhoneRow], Field(max_length=validation.ROWS_MOST, default_factory=list)]
    links: Annotated[list[LinkRow], Field(max_length=validation.ROWS_MOST, default_factory=list)]
    sources: Texts = Field(default_factory=list)
    unverified: Texts = Field(default_factory=list)
    asked_as: Texts = Field(default_factory=list)
    source_date: Text = ""
    last_checked: Text = ""
    review_due: Text = ""


class EntryRow(BaseModel):
    """An entry in the list. `number` is its newest version, `published_number` the one parents see."""

    model_config = ConfigDict(from_attributes=True)

    slug: str
    title: str
    category: str
    agency: str
    state: Literal["published", "draft", "both"]
    review_due: date
    overdue: bool
    number: int
    published_number: int | None


class EntryList(BaseModel):
    items: list[EntryRow]


class VersionOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    number: int
    author: str
    note: str
    made_at: datetime
    published_at: datetime | None


class EntryOut(BaseModel):
    """An entry's newest version. `doubts` are facts that nobody has confirmed; publishing asks about them."""

    slug: str
    number: int
    published_number: int | None
    fields: Fields
    doubts: list[str]
    history: list[VersionOut]


class DraftIn(Body):
    """A newer version. `base_number` is the version that was open; 0 adds an entry that does not exist yet."""

    base_number: Annotated[int, Field(strict=True, ge=0, le=2**31)]
    fields: Fields
    note: Annotated[str, Field(max_length=500, pattern=ONE_LINE)] = ""


class PublishIn(Body):
    """`number` is the version that was read, `checked_on` the day it was held against its sources."""

    number: VersionNumber
    checked_on: date
    review_due: date | None = None
    unverified_ok: Annotated[bool, Field(strict=True)] = False


@router.get("", dependencies=[needs(May.EDIT_GUIDE)], responses=says())
def entries(session: Reading, now: Now) -> EntryList:
    """Every entry, published or not."""
    return EntryList(items=[EntryRow.model_validate(row) for row in guide.for_editors(session, now)])


@router.get("/{slug}", dependencies=[needs(May.EDIT_GUIDE)], responses=says(404))
def entry(slug: Slug, session: Reading) -> EntryOut:
    """An entry's newest version and its history."""
    return _shown(guide.editor_view(session, slug))


@router.put("/{slug}", dependencies=[needs(May.EDIT_GUIDE)], responses=says(404, 409))
def save(slug: Slug, given: DraftIn, actor: Actor, session: Unit, now: Now) -> EntryOut:
    """Save a draft; what parents see does not change. 409 when somebody else saved first."""
    fields = given.fields.model_dump()
    if given.base_number == 0:
        return _shown(guide.create(session, slug, fields, actor.name, now, given.note))
    return _shown(guide.save_draft(session, slug, fields, given.base_number, actor.name, now, given.note))


@router.post("/{slug}/publish", dependencies=[needs(May.PUBLISH_GUIDE)], responses=says(404, 409))
def publish(slug: Slug, given: PublishIn, actor: Actor, session: Unit, now: Now) -> EntryOut:
    """Show parents the newest version. 409 when it is not `number` any more, or holds unconfirmed facts."""
    guide.publish(
        session,
        slug,
        actor.name,
        now,
        checked_on=given.checked_on,
        review_due=given.review_due,
        unverified_ok=given.unverified_ok,
        number=given.number,
    )
    return _shown(guide.editor_view(session, slug))


def _shown(view: EditorView) -> EntryOut:
    return EntryOut(
        slug=view.slug,
        number=view.number,
        published_number=view.published_number,
        fields=Fields.model_validate(view.fields),
        doubts=list(view.doubts),
        history=[VersionOut.model_validate(one) for one in view.history],
    )
