"""Finding and storing people, conversations and messages. Nothing outside this room imports it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import and_, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from core import memo
from core.sealing import ring
from people.models import Conversation, ConversationAlias, Invite, Membership, Message, MessageVersion, Person


def address_hash(channel: str, kind: str, address: int | str) -> str:
    """The keyed hash by which a person ("person") or chat ("chat") is found."""
    return ring().lookup(channel, kind, address)


def _insert_once(session: Session, table: type[Person] | type[Conversation], values: dict[str, object]) -> None:
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    session.execute(
        dialect.insert(table).values(**values).on_conflict_do_nothing(index_elements=["channel", "address_hash"])
    )


def person_by_address(session: Session, channel: str, address: int | str) -> Person | None:
    hashed = address_hash(channel, "person", address)
    held = memo.of(session)
    if ("person", channel, hashed) in held:
        known: Person | None = held["person", channel, hashed]
        return known
    found = session.scalars(select(Person).where(Person.channel == channel, Person.address_hash == hashed)).first()
    if found is not None:
        held["person", channel, hashed] = found
    return found


def warm_people(session: Session, channel: str, addresses: Collection[int]) -> list[Person]:
    """Look up and hold many people at once; those not found are known to be new to this unit of work."""
    hashes = [address_hash(channel, "person", address) for address in addresses]
    people = session.scalars(
        select(Person)
        .where(Person.channel == channel, Person.address_hash.in_(hashes))
        .order_by(Person.id)  # two workers that want the same people wait for each other, not in a circle
        .with_for_update(key_share=True)
    ).all()
    held = memo.of(session)
    held.update({("held", person.id): True for person in people})
    held.update({("person", channel, hashed): None for hashed in hashes})
    held.update({("person", channel, person.address_hash): person for person in people})
    return list(people)


def warm_messages(session: Session, channel: str, wanted: Collection[tuple[int, int]]) -> None:
    """Look up many chats, and the messages of theirs that are named by (chat, number), at once."""
    chats = {address_hash(channel, "chat", chat): chat for chat, _ in wanted}
    found = session.scalars(
        select(Conversation).where(Conversation.channel == channel, Conversation.address_hash.in_(list(chats)))
    ).all()
    held = memo.of(session)
    by_chat = {chats[conversation.address_hash]: conversation.id for conversation in found}
    held.update({("chat", channel, conversation.address_hash): conversation for conversation in found})
    pairs = [(by_chat[chat], number) for chat, number in wanted if chat in by_chat]
    if pairs:
        held.update({("message", *pair): None for pair in pairs})
        for message in session.scalars(
            select(Message).where(
                Message.conversation_id.in_({conversation for conversation, _ in pairs}),
                Message.remote_id.in_({number for _, number in pairs}),
            )
        ):
            held["message", message.conversation_id, message.remote_id] = message


def add_person(session: Session, channel: str, address: int | str, name: str, at: datetime) -> Person:
    """The person of that address, made if nobody else made them first."""
    _insert_once(
        session,
        Person,
        {
            "channel": channel,
            "address": str(address),
            "address_hash": address_hash(channel, "person", address),
            "name": name,
            "consent": "unasked",
            "started": False,
            "reachable": True,
            "created_at": at,
        },
    )
    memo.drop(session, ("person", channel, address_hash(channel, "person", address)))
    person = person_by_address(session, channel, address)
    assert person is not None
    return person


def lock(session: Session, person: Person) -> bool:
    """Hold the person's row until the transaction ends. False when it is held already.

    On SQLite the transaction itself is the lock. Other rows may go on pointing at the person.
    """
    held = memo.of(session)
    if ("held", person.id) in held:
        return False
    session.execute(select(Person.id).where(Person.id == person.id).with_for_update(key_share=True))
    held["held", person.id] = True
    return True


def conversation_by_address(session: Session, channel: str, address: int | str) -> Conversation | None:
    """The chat of that address, also under an id it had before."""
    hashed = address_hash(channel, "chat", address)
    held = memo.of(session)
    if ("chat", channel, hashed) in held:
        known: Conversation = held["chat", channel, hashed]
        return known
    found = session.scalars(
        select(Conversation).where(Conversation.channel == channel, Conversation.address_hash == hashed)
    ).first()
    if found is not None:
        held["chat", channel, hashed] = found
        return found
    return session.scalars(
        select(Conversation)
        .join(ConversationAlias, ConversationAlias.conversation_id == Conversation.id)
        .where(ConversationAlias.channel == channel, ConversationAlias.address_hash == hashed)
    ).first()


def add_conversation(
    session: Session, channel: str, address: int | str, kind: str, person: Person | None, at: datetime
) -> Conversation:
    _insert_once(
        session,
        Conversation,
        {
            "channel": channel,
            "address": str(address),
            "address_hash": address_hash(channel, "chat", address),
            "kind": kind,
            "person_id": person.id if person else None,
            "created_at": at,
        },
    )
    conversation = conversation_by_address(session, channel, address)
    assert conversation is not None
    memo.of(session)["new chat", conversation.id] = True
    return conversation


def linked_group(session: Session, channel: str) -> Conversation | None:
    return session.scalars(
        select(Conversation).where(
            Conversation.channel == channel, Conversation.kind == "group", Conversation.linked_at.is_not(None)
        )
    ).first()


def invite_by_code(session: Session, code: str) -> Invite | None:
    """The invite, held until the end of the transaction so that its last use cannot be taken twice."""
    hashed = ring().lookup("invite", code.strip().upper())
    return session.scalars(select(Invite).where(Invite.code_hash == hashed).with_for_update()).first()


def message_by_remote_id(session: Session, conversation_id: int, remote_id: int) -> Message | None:
    held = memo.of(session)
    if ("message", conversation_id, remote_id) in held:
        known: Message | None = held["message", conversation_id, remote_id]
        return known
    if ("new chat", conversation_id) in held:
        return None
    return session.scalars(
        select(Message).where(Message.conversation_id == conversation_id, Message.remote_id == remote_id)
    ).first()


def add_message(session: Session, message: Message) -> None:
    """Store a new message with the next flush."""
    session.add(message)
    memo.of(session)["message", message.conversation_id, message.remote_id] = message


def messages_around(session: Session, conversation_id: int, message_id: int, most: int) -> Sequence[Message]:
    """Up to `most` messages before and after one, in order; the one itself included."""
    before = session.scalars(
        select(Message)
        .where(Message.conversation_id == conversation_id, Message.id <= message_id)
        .order_by(Message.id.desc())
        .limit(most + 1)
    ).all()
    after = session.scalars(
        select(Message)
        .where(Message.conversation_id == conversation_id, Message.id > message_id)
        .order_by(Message.id)
        .limit(most)
    ).all()
    return [*reversed(before), *after]


def messages_lately(
    session: Session, conversation_id: int, person_id: int, just: datetime, since: datetime, most: int
) -> Sequence[Message]:
    """People's messages in a conversation since `just`, and one person's since the earlier `since`, in order."""
    found = session.scalars(
        select(Message)
        .where(
            Message.conversation_id == conversation_id,
            Message.author == "person",
            or_(Message.sent_at >= just, and_(Message.person_id == person_id, Message.sent_at >= since)),
        )
        .order_by(Message.sent_at.desc(), Message.id.desc())
        .limit(most)
    ).all()
    return [*reversed(found)]


def message_ids_since(session: Session, since: datetime) -> list[int]:
    return list(
        session.scalars(
            select(Message.id).where(Message.author == "person", Message.sent_at >= since).order_by(Message.id)
        )
    )


def messages_by_ids(session: Session, message_ids: Sequence[int]) -> Sequence[Message]:
    return session.scalars(select(Message).where(Message.id.in_(message_ids)).order_by(Message.id)).all()


def versions(session: Session, message_ids: Sequence[int]) -> Sequence[MessageVersion]:
    return session.scalars(
        select(MessageVersion)
        .where(MessageVersion.message_id.in_(message_ids))
        .order_by(MessageVersion.message_id, MessageVersion.version)
    ).all()


def membership(session: Session, conversation_id: int, person_id: int) -> Membership | None:
    return session.scalars(
        select(Membership).where(Membership.conversation_id == conversation_id, Membership.person_id == person_id)
    ).first()


def names(session: Session) -> list[str]:
    return [name.reveal() for name in session.scalars(select(Person.name))]
