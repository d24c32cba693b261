"""`cairn up` as a process of its own: it says where to look, answers there, and ends when it is told to."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.settings import Settings
from tests.waiting import until

ROOT = Path(__file__).parent.parent.parent


def a_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def running(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], Path, int]]:
    """A rehearsal in a process, what it prints, and its port."""
    port = a_free_port()
    unset = {f"CAIRN_{name.upper()}" for name in Settings.model_fields}
    environment = {name: value for name, value in os.environ.items() if name not in unset}
    environment |= {"CAIRN_DATA": str(tmp_path / "data"), "CAIRN_PORT": str(port), "PYTHONUNBUFFERED": "1"}
    printed = tmp_path / "printed"
    with printed.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "cairn.cli", "up"], cwd=ROOT, env=environment, stdout=out, stderr=out
        )
        yield process, printed, port
        process.kill()
        process.wait(10)


@pytest.mark.slow
def test_up_says_where_to_look_answers_and_ends(running: tuple[subprocess.Popen[bytes], Path, int]) -> None:
    process, printed, port = running
    until(lambda: "Stop with Ctrl+C" in printed.read_text() or process.poll() is not None, 60, "the welcome")
    welcome = printed.read_text()
    assert "Nothing leaves this machine" in welcome
    for label in ("Phones", "Sign in, once", "Console", "Published guide", "Invite code"):
        assert label in welcome
    for address in re.findall(r"http://127\.0\.0\.1:\d+/\S*", welcome):
        if "/enter/" not in address:  # it works once
            with urllib.request.urlopen(address, timeout=10) as answer:
                assert answer.status == 200
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=10) as answer:
        assert answer.status == 200
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0
    assert "Traceback" not in printed.read_text()
