"""Whatever the emulator says has the shape that Telegram publishes and that two libraries read."""

import json
from pathlib import Path
from typing import Any

import pytest
import telegram
from aiogram import types as aiogram_types
from conftest import GROUP, Clock
from pydantic import TypeAdapter, ValidationError

from rehearsal import World
from rehearsal.botapi.known import KNOWN
from rehearsal.updates import KINDS

PUBLISHED = Path(__file__).parents[3] / "shared" / "telegram" / "bot-api.json"
KEYS = {"inline_keyboard": [[{"text": "A", "callback_data": "a"}, {"text": "B", "url": "https://x.org"}]]}


@pytest.fixture
def tour(clock: Clock) -> tuple[list[dict[str, Any]], list[tuple[str, Any]]]:
    """Everything people can do and everything the bot can ask, once: all updates and all results."""
    world = World.with_cast(clock)
    world.limits = None
    world.updates.allow(list(KINDS))
    results: list[tuple[str, Any]] = []

    def call(method: str, **params: Any) -> Any:
        results.append((method, world.call(method, params)))
        return results[-1][1]

    call("getMe")
    world.press_start(1001, "x")
    said = world.send_text(1001, 1001, "hi /help 0800 1111 https://x.org a@b.co @kayleigh #one")
    world.send_text(1001, 1001, "this?", reply_to=said.id, quote="help")
    world.edit(1001, 1001, said.id, "hello")
    sent = call(
        "sendMessage",
        chat_id=1001,
        text='<b>x</b> <a href="https://x.org">y</a> <tg-spoiler>z</tg-spoiler> <a href="tg://user?id=1001">K</a>',
        parse_mode="HTML",
        reply_markup=KEYS,
        reply_parameters={"message_id": said.id},
        protect_content=True,
    )
    query = world.tap(1001, 1001, sent["message_id"], "a")
    call("answerCallbackQuery", callback_query_id=query.id)
    call("editMessageText", chat_id=1001, message_id=sent["message_id"], text="new")
    call("editMessageReplyMarkup", chat_id=1001, message_id=sent["message_id"], reply_markup=KEYS)
    world.react(1001, 1001, sent["message_id"], "👍")
    call("setMessageReaction", chat_id=1001, message_id=said.id, reaction=[{"type": "emoji", "emoji": "👍"}])
    world.add_member(GROUP, 1001)
    for send in (world.send_photo, world.send_voice, world.send_video, world.send_document, world.send_sticker,
                 world.send_contact, world.send_location, world.send_poll, world.send_album):  # fmt: skip
        send(1001, 1001)
        send(1001, GROUP)
    passed = world.forward(1001, 1001, said.id, GROUP)
    for kind in ("photo", "voice", "video", "document", "sticker", "audio", "animation", "video_note"):
        call("send" + kind.replace("_", ""), chat_id=GROUP, **{kind: world.files.add(kind).file_id})
    call("sendLocation", chat_id=GROUP, latitude=1, longitude=2)
    call("sendContact", chat_id=GROUP, phone_number="+447700900000", first_name="K")
    call("sendPoll", chat_id=GROUP, question="When?", options=["a", "b"])
    call("forwardMessage", chat_id=GROUP, from_chat_id=1001, message_id=said.id)
    call("copyMessage", chat_id=GROUP, from_chat_id=1001, message_id=said.id)
    call("getFile", file_id=world.files.add("photo").file_id)
    link = call(
        "createChatInviteLink", chat_id=GROUP, creates_join_request=True, name="n", expire_date=clock() + 99
    )
    world.open_link(1002, link["invite_link"])
    world.request_to_join(1003, GROUP)
    call("approveChatJoinRequest", chat_id=GROUP, user_id=1002)
    call("declineChatJoinRequest", chat_id=GROUP, user_id=1003)
    call("exportChatInviteLink", chat_id=GROUP)
    call("revokeChatInviteLink", chat_id=GROUP, invite_link=link["invite_link"])
    call("restrictChatMember", chat_id=GROUP, user_id=1002, permissions={}, until_date=clock() + 999)
    for who in (1, 1001, 1002, 1003, 1005):
        call("getChatMember", chat_id=GROUP, user_id=who)
    call("banChatMember", chat_id=GROUP, user_id=1002, until_date=clock() + 999)
    call("getChatMember", chat_id=GROUP, user_id=1002)
    call("unbanChatMember", chat_id=GROUP, user_id=1002)
    call("pinChatMessage", chat_id=GROUP, message_id=passed.id)
    call("getChat", chat_id=GROUP)
    call("getChat", chat_id=1001)
    call("getChatAdministrators", chat_id=GROUP)
    call("getChatMemberCount", chat_id=GROUP)
    call("setMyCommands", commands=[{"command": "help", "description": "x"}])
    for method in ("getMyCommands", "getMyName", "getMyDescription", "getMyShortDescription", "getWebhookInfo",
                   "getChatMenuButton", "getMyDefaultAdministratorRights"):  # fmt: skip
        call(method)
    world.leave(1001, GROUP)
    world.demote_bot(GROUP)
    world.promote_bot(GROUP)
    world.kick_bot(GROUP)
    world.block_bot(1001)
    world.unblock_bot(1001)
    world.add_group(-55, "Small", owner=1005, type="group")
    world.add_bot(-55)
    world.upgrade_group(-55)
    return [json.loads(update.body) for update in world.updates.pending], results


