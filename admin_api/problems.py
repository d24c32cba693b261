"""What goes wrong, said to programs as application/problem+json (RFC 9457) and to people as a page.

Nothing of what was sent is said back, and nothing about the inside is told.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import PlainTextResponse, RedirectResponse, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from admin_api.limiting import TooMany
from admin_api.security import NotAllowed, NotSignedIn
from moderation.casebook import NotPossible
from moderation.desk import NoSuchCase
from moderation.policies.service import PolicyRefused
from moderation.screening import PhraseFileError
from moderation.wording import EmptyWording
from offer_guide.service import EditConflict, InvalidEntry, NotVerified, UnknownEntry
from staff.service import StaffError

log = structlog.get_logger()

MEDIA_TYPE = "application/problem+json"
_FOR_PROGRAMS = ("/api/", "/live", "/metrics", "/healthz", "/readyz")

_KNOWN: dict[type[Exception], tuple[int, str]] = {
    NoSuchCase: (404, "There is no case of that reference that you may see."),
    NotPossible: (409, ""),
    EmptyWording: (422, ""),
    PolicyRefused: (409, ""),
    PhraseFileError: (422, ""),
    StaffError: (409, ""),
    UnknownEntry: (404, ""),
    EditConflict: (409, ""),
    NotVerified: (409, ""),
    InvalidEntry: (422, ""),
    NotAllowed: (403, ""),
}


class Problem(BaseModel):
    """An error as programs read it. A policy that cannot be used says in which file, on which line, and why."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str = ""
    file: str | None = None
    line: int | None = None
    reason: str | None = None


class NotFound(HTTPException):
    """There is no such thing; `what` may be shown."""

    def __init__(self, what: str) -> None:
        super().__init__(404, what)


def for_programs(request: Request) -> bool:
    """Whether the answer goes to a program rather than to somebody with a browser."""
    return request.url.path.startswith(_FOR_PROGRAMS)


def title_of(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"


def problem(
    status: int, detail: str = "", headers: Mapping[str, str] | None = None, **more: str | int
) -> Response:
    """The error for a program."""
    body = Problem.model_validate({"title": title_of(status), "status": status, "detail": detail, **more})
    return Response(json.dumps(body.model_dump(exclude_none=True)), status, dict(headers or {}), MEDIA_TYPE)


async def respond(
    request: Request, status: int, detail: str = "", headers: Mapping[str, str] | None = None
) -> Response:
    """The error in the form that fits the asker: a problem, or the console's error page."""
    if for_programs(request):
        return problem(status, detail, headers)
    try:
        page: Response = await run_in_threadpool(
            request.app.state.error_page, request, status, title_of(status), detail
        )
    except Exception as failure:  # an error page that fails must not hide the error
        log.error("error_page_failed", error=type(failure).__name__, status=status)
        page = PlainTextResponse(f"{title_of(status)}. {detail}", status)
    page.headers.update(headers or {})
    return page


def safe_next(path: str | None) -> str:
    """Where to go after signing in: a path of our own, or "/"."""
    if not path or len(path) > 500 or not path.startswith("/") or path.startswith(("//", "/\\")):
        return "/"
    return path if path.isprintable() and "\\" not in path else "/"


def install(app: FastAPI) -> None:
    """Answer every kind of error that a route may raise."""
    for kind in _KNOWN:
        app.add_exception_handler(kind, _known)
    app.add_exception_handler(NotSignedIn, _not_signed_in)
    app.add_exception_handler(TooMany, _too_many)
    app.add_exception_handler(RequestValidationError, _not_valid)
    app.add_exception_handler(HTTPException, _by_status)


async def _known(request: Request, error: Exception) -> Response:
    status, detail = _KNOWN[type(error)]
    if isinstance(error, PhraseFileError) and for_programs(request):
        return problem(status, str(error), file=error.file, line=error.line, reason=error.reason)
    return await respond(request, status, detail or str(error))


async def _not_signed_in(request: Request, error: Exception) -> Response:
    if for_programs(request):
        return problem(401, "Sign in, or send a token.", {"WWW-Authenticate": "Bearer"})
    address = "/sign-in"
    if request.method == "GET" and request.url.path != "/":
        wanted = safe_next(request.url.path + (f"?{request.url.query}" if request.url.query else ""))
        address += f"?next={quote(wanted, safe='/')}"
    return RedirectResponse(address, 303)


async def _too_many(request: Request, error: Exception) -> Response:
    assert isinstance(error, TooMany)
    return await respond(request, 429, str(error), {"Retry-After": str(error.seconds)})


async def _not_valid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    return await respond(request, 422, "; ".join(_sentence(one) for one in error.errors()[:10]))


def _sentence(one: Mapping[str, Any]) -> str:
    """What is wrong and where, without what was sent."""
    where = ".".join(str(part)[:40] for part in one["loc"])
    return f"{where}: {one['msg']}"[:300].encode("utf-8", "replace").decode()


async def _by_status(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    detail = str(error.detail) if error.detail and error.detail != title_of(error.status_code) else ""
    headers = dict(error.headers or {})
    if error.status_code == 405:
        headers["Allow"] = ", ".join(_methods(request))
    return await respond(request, error.status_code, detail, headers)


def _methods(request: Request) -> list[str]:
    """What can be asked of this path, over all its routes."""
    routes: list[APIRoute] = request.app.state.routes
    return sorted(
        {method for one in routes if one.path_regex.match(request.url.path) for method in one.methods or ()}
    )
