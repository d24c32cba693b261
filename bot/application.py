"""python-telegram-bot's application, fed from the inbox: which handler gets which update."""

from __future__ import annotations

from telegram import Update
from telegram.ext import (
    ApplicationBuilder,
    CallbackQueryHandler,
    ChatJoinRequestHandler,
    ChatMemberHandler,
    CommandHandler,
    ContextTypes,
    MessageHandler,
    filters,
)

from bot.handlers import group, guide, help, private, start, taps
from bot.turn import FailingLoudly, OfflineBot, TurnContext

FALLBACK_NAME = "cairn_bot"
_PRIVATE = filters.UpdateType.MESSAGE & filters.ChatType.PRIVATE
_GROUP = filters.ChatType.GROUPS
# "/help he has hurt us" is words, not a command: it must be screened (private.unknown_command does).
_JUST_A_COMMAND = filters.Regex(r"^/start(@\w+)?(\s+[\w-]{1,64})?\s*$|^/\w+(@\w+)?\s*$")


async def _own_standing(update: Update, context: TurnContext) -> None:
    """The bot itself was blocked, let back in, or given other rights."""
    chat = update.effective_chat
    if chat is not None and chat.type == "private":
        await private.standing(update, context)
    else:
        await group.own_rights(update, context)


async def _nowhere(update: Update, context: TurnContext) -> None:
    """Words from a kind of chat we do not know: they become a case for a human, not silence."""
    raise LookupError("a message from an unknown kind of chat")


def build(token: str, identity: int = 0, username: str = FALLBACK_NAME) -> FailingLoudly:
    """The application, without an updater and without a network: replies go through the outbox."""
    bot = OfflineBot(token or "0:offline")
    bot.known_as(identity, username)
    application = (
        ApplicationBuilder()
        .bot(bot)
        .updater(None)
        .job_queue(None)
        .application_class(FailingLoudly)
        .context_types(ContextTypes(context=TurnContext))
        .build()
    )
    assert isinstance(application, FailingLoudly)
    for name, handler in {
        "start": start.start,
        "help": help.urgent,
        "now": help.urgent,
        "menu": start.menu,
        "guide": guide.guide,
        "talk": help.talk,
        "group": group.group_menu,
        "privacy": start.privacy,
        "stop": start.stop,
    }.items():
        application.add_handler(CommandHandler(name, handler, filters=_PRIVATE & _JUST_A_COMMAND))
    application.add_handler(CommandHandler("link", group.link, filters=filters.UpdateType.MESSAGE & _GROUP))
    application.add_handler(MessageHandler(_PRIVATE & filters.COMMAND, private.unknown_command))
    application.add_handler(MessageHandler(_PRIVATE, private.written))
    application.add_handler(
        MessageHandler(filters.UpdateType.EDITED_MESSAGE & filters.ChatType.PRIVATE, private.edited)
    )
    application.add_handler(MessageHandler(filters.UpdateType.MESSAGES & _GROUP, group.written))
    application.add_handler(MessageHandler(filters.UpdateType.MESSAGES, _nowhere))
    application.add_handler(CallbackQueryHandler(taps.tapped))
    application.add_handler(ChatJoinRequestHandler(group.asked_to_join))
    application.add_handler(ChatMemberHandler(_own_standing, ChatMemberHandler.MY_CHAT_MEMBER))
    application.add_handler(ChatMemberHandler(group.member_changed, ChatMemberHandler.CHAT_MEMBER))
    return application
