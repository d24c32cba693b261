"""The ground the acts stand on: who is where, what was said, who must be told.

``State`` is thread-safe: everything public takes its one lock, so that a test or the host may act
from any thread while the server answers in its own.
"""

import functools
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any, TypeVar, cast

from rehearsal.errors import ActRefused
from rehearsal.files import FileStore
from rehearsal.limits import Limits
from rehearsal.model import JSON, CallbackQuery, Chat, Member, Message, User
from rehearsal.updates import UpdateQueue

F = TypeVar("F", bound=Callable[..., Any])

JOIN_REQUEST_WINDOW = 300
CALLBACK_SECONDS = 60
KEPT_MESSAGES = 2000
KEPT_CROWD_MESSAGES = 60


def act(method: F) -> F:
    """Something one person or the bot does: nothing else happens meanwhile."""

    @functools.wraps(method)
    def alone(self: "State", *args: Any, **kwargs: Any) -> Any:
        with self.lock:
            return method(self, *args, **kwargs)

    return cast(F, alone)


class BotAccount:
    """What Telegram keeps about the bot itself."""

    def __init__(self, user: User, token: str) -> None:
        self.user = user
        self.id = user.id
        self.tokens = {token}
        self.started: set[int] = set()
        self.blocked: set[int] = set()
        self.may_write_until: dict[int, float] = {}
        self.commands: dict[str, list[JSON]] = {}
        self.texts: dict[str, dict[str, str]] = {"name": {}, "description": {}, "short_description": {}}
        self.menu_buttons: dict[int, JSON] = {}
        self.default_rights: dict[str, bool] = {}


