"""The web application: the gate, the JSON API, the pages, the live feed and what machines ask."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from starlette.staticfiles import StaticFiles

from admin_api import api, gate, health, limiting, live, problems
from admin_api.pages import every
from admin_api.web import Web

_HERE = Path(__file__).parent
_GOVUK = _HERE / "assets" / "node_modules" / "govuk-frontend" / "dist" / "govuk"


@asynccontextmanager
async def _while_running(app: FastAPI) -> AsyncIterator[None]:
    yield
    app.state.live.close()


def every_router() -> list[APIRouter]:
    """Everything that is served, pages last."""
    return [health.router, live.router, *api.routers, *every.routers]


def every_route() -> list[APIRoute]:
    """Each route there is, for whoever checks them all."""
    return [route for router in every_router() for route in router.routes if isinstance(route, APIRoute)]


def create_app(web: Web) -> FastAPI:
    """Put the web side together around `web`. The caller serves it."""
    app = FastAPI(
        title="Cairn",
        version="1",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        lifespan=_while_running,
        redirect_slashes=False,
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.state.web = web
    app.state.error_page = every.error_page
    app.state.routes = every_route()
    app.state.live = live.Hub(web)
    limiting.install(app, web.settings)
    problems.install(app)
    app.add_middleware(gate.Gate, settings=web.settings)
    for router in every_router():
        app.include_router(router, include_in_schema=router in api.routers)
    app.mount("/static", StaticFiles(directory=_HERE / "static", check_dir=False), name="static")
    app.mount("/assets/govuk", StaticFiles(directory=_GOVUK, check_dir=False), name="govuk")
    return app
