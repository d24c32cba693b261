"""The plainest bot that python-telegram-bot's own examples would give, for comparison.

One handler: the same phrase matching, one SQL commit a message, one answer. What it loses when it is
killed is not counted here. Settings: PLAIN_DATABASE_URL, PLAIN_BASE_URL, PLAIN_TOKEN.
"""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime

from sqlalchemy import Boolean, Column, DateTime, Integer, MetaData, String, Table, Text, create_engine, insert
from telegram import Update
from telegram.ext import Application, ContextTypes, MessageHandler, filters

from moderation import wording
from moderation.screening import Urgency, screen

metadata = MetaData()
messages = Table(
    "plain_message",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("chat_id", String(20)),
    Column("message_id", Integer),
    Column("text", Text),
    Column("flagged", Boolean),
    Column("urgency", String(9)),
    Column("at", DateTime(timezone=True)),
)
engine = create_engine(os.environ["PLAIN_DATABASE_URL"])


async def heard(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    assert update.message is not None
    text = update.message.text or ""
    found = screen(text)
    flagged = found.urgency is not Urgency.NONE
    with engine.begin() as connection:
        connection.execute(
            insert(messages).values(
                chat_id=str(update.message.chat_id),
                message_id=update.message.message_id,
                text=text,
                flagged=flagged,
                urgency=found.urgency.value,
                at=datetime.now(UTC),
            )
        )
    card = wording._shipped()[wording.card_for(found)] if flagged else "Thanks, I got that."
    await update.message.reply_text(card)


def main() -> None:
    metadata.create_all(engine)
    screen("warm up")
    base = os.environ["PLAIN_BASE_URL"]
    application = Application.builder().token(os.environ["PLAIN_TOKEN"]).base_url(base).build()
    application.add_handler(MessageHandler(filters.TEXT & ~filters.COMMAND, heard))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    application.run_polling()


if __name__ == "__main__":
    main()