class State:
    def __init__(self, clock: Callable[[], float] = time.time, token: str = "1:rehearsal") -> None:  # noqa: S107
        self.clock = clock
        self.lock = threading.RLock()
        self.bot = BotAccount(User(1, "Cairn", username="cairn_rehearsal_bot", is_bot=True), token)
        self.updates = UpdateQueue(clock)
        self.webhook: JSON | None = None
        self.limits: Limits | None = Limits(clock)
        self.users: dict[int, User] = {self.bot.id: self.bot.user}
        self.roles: dict[int, str] = {}
        self.chats: dict[int, Chat] = {}
        self.callbacks: dict[str, CallbackQuery] = {}
        self.files = FileStore()
        self.events: deque[tuple[int, JSON]] = deque(maxlen=5000)
        self.on_update: list[Callable[[], None]] = []
        self.on_event: list[Callable[[], None]] = []
        self._event_id = 0
        self._message_id = 0
        self._chat_message_ids: dict[int, int] = {}
        self._callback_id = 4_000_000_000_000

    # who and where

    @act
    def add_user(self, id: int, first_name: str, last_name: str = "", **more: Any) -> User:
        """A new person; their chat with the bot is there but empty."""
        user = User(id, first_name, last_name, **more)
        self.users[id] = user
        self.chats[id] = Chat(id, "private", user=user)
        return user

    @act
    def add_group(self, id: int, title: str, owner: int, type: str = "supergroup") -> Chat:
        """A group with only its owner in it, and a primary invite link."""
        chat = Chat(id, type, title)
        chat.members[owner] = Member("creator")
        self.chats[id] = chat
        return chat

    def user(self, who: "int | User") -> User:
        found = self.users.get(who.id if isinstance(who, User) else who)
        if found is None:
            raise ActRefused("There is nobody with that number.")
        return found

    def chat_of(self, user: User, chat: "int | Chat") -> Chat:
        """The chat as this person names it: a group, or the one with the bot by either's id."""
        chat_id = chat.id if isinstance(chat, Chat) else chat
        if chat_id == self.bot.id:
            chat_id = user.id
        found = self.chats.get(chat_id)
        if found is None or (found.is_private and found.id != user.id):
            raise ActRefused("There is no such chat on this phone.")
        if found.migrated_to is not None:
            found = self.chats[found.migrated_to]
        return found

    def group(self, chat: "int | Chat") -> Chat:
        found = self.chats.get(chat.id if isinstance(chat, Chat) else chat)
        if found is None or found.is_private:
            raise ActRefused("There is no such group.")
        return found

    def member(self, chat: Chat, user_id: int) -> Member:
        """Somebody's standing now: a ban or a restriction whose time is over has lapsed."""
        member = chat.members.get(user_id)
        if member is None:
            return Member("left")
        if member.until_date and member.until_date <= self.clock():
            member.until_date = 0
            if member.status == "kicked":
                member.status = "left"
            elif member.status == "restricted":
                member.status = "member" if member.is_member else "left"
            member.rights = {}
        return member

    def allowed(self, chat: Chat, user_id: int, permission: str) -> bool:
        """Whether a member may do this ordinary thing (administrators always may)."""
        member = self.member(chat, user_id)
        if member.runs:
            return True
        if not member.present:
            return False
        return chat.permissions.get(permission, False) and (
            member.status != "restricted" or member.rights.get(permission, False)
        )

    # what is said

    def begin_message_ids(self, first: int) -> None:
        """Number messages from ``first``, as if these chats had a past; for a bot that remembers one."""
        with self.lock:
            self._message_id = max(self._message_id, first)
            self._chat_message_ids = {
                id: max(self._chat_message_ids.get(id, 0), first) for id in self.chats if id < 0
            }

    def next_message_id(self, chat: Chat) -> int:
        if chat.type == "supergroup":
            found = self._chat_message_ids.get(chat.id, 0) + 1
            self._chat_message_ids[chat.id] = found
            return found
        self._message_id += 1
        return self._message_id

    def say(
        self,
        chat: Chat,
        sender: User,
        content: JSON,
        *,
        reply_to: Message | None = None,
        service: bool = False,
        tell_bot: bool = True,
    ) -> Message:
        """Put a message into a chat, show it on the phones, and tell the bot when it is not its own."""
        now = self.clock()
        message_id = self.next_message_id(chat)
        body: JSON = {"message_id": message_id, "from": sender.json, "chat": chat.json, "date": int(now)}
        if reply_to is not None:
            body["reply_to_message"] = {k: v for k, v in reply_to.json.items() if k != "reply_to_message"}
        body.update(content)
        message = Message(message_id, chat.id, sender, body, now, service)
        chat.messages[message_id] = message
        crowd = chat.user is not None and chat.user.crowd
        if len(chat.messages) > (KEPT_CROWD_MESSAGES if crowd else KEPT_MESSAGES):
            chat.messages.popitem(last=False)
        if tell_bot and self.bot_hears(chat):
            self.tell_bot("message", body, chat.id)
        if not crowd:
            self.event("message", chat.id, message=message.for_phones())
        return message

    def bot_hears(self, chat: Chat) -> bool:
        if chat.is_private:
            return chat.id not in self.bot.blocked
        return chat.migrated_to is None and self.member(chat, self.bot.id).present

    def tell_bot(self, kind: str, payload: JSON, chat_id: int) -> None:
        if self.updates.push(kind, payload, chat_id) is not None:
            for ring in self.on_update:
                ring()

    def message(self, chat: Chat, message_id: int) -> Message:
        found = chat.messages.get(message_id)
        if found is None:
            raise ActRefused("That message is gone.")
        return found

    def event(self, kind: str, chat_id: int, **more: Any) -> None:
        """Tell the phones. Events are numbered so that a phone that lost touch can ask for the rest."""
        self._event_id += 1
        self.events.append((self._event_id, {"kind": kind, "chat_id": chat_id, **more}))
        for ring in self.on_event:
            ring()

    @property
    def last_event_id(self) -> int:
        return self._event_id

    def events_after(self, event_id: int) -> list[tuple[int, JSON]]:
        """What has happened since, oldest first. A gap before the first means that some is forgotten."""
        with self.lock:
            behind = self._event_id - event_id
            if behind <= 0:
                return []
            known = list(self.events)
        return known[-behind:]

    # who belongs where

    def change_member(
        self, chat: Chat, by: User, user: User, new: Member, *, service: bool = True, **more: Any
    ) -> None:
        """Give somebody a new standing, with the service message and the updates that go with it."""
        old = self.member(chat, user.id)
        was_here, is_here = old.present, new.present
        heard_before = self.bot_hears(chat)
        bot_ran = self.member(chat, self.bot.id).runs
        before, after = old.as_json(user), new.as_json(user)
        if service and was_here and not is_here:
            # the bot is told of its own removal, too, while it can still hear
            self.say(chat, by, {"left_chat_member": user.json}, service=True, tell_bot=heard_before)
        chat.members[user.id] = new
        payload = {
            "chat": chat.json,
            "from": by.json,
            "date": int(self.clock()),
            "old_chat_member": before,
            "new_chat_member": after,
            **more,
        }
        if user.id == self.bot.id:
            self.tell_bot("my_chat_member", payload, chat.id)
        elif bot_ran:
            self.tell_bot("chat_member", payload, chat.id)
        if service and is_here and not was_here:
            joined_by = user if "via_join_request" in more else by
            self.say(chat, joined_by, {"new_chat_members": [user.json]}, service=True)
        self.event("member", chat.id, user_id=user.id, status=new.status)
