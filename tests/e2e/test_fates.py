"""What each answer of Telegram to a message means: said, to be tried again, ambiguous, refused."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from telegram import Bot
from telegram.request import HTTPXRequest

from bot.sending import Fate, Result, send
from core import logs
from core.outbox import Say

SECRET = "what nobody else may read"
SENT = {
    "ok": True,
    "result": {
        "message_id": 9,
        "date": 1_793_786_400,
        "chat": {"id": 1001, "type": "private", "first_name": "Kayleigh"},
        "text": SECRET,
    },
}


def refused(status: int, description: str, **parameters: Any) -> httpx.Response:
    more = {"parameters": parameters} if parameters else {}
    return httpx.Response(status, json={"ok": False, "error_code": status, "description": description, **more})


def fate_of(answer: httpx.Response | Exception, text: str = SECRET) -> Result:
    """What becomes of a message to which Telegram answers so."""

    def respond(request: httpx.Request) -> httpx.Response:
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def say() -> Result:
        request = HTTPXRequest(httpx_kwargs={"transport": httpx.MockTransport(respond)})
        async with request:
            return await send(Bot("1:rehearsal", request=request), 1001, Say(text))

    return asyncio.run(say())


FATES: dict[str, tuple[Callable[[], httpx.Response | Exception], Fate]] = {
    "it is said": (lambda: httpx.Response(200, json=SENT), Fate.SENT),
    "half an answer": (lambda: httpx.Response(200, text='{"ok":true,"result":{"text":"' + SECRET), Fate.AMBIGUOUS),
    "an answer without a result": (lambda: httpx.Response(200, json={"ok": True}), Fate.AMBIGUOUS),
    "a list for an answer": (lambda: httpx.Response(200, json=[SECRET]), Fate.AMBIGUOUS),
    "a message without a date": (lambda: httpx.Response(200, json={"ok": True, "result": {}}), Fate.AMBIGUOUS),
    "HTML from a gateway": (lambda: httpx.Response(502, text="<html>Bad Gateway</html>"), Fate.AGAIN),
    "nothing but a status": (lambda: httpx.Response(500), Fate.AGAIN),
    "too many": (lambda: refused(429, "Too Many Requests", retry_after=3), Fate.AGAIN),
    "too many, without a time": (lambda: httpx.Response(429, text="slow down"), Fate.AGAIN),
    "blocked": (lambda: refused(403, "Forbidden: bot was blocked by the user"), Fate.UNREACHABLE),
    "no such chat": (lambda: refused(400, "Bad Request: chat not found"), Fate.REFUSED),
    "a token that is none": (lambda: refused(401, "Unauthorized"), Fate.LOCKED_OUT),
    "moved": (lambda: refused(400, "Bad Request: upgraded", migrate_to_chat_id=-100), Fate.MIGRATED),
    "no connection": (lambda: httpx.ConnectError("x"), Fate.AGAIN),
    "no connection in time": (lambda: httpx.ConnectTimeout("x"), Fate.AGAIN),
    "no answer in time": (lambda: httpx.ReadTimeout("x"), Fate.AMBIGUOUS),
    "broken off while asking": (lambda: httpx.WriteError("x"), Fate.AMBIGUOUS),
    "broken off while answering": (lambda: httpx.RemoteProtocolError("x"), Fate.AMBIGUOUS),
    "something of the system": (lambda: OSError("x"), Fate.AMBIGUOUS),
}


@pytest.mark.parametrize("answer", FATES, ids=str)
def test_an_answer_means(answer: str) -> None:
    made, fate = FATES[answer]
    found = fate_of(made())
    assert found.fate is fate, found
    assert SECRET not in found.error


def test_words_that_cannot_be_written_are_refused_without_being_repeated_in_the_error() -> None:
    found = fate_of(httpx.Response(200, json=SENT), f"{SECRET} \ud83d")
    assert found.fate is Fate.REFUSED
    assert SECRET not in found.error


@pytest.mark.parametrize("answer", FATES, ids=str)
def test_no_answer_brings_anybodys_words_into_the_log(answer: str, caplog: pytest.LogCaptureFixture) -> None:
    made, _ = FATES[answer]
    levels = {name: logging.getLogger(name).level for name in logging.root.manager.loggerDict}
    try:
        logs.set_up()
        fate_of(made())
    finally:
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)
    assert SECRET not in caplog.text
