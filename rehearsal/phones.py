"""The phones over HTTP: what each shows, what its owner does, and one stream of all that happens."""

import json
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from rehearsal.bell import Bell, heard
from rehearsal.errors import ActRefused
from rehearsal.model import JSON, Chat, Message
from rehearsal.world import World

STATIC = Path(__file__).parent / "static"
HEARTBEAT = 15.0

Act = Callable[[World, int, JSON], Any]


def _owner(world: World, user: int, group: int) -> int:
    chat = world.group(group)
    if world.member(chat, user).status != "creator":
        raise ActRefused("Only the owner of the group can do this.")
    return chat.id


def _reply(a: JSON) -> int | None:
    return int(a["reply_to"]) if a.get("reply_to") else None


ACTS: dict[str, Act] = {
    "press_start": lambda w, u, a: w.press_start(u, a.get("payload")),
    "open_link": lambda w, u, a: w.open_link(u, str(a["link"])),
    "send_text": lambda w, u, a: w.send_text(
        u, int(a["chat_id"]), str(a["text"]), _reply(a), str(a.get("quote", ""))
    ),
    "edit": lambda w, u, a: w.edit(u, int(a["chat_id"]), int(a["message_id"]), str(a["text"])),
    "delete_own": lambda w, u, a: w.delete_own(u, int(a["chat_id"]), int(a["message_id"])),
    "send_photo": lambda w, u, a: w.send_photo(u, int(a["chat_id"]), str(a.get("caption", "")), _reply(a)),
    "send_voice": lambda w, u, a: w.send_voice(u, int(a["chat_id"]), str(a.get("caption", "")), _reply(a)),
    "send_video": lambda w, u, a: w.send_video(u, int(a["chat_id"]), str(a.get("caption", "")), _reply(a)),
    "send_document": lambda w, u, a: w.send_document(u, int(a["chat_id"]), str(a.get("caption", ""))),
    "send_sticker": lambda w, u, a: w.send_sticker(u, int(a["chat_id"]), str(a.get("emoji") or "🙂")),
    "send_contact": lambda w, u, a: w.send_contact(u, int(a["chat_id"]), str(a.get("phone_number", ""))),
    "send_location": lambda w, u, a: w.send_location(u, int(a["chat_id"])),
    "send_poll": lambda w, u, a: w.send_poll(u, int(a["chat_id"]), str(a.get("question", "")), a.get("options")),
    "send_album": lambda w, u, a: w.send_album(u, int(a["chat_id"]), str(a.get("caption", ""))),
    "forward": lambda w, u, a: w.forward(u, int(a["chat_id"]), int(a["message_id"]), int(a["to_chat_id"])),
    "tap": lambda w, u, a: w.tap(u, int(a["chat_id"]), int(a["message_id"]), str(a["callback_data"])).id,
    "react": lambda w, u, a: w.react(u, int(a["chat_id"]), int(a["message_id"]), str(a.get("emoji", ""))),
    "block_bot": lambda w, u, a: w.block_bot(u),
    "unblock_bot": lambda w, u, a: w.unblock_bot(u),
    "deactivate": lambda w, u, a: w.deactivate(u),
    "request_to_join": lambda w, u, a: w.request_to_join(u, a.get("group_id"), a.get("invite_link")),
    "leave": lambda w, u, a: w.leave(u, int(a["group_id"])),
    "promote_bot": lambda w, u, a: w.promote_bot(_owner(w, u, int(a["group_id"]))),
    "demote_bot": lambda w, u, a: w.demote_bot(_owner(w, u, int(a["group_id"]))),
    "add_bot": lambda w, u, a: w.add_bot(_owner(w, u, int(a["group_id"]))),
    "kick_bot": lambda w, u, a: w.kick_bot(_owner(w, u, int(a["group_id"]))),
    "set_bot_rights": lambda w, u, a: w.set_bot_rights(_owner(w, u, int(a["group_id"])), **a.get("rights", {})),
    "add_member": lambda w, u, a: w.add_member(_owner(w, u, int(a["group_id"])), int(a["user_id"])),
    "remove_member": lambda w, u, a: w.remove_member(
        _owner(w, u, int(a["group_id"])), int(a["user_id"]), bool(a.get("ban"))
    ),
    "make_invite_link": lambda w, u, a: w.make_invite_link(
        _owner(w, u, int(a["group_id"])), ask=bool(a.get("ask", True))
    ),
    "decide_request": lambda w, u, a: w.decide_request(
        _owner(w, u, int(a["group_id"])), int(a["user_id"]), approve=bool(a.get("approve", True))
    ),
    "upgrade_group": lambda w, u, a: w.upgrade_group(_owner(w, u, int(a["group_id"]))),
}


def _told(result: Any) -> Any:
    if isinstance(result, Message):
        return result.for_phones()
    if isinstance(result, Chat):
        return result.json
    if isinstance(result, list):
        return [_told(one) for one in result]
    return result


