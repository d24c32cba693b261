"""The emulated Telegram as a process of its own, so that killing Cairn leaves it standing."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx

ROOT = Path(__file__).parent.parent.parent
GROUP = -1_000_000_000_001
OWNER = 1005
READY_WITHIN = 60.0


class EmulatedTelegram:
    """Starts `python -m rehearsal`, plays people over HTTP and keeps a list of what the bot said."""

    def __init__(self, folder: Path) -> None:
        self._snapshot = folder / "telegram.json"
        self._log = (folder / "telegram.log").open("wb")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "rehearsal", "--port", "0", "--no-limits", "--snapshot", str(self._snapshot)],
            cwd=ROOT,
            stdout=self._log,
            stderr=subprocess.STDOUT,
        )
        self._client = httpx.Client(timeout=30)
        self._heard_up_to = 0
        self.calls: list[dict[str, Any]] = []

    def wait(self) -> EmulatedTelegram:
        """Until it answers."""
        until = time.monotonic() + READY_WITHIN
        while True:
            try:
                told = json.loads(self._snapshot.read_text())
                break
            except (OSError, ValueError):
                if self._process.poll() is not None or time.monotonic() > until:
                    raise RuntimeError("the emulated Telegram did not start") from None
                self._pause(0.05)
        self.api_url: str = told["base_url"].removesuffix("/bot")
        self._client.base_url = httpx.URL(told["phones_url"])
        return self

    def _pause(self, seconds: float) -> None:
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return

    def act(self, person: int, name: str, **more: Any) -> Any:
        """Somebody does something with their phone; what they sent, as phones show it."""
        answer = self._client.post(f"/phones/{person}/acts", json={"act": name, **more})
        answer.raise_for_status()
        return answer.json()["result"]

    def waiting(self) -> int:
        """How many updates the bot has not taken yet."""
        return int(self._client.get("/control").json()["updates_waiting"])

    def listen(self) -> None:
        """Add what the bot has asked for since the last look to `calls`. To be done often: it shows 1,000."""
        found = self._client.get("/control/log", params={"after": self._heard_up_to}).json()["calls"]
        if found:
            if found[0]["n"] != self._heard_up_to + 1:
                raise RuntimeError("calls went by unseen: listen more often")
            self._heard_up_to = found[-1]["n"]
            self.calls += found

    def said(self) -> list[dict[str, Any]]:
        """The parameters of each message that the bot said, in order."""
        return [call["params"] for call in self.calls if call["ok"] and call["method"].lower() == "sendmessage"]

    def close(self) -> None:
        self._client.close()
        self._process.kill()
        self._process.wait()
        self._log.close()

    def __enter__(self) -> EmulatedTelegram:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
