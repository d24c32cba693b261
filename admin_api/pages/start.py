"""The front door: in a rehearsal a page that says what to try; otherwise straight to where one belongs."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from admin_api.pages.view import back_to, home, page
from admin_api.security import Asking, needs
from admin_api.web import TheWeb
from staff.roles import May

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@router.get("/", dependencies=[needs(May.PUBLIC)])
def start(request: Request, web: TheWeb, visitor: Asking) -> Response:
    if not web.rehearsal_links:
        return back_to(home(visitor))
    return page(request, "start.html", links=web.rehearsal_links)
