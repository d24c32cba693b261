"""The Bot API over HTTP: reads the call, has the world answer it, and keeps long polls waiting."""

import asyncio
import json
from typing import Any
from urllib.parse import parse_qsl

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from rehearsal.bell import Bell, heard
from rehearsal.botapi.params import Params, Upload
from rehearsal.controls import Controls
from rehearsal.errors import ApiError
from rehearsal.model import JSON
from rehearsal.world import World

MAX_BODY = 60 * 1024 * 1024
_encode = json.JSONEncoder(separators=(",", ":")).encode


class Poll:
    """One waiting getUpdates; a newer one, or a webhook, ends it."""

    ended_by = ""


async def _body(receive: Receive) -> bytes:
    message = await receive()
    body: bytes = message.get("body", b"")
    if not message.get("more_body"):
        return body
    parts, size = [body], len(body)
    while message.get("more_body"):
        message = await receive()
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > MAX_BODY:
            raise ApiError(413, "Request Entity Too Large")
    return b"".join(parts)


async def read_call(scope: Scope, receive: Receive) -> tuple[JSON, dict[str, Upload]]:
    """Parameters from the address, a form, a multipart form or JSON: Telegram takes all four."""
    params: JSON = {}
    if scope["query_string"]:
        params.update(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
    kind = next((value for name, value in scope["headers"] if name == b"content-type"), b"")
    files: dict[str, Upload] = {}
    if kind.startswith(b"multipart/form-data"):
        async with Request(scope, receive).form(max_part_size=MAX_BODY) as form:
            for name, value in form.multi_items():
                if isinstance(value, UploadFile):
                    files[name] = Upload(value.filename or name, await value.read())
                else:
                    params[name] = value
        return params, files
    body = await _body(receive)
    if not body:
        return params, files
    if kind.startswith(b"application/json"):
        try:
            given = json.loads(body)
        except ValueError:
            raise ApiError(400, "Bad Request: can't parse JSON object") from None
        if isinstance(given, dict):
            params.update(given)
    else:
        params.update(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    return params, files


class BotApi:
    """An ASGI app of its own for ``/bot<token>/<method>``: this path is the one that must be quick."""

    def __init__(self, world: World, controls: Controls, bell: Bell) -> None:
        self.world = world
        self.controls = controls
        self.bell = bell
        self._poll: Poll | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path_params"]
        method = path["method"].lower()
        controls = self.controls
        params: JSON = {}
        try:
            params, files = await read_call(scope, receive)
            controls.counts[path["method"]] += 1
            if controls.slow:
                await asyncio.sleep(controls.slow)
            if controls.away:
                return await drop(scope, send)
            failure = controls.failure_for(method) if controls.failures else None
            if failure is not None and not failure.lost:
                controls.note(path["method"], params, False, failure.answer())
                return await answer(send, failure.status, _encode(failure.answer()))
            if path["token"] not in self.world.bot.tokens:
                raise ApiError(401, "Unauthorized")
            if method == "getupdates":
                result = "[" + ",".join(await self.get_updates(Params(params, {}))) + "]"
                if controls.away:
                    return await drop(scope, send)
            else:
                found = self.world.call(method, params, files)
                controls.note(path["method"], params, True, found)
                result = _encode(found)
            if failure is not None:
                return await drop(scope, send)
            await answer(send, 200, f'{{"ok":true,"result":{result}}}')
        except ApiError as refused:
            controls.note(path["method"], params, False, refused.as_json())
            await answer(send, refused.code, _encode(refused.as_json()))

    async def get_updates(self, p: Params) -> list[str]:
        """Wait for updates as long as asked, 50 seconds at most. Only one may wait at a time."""
        world = self.world
        poll = Poll()
        if world.webhook is not None:
            raise ApiError(
                409,
                "Conflict: can't use getUpdates method while webhook is active; "
                "use deleteWebhook to delete the webhook first",
            )
        if self._poll is not None:
            self._poll.ended_by = "other getUpdates request; make sure that only one bot instance is running"
            self.bell.ring()
        self._poll = poll
        limit = min(max(p.integer("limit", 100), 1), 100)
        loop = asyncio.get_running_loop()
        until = loop.time() + min(max(p.integer("timeout"), 0), 50)
        with world.lock:
            world.updates.allow(p.raw("allowed_updates"))
            world.updates.forget_old()
            world.updates.confirm(p.integer("offset"))
        try:
            with self.bell.listen() as ring:
                while True:
                    ring.clear()
                    if world.webhook is not None:
                        poll.ended_by = "setWebhook request"
                    if poll.ended_by:
                        raise ApiError(409, f"Conflict: terminated by {poll.ended_by}")
                    with world.lock:
                        found = world.updates.first(limit)
                    left = until - loop.time()
                    if found or left <= 0 or self.bell.closed or self.controls.away:
                        return found
                    await heard(ring, left)
        finally:
            if self._poll is poll:
                self._poll = None


async def answer(send: Send, status: int, body: str) -> None:
    content = body.encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(content)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})


async def drop(scope: Scope, send: Send) -> None:
    """Break the connection without an answer. Where the server cannot be asked to, break off in the middle."""
    abort: Any = getattr(scope["app"].state, "abort", None)
    if abort is not None and abort(scope.get("client")):
        await asyncio.sleep(0.01)
        return
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1000")]})
