"""Messages: kept as they came, edits as versions, with the conversation around them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from core.sealing import Sealed
from people import repository
from people.models import Conversation, Message, MessageVersion, Person

MOST_LATELY = 24


@dataclass(frozen=True, slots=True)
class Received:
    """A message as a channel brought it. `kind` is text, photo, voice, video, sticker, …"""

    remote_id: int
    kind: str
    text: str
    sent_at: datetime
    media: dict[str, Any] | None = None


def keep(
    session: Session, conversation: Conversation, person: Person, received: Received, at: datetime
) -> Message:
    """Keep a message, or the newer version of one that was edited. Repeating it changes nothing.

    A new message has no id until the next flush.
    """
    message = repository.message_by_remote_id(session, conversation.id, received.remote_id)
    if message is None:
        message = Message(
            conversation_id=conversation.id,
            person_id=person.id,
            author="person",
            remote_id=received.remote_id,
            kind=received.kind,
            text=Sealed(received.text),
            media=received.media,
            version=1,
            sent_at=received.sent_at,
            received_at=at,
        )
        repository.add_message(session, message)
    elif message.text.reveal() != received.text:
        session.flush()  # the version below needs the message's id
        session.add(MessageVersion(message_id=message.id, version=message.version, text=message.text, until=at))
        message.text, message.media = Sealed(received.text), received.media
        message.version += 1
    return message


def known(session: Session, conversation: Conversation, remote_id: int) -> Message | None:
    """The kept message of that number in a chat, if it was kept."""
    return repository.message_by_remote_id(session, conversation.id, remote_id)


def keep_ours(
    session: Session, conversation: Conversation, person_id: int | None, author: str, text: str, at: datetime
) -> Message:
    """Keep what the team ("service") or the bot ("bot") wrote, as part of the conversation."""
    message = Message(
        conversation_id=conversation.id,
        person_id=person_id,
        author=author,
        kind="text",
        text=Sealed(text),
        version=1,
        sent_at=at,
        received_at=at,
    )
    session.add(message)
    return message


def get(session: Session, message_id: int) -> Message | None:
    return session.get(Message, message_id)


def around(session: Session, message: Message, most: int = 8) -> Sequence[Message]:
    """The conversation around a message: up to `most` before and after it."""
    return repository.messages_around(session, message.conversation_id, message.id, most)


def lately(
    session: Session, conversation: Conversation, person: Person, now: datetime, just: timedelta, span: timedelta
) -> Sequence[Message]:
    """What people wrote in a conversation just now, and what this person wrote there within a longer span.

    In the order it was sent; messages of this unit of work are among them.
    """
    session.flush()
    return repository.messages_lately(session, conversation.id, person.id, now - just, now - span, MOST_LATELY)


def earlier_versions(session: Session, messages: Sequence[Message]) -> dict[int, list[MessageVersion]]:
    """By message, what it said before each edit, oldest first."""
    found: dict[int, list[MessageVersion]] = {}
    for version in repository.versions(session, [message.id for message in messages if message.version > 1]):
        found.setdefault(version.message_id, []).append(version)
    return found


def mark_removed(session: Session, message: Message, at: datetime) -> None:
    """It was taken out of the group; what we keep does not change."""
    message.removed_at = at
    session.flush()


def ids_since(session: Session, since: datetime) -> list[int]:
    """The ids of what people have written since then, oldest first."""
    return repository.message_ids_since(session, since)


def texts(session: Session, message_ids: Sequence[int]) -> list[tuple[int, str]]:
    """Ids and words of kept messages, in the order of their ids; those that are gone are left out."""
    return [(one.id, one.text.reveal()) for one in repository.messages_by_ids(session, message_ids)]
