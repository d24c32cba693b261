"""What Telegram answers to a poll when it is not well: said in the console, waited out, and nothing is lost."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from bot.intake import LONGEST_PAUSE, Intake, TelegramTrouble
from core.database import Database
from core.models import InboxUpdate
from core.remember import recall
from tests.conftest import TestClock
from tests.e2e.updates import written

API = "http://telegram.invalid"
CONFLICT = {"ok": False, "error_code": 409, "description": "Conflict: terminated by other getUpdates request"}
TOO_MANY = {
    "ok": False,
    "error_code": 429,
    "description": "Too Many Requests: retry after 7",
    "parameters": {"retry_after": 7},
}


def raised(error: type[httpx.HTTPError]) -> Callable[[httpx.Request], httpx.Response]:
    def answer(request: httpx.Request) -> httpx.Response:
        raise error("made up")

    return answer


def answered(status: int, body: Any) -> Callable[[httpx.Request], httpx.Response]:
    content = (
        body if isinstance(body, bytes) else body.encode() if isinstance(body, str) else json.dumps(body).encode()
    )
    return lambda request: httpx.Response(status, content=content)


BAD = {
    "a page of HTML": (answered(502, "<html><h1>502 Bad Gateway</h1></html>"), "502 without JSON"),
    "nothing": (answered(200, b""), "200 without JSON"),
    "half an answer": (answered(200, '{"ok": true, "result": [{"update_id": 1, "mess'), "200 without JSON"),
    "no text at all": (answered(200, b"\xff\xfe\x00\xd8"), "200 without JSON"),
    "nested without end": (answered(200, "[" * 100_000), "200 without JSON"),
    "a refusal": (answered(400, {"ok": False, "description": "Bad Request"}), "400: Bad Request"),
    "a list": (answered(200, [1, 2]), "Telegram answered 200"),
    "a number": (answered(200, 7), "Telegram answered 200"),
    "no list of updates": (answered(200, {"ok": True, "result": {"update_id": 1}}), "no list of updates"),
    "no result": (answered(200, {"ok": True}), "no list of updates"),
    "another poller": (answered(409, CONFLICT), "409: Conflict"),
    "too many": (answered(429, TOO_MANY), "429: Too Many"),
    "strange parameters": (answered(429, {**TOO_MANY, "parameters": ["soon"]}), "429: Too Many"),
    "a strange wait": (answered(429, {**TOO_MANY, "parameters": {"retry_after": "soon"}}), "429: Too Many"),
    "a description that is none": (answered(500, {"ok": False, "description": {"a": 1}}), "500"),
    "a broken connection": (raised(httpx.ReadError), "ReadError"),
    "nobody there": (raised(httpx.ConnectError), "ConnectError"),
    "no answer in time": (raised(httpx.ReadTimeout), "ReadTimeout"),
    "a protocol of its own": (raised(httpx.RemoteProtocolError), "RemoteProtocolError"),
}


@pytest.mark.parametrize("answer", BAD, ids=str)
def test_a_bad_answer_is_trouble_and_says_what(sqlite_only: Database, clock: TestClock, answer: str) -> None:
    respond, said = BAD[answer]
    intake = Intake(sqlite_only, clock, API, "1:rehearsal")
    with (
        httpx.Client(transport=httpx.MockTransport(respond)) as client,
        pytest.raises(TelegramTrouble, match=said),
    ):
        intake.once(client)
    with sqlite_only.reading() as session:
        assert session.scalars(select(InboxUpdate)).all() == []


def test_the_pause_that_telegram_asks_for_is_kept(sqlite_only: Database, clock: TestClock) -> None:
    intake = Intake(sqlite_only, clock, API, "1:rehearsal")
    client = httpx.Client(transport=httpx.MockTransport(answered(429, TOO_MANY)))
    with client, pytest.raises(TelegramTrouble) as found:
        intake.once(client)
    assert found.value.wait == 7


def test_the_token_is_in_no_word_of_the_trouble(sqlite_only: Database, clock: TestClock) -> None:
    intake = Intake(sqlite_only, clock, API, "1:secret-of-the-bot")
    for respond, _ in BAD.values():
        client = httpx.Client(transport=httpx.MockTransport(respond))
        with client, pytest.raises(TelegramTrouble) as found:
            intake.once(client)
        assert "secret" not in str(found.value)


def test_the_offset_moves_on_only_after_the_commit(
    database: Database, clock: TestClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A batch that could not be stored is asked for again."""
    asked: list[str] = []

    def respond(request: httpx.Request) -> httpx.Response:
        asked.append(dict(httpx.QueryParams(request.content.decode())).get("offset", "none"))
        return httpx.Response(200, json={"ok": True, "result": [written(41, "hello"), written(42, "again")]})

    def no_room(*_: object, **__: object) -> None:
        raise RuntimeError("the disk is full")

    intake = Intake(database, clock, API, "1:rehearsal")
    with httpx.Client(transport=httpx.MockTransport(respond)) as client:
        with monkeypatch.context() as broken:
            broken.setattr("bot.intake.inbox.store", no_room)
            with pytest.raises(RuntimeError):
                intake.once(client)
        assert intake.once(client) == 2
        assert intake.once(client) == 0
    assert asked == ["none", "none", "43"]


