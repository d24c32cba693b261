"""Updates: kept until confirmed, asked for by kind, one poller at a time, or pushed to a webhook."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from conftest import GROUP, Clock

from rehearsal import Server, World
from rehearsal.updates import UpdateQueue


def bodies(queue: UpdateQueue, limit: int = 100) -> list[dict[str, Any]]:
    return [json.loads(body) for body in queue.first(limit)]


def test_ids_go_up_by_one_and_stay_until_confirmed(world: World) -> None:
    for text in "abc":
        world.send_text(1001, 1001, text)
    first = bodies(world.updates)
    start = first[0]["update_id"]
    assert [update["update_id"] for update in first] == [start, start + 1, start + 2]
    assert bodies(world.updates, 1) == first[:1]
    world.updates.confirm(start + 1)
    assert bodies(world.updates) == first[1:]
    world.updates.confirm(start)
    assert bodies(world.updates) == first[1:], "an old offset brings nothing back"
    world.updates.confirm(-1)
    assert bodies(world.updates) == first[2:], "a negative one keeps only that many"
    world.updates.confirm(start + 10_000)
    assert bodies(world.updates) == first[2:], "an offset from before a restart of the ids confirms nothing"


def test_kept_for_a_day_and_ids_begin_anew_after_a_quiet_week(world: World, clock: Clock) -> None:
    world.send_text(1001, 1001, "a")
    before = bodies(world.updates)[0]["update_id"]
    clock.pass_time(24 * 3600 + 1)
    assert world.updates_waiting() == 0
    clock.pass_time(7 * 24 * 3600)
    world.send_text(1001, 1001, "b")
    assert bodies(world.updates)[0]["update_id"] != before + 1


def test_kinds_are_remembered_and_three_must_be_asked_for(world: World) -> None:
    def joined() -> list[str]:
        world.updates.clear()
        world.add_member(GROUP, 1001)
        world.remove_member(GROUP, 1001)
        return sorted({key for update in bodies(world.updates) for key in update} - {"update_id"})

    assert joined() == ["message"]
    world.updates.allow('["message", "chat_member", "nonsense"]')
    assert joined() == ["chat_member", "message"]
    world.updates.allow(None)
    assert joined() == ["chat_member", "message"], "left out means as before"
    world.updates.allow("[]")
    assert joined() == ["message"], "an empty list means the default"


@asynccontextmanager
async def client(server: Server) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=f"{server.base_url}1:rehearsal/", trust_env=False) as found:
        yield found


async def test_a_long_poll_wakes_when_something_is_said(world: World, server: Server) -> None:
    async with client(server) as http:
        waiting = asyncio.create_task(http.post("getUpdates", data={"timeout": 20}))
        await asyncio.sleep(0.05)
        world.send_text(1001, 1001, "hello")
        answer = (await asyncio.wait_for(waiting, 5)).json()
        assert answer["result"][0]["message"]["text"] == "hello"


async def test_a_second_poller_ends_the_first(server: Server) -> None:
    async with client(server) as http:
        first = asyncio.create_task(http.post("getUpdates", data={"timeout": 20}))
        await asyncio.sleep(0.05)
        second = asyncio.create_task(http.post("getUpdates", data={"timeout": 20}))
        refused = (await asyncio.wait_for(first, 5)).json()
        assert refused["error_code"] == 409
        assert refused["description"] == (
            "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
        )
        hook = await http.post("setWebhook", data={"url": "http://127.0.0.1:1/hook"})
        assert hook.json()["ok"]
        assert (await asyncio.wait_for(second, 5)).json()[
            "description"
        ] == "Conflict: terminated by setWebhook request"
        active = (await http.post("getUpdates")).json()
        assert active["description"].startswith("Conflict: can't use getUpdates method while webhook is active")
        await http.post("deleteWebhook")
        assert (await http.post("getUpdates")).json() == {"ok": True, "result": []}


@asynccontextmanager
async def receiver(answers: list[int]) -> AsyncIterator[tuple[str, list[tuple[dict[str, Any], str]]]]:
    """A tiny webhook that answers with these statuses in turn, then 200."""
    got: list[tuple[dict[str, Any], str]] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await reader.readuntil(b"\r\n\r\n"):
            headers = dict(line.split(": ", 1) for line in head.decode().lower().split("\r\n")[1:] if line)
            body = await reader.readexactly(int(headers["content-length"]))
            got.append((json.loads(body), headers.get("x-telegram-bot-api-secret-token", "")))
            status = answers.pop(0) if answers else 200
            writer.write(f"HTTP/1.1 {status} X\r\nContent-Length: 0\r\n\r\n".encode())

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with listening:
        yield f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/hook", got


async def until(true: Any) -> None:
    async with asyncio.timeout(8):
        while not true():  # noqa: ASYNC110 (it watches another thread)
            await asyncio.sleep(0.01)


async def test_a_webhook_gets_each_update_in_order_until_it_takes_it(world: World, server: Server) -> None:
    world.press_start(1001)
    world.press_start(1002)
    async with client(server) as http, receiver([503]) as (url, got):
        await http.post("setWebhook", data={"url": url, "secret_token": "s3cret"})
        await until(lambda: len(got) >= 2)
        info = (await http.post("getWebhookInfo")).json()["result"]
        assert info["last_error_message"].startswith("Wrong response from the webhook: 503")
        world.send_text(1001, 1001, "second")
        await until(lambda: not world.updates.pending)
        await http.post("deleteWebhook")
    assert {secret for _, secret in got} == {"s3cret"}
    assert len(got) == 4, "the refused one came again"
    of_kayleigh = [update["message"]["text"] for update, _ in got if update["message"]["chat"]["id"] == 1001]
    assert of_kayleigh[-1] == "second"


@pytest.mark.parametrize("url", ["https://example.org/hook", "ftp://127.0.0.1/", "http://127.0.0.1.example.org/"])
async def test_webhooks_lead_to_this_computer_only(server: Server, url: str) -> None:
    async with client(server) as http:
        assert (await http.post("setWebhook", data={"url": url})).json()["error_code"] == 400
