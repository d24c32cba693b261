"""Signing in with password and then a code, the rehearsal's one-time link, and signing out."""

from __future__ import annotations

from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from admin_api.limiting import sign_in_wait
from admin_api.pages.view import Field, back_to, home, page
from admin_api.problems import safe_next
from admin_api.security import Asking, needs
from admin_api.visitors import begin_session, end_session
from admin_api.web import Now, Reading, TheWeb, Unit, Web
from core import audit
from staff import signin
from staff.roles import May
from staff.signin import SECOND_FOR

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

PUBLIC = [needs(May.PUBLIC)]
_WRONG = "Enter the e-mail address and password of your account. One of them is not right"
_WRONG_CODE = "That code is not right, or was used before. Wait for the next one and enter it"


def _step_cookie(web: Web) -> str:
    return "__Host-cairn-step" if web.settings.over_tls else "cairn-step"


def _remember_step(web: Web, response: Response, token: str) -> Response:
    response.set_cookie(
        _step_cookie(web),
        token,
        max_age=int(SECOND_FOR.total_seconds()),
        path="/",
        httponly=True,
        samesite="lax",
        secure=web.settings.over_tls,
    )
    return response


@router.get("/sign-in", dependencies=PUBLIC)
def first_page(request: Request, visitor: Asking, next: str = "") -> Response:
    if visitor is not None:
        return back_to(safe_next(next) if next else home(visitor))
    return page(request, "sign_in.html", next=safe_next(next))


@router.post("/sign-in", dependencies=PUBLIC)
def first(
    request: Request,
    session: Unit,
    web: TheWeb,
    now: Now,
    email: Field = "",
    password: Field = "",
    next: Field = "",
) -> Response:
    def again(status: int, **errors: str) -> Response:
        return page(
            request, "sign_in.html", status=status, errors=errors, values={"email": email}, next=safe_next(next)
        )

    if not email.strip() or not password:
        empty = {} if email.strip() else {"email": "Enter your e-mail address"}
        return again(422, **empty, **({} if password else {"password": "Enter your password"}))
    if seconds := sign_in_wait(request, email, now):
        return again(429, email=f"Too many tries. Wait {seconds} seconds and try again")
    token = signin.first_factor(session, email[:254], password[: signin.LONGEST + 1], now)
    if token is None:
        audit.record(session, now, "system", "signin.failed", "", step="password")
        return again(422, email=_WRONG)
    return _remember_step(web, back_to(f"/sign-in/code?next={quote(safe_next(next), safe='/')}"), token)


@router.get("/sign-in/code", dependencies=PUBLIC)
def second_page(request: Request, web: TheWeb, session: Reading, now: Now, next: str = "") -> Response:
    if signin.step(session, request.cookies.get(_step_cookie(web), "")[:200], "second", now) is None:
        return back_to("/sign-in")
    return page(request, "sign_in_code.html", next=safe_next(next))


@router.post("/sign-in/code", dependencies=PUBLIC)
def second(request: Request, session: Unit, web: TheWeb, now: Now, code: Field = "", next: Field = "") -> Response:
    token = request.cookies.get(_step_cookie(web), "")[:200]
    under_way = signin.step(session, token, "second", now)
    if under_way is None:
        return page(
            request,
            "sign_in.html",
            status=422,
            errors={"email": "Your sign-in took too long. Start again"},
            next=safe_next(next),
        )
    who = f"staff:{under_way[1].id}"
    fresh = signin.second_factor(session, token, code, now)
    if fresh is None:
        audit.record(session, now, "system", "signin.failed", who, step="code")
        return page(request, "sign_in_code.html", status=422, errors={"code": _WRONG_CODE}, next=safe_next(next))
    audit.record(session, now, who, "signin.done", who)
    response = back_to(safe_next(next))
    response.delete_cookie(
        _step_cookie(web), path="/", httponly=True, samesite="lax", secure=web.settings.over_tls
    )
    begin_session(request, response, session, fresh, now)
    return response


@router.get("/enter/{token}", dependencies=PUBLIC)
def enter_page(request: Request, session: Reading, now: Now, token: str) -> Response:
    found = signin.step(session, token[:200], "rehearsal", now)
    return page(request, "enter.html", status=200 if found else 404, good=found is not None, token=token)


@router.post("/enter/{token}", dependencies=PUBLIC)
def enter(request: Request, session: Unit, now: Now, token: str) -> Response:
    fresh = signin.enter_rehearsal(session, token[:200], now)
    if fresh is None:
        return page(request, "enter.html", status=404, good=False, token="")
    audit.record(session, now, f"staff:{fresh.staff.id}", "signin.done", f"staff:{fresh.staff.id}", by="rehearsal")
    response = back_to("/cases")
    begin_session(request, response, session, fresh, now)
    return response


@router.post("/sign-out", dependencies=[needs(May.SIGNED_IN)])
def sign_out(request: Request, session: Unit, now: Now) -> Response:
    response = back_to("/sign-in")
    end_session(request, response, session, now)
    return response
