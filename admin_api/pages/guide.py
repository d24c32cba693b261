"""The published guide: for anybody, with no account and no cookies, the same words as on the phones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.orm import Session

from admin_api.pages.view import public_page
from admin_api.problems import NotFound
from admin_api.security import needs
from admin_api.web import Reading
from core.text import clean
from moderation import wording
from offer_guide import service as guide
from offer_guide.views import AREA_WORDS, EntryView
from staff.roles import May

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

ANYBODY = [needs(May.PUBLIC)]
LONGEST_QUESTION = 200
FOUND_MOST = 8
_AUDIENCES = {"expectant": "parents-to-be", "mum": "mums", "dad": "dads", "carer": "carers"}


def for_whom(entry: EntryView) -> str:
    """Who an entry is for: "Mums and dads"; nothing when it is for everybody."""
    named = [_AUDIENCES[one] for one in entry.audience if one in _AUDIENCES]
    if not named or len(named) == len(_AUDIENCES):
        return ""
    words = " and ".join([", ".join(named[:-1]), named[-1]]) if len(named) > 1 else named[0]
    return words[:1].upper() + words[1:]


def where(entry: EntryView) -> str:
    return ", ".join(AREA_WORDS.get(area, area) for area in entry.areas)


@router.get("/guide", dependencies=ANYBODY)
def contents(
    request: Request,
    session: Reading,
    q: Annotated[str, Query(max_length=10_000)] = "",
    category: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    asked = clean(q).strip()[:LONGEST_QUESTION]
    shelves = guide.categories(session)
    if asked:
        return public_page(request, "guide/found.html", asked=asked, found=_found(session, asked))
    shelf = next((one for one in shelves if one.slug == category), None)
    if shelf is not None:
        entries = guide.entries(session, shelf.slug)
        return public_page(request, "guide/category.html", category=shelf, entries=entries)
    if category:
        raise NotFound("The guide has no such part.")
    return public_page(request, "guide/contents.html", categories=shelves, asked="")


def _found(session: Session, asked: str) -> Sequence[EntryView]:
    """The entries that answer a question; none when the finder is not sure of any."""
    found = guide.finder(session).find(asked, FOUND_MOST)
    if not found.confident:
        return []
    entries = [guide.entry(session, hit.slug) for hit in found.hits]
    return [entry for entry in entries if entry is not None]


@router.get("/guide/urgent-help", dependencies=ANYBODY)
def urgent_help(request: Request, session: Reading) -> Response:
    topics = [(topic, wording.text(session, f"urgent.{topic.id}")) for topic in wording.topics()]
    return public_page(request, "guide/urgent_help.html", topics=topics)


@router.get("/guide/{slug}", dependencies=ANYBODY)
def one(request: Request, session: Reading, slug: str) -> Response:
    entry = guide.entry(session, slug)
    if entry is None:
        raise NotFound("The guide has no such page. It may have been taken out, or the address may be wrong.")
    shelf = next((one for one in guide.categories(session) if one.slug == entry.category), None)
    return public_page(
        request,
        "guide/entry.html",
        entry=entry,
        category=shelf,
        where=where(entry),
        for_whom=for_whom(entry),
    )
