"""What a person does with the phone in their hand."""

from typing import Any

from rehearsal import utf16
from rehearsal.detect import detect
from rehearsal.errors import ActRefused
from rehearsal.formatting import MAX_CAPTION, MAX_TEXT
from rehearsal.model import JSON, MEDIA_PERMISSION, CallbackQuery, Chat, Message, User
from rehearsal.state import State, act


class PeopleActs(State):
    def _may_send(self, user: User, chat: Chat, kind: str = "text") -> None:
        if user.deactivated:
            raise ActRefused("This account is gone.")
        if chat.is_private:
            if user.id in self.bot.blocked:
                raise ActRefused("You have blocked this bot. Unblock it first.")
            return
        if not self.member(chat, user.id).present:
            raise ActRefused("You are not in this group.")
        permission, words = MEDIA_PERMISSION.get(kind, ("can_send_messages", "messages"))
        if not self.allowed(chat, user.id, permission):
            raise ActRefused(f"You may not send {words} in this group.")

    def _reply(self, chat: Chat, reply_to: int | None) -> Message | None:
        return None if reply_to is None else self.message(chat, reply_to)

    def _send(
        self, user: User, chat: Chat, content: JSON, kind: str = "text", reply_to: int | None = None
    ) -> Message:
        self._may_send(user, chat, kind)
        if chat.is_private:
            self.bot.started.add(user.id)
        return self.say(chat, user, content, reply_to=self._reply(chat, reply_to))

    @act
    def send_text(
        self, user: int | User, chat: int | Chat, text: str, reply_to: int | None = None, quote: str = ""
    ) -> Message:
        """Write; perhaps in answer to a message, perhaps quoting some of its words."""
        person = self.user(user)
        where = self.chat_of(person, chat)
        text = text.strip()
        if not text:
            raise ActRefused("Write something first.")
        if not utf16.is_whole(text):
            raise ActRefused("That text is broken.")
        if utf16.length(text) > MAX_TEXT:
            raise ActRefused(f"That is too long: {MAX_TEXT} characters at most.")
        content: JSON = {"text": text}
        if entities := detect(text):
            content["entities"] = entities
        if quote and reply_to is not None:
            answered = self.message(where, reply_to).json
            words = str(answered.get("text") or answered.get("caption", ""))
            if quote not in words:
                raise ActRefused("Those words are not in that message.")
            position = utf16.length(words[: words.index(quote)])
            content["quote"] = {"text": quote, "position": position, "is_manual": True}
        return self._send(person, where, content, reply_to=reply_to)

    @act
    def edit(self, user: int | User, chat: int | Chat, message_id: int, text: str) -> Message:
        """Change one's own words within 48 hours; the bot gets ``edited_message``."""
        person = self.user(user)
        where = self.chat_of(person, chat)
        message = self.message(where, message_id)
        if message.sender is not person or message.service or "forward_origin" in message.json:
            raise ActRefused("You can only edit your own messages.")
        if self.clock() - message.date > 48 * 3600:
            raise ActRefused("It is too late to edit this.")
        field = "text" if "text" in message.json else "caption"
        text = text.strip()
        if field == "text" and not text:
            raise ActRefused("Write something first.")
        if utf16.length(text) > (MAX_TEXT if field == "text" else MAX_CAPTION):
            raise ActRefused("That is too long.")
        if not utf16.is_whole(text):
            raise ActRefused("That text is broken.")
        if message.json.get(field, "") == text:
            return message
        entities = "entities" if field == "text" else "caption_entities"
        body = {key: value for key, value in message.json.items() if key not in (field, entities)}
        body["edit_date"] = int(self.clock())
        if text:
            body[field] = text
        if found := detect(text):
            body[entities] = found
        message.json = body
        message.edited = True
        if self.bot_hears(where):
            self.tell_bot("edited_message", body, where.id)
        self.event("edited", where.id, message=message.for_phones())
        return message

    @act
    def delete_own(self, user: int | User, chat: int | Chat, message_id: int) -> None:
        """Take a message back on every phone. Telegram tells a bot nothing of this."""
        person = self.user(user)
        where = self.chat_of(person, chat)
        message = self.message(where, message_id)
        own = message.sender is person or where.is_private
        if not own and not self.member(where, person.id).may("can_delete_messages"):
            raise ActRefused("You can only delete your own messages.")
        del where.messages[message_id]
        self.event("deleted", where.id, message_ids=[message_id])

    def _send_file(
        self, kind: str, user: int | User, chat: int | Chat, caption: str, reply_to: int | None, **extra: Any
    ) -> Message:
        person = self.user(user)
        where = self.chat_of(person, chat)
        self._may_send(person, where, kind)
        name = str(extra.pop("file_name", ""))
        content = self.files.content(kind, self.files.add(kind, file_name=name, **extra))
        return self._send(person, where, content | self._caption(caption), kind, reply_to)

    def _caption(self, caption: str) -> JSON:
        if utf16.length(caption) > MAX_CAPTION:
            raise ActRefused(f"That is too long: {MAX_CAPTION} characters at most.")
        if not caption.strip():
            return {}
        content: JSON = {"caption": caption.strip()}
        if entities := detect(content["caption"]):
            content["caption_entities"] = entities
        return content

    @act
    def send_photo(
        self, user: int | User, chat: int | Chat, caption: str = "", reply_to: int | None = None
    ) -> Message:
        return self._send_file("photo", user, chat, caption, reply_to)

    @act
    def send_voice(
        self, user: int | User, chat: int | Chat, caption: str = "", reply_to: int | None = None
    ) -> Message:
        return self._send_file("voice", user, chat, caption, reply_to)

    @act
    def send_video(
        self, user: int | User, chat: int | Chat, caption: str = "", reply_to: int | None = None
    ) -> Message:
        return self._send_file("video", user, chat, caption, reply_to)

    @act
    def send_document(
        self, user: int | User, chat: int | Chat, caption: str = "", file_name: str = "letter.pdf"
    ) -> Message:
        return self._send_file("document", user, chat, caption, None, file_name=file_name)

    @act
    def send_sticker(self, user: int | User, chat: int | Chat, emoji: str = "🙂") -> Message:
        return self._send_file("sticker", user, chat, "", None, emoji=emoji)

    @act
    def send_contact(
        self, user: int | User, chat: int | Chat, phone_number: str = "", first_name: str = ""
    ) -> Message:
        """Share a contact; without a number, one's own (made up, from Ofcom's numbers for drama)."""
        person = self.user(user)
        contact: JSON = {"phone_number": phone_number or f"+4477009{person.id % 100000:05d}"}
        contact["first_name"] = first_name or person.first_name
        if not phone_number:
            contact["user_id"] = person.id
        return self._send(person, self.chat_of(person, chat), {"contact": contact}, "contact")

    @act
    def send_location(
        self, user: int | User, chat: int | Chat, latitude: float = 54.5772, longitude: float = -2.7975
    ) -> Message:
        person = self.user(user)
        where: JSON = {"latitude": latitude, "longitude": longitude}
        return self._send(person, self.chat_of(person, chat), {"location": where}, "location")

    @act
    def send_poll(
        self, user: int | User, chat: int | Chat, question: str = "", options: list[str] | None = None
    ) -> Message:
        person = self.user(user)
        poll = self.new_poll(question or "When shall we meet?", options or ["Tuesday", "Thursday"])
        return self._send(person, self.chat_of(person, chat), {"poll": poll}, "poll")

    def new_poll(self, question: str, options: list[str], **more: Any) -> JSON:
        self._callback_id += 1
        return {
            "id": str(self._callback_id),
            "question": question,
            "options": [
                {"persistent_id": str(number), "text": text, "voter_count": 0}
                for number, text in enumerate(options)
            ],
            "total_voter_count": 0,
            "is_closed": False,
            "is_anonymous": True,
            "type": "regular",
            "allows_multiple_answers": False,
            "allows_revoting": True,
            "members_only": False,
            **more,
        }

    @act
    def send_album(
        self, user: int | User, chat: int | Chat, caption: str = "", kinds: tuple[str, ...] = ("photo", "photo")
    ) -> list[Message]:
        """Several pictures at once: several messages with one ``media_group_id``, the caption on the first."""
        person = self.user(user)
        where = self.chat_of(person, chat)
        for kind in kinds:
            self._may_send(person, where, kind)
        self._callback_id += 1
        album: JSON = {"media_group_id": str(self._callback_id)}
        sent = []
        for number, kind in enumerate(kinds):
            content = self.files.content(kind, self.files.add(kind)) | album
            sent.append(self._send(person, where, content | self._caption("" if number else caption), kind))
        return sent

    @act
    def forward(self, user: int | User, from_chat: int | Chat, message_id: int, to_chat: int | Chat) -> Message:
        """Pass a message on. What the bot protected stays where it is."""
        person = self.user(user)
        message = self.message(self.chat_of(person, from_chat), message_id)
        if message.protected or message.service:
            raise ActRefused("This message can't be forwarded.")
        return self._send(person, self.chat_of(person, to_chat), forwarded(message))

    @act
    def tap(self, user: int | User, chat: int | Chat, message_id: int, callback_data: str) -> CallbackQuery:
        """Press a button under a message. A forged one may be tried: Telegram's own apps would not,
        but a changed app can send any data for any message of the bot."""
        person = self.user(user)
        where = self.chat_of(person, chat)
        message = self.message(where, message_id)
        if message.sender is not self.bot.user:
            raise ActRefused("Only messages of the bot have buttons.")
        if not where.is_private and not self.member(where, person.id).present:
            raise ActRefused("You are not in this group.")
        self._callback_id += 1
        query = CallbackQuery(str(self._callback_id), person.id, where.id, message_id, self.clock())
        if len(self.callbacks) > 10_000:
            self.callbacks.pop(next(iter(self.callbacks)))
        self.callbacks[query.id] = query
        payload = {
            "id": query.id,
            "from": person.json,
            "message": message.json,
            "chat_instance": str(-7_000_000_000 - where.id),
            "data": callback_data,
        }
        self.tell_bot("callback_query", payload, where.id)
        return query

    @act
    def react(self, user: int | User, chat: int | Chat, message_id: int, emoji: str = "") -> None:
        """Put an emoji on a message; none takes it away."""
        person = self.user(user)
        where = self.chat_of(person, chat)
        message = self.message(where, message_id)
        if not where.is_private and not self.allowed(where, person.id, "can_react_to_messages"):
            raise ActRefused("You may not react here.")
        old = message.reactions.pop(person.id, "")
        if emoji:
            message.reactions[person.id] = emoji
        if old == emoji:
            return
        payload = {
            "chat": where.json,
            "message_id": message_id,
            "user": person.json,
            "date": int(self.clock()),
            "old_reaction": [{"type": "emoji", "emoji": old}] if old else [],
            "new_reaction": [{"type": "emoji", "emoji": emoji}] if emoji else [],
        }
        if self.bot_hears(where) and (where.is_private or self.member(where, self.bot.id).runs):
            self.tell_bot("message_reaction", payload, where.id)
        self.event("edited", where.id, message=message.for_phones())


def forwarded(message: Message) -> JSON:
    """The content of a message passed on, with where it came from."""
    own = {
        "message_id", "from", "chat", "date", "edit_date", "reply_to_message", "reply_markup",
        "media_group_id", "forward_origin", "has_protected_content", "message_thread_id", "is_topic_message",
        "quote",
    }  # fmt: skip
    origin = message.json.get("forward_origin") or {
        "type": "user",
        "sender_user": message.sender.json,
        "date": message.json["date"],
    }
    return {"forward_origin": origin} | {key: value for key, value in message.json.items() if key not in own}
