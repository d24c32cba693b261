"""Who is asking: a signed-in browser's cookie, or a program's token. Nothing else is believed.

Each look-up has a short transaction of its own, so that no request holds one while it waits.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from fastapi import Request, Response
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from admin_api.web import Web, web_of
from core.settings import Settings
from moderation.desk import Actor
from staff import service as staff
from staff import signin
from staff.roles import May, allowed
from staff.signin import SignedIn

TOKEN_PATHS = ("/api/", "/live", "/metrics")
"""Where a program's token is taken; pages are for people."""

LIVE_HEADER = "x-cairn-live"
"""A request that a console makes by itself carries this, and does not keep the session awake."""

_TOUCH_AFTER = timedelta(minutes=1)
_LONGEST_TOKEN = 200


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody known. `staff_id` and `csrf` are set for people, not for programs; `key` names the credential."""

    actor: Actor
    name: str
    by: Literal["cookie", "token"]
    key: str
    staff_id: int | None = None
    csrf: str = ""

    def may(self, permission: May) -> bool:
        return allowed(self.actor.roles, permission)


def cookie_name(settings: Settings) -> str:
    """`__Host-` ties the cookie to this host over TLS; plain http is for loopback alone."""
    return "__Host-cairn" if settings.over_tls else "cairn"


def bearer(request: Request) -> str | None:
    """The token of an Authorization header; "" when the header holds something else."""
    given = request.headers.get("authorization")
    if given is None:
        return None
    scheme, _, token = given.partition(" ")
    return token.strip() if scheme.lower() == "bearer" and len(token) <= _LONGEST_TOKEN else ""


async def identify(request: Request) -> Visitor | None:
    """Who is asking, looked up once per request; None for a stranger."""
    if not hasattr(request.state, "visitor"):
        web = web_of(request)
        token = bearer(request) if request.url.path.startswith(TOKEN_PATHS) else None
        cookie = request.cookies.get(cookie_name(web.settings))
        found: Visitor | None = None
        if token is not None:
            found = await run_in_threadpool(of_token, web, token) if token else None
        elif cookie and len(cookie) <= _LONGEST_TOKEN:
            by_itself = request.url.path.startswith("/live") or LIVE_HEADER in request.headers
            found = await run_in_threadpool(of_cookie, web, cookie, touch=not by_itself)
        request.state.visitor = found
    visitor: Visitor | None = request.state.visitor
    return visitor


def of_token(web: Web, token: str) -> Visitor | None:
    """The program that a token stands for."""
    with web.database.reading() as session:
        found = staff.token_holder(session, token, web.clock.now())
        if found is None:
            return None
        name = f"token:{found.id}"
        return Visitor(Actor(name, tuple(found.roles)), found.label, "token", name)


def of_cookie(web: Web, cookie: str, touch: bool = True) -> Visitor | None:
    """The member of staff that a session cookie stands for; using it keeps it awake."""
    now = web.clock.now()
    with web.database.reading() as session:
        found = signin.signed_in(session, cookie, now)
        if found is None:
            return None
        visitor = _of_session(found)
        stale = now - found.session.seen_at > _TOUCH_AFTER
    if touch and stale:
        with web.database.unit() as session:
            again = signin.signed_in(session, cookie, now)
            if again is None:
                return None
            signin.touch(session, again.session, now)
    return visitor


def _of_session(found: SignedIn) -> Visitor:
    return Visitor(
        actor=Actor(f"staff:{found.staff.id}", tuple(found.staff.roles)),
        name=found.staff.name.reveal(),
        by="cookie",
        key=f"session:{found.session.id}",
        staff_id=found.staff.id,
        csrf=found.session.csrf,
    )


def still_welcome(request: Request) -> Visitor | None:
    """The visitor of a long answer, looked up anew: None once the session or token has ended."""
    web = web_of(request)
    token = bearer(request)
    if token is not None:
        return of_token(web, token) if token else None
    cookie = request.cookies.get(cookie_name(web.settings))
    return of_cookie(web, cookie, touch=False) if cookie else None


def begin_session(request: Request, response: Response, session: Session, fresh: SignedIn, at: datetime) -> None:
    """Give a newly signed-in browser its cookie. A session it had before ends: none outlives a sign-in."""
    settings = web_of(request).settings
    had = request.cookies.get(cookie_name(settings))
    before = signin.signed_in(session, had, at) if had and len(had) <= _LONGEST_TOKEN else None
    if before is not None and before.session.id != fresh.session.id:
        signin.sign_out(session, before.session, at)
    response.set_cookie(
        cookie_name(settings), fresh.token, path="/", httponly=True, samesite="lax", secure=settings.over_tls
    )


def end_session(request: Request, response: Response, session: Session, at: datetime) -> None:
    """Sign this browser out, here and on the server."""
    settings = web_of(request).settings
    had = request.cookies.get(cookie_name(settings))
    found = signin.signed_in(session, had, at) if had and len(had) <= _LONGEST_TOKEN else None
    if found is not None:
        signin.sign_out(session, found.session, at)
    response.delete_cookie(
        cookie_name(settings), path="/", httponly=True, samesite="lax", secure=settings.over_tls
    )