def kinds_of(updates: list[dict[str, Any]]) -> set[str]:
    return {key for update in updates for key in update} - {"update_id"}


def test_the_tour_sees_every_kind_a_bot_asks_for(tour: Any) -> None:
    assert kinds_of(tour[0]) == {
        "message", "edited_message", "callback_query", "my_chat_member", "chat_member", "chat_join_request",
        "message_reaction",
    }  # fmt: skip


def test_python_telegram_bot_reads_every_update_and_leaves_nothing_over(tour: Any) -> None:
    for raw in tour[0]:
        update = telegram.Update.de_json(raw, None)
        (kind,) = kinds_of([raw])
        assert getattr(update, kind) is not None
        if update.effective_message is not None:
            assert not update.effective_message.api_kwargs


LATER_THAN_10_1 = {"can_send_welcome_messages"}  # required by aiogram, which is two versions ahead


def reads(model: TypeAdapter[Any], raw: Any) -> None:
    """The library takes it, but for what a later Bot API added."""
    try:
        model.validate_python(raw)
    except ValidationError as wrong:
        problems = [one for one in wrong.errors() if one["loc"][-1] not in LATER_THAN_10_1]
        assert problems == []


def test_aiogram_reads_every_update_and_every_result(tour: Any) -> None:
    updates, results = tour
    for raw in updates:
        reads(TypeAdapter(aiogram_types.Update), raw)
    named = {"Message", "User", "ChatFullInfo", "ChatInviteLink", "File", "WebhookInfo", "BotName"}
    models = {name: getattr(aiogram_types, name) for name in named}
    by_method = {
        "getMe": "User", "getChat": "ChatFullInfo", "createChatInviteLink": "ChatInviteLink",
        "revokeChatInviteLink": "ChatInviteLink", "getFile": "File", "getWebhookInfo": "WebhookInfo",
        "getMyName": "BotName", "forwardMessage": "Message", "editMessageText": "Message",
    }  # fmt: skip
    for method, result in results:
        name = by_method.get(method) or ("Message" if isinstance(result, dict) and "chat" in result else "")
        if name:
            reads(TypeAdapter(models[name]), result)
        if method in ("getChatMember", "getChatAdministrators"):
            for one in result if isinstance(result, list) else [result]:
                reads(TypeAdapter(aiogram_types.ChatMemberUnion), one)


class Published:
    def __init__(self) -> None:
        found = json.loads(PUBLISHED.read_text())
        self.types: dict[str, Any] = found["types"]
        self.methods: dict[str, Any] = found["methods"]

    def check(self, value: Any, wanted: list[str], where: str) -> None:
        """The value is of one of these types, has what they require and nothing they do not know."""
        problems = [self.problem(value, one, where) for one in wanted]
        if all(problems):
            raise AssertionError(problems)

    def problem(self, value: Any, wanted: str, where: str) -> str:
        if wanted.startswith("Array of "):
            if not isinstance(value, list):
                return f"{where}: not an array"
            found = (self.problem(one, wanted[9:], f"{where}[]") for one in value)
            return next((one for one in found if one), "")
        simple = {"Integer": int, "String": str, "Boolean": bool, "True": bool, "Float": (int, float)}
        if wanted in simple:
            wrong = not isinstance(value, simple[wanted]) or (wanted == "Integer" and isinstance(value, bool))
            return f"{where}: {value!r} is not {wanted}" if wrong else ""
        kind = self.types[wanted]
        if kind.get("subtypes"):
            found = [self.problem(value, one, where) for one in kind["subtypes"]]
            return "" if "" in found else f"{where}: none of {wanted}: {found[:3]}"
        if not isinstance(value, dict):
            return f"{where}: not an object"
        fields = {field["name"]: field for field in kind.get("fields", [])}
        for name, field in fields.items():
            if field["required"] and name not in value:
                return f"{where}: {wanted} without {name}"
        for name, inner in value.items():
            if name not in fields:
                return f"{where}: {wanted} has no {name}"
            options = [self.problem(inner, one, f"{where}.{name}") for one in fields[name]["types"]]
            if all(options):
                return options[0]
        return ""


@pytest.mark.shared
@pytest.mark.skipif(not PUBLISHED.exists(), reason="the published Bot API (../shared) is not beside this checkout")
def test_everything_has_the_published_shape(tour: Any) -> None:
    published = Published()
    updates, results = tour
    for update in updates:
        published.check(update, ["Update"], "Update")
    for method, result in results:
        name = KNOWN[method.lower()]
        published.check(result, published.methods[name]["returns"], name)


@pytest.mark.shared
@pytest.mark.skipif(not PUBLISHED.exists(), reason="the published Bot API (../shared) is not beside this checkout")
def test_the_known_methods_and_kinds_are_the_published_ones() -> None:
    published = Published()
    assert set(KNOWN.values()) == set(published.methods)
    assert set(KINDS) == {field["name"] for field in published.types["Update"]["fields"]} - {"update_id"}
