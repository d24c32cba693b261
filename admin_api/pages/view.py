"""Putting a page together: the templates, what all of them know, and the error page."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from fastapi import Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PackageLoader, PrefixLoader

from admin_api.pages import moments, phone_text, words
from admin_api.visitors import Visitor
from admin_api.web import web_of
from offer_guide.rendering import to_html
from staff.roles import May

Field = Annotated[str, Form()]
"""A form's field; one that is absent is empty."""

_TEMPLATES = Path(__file__).parent.parent / "templates"
_ROOMS: tuple[tuple[May, str, str], ...] = (
    (May.READ_CASES, "/cases", "Cases"),
    (May.EDIT_GUIDE, "/guide-desk", "Guide"),
    (May.EDIT_CARDS, "/wording", "Cards"),
    (May.EDIT_POLICY, "/policy", "Screening"),
    (May.INVITE, "/people/invites", "Invites"),
    (May.INVITE, "/group", "Group"),
    (May.SEE_SYSTEM, "/system", "System"),
    (May.MANAGE_STAFF, "/staff", "Staff"),
    (May.SIGNED_IN, "/account", "Your account"),
)


def _environment() -> Environment:
    made = Environment(
        loader=ChoiceLoader(
            [
                FileSystemLoader(_TEMPLATES),
                PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")}),
            ]
        ),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        moment=moments.moment,
        short_moment=moments.short_moment,
        day=moments.day,
        urgency_words=words.urgency,
        category_words=words.category,
        role_words=words.role,
        safe_html=to_html,
        card_html=phone_text.card_html,
        dialled=phone_text.dialled,
    )
    return made


_env = _environment()


def home(visitor: Visitor | None) -> str:
    """The first page that somebody may use."""
    if visitor is None:
        return "/guide"
    return next((address for permission, address, _ in _ROOMS if visitor.may(permission)), "/account")


def rendered(template: str, /, **context: Any) -> str:
    """A template as text."""
    return _env.get_template(template).render(context)


def page(
    request: Request,
    template: str,
    /,
    *,
    status: int = 200,
    errors: Mapping[str, str] | None = None,
    values: Mapping[str, Any] | None = None,
    **context: Any,
) -> HTMLResponse:
    """A page of the console. `errors` are sentences by field, `values` what was typed."""
    web = web_of(request)
    visitor: Visitor | None = getattr(request.state, "visitor", None)
    body = rendered(
        template,
        service=web.settings.service_name,
        rehearsal=bool(web.rehearsal_links),
        me=visitor,
        home=home(visitor),
        csrf_token=visitor.csrf if visitor else "",
        navigation=_navigation(visitor, request.url.path),
        now=web.clock.now(),
        errors=errors or {},
        values=values or {},
        **context,
    )
    # a half of a character that some channel let through must not stop the page
    return HTMLResponse(body.encode("utf-8", "replace"), status)


def public_page(request: Request, template: str, /, **context: Any) -> Response:
    """A page of the published guide: the same for everybody, kept by browsers until it changes."""
    web = web_of(request)
    body = rendered(
        template,
        service=web.settings.service_name,
        rehearsal=bool(web.rehearsal_links),
        home="/guide",
        bot=web.bot_username(),
        **context,
    ).encode("utf-8", "replace")
    mark = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": mark, "Cache-Control": "public, no-cache"}
    known = {one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")}
    if mark in known:
        return Response(status_code=304, headers=headers)
    return HTMLResponse(body, headers=headers)


def back_to(address: str) -> RedirectResponse:
    """After something was done: look at the page anew, so that a reload does not do it again."""
    return RedirectResponse(address, 303)


_SAID = {
    400: ("There is a problem with what was sent", "Check the address."),
    403: ("You cannot see this page", "Your account does not have permission for it."),
    404: ("Page not found", "If you typed the address, check that it is right."),
    405: ("Page not found", "This address is part of a form and cannot be opened by itself."),
    409: ("That could not be done", "Something changed in the meantime. Go back and look again."),
    413: ("That is too much at once", "Send less text."),
    422: ("There is a problem with what was sent", "Go back and check what you entered."),
    429: ("Too many tries", "Wait a moment and try again."),
}


def error_page(request: Request, status: int, title: str, detail: str) -> Response:
    """What went wrong, for a person: what it means and where to go from here."""
    heading, otherwise = _SAID.get(status, ("Sorry, there is a problem", "Try again in a few minutes."))
    told = detail if status in {400, 403, 404, 409, 413, 429, 500} and detail else otherwise
    return page(request, "error.html", status=status, heading=heading, told=told)


def _navigation(visitor: Visitor | None, path: str) -> list[dict[str, Any]]:
    if visitor is None:
        return []
    return [
        {
            "text": label,
            "href": address,
            "current": path == address,
            "active": path == address or path.startswith(address + "/"),
        }
        for permission, address, label in _ROOMS
        if visitor.may(permission)
    ]
