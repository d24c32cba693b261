"""The phones and the controls are for this computer only, and for pages of this computer only."""

from urllib.parse import urlsplit

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOOPBACK = frozenset(("127.0.0.1", "localhost", "::1"))
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = [
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
    (b"cross-origin-resource-policy", b"same-origin"),
]


def _is_here(address: str) -> bool:
    try:
        return urlsplit(address).hostname in LOOPBACK
    except ValueError:
        return False


class LoopbackOnly:
    """Refuses a Host that is not loopback (DNS rebinding) and an Origin that is not (cross-site posting).

    The Bot API itself may be reached by another host name, but never by a page of another site.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        for_bots = scope["path"].startswith(("/bot", "/file/"))
        for name, value in scope["headers"]:
            if name == b"origin" and not _is_here(value.decode("latin-1")):
                return await self._refuse(scope, receive, send)
            if name == b"host" and not for_bots and not _is_here(f"//{value.decode('latin-1')}"):
                return await self._refuse(scope, receive, send)
        if for_bots:
            return await self.app(scope, receive, send)

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), *HEADERS]
            await send(message)

        await self.app(scope, receive, send_guarded)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = JSONResponse({"error": "The rehearsal answers this computer only."}, status_code=403)
        await refusal(scope, receive, send)
