"""Keyboards under messages: what Telegram takes and its words for what it does not."""

from typing import Any

from rehearsal.botapi.params import Params
from rehearsal.errors import bad
from rehearsal.html_text import checked_link
from rehearsal.model import JSON

MAX_BUTTONS = 100
ACTIONS = (
    "url", "callback_data", "web_app", "login_url", "switch_inline_query", "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat", "copy_text", "callback_game", "pay",
)  # fmt: skip


def _button(raw: Any) -> JSON:
    wrong = "can't parse inline keyboard button: "
    if not isinstance(raw, dict):
        raise bad("can't parse inline keyboard button: InlineKeyboardButton must be an Object")
    if "text" not in raw:
        raise bad(f'{wrong}Can\'t find field "text"')
    if not isinstance(raw["text"], str):
        raise bad(f'{wrong}Field "text" must be of type String')
    used = [name for name in ACTIONS if raw.get(name) is not None]
    if not used:
        raise bad(f"{wrong}Text buttons are unallowed in the inline keyboard")
    if not raw["text"].strip():
        raise bad("BUTTON_TEXT_EMPTY")
    if "callback_data" in used and not 1 <= len(str(raw["callback_data"]).encode()) <= 64:
        raise bad("BUTTON_DATA_INVALID")
    if "url" in used and checked_link(str(raw["url"])) is None:
        raise bad(f"inline keyboard button URL '{raw['url']}' is invalid: Wrong HTTP URL")
    if len(used) > 1:
        raise bad("BUTTON_TYPE_INVALID")
    return {key: value for key, value in raw.items() if value is not None}


def reply_markup(p: Params, inline_only: bool = False) -> JSON | None:
    """The checked keyboard of a call; ``{}`` asks to take the keyboard away, None says nothing of it."""
    raw = p.json("reply_markup", "reply keyboard markup")
    if raw is None:
        return None
    if not isinstance(raw, dict):
        raise bad("object expected as reply markup")
    if "inline_keyboard" in raw:
        return _inline(raw["inline_keyboard"])
    if inline_only and raw:
        raise bad("inline keyboard expected")
    if "keyboard" in raw:
        rows = raw["keyboard"]
        if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
            raise bad('field "keyboard" of the ReplyKeyboardMarkup must be an Array of Arrays')
        return raw
    return raw


def _inline(rows: Any) -> JSON:
    if not isinstance(rows, list):
        raise bad('field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays')
    checked = []
    for row in rows:
        if not isinstance(row, list):
            raise bad('field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays')
        if row:
            checked.append([_button(button) for button in row])
    if sum(len(row) for row in checked) > MAX_BUTTONS or any(len(row) > 8 for row in checked):
        raise bad("REPLY_MARKUP_TOO_LONG")
    return {"inline_keyboard": checked} if checked else {}


def shown(markup: JSON | None) -> JSON:
    """The part of a markup that Telegram gives back with the message: inline keyboards only."""
    return {"reply_markup": markup} if markup and "inline_keyboard" in markup else {}
