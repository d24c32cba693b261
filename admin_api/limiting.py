"""Rate limits, in memory or in Redis when several processes share them. They slow, and never lock out.

With Redis gone each process counts for itself: a limit is never a reason to be away.
"""

from __future__ import annotations

import math
import time
from datetime import datetime

import structlog
from fastapi import FastAPI, Request
from limits import RateLimitItem, RateLimitItemPerMinute, RateLimitItemPerSecond
from limits.storage import MemoryStorage, Storage, storage_from_string
from limits.strategies import MovingWindowRateLimiter
from starlette.concurrency import run_in_threadpool

from admin_api.origin import client_address
from admin_api.visitors import Visitor
from admin_api.web import web_of
from core.sealing import ring
from core.settings import Settings
from staff import signin

log = structlog.get_logger()

API_CALLS = RateLimitItemPerMinute(600)
UNKNOWN_CALLS = RateLimitItemPerMinute(120)
SIGN_INS_OF_CLIENT = RateLimitItemPerMinute(30)
SIGN_INS_OF_ADDRESS = RateLimitItemPerMinute(60)
_LIMITED_PATHS = ("/api/", "/metrics")


class TooMany(Exception):
    """Asked too often; `seconds` is how long to wait."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"Too many requests. Wait {seconds} seconds and try again.")
        self.seconds = seconds


class Pause(RateLimitItemPerSecond):
    """One try, and then none for so many seconds; counted under one key however long the pause is."""

    def __init__(self, seconds: int) -> None:
        super().__init__(1, seconds)

    def key_for(self, *identifiers: bytes | str | float) -> str:
        return "/".join(("pause", *map(str, identifiers)))


class Limits:
    """Counts calls by key."""

    def __init__(self, address: str | None) -> None:
        self._own = MovingWindowRateLimiter(MemoryStorage())
        self._shared = MovingWindowRateLimiter(_shared_storage(address)) if address else None

    def wait(self, item: RateLimitItem, *key: str) -> int:
        """Count one call; 0 when it is within the limit, else how many seconds to wait."""
        if self._shared is not None:
            try:
                return self._wait(self._shared, item, key)
            except Exception as error:  # redis-py raises many kinds; none may stop the console
                log.warning("limits_not_shared", error=type(error).__name__)
        return self._wait(self._own, item, key)

    @staticmethod
    def _wait(limiter: MovingWindowRateLimiter, item: RateLimitItem, key: tuple[str, ...]) -> int:
        if limiter.hit(item, *key):
            return 0
        left = limiter.get_window_stats(item, *key).reset_time - time.time()
        return max(1, min(60, math.ceil(left)))


def _shared_storage(address: str) -> Storage:
    if address.startswith("unix://"):
        address = "redis+" + address
    storage = storage_from_string(address, socket_timeout=1, socket_connect_timeout=1)
    assert isinstance(storage, Storage)
    return storage


def install(app: FastAPI, settings: Settings) -> None:
    """Give the application its limits."""
    address = settings.redis_url.get_secret_value() if settings.redis_url else None
    app.state.limits = Limits(address)


def limits_of(request: Request) -> Limits:
    limits: Limits = request.app.state.limits
    return limits


async def admit(request: Request, visitor: Visitor | None) -> None:
    """Count a call to the API by its token or session, and by client while nobody is known. Raises TooMany."""
    if not request.url.path.startswith(_LIMITED_PATHS):
        return
    if visitor is not None:
        item, key = API_CALLS, visitor.key
    else:
        item, key = UNKNOWN_CALLS, client_address(request, web_of(request).settings)
    seconds = await run_in_threadpool(limits_of(request).wait, item, "api", key)
    if seconds:
        raise TooMany(seconds)


def sign_in_wait(request: Request, email: str, at: datetime) -> int:
    """How long to wait before this try to sign in is looked at; 0 to go on. Call it once for each try.

    Counted by client and by a keyed hash of the e-mail address. After five wrong tries for an address,
    each client may try it once in the pause that `staff.signin` asks for: up to a minute, never longer,
    and never because of what another client did.
    """
    web = web_of(request)
    with web.database.reading() as session:
        pause = signin.wait_seconds(session, email, at)
    limits = limits_of(request)
    client = client_address(request, web.settings)
    address = ring().lookup("sign-in", email.strip().casefold())
    seconds = limits.wait(SIGN_INS_OF_CLIENT, "client", client)
    seconds = seconds or limits.wait(SIGN_INS_OF_ADDRESS, "address", address)
    if not seconds and pause:
        seconds = limits.wait(Pause(pause), client, address)
    return seconds
