"""The emulator over real HTTP: with python-telegram-bot's own Bot, the phones, the controls, as a process."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from conftest import GROUP
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, InputMediaPhoto
from telegram.error import BadRequest, ChatMigrated, Forbidden, InvalidToken, NetworkError, RetryAfter

from rehearsal import Server, World

ROOT = Path(__file__).parents[2]


@pytest.fixture
async def bot(server: Server) -> AsyncIterator[Bot]:
    async with Bot("1:rehearsal", base_url=server.base_url, base_file_url=server.base_file_url) as found:
        yield found


@pytest.fixture
def http(server: Server) -> httpx.Client:
    return httpx.Client(base_url=server.phones_url, trust_env=False)


async def test_a_conversation(world: World, bot: Bot) -> None:
    world.press_start(1001, "leaflet-7")
    (first,) = await bot.get_updates(timeout=5)
    assert first.message is not None
    assert first.message.text == "/start leaflet-7"
    assert first.message.entities[0].type == "bot_command"
    keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("I am safe", callback_data="safe")]])
    sent = await bot.send_message(1001, "<b>Hi 😀</b> <i>Kayleigh</i>", parse_mode="HTML", reply_markup=keyboard)
    assert sent.text == "Hi 😀 Kayleigh"
    assert sent.parse_entities() == {sent.entities[0]: "Hi 😀", sent.entities[1]: "Kayleigh"}
    world.tap(1001, 1001, sent.message_id, "safe")
    (pressed,) = await bot.get_updates(offset=first.update_id + 1)
    assert pressed.callback_query is not None
    assert await pressed.callback_query.answer("Thank you")
    await pressed.callback_query.edit_message_text("Glad that's sorted.")
    assert world.chats[1001].messages[sent.message_id].json["text"] == "Glad that's sorted."


async def test_refusals_become_the_librarys_errors(world: World, server: Server, bot: Bot) -> None:
    with pytest.raises(Forbidden, match="can't initiate conversation"):
        await bot.send_message(1002, "x")
    with pytest.raises(BadRequest, match="Chat not found"):
        await bot.send_message(424242, "x")
    world.press_start(1001)
    server.controls.apply({"fail": {"method": "sendMessage", "status": 429, "retry_after": 7}})
    with pytest.raises(RetryAfter) as caught:
        await bot.send_message(1001, "x")
    assert caught.value._retry_after.total_seconds() == 7
    world.add_group(-55, "Small", owner=1005, type="group")
    world.add_bot(-55)
    world.upgrade_group(-55)
    with pytest.raises(ChatMigrated):
        await bot.send_message(-55, "x")
    with pytest.raises(InvalidToken):
        await Bot("2:wrong", base_url=server.base_url).initialize()


async def test_away_and_lost_answers(world: World, server: Server, bot: Bot) -> None:
    world.press_start(1001)
    server.controls.apply({"away": True})
    with pytest.raises(NetworkError):
        await bot.get_me()
    server.controls.apply({"away": False, "fail": {"method": "sendMessage", "lost": True}})
    before = len(world.chats[1001].messages)
    with pytest.raises(NetworkError):
        await bot.send_message(1001, "did it go?")
    assert len(world.chats[1001].messages) == before + 1, "it went; only the answer is lost"


async def test_files_up_and_down(world: World, bot: Bot) -> None:
    world.press_start(1001)
    sent = await bot.send_document(1001, b"some words", filename="plan.txt", caption="Yours")
    assert sent.document is not None
    file = await bot.get_file(sent.document.file_id)
    assert bytes(await file.download_as_bytearray()) == b"some words"
    photo = (await bot.send_photo(1001, b"\x89PNG not really")).photo[0]
    album = await bot.send_media_group(1001, [InputMediaPhoto(photo.file_id), InputMediaPhoto(b"new one")])
    assert len({one.media_group_id for one in album}) == 1


def test_the_server_starts_again_on_its_port(world: World, server: Server) -> None:
    port = server.port
    server.stop()
    with pytest.raises(httpx.ConnectError):
        httpx.get(server.phones_url, trust_env=False)
    server.start()
    assert server.port == port
    assert httpx.get(f"{server.base_url}1:rehearsal/getMe", trust_env=False).json()["ok"]


def test_acts_of_a_phone(world: World, http: httpx.Client) -> None:
    def act(user: int, **asked: object) -> httpx.Response:
        return http.post(f"/phones/{user}/acts", json=asked)

    assert act(1001, act="press_start", payload="abc").json()["result"]["text"] == "/start abc"
    assert act(1001, act="send_text", chat_id=GROUP, text="x").json() == {"error": "You are not in this group."}
    assert act(1001, act="kick_bot", group_id=GROUP).status_code == 409
    assert act(1005, act="add_member", group_id=GROUP, user_id=1001).json()["ok"]
    assert act(1001, act="send_text", chat_id=GROUP, text="hello").json()["ok"]
    assert act(1001, act="fly").status_code == 400
    assert act(1001, act="send_text").status_code == 400
    shown = http.get(f"/phones/1001/chats/{GROUP}/messages").json()["messages"]
    assert [one.get("text") for one in shown] == [None, "hello"]
    assert http.get(f"/phones/1002/chats/{GROUP}/messages").status_code == 409
    assert http.get("/phones/1002/chats/1001/messages").status_code == 409, "nobody reads another's chat"
    state = http.get("/phones/state").json()
    assert [one["name"] for one in state["people"]] == ["Kayleigh", "Dean", "Shaz", "Sam", "Priya"]
    assert state["groups"][0]["members"]["1001"] == "member"


async def test_events_go_on_where_a_phone_left_off(world: World, server: Server) -> None:
    async def read(after: str, number: int) -> list[tuple[int, str]]:
        found: list[tuple[int, str]] = []
        headers = {"Last-Event-ID": after} if after else {}
        async with (
            httpx.AsyncClient(trust_env=False) as http,
            http.stream("GET", f"{server.phones_url}phones/events", headers=headers) as stream,
        ):
            at = 0
            async for line in stream.aiter_lines():
                if line.startswith("id: "):
                    at = int(line[4:])
                elif line.startswith("data: ") and (kind := json.loads(line[6:])["kind"]) != "hello":
                    found.append((at, kind))
                if len(found) == number:
                    break
        return found

    waiting = asyncio.create_task(read("", 1))
    await asyncio.sleep(0.1)
    message = world.send_text(1001, 1001, "hello")
    ((first, kind),) = await asyncio.wait_for(waiting, 5)
    assert kind == "message"
    world.edit(1001, 1001, message.id, "hello there")
    world.delete_own(1001, 1001, message.id)
    later = await asyncio.wait_for(read(str(first), 2), 5)
    assert later == [(first + 1, "edited"), (first + 2, "deleted")]


@pytest.mark.parametrize(
    "headers", [{"Host": "evil.example"}, {"Origin": "https://evil.example"}, {"Origin": "null"}]
)
@pytest.mark.parametrize("path", ["/", "/phones/state", "/control", "/phones/events", "/static/phones.js"])
def test_only_pages_of_this_computer_may_look(http: httpx.Client, path: str, headers: dict[str, str]) -> None:
    assert http.get(path, headers=headers).status_code == 403


def test_another_site_cannot_speak_as_the_bot(http: httpx.Client) -> None:
    refused = http.post("/bot1:rehearsal/getMe", headers={"Origin": "https://evil.example"})
    assert refused.status_code == 403


def test_the_page_brings_nothing_from_outside(http: httpx.Client) -> None:
    page = http.get("/")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "Nothing here leaves this computer." in page.text
    for file in (ROOT / "rehearsal" / "static").iterdir():
        assert "http" not in file.read_text().replace("https?:", "").replace("http://${url}", "").replace(
            "https://t.me/…", ""
        ), file.name


def test_controls_and_the_log(world: World, http: httpx.Client) -> None:
    world.press_start(1001)
    http.post("/bot1:rehearsal/sendMessage", data={"chat_id": 1001, "text": "x"})
    http.post("/bot1:rehearsal/sendMessage", json={"chat_id": 1, "text": "x"})
    http.get("/bot1:rehearsal/getMe")
    shown = http.get("/control").json()
    assert shown["counts"] == {"sendMessage": 2, "getMe": 1}
    calls = http.get("/control/log?method=sendMessage").json()["calls"]
    assert [(call["ok"], call["params"].get("text")) for call in calls] == [(True, "x"), (False, "x")]
    assert http.post("/control", json={"fail": {"status": 200}}).status_code == 400
    assert http.post("/control", json={"limits": True, "slow": 1, "token": "5:other"}).json()["limits"] is True
    assert http.post("/control", json={"reset": True}).json()["slow"] == 0
    assert http.get("/bot1:rehearsal/getMe").status_code == 401
    assert http.get("/bot5:other/getMe").json()["ok"]


async def test_a_flood(world: World, server: Server) -> None:
    wanted = {"messages": 500, "users": 20, "per_second": 0, "texts": ["one", "two"]}
    async with httpx.AsyncClient(base_url=server.phones_url, trust_env=False) as http:
        assert (await http.post("/control/flood", json=wanted)).status_code == 202
        seen: list[int] = []
        async with asyncio.timeout(10):
            while len(seen) < 500:
                offset = seen[-1] + 1 if seen else 0
                answer = await http.post("/bot1:rehearsal/getUpdates", data={"timeout": 2, "offset": offset})
                seen += [update["update_id"] for update in answer.json()["result"]]
        assert seen == list(range(seen[0], seen[0] + 500))
        assert [one["name"] for one in (await http.get("/phones/state")).json()["people"]][-1] == "Priya"


@pytest.mark.slow
def test_as_a_process_of_its_own(tmp_path: Path) -> None:
    told = tmp_path / "rehearsal.json"
    process = subprocess.Popen(
        [sys.executable, "-m", "rehearsal", "--port", "0", "--snapshot", str(told)],
        cwd=ROOT, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    try:
        assert process.stdout is not None
        said = json.loads(process.stdout.readline())
        assert json.loads(told.read_text()) == said
        me = httpx.get(f"{said['base_url']}{said['token']}/getMe", trust_env=False).json()
        assert me["result"]["first_name"] == "Cairn"
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0


def test_no_event_is_passed_over_while_many_people_act(world: World) -> None:
    """Acts come from other threads than the one that reads the events."""
    seen: list[int] = []
    with ThreadPoolExecutor(4) as people:
        acting = [people.submit(world.send_text, 1001 + n % 3, 1001 + n % 3, "hello") for n in range(400)]
        while not all(one.done() for one in acting):
            seen += [number for number, _ in world.events_after(seen[-1] if seen else 0)]
    seen += [number for number, _ in world.events_after(seen[-1] if seen else 0)]
    assert seen == list(range(1, 401))


async def test_a_page_older_than_the_emulator_is_told_to_begin_again(server: Server) -> None:
    async with (
        httpx.AsyncClient(trust_env=False) as http,
        http.stream("GET", f"{server.phones_url}phones/events", headers={"Last-Event-ID": "99999"}) as stream,
    ):
        said = [json.loads(line[6:])["kind"] async for line in _data(stream, 2)]
    assert said == ["hello", "reset"]


async def _data(stream: httpx.Response, number: int) -> AsyncIterator[str]:
    async for line in stream.aiter_lines():
        if line.startswith("data: "):
            yield line
            number -= 1
            if not number:
                return
