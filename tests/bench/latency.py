"""From a parent's message leaving the emulator to its case on an open console, over `cairn up`."""

from __future__ import annotations

import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.e2e.telegram import ROOT, EmulatedTelegram

TOKEN = "1:rehearsal"
READY_WITHIN = 60.0
HEARD_WITHIN = 30.0


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds."""

    median: float
    worst_of_a_hundred: float
    seen: int
    sent: int


def measure(messages: int, a_second: float) -> Latency:
    """`a_second` of 0 sends one message at a time and waits for its case."""
    with tempfile.TemporaryDirectory() as folder, EmulatedTelegram(Path(folder)) as telegram:
        telegram.wait()
        port = _free_port()
        settings = {
            **os.environ,
            "CAIRN_TELEGRAM_TOKEN": TOKEN,
            "CAIRN_TELEGRAM_API_URL": telegram.api_url,
            "CAIRN_DATA": folder,
            "CAIRN_PORT": str(port),
        }
        token = _token(settings)
        cairn = subprocess.Popen(
            [sys.executable, "-m", "cairn.cli", "up"],
            env=settings,
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            return _Console(f"http://127.0.0.1:{port}", token, telegram).run(messages, a_second)
        finally:
            cairn.terminate()
            cairn.wait(20)


def _token(settings: dict[str, str]) -> str:
    made = subprocess.run(
        [sys.executable, "-m", "cairn.cli", "token", "create", "--role", "moderator"],
        env=settings,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return made.stdout.strip()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class _Console:
    """An open console that notes when it hears of each case, and a crowd that writes."""

    def __init__(self, address: str, token: str, telegram: EmulatedTelegram) -> None:
        self._address, self._token, self._telegram = address, token, telegram
        self._heard: dict[str, float] = {}
        self._more = threading.Condition()
        self._open = threading.Event()

    def run(self, messages: int, a_second: float) -> Latency:
        self._until_ready()
        threading.Thread(target=self._listen, daemon=True).start()
        if not self._open.wait(READY_WITHIN):
            raise RuntimeError("the console did not open")
        sent: dict[str, float] = {}
        with httpx.Client(base_url=self._telegram.api_url, timeout=30) as phones:
            phones.post("/control/flood", json={"messages": 1, "users": messages, "texts": ["hello"]})
            threading.Event().wait(2)
            began = time.monotonic()
            for number in range(messages):
                if a_second:
                    threading.Event().wait(max(0.0, began + number / a_second - time.monotonic()))
                person = 2_000_000_000 + number
                text = f"i cant take it any more im going to shake her, {number}"
                sent[str(number)] = time.monotonic()
                phones.post(f"/phones/{person}/acts", json={"act": "send_text", "chat_id": person, "text": text})
                if not a_second:
                    self._wait_for(number + 1)
            self._wait_for(messages)
        return self._matched(sent)

    def _until_ready(self) -> None:
        until = time.monotonic() + READY_WITHIN
        while time.monotonic() < until:
            try:
                if httpx.get(f"{self._address}/readyz").status_code == 200:
                    return
            except httpx.HTTPError:
                pass
            threading.Event().wait(0.1)
        raise RuntimeError("Cairn did not get ready")

    def _listen(self) -> None:
        headers = {"Authorization": f"Bearer {self._token}"}
        with httpx.stream("GET", f"{self._address}/live", headers=headers, timeout=None) as feed:
            self._open.set()
            for line in feed.iter_lines():
                if line.startswith("data:") and "case" in line:
                    now = time.monotonic()
                    reference = json.loads(line[5:]).get("case")
                    with self._more:
                        self._heard.setdefault(reference, now)
                        self._more.notify_all()

    def _wait_for(self, number: int) -> None:
        with self._more:
            self._more.wait_for(lambda: len(self._heard) >= number, HEARD_WITHIN)

    def _matched(self, sent: dict[str, float]) -> Latency:
        headers = {"Authorization": f"Bearer {self._token}"}
        waits = []
        with httpx.Client(base_url=self._address, headers=headers, timeout=30) as api:
            for reference, at in self._heard.items():
                answer = api.get(f"/api/v1/cases/{reference}")
                while answer.status_code == 429:
                    threading.Event().wait(float(answer.headers.get("retry-after", 1)))
                    answer = api.get(f"/api/v1/cases/{reference}")
                number = answer.json()["messages"][0]["text"].rpartition(", ")[2]
                waits.append((at - sent[number]) * 1000)
        cut = statistics.quantiles(waits, n=100)
        return Latency(statistics.median(waits), cut[98], len(waits), len(sent))
