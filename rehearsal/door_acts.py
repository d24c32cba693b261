"""How a person comes and goes: Start, block, ask to join, leave, open a link."""

import re

from rehearsal.errors import ActRefused
from rehearsal.model import JSON, Chat, InviteLink, Member, Message, User
from rehearsal.people_acts import PeopleActs
from rehearsal.state import JOIN_REQUEST_WINDOW, act

_PAYLOAD = re.compile(r"[A-Za-z0-9_-]{0,64}")
_TELEGRAM_LINK = re.compile(r"(?:https?://)?(?:www\.)?(?:t|telegram)\.me/(.+)", re.IGNORECASE)


class DoorActs(PeopleActs):
    @act
    def press_start(self, user: int | User, payload: str | None = None) -> Message:
        """Open the bot (with a code from a link, perhaps) and press Start; this also unblocks it."""
        person = self.user(user)
        if not _PAYLOAD.fullmatch(payload or ""):
            raise ActRefused("That is not a code Telegram takes: letters, digits, _ and -, 64 at most.")
        if person.id in self.bot.blocked:
            self.unblock_bot(person)
        return self.send_text(person, self.bot.id, f"/start {payload}" if payload else "/start")

    def _standing_changed(self, person: User, old: str, new: str) -> None:
        bot = self.bot.user
        payload = {
            "chat": person.chat_json,
            "from": person.json,
            "date": int(self.clock()),
            "old_chat_member": Member(old).as_json(bot),
            "new_chat_member": Member(new).as_json(bot),
        }
        self.tell_bot("my_chat_member", payload, person.id)
        self.event("state", person.id, user_id=person.id)

    @act
    def block_bot(self, user: int | User) -> None:
        person = self.user(user)
        if person.id not in self.bot.blocked:
            self.bot.blocked.add(person.id)
            self._standing_changed(person, "member", "kicked")

    @act
    def unblock_bot(self, user: int | User) -> None:
        person = self.user(user)
        if person.id in self.bot.blocked:
            self.bot.blocked.discard(person.id)
            self._standing_changed(person, "kicked", "member")

    @act
    def deactivate(self, user: int | User) -> None:
        """Delete one's account: the bot can no longer write to it."""
        self.user(user).deactivated = True

    @act
    def request_to_join(
        self, user: int | User, group: int | Chat | None = None, invite_link: str | None = None
    ) -> str:
        """Ask to join, by a link or of a group that is open to requests. Says "joined" or "asked"."""
        person = self.user(user)
        where, link = self._find_group(group, invite_link)
        standing = self.member(where, person.id)
        if standing.present:
            raise ActRefused("You are already in this group.")
        if standing.status == "kicked":
            raise ActRefused("You can't join this group.")
        if link is not None:
            self._link_still_good(link)
            if not link.creates_join_request:
                link.joined += 1
                self.change_member(where, person, person, Member("member"), invite_link=link.as_json())
                return "joined"
            if person.id not in where.requests:
                link.pending += 1
        where.requests[person.id] = link
        payload: JSON = {
            "chat": where.json,
            "from": person.json,
            "user_chat_id": person.id,
            "date": int(self.clock()),
        }
        if link is not None:
            payload["invite_link"] = link.as_json()
        if self.member(where, self.bot.id).may("can_invite_users"):
            self.bot.may_write_until[person.id] = self.clock() + JOIN_REQUEST_WINDOW
            self.tell_bot("chat_join_request", payload, where.id)
        self.event("state", where.id, user_id=person.id)
        return "asked"

    def _find_group(self, group: int | Chat | None, invite_link: str | None) -> tuple[Chat, InviteLink | None]:
        if invite_link:
            for chat in self.chats.values():
                if chat.migrated_to is None and invite_link in chat.invite_links:
                    return chat, chat.invite_links[invite_link]
            raise ActRefused("This link does not work.")
        if group is None:
            raise ActRefused("Which group?")
        return self.group(group), None

    def _link_still_good(self, link: InviteLink) -> None:
        if link.is_revoked or (link.expire_date and link.expire_date <= self.clock()):
            raise ActRefused("This link does not work any more.")
        if link.member_limit and link.joined >= link.member_limit:
            raise ActRefused("This link has been used up.")

    @act
    def leave(self, user: int | User, group: int | Chat) -> None:
        person = self.user(user)
        where = self.group(group)
        if not self.member(where, person.id).present:
            raise ActRefused("You are not in this group.")
        if self.member(where, person.id).status == "creator":
            raise ActRefused("The owner can't leave.")
        self.change_member(where, person, person, Member("left"))

    @act
    def open_link(self, user: int | User, link: str) -> str:
        """Open a t.me link or a bare code, as the app would. Says what came of it."""
        link = link.strip()
        found = _TELEGRAM_LINK.fullmatch(link)
        if not found:
            self.press_start(user, link)
            return "started"
        path = found.group(1)
        if path.startswith(("+", "joinchat/")):
            invite = "https://t.me/+" + path.removeprefix("joinchat/").removeprefix("+")
            return self.request_to_join(user, None, invite)
        name, _, query = path.partition("?")
        if name.strip("/").lower() != str(self.bot.user.json["username"]).lower():
            raise ActRefused("That link leads outside the rehearsal.")
        code = next((part[6:] for part in query.split("&") if part.startswith("start=")), "")
        self.press_start(user, code or None)
        return "started"
