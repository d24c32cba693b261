"""Which function answers which method."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from rehearsal.botapi.params import Params

if TYPE_CHECKING:
    from rehearsal.world import World

Handler = Callable[["World", Params], Any]
F = TypeVar("F", bound=Handler)
METHODS: dict[str, Handler] = {}


def method(*names: str) -> Callable[[F], F]:
    def register(handler: F) -> F:
        for name in names:
            METHODS[name.lower()] = handler
        return handler

    return register
