"""The one-time link of a new account: choose a password and set up the second factor."""

from __future__ import annotations

import pyotp
import segno
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from markupsafe import Markup

from admin_api.pages.view import Field, back_to, page
from admin_api.security import needs
from admin_api.visitors import begin_session
from admin_api.web import Now, Reading, TheWeb, Unit
from core import audit
from staff import signin
from staff.models import SignInStep, Staff
from staff.roles import May

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

PUBLIC = [needs(May.PUBLIC)]


def _page(
    request: Request, token: str, found: tuple[SignInStep, Staff] | None, service: str, errors: dict[str, str]
) -> Response:
    if found is None:
        return page(request, "welcome_over.html", status=404)
    under_way, staff = found
    assert under_way.totp_secret is not None
    secret, email = under_way.totp_secret.reveal(), staff.email.reveal()
    address = pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=service)
    return page(
        request,
        "welcome.html",
        status=422 if errors else 200,
        errors=errors,
        token=token,
        name=staff.name.reveal(),
        email=email,
        secret=" ".join(secret[place : place + 4] for place in range(0, len(secret), 4)),
        qr=Markup(segno.make(address, micro=False).svg_inline(scale=5, border=3, omitsize=True)),  # noqa: S704
    )


@router.get("/welcome/{token}", dependencies=PUBLIC)
def look(request: Request, session: Reading, web: TheWeb, now: Now, token: str) -> Response:
    found = signin.step(session, token[:200], "welcome", now)
    return _page(request, token, found, web.settings.service_name, {})


@router.post("/welcome/{token}", dependencies=PUBLIC)
def finish(
    request: Request, session: Unit, web: TheWeb, now: Now, token: str, password: Field = "", code: Field = ""
) -> Response:
    found = signin.step(session, token[:200], "welcome", now)
    errors: dict[str, str] = {}
    try:
        fresh = signin.finish_welcome(session, token[:200], password, code, now)
    except signin.WeakPassword as error:
        errors["password"] = str(error)
    except signin.SignInRefused as error:
        errors["code"] = str(error)
    else:
        if fresh is not None:
            who = f"staff:{fresh.staff.id}"
            audit.record(session, now, who, "staff.welcomed", who)
            response = back_to("/")
            begin_session(request, response, session, fresh, now)
            return response
    return _page(request, token, found, web.settings.service_name, errors)
