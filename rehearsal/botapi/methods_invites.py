"""Invite links and the requests that come by them."""

from typing import TYPE_CHECKING

from rehearsal.botapi.access import group_with_right, person
from rehearsal.botapi.params import Params
from rehearsal.botapi.registry import method
from rehearsal.errors import bad
from rehearsal.model import JSON, Chat, InviteLink

if TYPE_CHECKING:
    from rehearsal.world import World


def _chat(world: "World", p: Params) -> Chat:
    return group_with_right(world, p, "can_invite_users", " to manage chat invite link")


def _options(world: "World", p: Params) -> JSON:
    name = p.text("name")
    limit = p.integer("member_limit")
    expires = p.integer("expire_date")
    asks = p.boolean("creates_join_request")
    if len(name) > 32:
        raise bad("INVITE_TITLE_TOO_LONG")
    if limit and asks:
        raise bad("member limit can't be specified for links requiring administrator approval")
    if not 0 <= limit <= 99999:
        raise bad("USAGE_LIMIT_INVALID")
    if expires and expires <= world.clock():
        raise bad("EXPIRE_DATE_INVALID")
    return {"name": name, "member_limit": limit, "expire_date": expires, "creates_join_request": asks}


@method("createChatInviteLink")
def create_chat_invite_link(world: "World", p: Params) -> JSON:
    chat = _chat(world, p)
    return world.new_link(chat, world.bot.user, **_options(world, p)).as_json()


@method("exportChatInviteLink")
def export_chat_invite_link(world: "World", p: Params) -> str:
    """A new primary link; the one before it stops working."""
    chat = _chat(world, p)
    old = chat.primary_link()
    if old is not None:
        old.is_revoked = True
    return world.new_link(chat, world.bot.user, is_primary=True).link


def _link(world: "World", chat: Chat, p: Params) -> InviteLink:
    found = chat.invite_links.get(p.text("invite_link"))
    if found is None or found.creator is not world.bot.user:
        raise bad("INVITE_HASH_EXPIRED")
    return found


@method("editChatInviteLink")
def edit_chat_invite_link(world: "World", p: Params) -> JSON:
    link = _link(world, _chat(world, p), p)
    if link.is_revoked or link.is_primary:
        raise bad("CHAT_INVITE_PERMANENT" if link.is_primary else "INVITE_REVOKED_MISSING")
    for field, value in _options(world, p).items():
        setattr(link, field, value)
    return link.as_json()


@method("revokeChatInviteLink")
def revoke_chat_invite_link(world: "World", p: Params) -> JSON:
    chat = _chat(world, p)
    link = _link(world, chat, p)
    link.is_revoked = True
    if link.is_primary:
        world.new_link(chat, world.bot.user, is_primary=True)
    return link.as_json()


def _settle(world: "World", p: Params, approve: bool) -> bool:
    chat = group_with_right(world, p, "can_invite_users", " to manage join requests")
    user = person(world, p)
    if world.member(chat, user.id).present:
        raise bad("USER_ALREADY_PARTICIPANT")
    if user.id not in chat.requests:
        raise bad("HIDE_REQUESTER_MISSING")
    world.settle_request(chat, user, world.bot.user, approve)
    return True


@method("approveChatJoinRequest")
def approve_chat_join_request(world: "World", p: Params) -> bool:
    return _settle(world, p, approve=True)


@method("declineChatJoinRequest")
def decline_chat_join_request(world: "World", p: Params) -> bool:
    return _settle(world, p, approve=False)
