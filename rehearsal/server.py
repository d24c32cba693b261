"""The emulator as a server of its own, in a thread beside whatever else the process does."""

import socket
import threading
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Any

import uvicorn

from rehearsal.app import create_app
from rehearsal.controls import Controls
from rehearsal.world import World

START_SECONDS = 15.0


class Server:
    """Ready when ``start`` returns. After ``stop`` it can be started again on the same port."""

    def __init__(
        self, world: World, host: str = "127.0.0.1", port: int = 0, links: Sequence[tuple[str, str]] = ()
    ) -> None:
        self.world = world
        self.host = host
        self.port = port
        self.app = create_app(world, links)
        self._uvicorn: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def base_url(self) -> str:
        """What a Bot API library takes as ``base_url``: the token follows without a slash."""
        return f"{self.phones_url}bot"

    @property
    def base_file_url(self) -> str:
        return f"{self.phones_url}file/bot"

    @property
    def phones_url(self) -> str:
        return f"http://{self.host}:{self.port}/"

    @property
    def controls(self) -> Controls:
        found: Controls = self.app.state.controls
        return found

    def start(self) -> "Server":
        """Open the port and answer. Raises OSError where the port is taken, RuntimeError where nothing starts."""
        opened = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        # named as TCP so that asyncio turns Nagle off: an answer in two parts would wait 40 ms otherwise
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            opened.bind((self.host, self.port))
        except OSError:
            opened.close()
            raise
        self.port = opened.getsockname()[1]
        config = uvicorn.Config(  # no proxy stands before it
            self.app, log_level="warning", access_log=False, lifespan="on", timeout_graceful_shutdown=1,
            timeout_keep_alive=75, server_header=False, proxy_headers=False, ws="none",
        )  # fmt: skip
        server = uvicorn.Server(config)
        self._uvicorn = server
        self.app.state.abort = self._abort
        self._thread = threading.Thread(
            target=server.run, kwargs={"sockets": [opened]}, name="rehearsal", daemon=True
        )
        self._thread.start()
        until = time.monotonic() + START_SECONDS
        while not server.started:
            if not self._thread.is_alive() or time.monotonic() > until:
                opened.close()
                raise RuntimeError("the rehearsal did not start")
            time.sleep(0.005)
        return self

    def _abort(self, client: Any) -> bool:
        """Break one client's connection; called in the server's loop."""
        assert self._uvicorn is not None
        for connection in list(self._uvicorn.server_state.connections):
            if client is not None and getattr(connection, "client", None) == tuple(client):
                transport = getattr(connection, "transport", None)
                if transport is not None:
                    transport.abort()
                    return True
        return False

    def stop(self) -> None:
        """Close the port and the streams. Harmless when not running."""
        if self._uvicorn is None or self._thread is None:
            return
        for bell in self.app.state.bells:
            bell.close()
        self._uvicorn.should_exit = True
        self._thread.join(timeout=10)
        self._uvicorn, self._thread = None, None

    def __enter__(self) -> "Server":
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def serve(world: World, host: str = "127.0.0.1", port: int = 0, links: Sequence[tuple[str, str]] = ()) -> Server:
    """A server for this world, not yet started: ``with serve(world) as server:`` or ``.start()``."""
    return Server(world, host, port, links)
