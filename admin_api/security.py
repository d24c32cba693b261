"""What each route asks of its visitor. Every route declares one permission by `needs(May.…)`.

Denials are logged, and audited in a transaction of their own, so that a refusal is kept although
nothing else of the request is.
"""

from __future__ import annotations

from typing import Annotated, Any

import structlog
from fastapi import Depends, Request
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool

from admin_api import limiting, origin
from admin_api.visitors import Visitor, identify
from admin_api.web import Web, web_of
from core import audit
from moderation.desk import Actor as ActingAs
from staff.roles import May

log = structlog.get_logger()


class NotSignedIn(Exception):
    """Nobody known is asking."""


class NotAllowed(Exception):
    """Somebody known may not do this, or it did not come from our own pages; the text may be shown."""


class Needs:
    """The check in front of a route."""

    def __init__(self, permission: May, loopback: bool = False) -> None:
        self.permission = permission
        self.loopback = loopback

    async def __call__(self, request: Request) -> None:
        web = web_of(request)
        unsafe = request.method not in origin.SAFE_METHODS
        if self.permission is May.PUBLIC:
            if unsafe and not origin.from_our_pages(request, web.settings):
                raise NotAllowed("This form did not come from Cairn's own pages. Open the page again and retry.")
            return
        if self.loopback and origin.from_loopback(request, web.settings):
            return
        visitor = await identify(request)
        await limiting.admit(request, visitor)
        if visitor is None:
            if self.loopback:
                raise NotAllowed("Ask from the machine itself, or with a token that may see the system.")
            raise NotSignedIn
        if visitor.by == "cookie" and unsafe:
            await self._own_form(request, web, visitor)
        if not visitor.may(self.permission):
            await run_in_threadpool(_denied, web, visitor, request, self.permission.value)
            raise NotAllowed("Your account does not have permission to do this.")

    async def _own_form(self, request: Request, web: Web, visitor: Visitor) -> None:
        if origin.from_our_pages(request, web.settings) and await origin.carries_token(request, visitor.csrf):
            return
        await run_in_threadpool(_denied, web, visitor, request, "csrf")
        raise NotAllowed("This form is out of date or did not come from Cairn. Open the page again and retry.")


def needs(permission: May, *, loopback: bool = False) -> Any:
    """Declare what a route asks for: `dependencies=[needs(May.READ_CASES)]`.

    `loopback` also lets in whoever asks from the machine itself.
    """
    return Depends(Needs(permission, loopback))


def permission_of(route: APIRoute) -> May | None:
    """The one permission that a route declares; None when it declares none, or more than one."""
    found = [one.dependency for one in route.dependencies if isinstance(one.dependency, Needs)]
    return found[0].permission if len(found) == 1 else None


def _denied(web: Web, visitor: Visitor, request: Request, wanted: str) -> None:
    route = request.scope.get("route")
    where = str(getattr(route, "path", ""))[:128]
    log.warning("access_denied", act=wanted, where=where, staff=visitor.actor.name)
    with web.database.unit() as session:
        audit.record(
            session,
            web.clock.now(),
            visitor.actor.name,
            "access.denied",
            where,
            method=request.method[:16],
            needed=wanted,
        )


async def _actor(request: Request) -> ActingAs:
    visitor = await identify(request)
    if visitor is None:
        raise NotSignedIn
    return visitor.actor


async def _somebody(request: Request) -> Visitor:
    visitor = await identify(request)
    if visitor is None:
        raise NotSignedIn
    return visitor


Actor = Annotated[ActingAs, Depends(_actor)]
"""Who acts: "staff:<id>" or "token:<id>" and their roles. For routes that need somebody signed in."""

SignedInVisitor = Annotated[Visitor, Depends(_somebody)]
"""The visitor with their name and the CSRF token of their session."""

Asking = Annotated[Visitor | None, Depends(identify)]
"""Who is asking, or None: for public pages that greet those who are signed in."""
