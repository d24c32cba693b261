"""One outbox item to one call of the Bot API, and what the answer means."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import httpx
from telegram import Bot, LinkPreviewOptions, ReplyParameters
from telegram.constants import ParseMode
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)

from bot.markup import keyboard, to_html
from core.outbox import Answer, Edit, LetIn, MakeLink, Outgoing, Pass, Remove, Say

_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
_AS_GOOD_AS_DONE = (
    "message is not modified",
    "message to delete not found",
    "query is too old",
    "hide_requester_missing",
    "user_already_participant",
)
_CANNOT_BE_EDITED = ("message to edit not found", "message can't be edited")
_SURELY_NOT_SENT = httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout
_NOT_UNDERSTOOD = "Invalid server response"


class Fate(StrEnum):
    """What became of a call."""

    SENT = "sent"
    AGAIN = "again"
    AMBIGUOUS = "ambiguous"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    MIGRATED = "migrated"
    LOCKED_OUT = "locked_out"


@dataclass(frozen=True, slots=True)
class Result:
    """A call's fate; `wait` in seconds when Telegram asked for it, `moved_to` when the group has a new id."""

    fate: Fate
    remote_id: int | None = None
    error: str = ""
    wait: float | None = None
    moved_to: int | None = None
    link: str = ""


async def send(bot: Bot, to: int | str, what: Outgoing) -> Result:
    """Say it to Telegram. Never raises, whatever Telegram, the network or the library does."""
    try:
        return await _call(bot, to, what)
    except RetryAfter as error:
        seconds = error.retry_after
        wait = seconds.total_seconds() if hasattr(seconds, "total_seconds") else float(seconds)
        return Result(Fate.AGAIN, error="Telegram asked for a pause", wait=wait)
    except Forbidden as error:
        return Result(Fate.UNREACHABLE, error=error.message)
    except ChatMigrated as error:
        return Result(Fate.MIGRATED, error=error.message, moved_to=error.new_chat_id)
    except BadRequest as error:
        return _refused(error)
    except InvalidToken as error:
        return Result(Fate.LOCKED_OUT, error=error.message)
    except NetworkError as error:
        return _not_through(error)
    except TelegramError as error:
        if error.message == _NOT_UNDERSTOOD:
            return Result(Fate.AMBIGUOUS, error=_NOT_UNDERSTOOD)
        return Result(Fate.REFUSED, error=error.message[:200])
    except Exception as error:  # an answer of a shape nobody expects: it may well have been said
        return Result(Fate.AMBIGUOUS, error=type(error).__name__)


def _not_through(error: NetworkError) -> Result:
    """No answer, or one from something that stands before Telegram. The library's own words may hold ours."""
    cause = error.__cause__
    if cause is None or isinstance(cause, TelegramError | _SURELY_NOT_SENT):
        return Result(Fate.AGAIN, error=error.message[:200])
    if isinstance(cause, ValueError | TypeError):  # it cannot be written to any network
        return Result(Fate.REFUSED, error=type(cause).__name__)
    return Result(Fate.AMBIGUOUS, error=type(cause).__name__)


def _refused(error: BadRequest) -> Result:
    """A bad request is never tried again as it stands."""
    said = error.message.lower()
    if any(known in said for known in _AS_GOOD_AS_DONE):
        return Result(Fate.SENT)
    return Result(Fate.REFUSED, error=error.message[:200])


async def _call(bot: Bot, to: int | str, what: Outgoing) -> Result:
    match what:
        case Say():
            sent = await bot.send_message(
                to,
                to_html(what.text),
                parse_mode=ParseMode.HTML,
                reply_markup=keyboard(what.rows),
                link_preview_options=_NO_PREVIEW,
                protect_content=what.protect or None,
                disable_notification=what.silent or None,
                reply_parameters=ReplyParameters(what.reply_to, allow_sending_without_reply=True)
                if what.reply_to
                else None,
            )
            return Result(Fate.SENT, sent.message_id)
        case Edit():
            return await _edit(bot, to, what)
        case Answer():
            await bot.answer_callback_query(what.tap, text=what.text or None)
        case Remove():
            await bot.delete_message(to, what.message)
        case LetIn():
            if what.welcome:
                await bot.approve_chat_join_request(to, what.user)
            else:
                await bot.decline_chat_join_request(to, what.user)
        case Pass():
            copied = await bot.copy_message(to, what.chat, what.message, protect_content=True)
            return Result(Fate.SENT, copied.message_id)
        case MakeLink():
            made = await bot.create_chat_invite_link(to, name=what.name[:32], creates_join_request=True)
            return Result(Fate.SENT, link=made.invite_link)
    return Result(Fate.SENT)


async def _edit(bot: Bot, to: int | str, what: Edit) -> Result:
    """Edit in place; where Telegram no longer allows it, say it anew."""
    try:
        await bot.edit_message_text(
            to_html(what.text),
            chat_id=to,
            message_id=what.message,
            parse_mode=ParseMode.HTML,
            reply_markup=keyboard(what.rows),
            link_preview_options=_NO_PREVIEW,
        )
    except BadRequest as error:
        if any(known in error.message.lower() for known in _CANNOT_BE_EDITED):
            return await _call(bot, to, Say(what.text, what.rows))
        raise
    return Result(Fate.SENT, what.message)
