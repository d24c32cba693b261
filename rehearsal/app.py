"""Everything under one roof: the Bot API, the files, the phones and the controls."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from rehearsal.api_http import BotApi
from rehearsal.bell import Bell
from rehearsal.controls import SHOWN_CALLS, Controls
from rehearsal.guard import LoopbackOnly
from rehearsal.phones import Phones
from rehearsal.webhook import Deliveries
from rehearsal.world import World


class ControlPages:
    def __init__(self, controls: Controls) -> None:
        self.controls = controls

    async def control(self, request: Request) -> Response:
        if request.method == "POST":
            try:
                wanted = await request.json()
                self.controls.apply(wanted)
            except (ValueError, TypeError, AttributeError) as wrong:
                return JSONResponse({"error": f"Not understood: {wrong}"}, status_code=400)
        return JSONResponse(self.controls.shown())

    async def log(self, request: Request) -> Response:
        """The calls so far, oldest first; ``?method=`` and ``?after=`` narrow them."""
        method = request.query_params.get("method", "").lower()
        after = request.query_params.get("after", "")
        first = int(after) if after.isdigit() else 0
        found = [
            call
            for call in list(self.controls.log)
            if call["n"] > first and (not method or call["method"].lower() == method)
        ]
        return JSONResponse({"calls": found[-SHOWN_CALLS:]})

    async def flood(self, request: Request) -> Response:
        try:
            return JSONResponse(self.controls.start_flood(await request.json()), status_code=202)
        except (ValueError, TypeError, AttributeError) as wrong:
            return JSONResponse({"error": f"Not understood: {wrong}"}, status_code=400)


def create_app(world: World, links: Sequence[tuple[str, str]] = ()) -> Starlette:
    """The emulator as an ASGI app. ``links`` are shown at the top of the page of phones."""
    updates_bell, events_bell = Bell(), Bell()
    controls = Controls(world)
    deliveries = Deliveries(world, updates_bell)
    pages = ControlPages(controls)

    async def file(request: Request) -> Response:
        if request.path_params["token"] not in world.bot.tokens:
            return JSONResponse({"ok": False, "error_code": 401, "description": "Unauthorized"}, status_code=401)
        stored = world.files.by_path.get(request.path_params["path"])
        if stored is None:
            return JSONResponse({"ok": False, "error_code": 404, "description": "Not Found"}, status_code=404)
        return Response(stored.content, media_type="application/octet-stream")

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        rings: list[tuple[list[Any], Any]] = [
            (world.on_update, updates_bell.ring),
            (world.on_event, events_bell.ring),
        ]
        for bell in (updates_bell, events_bell):
            bell.open()
        for listeners, ring in rings:
            listeners.append(ring)
        delivering = asyncio.create_task(deliveries.run())
        try:
            yield
        finally:
            for listeners, ring in rings:
                listeners.remove(ring)
            delivering.cancel()
            with suppress(asyncio.CancelledError):
                await delivering

    async def not_found(request: Request, error: Exception) -> Response:
        return JSONResponse({"ok": False, "error_code": 404, "description": "Not Found"}, status_code=404)

    app = Starlette(
        routes=[
            Route("/bot{token}/{method}", BotApi(world, controls, updates_bell)),
            Route("/file/bot{token}/{path:path}", file),
            *Phones(world, events_bell, links).routes(),
            Route("/control", pages.control, methods=["GET", "POST"]),
            Route("/control/log", pages.log),
            Route("/control/flood", pages.flood, methods=["POST"]),
        ],
        middleware=[Middleware(LoopbackOnly)],
        exception_handlers={404: not_found},
        lifespan=lifespan,
    )
    app.state.bells = (updates_bell, events_bell)
    app.state.controls = controls
    return app
