"""What Telegram lets a bot send, change and delete, and its words when it does not."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from conftest import GROUP, Clock

from rehearsal import ActRefused, ApiError, World
from rehearsal.limits import Limits

Refusal = Callable[..., ApiError]
Take = Callable[[], list[dict[str, Any]]]


def send(world: World, chat: int = 1001, text: str = "Hello", **more: Any) -> dict[str, Any]:
    return world.call("sendMessage", {"chat_id": chat, "text": text, **more})


def key(**button: Any) -> str:
    return json.dumps({"inline_keyboard": [[{"text": "A", **button}]]})


@pytest.fixture(autouse=True)
def started(world: World) -> None:
    world.press_start(1001)
    world.updates.clear()


def test_a_message_needs_a_chat_that_is_there(refusal: Refusal) -> None:
    assert refusal("sendMessage", text="x").description == "Bad Request: chat_id is empty"
    assert refusal("sendMessage", chat_id="", text="x").description == "Bad Request: chat_id is empty"
    assert refusal("sendMessage", chat_id=999, text="x").description == "Bad Request: chat not found"
    assert refusal("sendMessage", chat_id="@nobody", text="x").description == "Bad Request: chat not found"


def test_a_bot_cannot_speak_first(world: World, refusal: Refusal) -> None:
    refused = refusal("sendMessage", chat_id=1002, text="x")
    assert (refused.code, refused.description) == (
        403,
        "Forbidden: bot can't initiate conversation with a user",
    )
    world.send_text(1002, 1002, "hi")
    assert send(world, 1002)["chat"]["id"] == 1002


def test_blocked_and_gone(world: World, refusal: Refusal, take: Take) -> None:
    world.block_bot(1001)
    assert refusal("sendMessage", chat_id=1001, text="x").description == "Forbidden: bot was blocked by the user"
    with pytest.raises(ActRefused):
        world.send_text(1001, 1001, "hi")
    world.press_start(1001)
    world.deactivate(1001)
    assert refusal("sendMessage", chat_id=1001, text="x").description == "Forbidden: user is deactivated"
    changes = [
        update["my_chat_member"]["new_chat_member"]["status"] for update in take() if "my_chat_member" in update
    ]
    assert changes == ["kicked", "member"]


def test_buttons(world: World, refusal: Refusal) -> None:
    sent = send(world, reply_markup=key(callback_data="x" * 64))
    assert sent["reply_markup"]["inline_keyboard"][0][0]["callback_data"] == "x" * 64
    wrong = {
        key(callback_data="é" * 33): "BUTTON_DATA_INVALID",
        key(callback_data=""): "BUTTON_DATA_INVALID",
        key(): "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
        key(url="tel:08001111"): "inline keyboard button URL 'tel:08001111' is invalid: Wrong HTTP URL",
        "{": "can't parse reply keyboard markup JSON object",
        "[]": "object expected as reply markup",
        '{"inline_keyboard": [{"text": "A"}]}': 'field "inline_keyboard" of the InlineKeyboardMarkup must be '
        "an Array of Arrays",
        json.dumps({"inline_keyboard": [[{"text": "A", "callback_data": "a"}]] * 101}): "REPLY_MARKUP_TOO_LONG",
    }
    for markup, words in wrong.items():
        refused = refusal("sendMessage", chat_id=1001, text="x", reply_markup=markup)
        assert (refused.code, refused.description) == (400, f"Bad Request: {words}")


def test_an_edit_must_change_something(world: World, refusal: Refusal) -> None:
    sent = send(world, reply_markup=key(callback_data="a"))
    here = {"chat_id": 1001, "message_id": sent["message_id"]}
    same = refusal("editMessageText", **here, text="Hello", reply_markup=key(callback_data="a"))
    assert same.description == (
        "Bad Request: message is not modified: specified new message content and reply markup are exactly "
        "the same as a current content and reply markup of the message"
    )
    edited = world.call("editMessageText", {**here, "text": "Hello"})
    assert "reply_markup" not in edited
    assert edited["edit_date"]
    again = world.call("editMessageReplyMarkup", {**here, "reply_markup": key(callback_data="b")})
    assert again["text"] == "Hello"
    assert not world.chats[1001].messages[sent["message_id"]].edited, "new buttons are not shown as an edit"


def test_only_own_messages_can_be_edited(world: World, refusal: Refusal) -> None:
    theirs = world.send_text(1001, 1001, "mine")
    gone = refusal("editMessageText", chat_id=1001, message_id=999, text="x")
    assert gone.description == "Bad Request: message to edit not found"
    refused = refusal("editMessageText", chat_id=1001, message_id=theirs.id, text="x")
    assert refused.description == "Bad Request: message can't be edited"


def test_an_update_keeps_the_words_it_was_queued_with(world: World, take: Take) -> None:
    message = world.send_text(1001, 1001, "first")
    world.edit(1001, 1001, message.id, "second")
    first, second = take()
    assert first["message"]["text"] == "first"
    assert second["edited_message"]["text"] == "second"
    assert second["edited_message"]["edit_date"]


def test_a_persons_own_deletion_tells_the_bot_nothing(world: World, take: Take, refusal: Refusal) -> None:
    message = world.send_text(1001, 1001, "oops")
    take()
    world.delete_own(1001, 1001, message.id)
    assert take() == []
    assert refusal("deleteMessage", chat_id=1001, message_id=message.id).description == (
        "Bad Request: message to delete not found"
    )


def test_in_private_a_bot_deletes_both_sides_for_48_hours(world: World, clock: Clock, refusal: Refusal) -> None:
    own, theirs = send(world)["message_id"], world.send_text(1001, 1001, "hi").id
    late = send(world)["message_id"]
    assert world.call("deleteMessages", {"chat_id": 1001, "message_ids": [own, theirs, 999]}) is True
    assert list(world.chats[1001].messages)[-1] == late
    clock.pass_time(48 * 3600)
    assert "message can't be deleted" in refusal("deleteMessage", chat_id=1001, message_id=late).description


def test_in_a_group_deleting_takes_the_right(world: World, refusal: Refusal) -> None:
    message = world.send_text(1005, GROUP, "hello")
    world.set_bot_rights(GROUP, can_delete_messages=False)
    refused = refusal("deleteMessage", chat_id=GROUP, message_id=message.id)
    assert "message can't be deleted" in refused.description
    world.set_bot_rights(GROUP, can_delete_messages=True)
    assert world.call("deleteMessage", {"chat_id": GROUP, "message_id": message.id}) is True


def test_a_pressed_button_is_answered_once_and_soon(
    world: World, clock: Clock, take: Take, refusal: Refusal
) -> None:
    sent = send(world, reply_markup=key(callback_data="go"))
    too_old = "Bad Request: query is too old and response timeout expired or query ID is invalid"
    world.tap(1001, 1001, sent["message_id"], "go")
    query = take()[0]["callback_query"]
    assert (query["data"], query["from"]["id"]) == ("go", 1001)
    assert query["message"]["message_id"] == sent["message_id"]
    assert world.call("answerCallbackQuery", {"callback_query_id": query["id"], "text": "Yes"}) is True
    assert refusal("answerCallbackQuery", callback_query_id=query["id"]).description == too_old
    late = world.tap(1001, 1001, sent["message_id"], "forged")
    assert take()[0]["callback_query"]["data"] == "forged"
    clock.pass_time(61)
    assert refusal("answerCallbackQuery", callback_query_id=late.id).description == too_old
    assert world.events[-1][1] | {"text": "Yes"} == world.events[-1][1]


def test_replies_forwards_copies_and_protection(world: World, refusal: Refusal) -> None:
    asked = world.send_text(1001, 1001, "who are you?")
    answer = send(world, reply_parameters=json.dumps({"message_id": asked.id}), protect_content=True)
    assert answer["reply_to_message"]["text"] == "who are you?"
    assert answer["has_protected_content"] is True
    with pytest.raises(ActRefused):
        world.forward(1001, 1001, answer["message_id"], 1001)
    missing = refusal("sendMessage", chat_id=1001, text="x", reply_parameters='{"message_id": 999}')
    assert missing.description == "Bad Request: message to be replied not found"
    source = {"chat_id": GROUP, "from_chat_id": 1001, "message_id": asked.id}
    passed_on = world.call("forwardMessage", source)
    assert passed_on["forward_origin"]["sender_user"]["id"] == 1001
    assert world.call("copyMessage", source) == {"message_id": passed_on["message_id"] + 1}


def test_speed_limits(world: World, clock: Clock, refusal: Refusal) -> None:
    world.limits = Limits(clock)
    for _ in range(20):
        send(world)
    refused = refusal("sendMessage", chat_id=1001, text="x")
    assert (refused.code, refused.description) == (429, "Too Many Requests: retry after 1")
    assert refused.parameters == {"retry_after": 1}
    for _ in range(10):
        send(world, GROUP)
    assert refusal("sendMessage", chat_id=GROUP, text="x").code == 429, "30 a second in all"
    clock.pass_time(1)
    send(world)
    for _ in range(10):
        send(world, GROUP)
    assert refusal("sendMessage", chat_id=GROUP, text="x").parameters == {"retry_after": 2}, (
        "20 a minute to a group"
    )
    world.limits = None
    for _ in range(50):
        send(world, GROUP)


def test_files_come_back_as_they_went(world: World, refusal: Refusal) -> None:
    from_person = world.send_photo(1001, 1001, "the letter")
    photo = from_person.json["photo"][-1]
    path = world.call("getFile", {"file_id": photo["file_id"]})["file_path"]
    assert world.files.by_path[path].content.startswith(b"\x89PNG")
    again = world.call(
        "sendPhoto", {"chat_id": 1001, "photo": photo["file_id"], "caption": "<b>yours</b>", "parse_mode": "HTML"}
    )
    assert again["caption_entities"] == [{"type": "bold", "offset": 0, "length": 5}]
    too_long = refusal("sendPhoto", chat_id=1001, photo=photo["file_id"], caption="a" * 1025)
    assert too_long.description == "Bad Request: message caption is too long"
    assert refusal("getFile", file_id="no").description == "Bad Request: invalid file_id"


def test_what_people_send_arrives_in_all_its_kinds(world: World, take: Take) -> None:
    world.send_album(1001, 1001, "two of them")
    world.send_voice(1001, 1001)
    world.send_video(1001, 1001)
    world.send_document(1001, 1001)
    world.send_sticker(1001, 1001)
    world.send_contact(1001, 1001)
    world.send_location(1001, 1001)
    world.send_poll(1001, 1001)
    messages = [update["message"] for update in take()]
    kinds = ["photo", "photo", "voice", "video", "document", "sticker", "contact", "location", "poll"]
    assert all(kind in message for kind, message in zip(kinds, messages, strict=True))
    assert messages[0]["media_group_id"] == messages[1]["media_group_id"]
    assert (messages[0]["caption"], messages[1].get("caption")) == ("two of them", None)


def test_a_method_that_is_not_and_one_not_done(refusal: Refusal) -> None:
    assert (refusal("sendmassage").code, refusal("sendmassage").description) == (404, "Not Found")
    assert refusal("sendInvoice").description == "Not Implemented: the rehearsal does not do sendInvoice"


def test_the_bots_own_texts(world: World, refusal: Refusal) -> None:
    commands = [{"command": "help", "description": "Who is there"}]
    world.call("setMyCommands", {"commands": json.dumps(commands)})
    assert world.call("getMyCommands") == commands
    assert refusal("setMyCommands", commands='[{"command":"no spaces","description":"x"}]').description == (
        "Bad Request: BOT_COMMAND_INVALID"
    )
    world.call("setMyDescription", {"description": "Here for you"})
    assert world.call("getMyDescription") == {"description": "Here for you"}
    assert world.call("getMyName") == {"name": "Cairn"}
    world.call("setChatMenuButton", {"menu_button": '{"type":"commands"}'})
    assert world.call("getChatMenuButton") == {"type": "commands"}
    assert world.call("GETME")["username"] == "cairn_rehearsal_bot"
