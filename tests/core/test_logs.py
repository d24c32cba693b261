"""Logs hold ids and never content: only the keys on the list are written, and never the bot's token."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from core import logs
from core.sealing import Sealed

TOKEN = "8123456789:AAF-k2_hJx0PqRsTuVwXyZ0123456789abc"
WORDS = "he said not to tell anyone"


@pytest.fixture
def written(capsys: pytest.CaptureFixture[str]) -> Iterator[Any]:
    """What has been written to standard error so far."""
    before = structlog.get_config()
    yield lambda: capsys.readouterr().err
    structlog.reset_defaults()
    structlog.configure(**before)


def logger(form: str) -> Any:
    logs.set_up(form)
    structlog.configure(cache_logger_on_first_use=False)
    return structlog.get_logger()


@pytest.mark.parametrize("form", ["plain", "json"])
def test_only_keys_on_the_list_are_written(written: Any, form: str) -> None:
    logger(form).warning("not_sent", item=7, text=WORDS, name="Kayleigh", email="k@example.org", body={"a": WORDS})
    line = written()
    assert "not_sent" in line
    assert "7" in line
    assert not any(word in line for word in (WORDS, "Kayleigh", "example.org"))


def test_a_machine_can_read_the_line(written: Any) -> None:
    logger("json").error("job_failed", job="schedule", error="OperationalError", secret="x")
    line = json.loads(written())
    assert line.keys() == {"event", "level", "timestamp", "job", "error"}
    assert (line["level"], line["event"]) == ("error", "job_failed")


@pytest.mark.parametrize("form", ["plain", "json"])
@pytest.mark.parametrize(
    "value",
    [
        f"https://api.telegram.org/bot{TOKEN}/getUpdates",
        ValueError(f"cannot reach https://api.telegram.org/bot{TOKEN}/getMe"),
        [f"bot{TOKEN}"],
        {"url": f"bot{TOKEN}"},
        ("a", {"b": [TOKEN]}),
        "1:rehearsal",
    ],
)
def test_the_token_is_never_written(written: Any, form: str, value: object) -> None:
    logger(form).error("telegram_trouble", error=value, reason=value)
    line = written()
    assert "telegram_trouble" in line
    assert "AAF-k2" not in line
    assert ":rehearsal" not in line
    assert "[token]" in line


def test_nor_in_the_traceback_of_an_exception(written: Any) -> None:
    log = logger("plain")
    try:
        raise ValueError(f"no answer from /bot{TOKEN}/sendMessage to {Sealed(WORDS)}")
    except ValueError:
        log.exception("process_failed", process="send")
    shown = written()
    assert "ValueError" in shown
    assert "AAF-k2" not in shown
    assert WORDS not in shown


def test_a_time_or_an_address_is_no_token(written: Any) -> None:
    logger("json").info("started", address="http://127.0.0.1:8000", seconds=1.5, reason="at 12:30:45, port 10:20")
    line = json.loads(written())
    assert line["address"] == "http://127.0.0.1:8000"
    assert line["reason"] == "at 12:30:45, port 10:20"
    assert line["seconds"] == 1.5


def test_the_libraries_that_would_write_the_bots_address_are_silent() -> None:
    logs.set_up()
    for name in ("httpx", "httpcore", "telegram", "uvicorn.access"):
        assert not logging.getLogger(name).isEnabledFor(logging.INFO)
