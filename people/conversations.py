"""Conversations: one-to-one chats and the parents' group, its members, its rights and its old ids."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core import memo, outbox
from core.sealing import Sealed
from people import repository
from people.models import Conversation, ConversationAlias, Membership, Person
from people.service import lane


def private(session: Session, person: Person, at: datetime) -> Conversation:
    """The one-to-one chat with a person; on every channel so far its address is the person's own."""
    address = person.address.reveal()
    found = repository.conversation_by_address(session, person.channel, address)
    return found or repository.add_conversation(session, person.channel, address, "private", person, at)


def group(session: Session, channel: str, address: int | str) -> Conversation | None:
    """The linked parents' group, if that is the chat at `address`; under its old ids, too."""
    found = repository.conversation_by_address(session, channel, address)
    return found if found is not None and found.kind == "group" and found.linked_at is not None else None


def linked_group(session: Session, channel: str = "telegram") -> Conversation | None:
    return repository.linked_group(session, channel)


def get(session: Session, conversation_id: int) -> Conversation | None:
    return session.get(Conversation, conversation_id)


def link_group(session: Session, channel: str, address: int | str, at: datetime) -> Conversation:
    """Make the chat the parents' group; a group linked before is let go."""
    earlier = repository.linked_group(session, channel)
    found = repository.conversation_by_address(session, channel, address) or repository.add_conversation(
        session, channel, address, "group", None, at
    )
    if earlier is not None and earlier.id != found.id:
        earlier.linked_at = None
    found.linked_at = found.linked_at or at
    session.flush()
    return found


def move_group(session: Session, channel: str, old: int | str, new: int | str) -> None:
    """The group was upgraded: it is the same conversation under a new id; the old id stays an alias."""
    found = repository.conversation_by_address(session, channel, old)
    if found is None or found.address.reveal() == str(new):
        return
    session.add(ConversationAlias(channel=channel, address_hash=found.address_hash, conversation_id=found.id))
    found.address = Sealed(str(new))
    found.address_hash = repository.address_hash(channel, "chat", new)
    found.invite_link = None
    session.flush()
    memo.of(session).clear()
    outbox.move_lane(session, lane(channel, old), lane(channel, new), int(new))


def note_rights(session: Session, conversation: Conversation, rights: dict[str, Any]) -> None:
    """What the bot may do in the group, as the channel last said."""
    conversation.rights = rights
    session.flush()


def note_invite_link(session: Session, conversation: Conversation, link: str) -> None:
    """The link on which people ask to join."""
    conversation.invite_link = Sealed(link)
    session.flush()


def standing(session: Session, conversation: Conversation, person: Person) -> str | None:
    """asked, member, left or refused; None when they never came near."""
    found = repository.membership(session, conversation.id, person.id)
    return found.state if found else None


def set_standing(session: Session, conversation: Conversation, person: Person, state: str, at: datetime) -> None:
    """Note where a person stands in the group."""
    found = repository.membership(session, conversation.id, person.id)
    if found is None:
        session.add(Membership(conversation_id=conversation.id, person_id=person.id, state=state, at=at))
    else:
        found.state, found.at = state, at
    session.flush()


def members(session: Session, conversation: Conversation) -> Sequence[tuple[Person, Membership]]:
    """Everybody who ever asked, with where they stand now."""
    rows = session.execute(
        select(Person, Membership)
        .join(Membership, Membership.person_id == Person.id)
        .where(Membership.conversation_id == conversation.id)
        .order_by(Membership.at.desc())
    ).all()
    return [(person, membership) for person, membership in rows]


def count_members(session: Session, conversation: Conversation) -> int:
    return (
        session.scalar(
            select(func.count())
            .select_from(Membership)
            .where(Membership.conversation_id == conversation.id, Membership.state == "member")
        )
        or 0
    )
