"""What the owner of a group does: who is in it, what the bot may do there, and moving to a supergroup."""

from typing import Any

from rehearsal.door_acts import DoorActs
from rehearsal.errors import ActRefused
from rehearsal.model import ADMIN_RIGHTS, Chat, InviteLink, Member, User
from rehearsal.state import act

USUAL_RIGHTS = (
    "can_manage_chat", "can_delete_messages", "can_restrict_members", "can_invite_users", "can_pin_messages",
)  # fmt: skip


class GroupActs(DoorActs):
    def owner_of(self, chat: Chat) -> User:
        for user_id, member in chat.members.items():
            if member.status == "creator":
                return self.users[user_id]
        raise ActRefused("Nobody owns this group.")

    def new_link(self, chat: Chat, creator: User, **more: Any) -> InviteLink:
        self._callback_id += 1
        number = self._callback_id - 4_000_000_000_000
        link = InviteLink(f"https://t.me/+Rehearsal{number:07d}", creator, **more)
        chat.invite_links[link.link] = link
        return link

    @act
    def add_member(self, group: int | Chat, user: int | User, by: int | User | None = None) -> None:
        """Put somebody (or the bot) into the group."""
        where, person = self.group(group), self.user(user)
        if self.member(where, person.id).present:
            raise ActRefused(f"{person.first_name} is already in this group.")
        self.change_member(where, self.owner_of(where) if by is None else self.user(by), person, Member("member"))

    @act
    def remove_member(self, group: int | Chat, user: int | User, ban: bool = False) -> None:
        """Take somebody out of the group; banned, they cannot come back by themselves."""
        where, person = self.group(group), self.user(user)
        if not self.member(where, person.id).present:
            raise ActRefused(f"{person.first_name} is not in this group.")
        status = "kicked" if ban or where.type == "group" else "left"
        self.change_member(where, self.owner_of(where), person, Member(status))

    @act
    def promote(self, group: int | Chat, user: int | User, **rights: bool) -> None:
        """Make somebody an administrator with these rights."""
        where, person = self.group(group), self.user(user)
        held = {name: rights.get(name, False) for name in ADMIN_RIGHTS} | {"can_manage_chat": True}
        self.change_member(where, self.owner_of(where), person, Member("administrator", held))

    @act
    def demote(self, group: int | Chat, user: int | User) -> None:
        where, person = self.group(group), self.user(user)
        self.change_member(where, self.owner_of(where), person, Member("member"), service=False)

    @act
    def set_bot_rights(self, group: int | Chat, **rights: bool) -> None:
        """The bot administers the group with these rights added or taken; all others stay."""
        member = self.member(self.group(group), self.bot.id)
        held = {**member.rights} if member.status == "administrator" else dict.fromkeys(USUAL_RIGHTS, True)
        self.promote(group, self.bot.id, **(held | rights))

    @act
    def promote_bot(self, group: int | Chat) -> None:
        self.promote(group, self.bot.id, **dict.fromkeys(USUAL_RIGHTS, True))

    @act
    def demote_bot(self, group: int | Chat) -> None:
        self.demote(group, self.bot.id)

    @act
    def add_bot(self, group: int | Chat) -> None:
        self.add_member(group, self.bot.id)

    @act
    def kick_bot(self, group: int | Chat) -> None:
        self.remove_member(group, self.bot.id, ban=True)

    @act
    def set_group_permissions(self, group: int | Chat, **permissions: bool) -> None:
        where = self.group(group)
        where.permissions = {**where.permissions, **permissions}
        self.event("member", where.id)

    @act
    def make_invite_link(self, group: int | Chat, *, ask: bool = True, **more: Any) -> str:
        """A link the owner makes in the app; with ``ask`` it leads to a request, not straight in."""
        where = self.group(group)
        return self.new_link(where, self.owner_of(where), creates_join_request=ask, **more).link

    @act
    def decide_request(self, group: int | Chat, user: int | User, *, approve: bool = True) -> None:
        """The owner answers a request in the app instead of the bot."""
        where, person = self.group(group), self.user(user)
        self.settle_request(where, person, self.owner_of(where), approve)

    def settle_request(self, chat: Chat, user: User, by: User, approve: bool) -> None:
        """Let somebody in or not; the bot's leave to write to them ends with the request."""
        if user.id not in chat.requests:
            raise ActRefused("There is no such request.")
        link = chat.requests.pop(user.id)
        self.bot.may_write_until.pop(user.id, None)
        if link is not None:
            link.pending -= 1
        if not approve:
            self.event("state", chat.id, user_id=user.id)
            return
        more: dict[str, Any] = {"via_join_request": True}
        if link is not None:
            link.joined += 1
            more["invite_link"] = link.as_json()
        self.change_member(chat, by, user, Member("member"), **more)

    @act
    def upgrade_group(self, group: int | Chat) -> Chat:
        """Turn a basic group into a supergroup. It gets a new id, and each chat tells the bot of the other."""
        old = self.group(group)
        if old.type != "group" or old.migrated_to is not None:
            raise ActRefused("Only a basic group can be upgraded.")
        owner = self.owner_of(old)
        new = Chat(-1_000_000_000_000 - abs(old.id), "supergroup", old.title)
        new.members = {id: member for id, member in old.members.items() if member.status != "left"}
        new.permissions, new.requests = old.permissions, old.requests
        self.chats[new.id] = new
        self.say(old, owner, {"migrate_to_chat_id": new.id}, service=True)
        old.migrated_to = new.id
        self.say(new, owner, {"migrate_from_chat_id": old.id}, service=True)
        self.event("state", new.id)
        return new
