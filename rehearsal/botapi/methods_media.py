"""Pictures, files, places and polls from the bot; enough for a bot that rarely sends them."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from rehearsal.botapi.access import writable_chat
from rehearsal.botapi.markup import reply_markup
from rehearsal.botapi.methods_messages import caption_content, deliver, objects
from rehearsal.botapi.params import Params, Upload
from rehearsal.botapi.registry import method
from rehearsal.errors import ApiError, bad
from rehearsal.model import JSON, StoredFile

if TYPE_CHECKING:
    from rehearsal.world import World

MAX_PHOTO = 10 * 1024 * 1024
MAX_FILE = 50 * 1024 * 1024
MAX_DOWNLOAD = 20 * 1024 * 1024


def stored_file(world: "World", p: Params, field: str, kind: str) -> StoredFile:
    """The file of a call: uploaded, attached, or known by its id. Addresses on the web are not fetched."""
    given = p.text(field)
    upload: Upload | None = p.files.get(
        given.removeprefix("attach://") if given.startswith("attach://") else field
    )
    if upload is not None:
        if not upload.content:
            raise bad("file must be non-empty")
        if len(upload.content) > (MAX_PHOTO if kind == "photo" else MAX_FILE):
            raise ApiError(413, "Request Entity Too Large")
        return world.files.add(kind, upload.content, upload.name)
    if not given:
        raise bad(f"there is no {kind.replace('_', ' ')} in the request")
    if given.startswith(("http://", "https://")):
        raise ApiError(501, "Not Implemented: the rehearsal fetches nothing from the web")
    known = world.files.by_id.get(given)
    if known is None:
        raise bad("wrong file identifier/HTTP URL specified")
    return known


def _sender(kind: str) -> Callable[["World", Params], JSON]:
    def send(world: "World", p: Params) -> JSON:
        content = caption_content(world, p) if kind not in ("sticker", "video_note") else {}
        markup = reply_markup(p)
        stored = stored_file(world, p, kind, kind)
        chat = writable_chat(world, p, kind)
        return deliver(world, chat, p, world.files.content(kind, stored) | content, markup)

    return send


for _kind in ("photo", "document", "voice", "video", "audio", "animation", "video_note", "sticker"):
    method("send" + _kind.replace("_", ""))(_sender(_kind))


@method("sendMediaGroup")
def send_media_group(world: "World", p: Params) -> list[JSON]:
    items = objects(p, "media", "InputMedia")
    if not 2 <= len(items) <= 10:
        raise bad("media group must include 2-10 items")
    chat = writable_chat(world, p, messages=len(items))
    world._callback_id += 1
    sent = []
    for item in items:
        kind = str(item.get("type"))
        if kind not in ("photo", "video", "document", "audio"):
            raise bad("type of the media is invalid")
        inner = Params({**p.values, **item}, p.files)
        content = world.files.content(kind, stored_file(world, inner, "media", kind)) | caption_content(
            world, inner
        )
        content["media_group_id"] = str(world._callback_id)
        sent.append(deliver(world, chat, p, content, None))
    return sent


@method("sendLocation")
def send_location(world: "World", p: Params) -> JSON:
    try:
        place = {"latitude": float(p.text("latitude")), "longitude": float(p.text("longitude"))}
    except ValueError:
        raise bad("latitude or longitude is invalid") from None
    markup = reply_markup(p)
    return deliver(world, writable_chat(world, p, "location"), p, {"location": place}, markup)


@method("sendContact")
def send_contact(world: "World", p: Params) -> JSON:
    if not p.has("phone_number"):
        raise bad("phone number must be non-empty")
    if not p.has("first_name"):
        raise bad("first name must be non-empty")
    contact = {name: p.text(name) for name in ("phone_number", "first_name", "last_name") if p.has(name)}
    markup = reply_markup(p)
    return deliver(world, writable_chat(world, p, "contact"), p, {"contact": contact}, markup)


@method("sendPoll")
def send_poll(world: "World", p: Params) -> JSON:
    given = p.json("options", "poll options") or []
    if not isinstance(given, list):
        raise bad("expected an Array of InputPollOption")
    options = [str(one.get("text", "")) if isinstance(one, dict) else str(one) for one in given]
    if not p.has("question"):
        raise bad("poll question must be non-empty")
    if not 1 <= len(options) <= 12:
        raise bad("poll must have at least 1 option" if not options else "poll can't have more than 12 options")
    poll = world.new_poll(p.text("question"), options, is_anonymous=p.boolean("is_anonymous", True))
    markup = reply_markup(p)
    return deliver(world, writable_chat(world, p, "poll"), p, {"poll": poll}, markup)


@method("getFile")
def get_file(world: "World", p: Params) -> JSON:
    if not p.has("file_id"):
        raise bad("file_id not specified")
    stored = world.files.by_id.get(p.text("file_id"))
    if stored is None:
        raise bad("invalid file_id")
    if len(stored.content) > MAX_DOWNLOAD:
        raise bad("file is too big")
    return {**stored.as_json(), "file_path": stored.path}
