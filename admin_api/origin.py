"""Where a request comes from: the client's address behind a configured proxy, and our own pages or others."""

from __future__ import annotations

import secrets
from urllib.parse import urlsplit

from fastapi import Request

from core.settings import LOOPBACK_HOSTS, Settings

CSRF_FIELD = "csrf_token"
CSRF_HEADER = "x-csrf-token"
SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


def client_address(request: Request, settings: Settings) -> str:
    """The address of who is asking. Forwarded headers are believed from CAIRN_TRUSTED_PROXY alone."""
    peer = request.client.host if request.client else ""
    if not settings.trusted_proxy or peer != settings.trusted_proxy:
        return peer
    forwarded = request.headers.get("x-forwarded-for", "").rpartition(",")[2].strip()
    return forwarded[:64] or peer


def from_loopback(request: Request, settings: Settings) -> bool:
    """Whether this comes from the machine itself, not through a proxy on it."""
    peer = request.client.host if request.client else ""
    through_proxy = any(name in request.headers for name in ("x-forwarded-for", "forwarded", "x-real-ip"))
    if through_proxy and peer != settings.trusted_proxy:
        return False
    return client_address(request, settings) in LOOPBACK_HOSTS


def own_hosts(settings: Settings) -> frozenset[str]:
    """The names under which Cairn answers."""
    host = urlsplit(settings.web_address).hostname or ""
    return frozenset({host.lower(), *LOOPBACK_HOSTS})


def own_origins(settings: Settings) -> frozenset[str]:
    """The origins whose pages are ours; on loopback, by each of its names."""
    parts = urlsplit(settings.web_address)
    own = {f"{parts.scheme}://{parts.netloc}".lower()}
    if parts.hostname in LOOPBACK_HOSTS:
        port = f":{parts.port}" if parts.port else ""
        own |= {f"{parts.scheme}://{name}{port}" for name in ("127.0.0.1", "localhost", "[::1]")}
    return frozenset(own)


def from_our_pages(request: Request, settings: Settings) -> bool:
    """Whether a browser says that one of our own pages sent this.

    An Origin of somebody else always refuses. Pages under "no-referrer" send Origin "null" with a form,
    so there the browser's Sec-Fetch-Site decides.
    """
    origin = request.headers.get("origin")
    if origin is not None and origin != "null":
        return origin.lower() in own_origins(settings)
    return request.headers.get("sec-fetch-site") == "same-origin"


async def carries_token(request: Request, expected: str) -> bool:
    """Whether the request carries the session's own token, in the header or as a form's field."""
    given: object = request.headers.get(CSRF_HEADER)
    if given is None and request.headers.get("content-type", "").startswith(_FORMS):
        given = (await request.form()).get(CSRF_FIELD)
    return (
        bool(expected)
        and isinstance(given, str)
        and secrets.compare_digest(given.encode("utf-8", "surrogatepass"), expected.encode())
    )
