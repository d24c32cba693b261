"""Structured logs that hold ids and never content.

Only keys on the allow-list are written; anything else is dropped before it reaches a file. The
HTTP library's own lines are silenced, because Telegram's addresses contain the bot's token.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

ALLOWED = {
    "event", "level", "timestamp", "exc_info", "exception",
    "topic", "error", "act", "case", "item", "update", "count", "state", "seconds", "method", "path",
    "status", "attempt", "kind", "process", "port", "address", "job", "staff", "role", "reason", "lane",
    "chats", "where",
}  # fmt: skip
_TOKEN = re.compile(r"\d+:[A-Za-z0-9_-]{8,}")


def _allowed_only(_: Any, __: str, facts: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {key: _without_token(value) for key, value in facts.items() if key in ALLOWED}


def _without_token(value: object) -> object:
    """Numbers as they are; all else, down to what lists hold, without anything that looks like a token."""
    match value:
        case None | bool() | int() | float():
            return value
        case list() | tuple() | set():
            return [_without_token(one) for one in value]
        case dict():
            return {key: _without_token(one) for key, one in value.items()}
    return _TOKEN.sub("[token]", str(value))


def set_up(form: str = "plain") -> None:
    """Start logging to standard error, as lines for people ("plain") or machines ("json")."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s %(message)s")
    for name in ("httpx", "httpcore", "telegram", "uvicorn.access"):
        logging.getLogger(name).setLevel(logging.WARNING)
    # It writes out answers that it cannot read, and they hold what somebody wrote.
    logging.getLogger("telegram.request").setLevel(logging.CRITICAL)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.format_exc_info,
            _allowed_only,
            structlog.processors.JSONRenderer() if form == "json" else structlog.dev.ConsoleRenderer(colors=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
