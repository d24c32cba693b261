"""From Cairn's plain mark-up to Telegram's HTML: everything escaped, then `**bold**`, and nothing else."""

from __future__ import annotations

import html
import re

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from core.outbox import Rows

_BOLD = re.compile(r"\*\*([^*\n](?:[^*]*[^*\n])?)\*\*")


def to_html(text: str) -> str:
    """Safe HTML for the Bot API."""
    return _BOLD.sub(r"<b>\1</b>", html.escape(text, quote=False))


def keyboard(rows: Rows) -> InlineKeyboardMarkup | None:
    """The buttons, or None when there are none."""
    if not rows:
        return None
    return InlineKeyboardMarkup(
        [
            [
                InlineKeyboardButton(button.label, url=button.url)
                if button.url
                else InlineKeyboardButton(button.label, callback_data=button.data)
                for button in row
            ]
            for row in rows
        ]
    )
