"""`cairn up` as a newcomer starts it: a rehearsal in a process of its own, with its printed addresses."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

from playwright.sync_api import Browser, Error, sync_playwright

from tests.conftest import cannot
from tests.e2e.telegram import ROOT

READY_WITHIN = 60.0
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_ON_MACOS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


def chromium() -> str | None:
    """Where Chromium is on this machine."""
    found = next((path for name in _NAMES if (path := shutil.which(name))), None)
    return found or next((path for path in _ON_MACOS if Path(path).exists()), None)


@contextmanager
def launched() -> Iterator[Browser]:
    """A real Chromium; where there is none, or it does not start, the test is skipped, and fails in CI."""
    path = chromium()
    if path is None:
        cannot("there is no Chromium on this machine: install it, or run `make test` where it can be installed")
    with sync_playwright() as playwright:
        try:
            found = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        except Error as error:
            cannot(f"Chromium does not start on this machine: {error.message.splitlines()[0]}")
        yield found
        found.close()


class Stage:
    """A running rehearsal. Its addresses are read from what `cairn up` prints."""

    def __init__(self, folder: Path) -> None:
        self._printed = folder / "up.txt"
        settings = {name: value for name, value in os.environ.items() if not name.startswith("CAIRN_")}
        settings |= {"CAIRN_DATA": str(folder / "data"), "CAIRN_PORT": str(_free_port())}
        self._out = self._printed.open("wb")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "cairn.cli", "up"],
            cwd=ROOT,
            env=settings,
            stdout=self._out,
            stderr=subprocess.STDOUT,
        )

    def __enter__(self) -> Stage:
        until = time.monotonic() + READY_WITHIN
        while "Stop with Ctrl+C" not in self._printed.read_text():
            if self._process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"the rehearsal did not start:\n{self._printed.read_text()}")
            try:
                self._process.wait(0.1)
            except subprocess.TimeoutExpired:
                continue
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.wait(20)
        self._out.close()

    def printed(self, name: str) -> str:
        """The address or code printed beside a name."""
        found = re.search(rf"{re.escape(name)}\s+(\S+)", self._printed.read_text())
        assert found is not None, f"{name!r} was not printed"
        return found.group(1)


def _free_port() -> int:
    """A port whose next is free too: the phones live there."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port = int(first.getsockname()[1])
            try:
                second.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return port


class Phone:
    """One phone on the page of phones, worked as a thumb works it."""

    def __init__(self, page: Any, name: str) -> None:
        self.box = page.get_by_role("region", name=f"{name}’s phone")
        self._name = name

    def start(self) -> None:
        self.box.get_by_role("button", name="Start", exact=True).click()

    def taps(self, label: str) -> None:
        """The newest button of that label."""
        self.box.get_by_role("button", name=label, exact=True).last.click()

    def says(self, text: str) -> None:
        field = self.box.get_by_role("textbox", name=f"Message from {self._name}")
        field.fill(text)
        field.press("Enter")

    def opens_code(self, code: str) -> None:
        self.box.get_by_role("button", name=f"Menu of {self._name}’s phone").click()
        self.box.get_by_role("button", name="Open a link or a code").click()
        field = self.box.get_by_role("textbox", name="A t.me link, or the code after start=")
        field.fill(code)
        field.press("Enter")

    def sees(self, text: str) -> None:
        """Waits until the phone shows the text."""
        self.box.get_by_text(text).last.wait_for(timeout=20000)

    def opens(self, chat: str) -> None:
        self.box.get_by_role("tab", name=chat).click()