class Impatient(threading.Event):
    """A stop signal under which no pause is really waited for; it notes how long each was to be."""

    def __init__(self) -> None:
        super().__init__()
        self.pauses: list[float] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.pauses.append(timeout or 0)
        return self.is_set()


class Moody:
    """A server that gives the answers of a list in turn, each on a connection of its own."""

    def __init__(self, answers: list[bytes | None]) -> None:
        self._answers = answers
        self.asked: list[bytes] = []
        self.over = threading.Event()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        self.address = f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def _serve(self) -> None:
        for answer in self._answers:
            connection, _ = self._socket.accept()
            with connection:
                self.asked.append(self._read(connection))
                if answer is None:  # a reset: closed at once, with what was not read thrown away
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                else:
                    connection.sendall(answer)
        self.over.set()

    def _read(self, connection: socket.socket) -> bytes:
        found = b""
        while b"limit=" not in found:
            found += connection.recv(65536)
        return found

    def close(self) -> None:
        self._socket.close()


def http(status: int, body: str) -> bytes:
    content = body.encode()
    head = f"HTTP/1.1 {status} X\r\nContent-Length: {len(content)}\r\nConnection: close\r\n\r\n"
    return head.encode() + content


@pytest.fixture
def moody() -> Iterator[Callable[[list[bytes | None]], Moody]]:
    made: list[Moody] = []

    def make(answers: list[bytes | None]) -> Moody:
        made.append(Moody(answers))
        return made[-1]

    yield make
    for one in made:
        one.close()


def test_a_bad_quarter_of_an_hour_is_told_waited_out_and_over(
    sqlite_only: Database, clock: TestClock, moody: Callable[[list[bytes | None]], Moody]
) -> None:
    """Over a real connection: every kind of failure in turn, then updates again."""
    good = http(200, json.dumps({"ok": True, "result": [written(7, "are you there")]}))
    telegram = moody(
        [
            http(502, "<html>Bad Gateway</html>"),
            None,
            http(200, ""),
            http(200, '{"ok":true,"resu'),
            http(409, json.dumps(CONFLICT)),
            http(429, json.dumps(TOO_MANY)),
            b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n{",
            b"SMTP ready\r\n\r\n",
            good,
            good,
            http(200, '{"ok":true,"result":[]}'),
        ]
    )
    stop = Impatient()
    told: list[Any] = []

    class Watched(Intake):
        def _note_trouble(self, why: str) -> None:
            Intake._note_trouble(self, why)
            with sqlite_only.reading() as session:
                told.append(recall(session, "telegram.trouble"))

    intake = Watched(sqlite_only, clock, telegram.address, "1:rehearsal", poll_seconds=1)
    thread = threading.Thread(target=intake.run, args=(stop,), daemon=True)
    thread.start()
    assert telegram.over.wait(20)
    stop.set()
    telegram.close()
    thread.join(20)
    assert not thread.is_alive()
    assert [why.split(":")[0] for why in told[:8]] == [
        "Telegram answered 502 without JSON",
        "no answer from Telegram (ReadError)",
        "Telegram answered 200 without JSON",
        "Telegram answered 200 without JSON",
        "Telegram answered 409",
        "Telegram answered 429",
        "no answer from Telegram (RemoteProtocolError)",
        "no answer from Telegram (RemoteProtocolError)",
    ]
    assert stop.pauses[:8] == [1, 2, 4, 8, 16, 7, LONGEST_PAUSE, LONGEST_PAUSE]
    assert b"offset=8" not in telegram.asked[8]
    assert b"offset=8" in telegram.asked[9]
    with sqlite_only.reading() as session:
        assert [one.update_id for one in session.scalars(select(InboxUpdate))] == [7]


def test_trouble_is_forgotten_once_telegram_answers(sqlite_only: Database, clock: TestClock) -> None:
    answers = iter([answered(502, "no"), answered(200, {"ok": True, "result": []})])
    stop = Impatient()
    seen: list[Any] = []

    def respond(request: httpx.Request) -> httpx.Response:
        with sqlite_only.reading() as session:
            seen.append(recall(session, "telegram.trouble"))
        try:
            return next(answers)(request)
        except StopIteration:
            stop.set()
            return httpx.Response(200, json={"ok": True, "result": []})

    intake = Intake(sqlite_only, clock, API, "1:rehearsal")
    with httpx.Client(transport=httpx.MockTransport(respond)) as client:
        with pytest.raises(TelegramTrouble) as found:
            intake.once(client)
        intake._note_trouble(str(found.value))
        intake.once(client)
        intake.once(client)
    assert seen == [None, "Telegram answered 502 without JSON", None]
    with sqlite_only.reading() as session:
        assert recall(session, "telegram.last_contact") == clock.now().isoformat()
