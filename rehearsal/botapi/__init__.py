"""The Bot API's methods, one function each, over the world. No I/O here."""

from typing import TYPE_CHECKING, Any

from rehearsal.botapi import (  # noqa: F401 (each registers its methods)
    methods_bot,
    methods_groups,
    methods_invites,
    methods_media,
    methods_messages,
    methods_webhook,
)
from rehearsal.botapi.known import KNOWN
from rehearsal.botapi.params import Params
from rehearsal.botapi.registry import METHODS
from rehearsal.errors import ApiError

if TYPE_CHECKING:
    from rehearsal.world import World

__all__ = ["dispatch"]


def dispatch(world: "World", method: str, params: dict[str, Any], files: dict[str, Any]) -> Any:
    """Find the method whatever its capitals, as Telegram does, and do it."""
    name = method.lower()
    handler = METHODS.get(name)
    if handler is not None:
        return handler(world, Params(params, files))
    if name in KNOWN:
        raise ApiError(501, f"Not Implemented: the rehearsal does not do {KNOWN[name]}")
    raise ApiError(404, "Not Found")
