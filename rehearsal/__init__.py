"""A pretended Telegram on this computer: the Bot API over HTTP, and a page of phones to play the people.

It knows Telegram and nothing of the bot. Use ``World.with_cast()``, ``serve(world)`` and any Bot API library.
"""

from rehearsal.app import create_app
from rehearsal.errors import ActRefused, ApiError
from rehearsal.server import Server, serve
from rehearsal.world import World

__all__ = ["ActRefused", "ApiError", "Server", "World", "create_app", "serve"]