def _group(world: World, chat: Chat) -> JSON:
    bot = world.member(chat, world.bot.id)
    return {
        "id": chat.id,
        "title": chat.title,
        "type": chat.type,
        "members": {
            str(id): world.member(chat, id).status
            for id in list(chat.members)
            if id not in world.users or not world.users[id].crowd
        },
        "muted": [id for id in world.roles if not world.allowed(chat, id, "can_send_messages")],
        "requests": list(chat.requests),
        "bot": {"status": bot.status, "rights": bot.rights},
        "pinned": chat.pinned[-1:],
    }


def shown_state(world: World, links: Sequence[tuple[str, str]]) -> JSON:
    """Everything the page needs to draw the phones, except the messages."""
    with world.lock:
        bot = world.bot
        return {
            "bot": {
                "id": bot.id,
                "name": bot.user.first_name,
                "username": bot.user.json["username"],
                "description": bot.texts["description"].get("", ""),
                "commands": next((one for one in bot.commands.values() if one), []),
            },
            "people": [
                {
                    "id": id,
                    "name": world.users[id].first_name,
                    "role": role,
                    "started": id in bot.started,
                    "blocked": id in bot.blocked,
                }
                for id, role in world.roles.items()
            ],
            "groups": [
                _group(world, c) for c in world.chats.values() if not c.is_private and c.migrated_to is None
            ],
            "last_event_id": world.last_event_id,
            "links": [{"name": name, "url": url} for name, url in links],
        }


class Phones:
    def __init__(self, world: World, bell: Bell, links: Sequence[tuple[str, str]]) -> None:
        self.world = world
        self.bell = bell
        self.links = links

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/", self.page),
            Mount("/static", StaticFiles(directory=STATIC)),
            Route("/phones/state", self.state),
            Route("/phones/events", self.events),
            Route("/phones/files/{path:path}", self.file),
            Route("/phones/{user_id:int}/chats/{chat_id}/messages", self.messages),
            Route("/phones/{user_id:int}/acts", self.do, methods=["POST"]),
        ]

    async def page(self, request: Request) -> Response:
        return FileResponse(STATIC / "phones.html", media_type="text/html")

    async def state(self, request: Request) -> Response:
        return JSONResponse(shown_state(self.world, self.links))

    async def file(self, request: Request) -> Response:
        stored = self.world.files.by_id.get(request.path_params["path"])
        if stored is None or not stored.mime_type.startswith("image/"):
            return JSONResponse({"error": "There is no such picture."}, status_code=404)
        return Response(stored.content, media_type=stored.mime_type)

    async def messages(self, request: Request) -> Response:
        world = self.world
        try:
            with world.lock:
                user = world.user(request.path_params["user_id"])
                chat = world.chat_of(user, int(request.path_params["chat_id"]))
                if not chat.is_private and not world.member(chat, user.id).present:
                    raise ActRefused("You are not in this group.")
                shown = [message.for_phones() for message in list(chat.messages.values())[-300:]]
                return JSONResponse({"messages": shown, "last_event_id": world.last_event_id})
        except ValueError:
            return JSONResponse({"error": "That is not a chat."}, status_code=404)
        except ActRefused as refused:
            return JSONResponse({"error": str(refused)}, status_code=409)

    async def do(self, request: Request) -> Response:
        """One act of one person. 409 and a sentence for them where the app would not let them."""
        try:
            asked = await request.json()
            doing = ACTS[asked["act"]]
        except (ValueError, KeyError, TypeError):
            return JSONResponse({"error": "That is not something a phone can do."}, status_code=400)
        try:
            with self.world.lock:
                result = doing(self.world, request.path_params["user_id"], asked)
        except ActRefused as refused:
            return JSONResponse({"error": str(refused)}, status_code=409)
        except (KeyError, TypeError, ValueError) as wrong:
            return JSONResponse({"error": f"Something is missing or wrong: {wrong}"}, status_code=400)
        return JSONResponse({"ok": True, "result": _told(result)})

    async def events(self, request: Request) -> Response:
        """Server-sent events. ``Last-Event-ID`` (or ``?after=``) goes on from there."""
        after = request.headers.get("last-event-id") or request.query_params.get("after", "")
        begin = int(after) if after.isdigit() else self.world.last_event_id
        if begin > self.world.last_event_id:
            begin = -1  # a number from before the emulator was started anew
        return StreamingResponse(self._stream(begin), media_type="text/event-stream")

    async def _stream(self, after: int) -> AsyncIterator[str]:
        world = self.world
        yield f"retry: 1000\nid: {max(after, 0)}\ndata: {json.dumps({'kind': 'hello', 'chat_id': 0})}\n\n"
        with self.bell.listen() as ring:
            while not self.bell.closed:
                ring.clear()
                found = world.events_after(after)
                if after < 0 or (found and found[0][0] > after + 1):
                    # away too long, or a new emulator: the page must read everything again
                    after = found[-1][0] if found else 0
                    found = []
                    yield f"id: {after}\ndata: {json.dumps({'kind': 'reset', 'chat_id': 0})}\n\n"
                for number, event in found:
                    after = number
                    yield f"id: {number}\ndata: {json.dumps(event, separators=(',', ':'))}\n\n"
                if not found and not await heard(ring, HEARTBEAT):
                    yield ": still here\n\n"
