"""The gate in front of everything: the host's name, the size of what is sent, the headers that protect a
browser, and the last catch: what nobody foresaw is logged without content and answered plainly.
"""

from __future__ import annotations

import re
import secrets
import traceback

import structlog
from fastapi import Request
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from admin_api import problems
from admin_api.origin import own_hosts
from core.settings import Settings

log = structlog.get_logger()

LARGEST_BODY = 1_000_000
TOO_LARGE = "Send one megabyte at most."
_PROBES = {"/healthz", "/readyz", "/metrics"}
"""Asked by machines under whatever name the machine has; they carry nothing that a name could spoil."""

_HOST = re.compile(r"(?P<name>[a-z0-9.-]+|\[[0-9a-f:.]+\])(:\d{1,5})?")

_FIXED = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def policy(nonce: str) -> str:
    """The content security policy; pages that may be cached have no nonce."""
    scripts = f"'nonce-{nonce}' 'self'" if nonce else "'self'"
    return (
        f"default-src 'none'; script-src {scripts}; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; manifest-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )


def caching(path: str) -> str:
    """What may be kept of an answer: nothing of the desk; what is public, unless the answer says otherwise."""
    if path.startswith(("/static/", "/assets/")):
        return "public, max-age=3600"
    if path == "/guide" or path.startswith("/guide/"):
        return "public, no-cache"
    return "no-store"


def _counted(receive: Receive) -> Receive:
    """Refuses a body that turns out larger than it may be, however it is sent."""
    received = 0

    async def counting() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > LARGEST_BODY:
            raise HTTPException(413, TOO_LARGE)
        return message

    return counting


class Gate:
    """ASGI middleware around the whole application."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.settings = settings
        self.hosts = own_hosts(settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = Request(scope, receive)
        path = scope["path"]
        public = path == "/guide" or path.startswith(("/guide/", "/static/", "/assets/"))
        only_head = scope["method"] == "HEAD" and (public or path in _PROBES)
        if only_head:  # link checkers and load balancers ask so; the answer is that of GET without its body
            scope["method"] = "GET"
        nonce = "" if public else secrets.token_urlsafe(16)
        request.state.csp_nonce = nonce
        started = False

        async def guarded(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                self._protect(MutableHeaders(scope=message), path, nonce)
            elif only_head:
                message = {**message, "body": b""}
            await send(message)

        refusal = await self._refusal(request)
        if refusal is not None:
            await refusal(scope, receive, guarded)
            return
        try:
            await self.app(scope, _counted(receive), guarded)
        except Exception as error:
            self._note(request, error)
            if started:
                raise ConnectionAbortedError from None
            plain = await problems.respond(request, 500, "Something went wrong on our side. It has been noted.")
            await plain(scope, receive, guarded)

    async def _refusal(self, request: Request) -> Response | None:
        """The answer to what goes no further."""
        if not self._knows(request):
            return PlainTextResponse(
                f"Cairn does not answer under this name. Open {self.settings.web_address}", 400
            )
        if self._too_large(request):
            return await problems.respond(request, 413, TOO_LARGE)
        if "\x00" in request.scope["path"]:  # no name holds a null, and PostgreSQL will not look for one
            return await problems.respond(request, 404)
        if b"%00" in request.scope["query_string"]:
            return await problems.respond(request, 400, "Leave out the null characters.")
        return None

    def _knows(self, request: Request) -> bool:
        if request.url.path in _PROBES:
            return True
        named = _HOST.fullmatch(request.headers.get("host", "").lower())
        return named is not None and named["name"].strip("[]") in self.hosts

    @staticmethod
    def _too_large(request: Request) -> bool:
        length = request.headers.get("content-length", "0")
        return not (length.isascii() and length.isdigit()) or len(length) > 12 or int(length) > LARGEST_BODY

    def _protect(self, headers: MutableHeaders, path: str, nonce: str) -> None:
        for name, value in _FIXED.items():
            headers[name] = value
        headers.setdefault("Content-Security-Policy", policy(nonce))
        keep = caching(path)
        if keep == "no-store":
            headers["Cache-Control"] = keep
        else:
            headers.setdefault("Cache-Control", keep)
        if self.settings.over_tls:
            headers["Strict-Transport-Security"] = "max-age=31536000"

    @staticmethod
    def _note(request: Request, error: Exception) -> None:
        """Log where it happened, never what was in it."""
        route = request.scope.get("route")
        log.error(
            "request_failed",
            error=type(error).__name__,
            method=request.method,
            path=str(getattr(route, "path", "")),
            exception="".join(traceback.format_tb(error.__traceback__)),
        )
