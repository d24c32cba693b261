"""Every tapped button: answered first, so that it stops turning, then done."""

from __future__ import annotations

from telegram import Update

from bot import words
from bot.handlers import group, guide, help, start
from bot.turn import TurnContext
from core import outbox
from core.taps import Tap, read


async def tapped(update: Update, context: TurnContext) -> None:
    """A tap. One that was forged, or comes from an older version, gets the menu and a plain sentence."""
    turn, query = context.turn, update.callback_query
    assert query is not None
    person = turn.person()
    turn.put(person, outbox.Answer(query.id))
    if query.message is not None and query.message.chat.type != "private":
        return  # the bot puts no buttons in the group
    tap = read(query.data)
    match tap:
        case Tap("consent"):
            await start.consent(turn, tap)
        case Tap("menu"):
            start.show_menu(turn)
        case Tap("urgent"):
            help.show_urgent(turn, tap.args[0] if tap.args else "")
        case Tap("guide"):
            guide.show_categories(turn)
        case Tap("cat"):
            guide.show_category(turn, tap)
        case Tap("entry"):
            guide.show_entry(turn, tap)
        case Tap("talk"):
            help.show_talk(turn)
        case Tap("call"):
            help.call_me(turn)
        case Tap("group"):
            group.show_group(turn)
        case Tap("privacy"):
            start.show_privacy(turn)
        case Tap("stop"):
            start.end(turn)
        case Tap("safe"):
            help.safe(turn, tap)
        case Tap("need"):
            help.need(turn, tap)
        case _:
            start.show_menu(turn, words.OLD_BUTTON)
