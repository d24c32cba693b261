"""Updates as Telegram sends them, and as it never should: what the hostile tests feed to the line."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

JSON = dict[str, Any]
KAYLEIGH = 1001
GROUP = -1_000_000_000_001
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"
AWFUL = "im going to shake her if she doesnt stop"
"""Words that a human has to see, whatever they come wrapped in."""
NASTY_TEXTS = (
    "",
    " ",
    "\x00",
    "help\x00me",
    "\ud800",
    "half a \udc9d character",
    "\u202eti ekahs ot gniog mi\u202c",
    FAMILY * 300,
    "\U0001f62d" * 4096,
    "a" * 4096,
    "z\u0351\u0363\u0305" * 500,
    "</b><script>alert(1)</script>&amp;&#0;",
    "**bold** [link](https://example.org) `code` **",
    "/start " + "A" * 500,
    "/start\x00",
    "/link",
    "/",
    "1:safe:K7M-4QX",
    "'; DROP TABLE inbox; --",
    "\u2028\u2029\ufeff\ufffe",
    "NaN",
)
FORGED_TAPS = (
    "", ":", "1", "1:", "1::", "0:menu", "2:menu", "1:menu:menu:menu", "1:consent", "1:consent:maybe",
    "1:urgent:nothing-such", "1:cat", "1:cat:nothing-such:0", "1:cat:money:999999", "1:entry", "1:entry:x:-1",
    "1:entry::0", "1:safe", "1:safe:", "1:safe:K7M-4QX", "1:need", "1:need:AAA-AAA", "1:need:../../etc",
    "1:entry:" + "x" * 60, "1:entry:\ud800:0", "menu", "\x00", "consent_yes", '{"a":1}', "1:stop:extra",
)  # fmt: skip
HUGE = (2**31, 2**53 + 1, 2**62, 2**63, 2**64, 10**30, -1, 0, -(2**63) - 1)


def somebody(identity: Any = KAYLEIGH) -> JSON:
    return {"id": identity, "is_bot": False, "first_name": "Kayleigh", "language_code": "en"}


def chat(identity: Any = KAYLEIGH) -> JSON:
    if isinstance(identity, int) and identity < 0:
        return {"id": identity, "type": "supergroup", "title": "Parents' group"}
    return {"id": identity, "type": "private", "first_name": "Kayleigh"}


def message(number: int, content: JSON, where: int = KAYLEIGH, whom: int = KAYLEIGH) -> JSON:
    return {
        "message_id": number,
        "date": 1_793_786_400,
        "chat": chat(where),
        "from": somebody(whom),
        **content,
    }


def written(update_id: int, text: str, where: int = KAYLEIGH, whom: int = KAYLEIGH) -> JSON:
    """Somebody wrote `text`."""
    return {"update_id": update_id, "message": message(update_id, {"text": text}, where, whom)}


def replies_in_replies(update_id: int, deep: int, text: str) -> JSON:
    """An answer to an answer to an answer …"""
    found = message(1, {"text": "the first"})
    for number in range(2, deep + 1):
        found = message(number, {"text": "an answer", "reply_to_message": found})
    return {"update_id": update_id, "message": {**found, "text": text, "message_id": update_id}}


def _file(**more: Any) -> JSON:
    return {"file_id": "AgAD", "file_unique_id": "AQAD", "file_size": 1, **more}


def contents() -> Iterator[JSON]:
    """What a message may hold, one of each kind."""
    place = {"latitude": 54.9, "longitude": -2.9}
    poll = {
        "id": "5", "question": "Who can come?",
        "options": [{"persistent_id": "0", "text": "me", "voter_count": 0}],
        "total_voter_count": 0, "is_closed": False, "is_anonymous": True, "type": "regular",
        "allows_multiple_answers": False,
    }  # fmt: skip
    yield {"text": "is there a toy library"}
    yield {"text": "/start ABCD", "entities": [{"type": "bot_command", "offset": 0, "length": 6}]}
    yield {"photo": [_file(width=1, height=1)], "caption": "our new cot"}
    yield {"voice": _file(duration=12)}
    yield {"video": _file(width=1, height=1, duration=3), "caption": "first steps"}
    yield {"document": _file(file_name="letter.pdf", mime_type="application/pdf")}
    yield {
        "sticker": _file(width=1, height=1, type="regular", is_animated=False, is_video=False, emoji="\U0001f642")
    }
    yield {"contact": {"phone_number": "+447700900123", "first_name": "Dean", "user_id": 1002}}
    yield {"location": place}
    yield {"venue": {"location": place, "title": "Baby group", "address": "The hall"}}
    yield {"poll": poll}
    yield {"dice": {"emoji": "\U0001f3b2", "value": 4}}
    yield {"new_chat_members": [somebody(1002)]}
    yield {"left_chat_member": somebody(1002)}
    yield {"migrate_to_chat_id": -1_000_000_000_002}
    yield {"pinned_message": message(3, {"text": "hello all"})}
    yield {
        "text": "forwarded words",
        "forward_origin": {"type": "hidden_user", "sender_user_name": "Somebody", "date": 1_793_786_000},
    }
    yield {
        "text": "an answer",
        "reply_to_message": message(2, {"text": "hi"}),
        "quote": {"text": "hi", "position": 0},
    }
    yield {"checklist": {"title": "To do", "tasks": [{"id": 1, "text": "ring the school"}]}}
    yield {"successful_payment": {"currency": "GBP", "total_amount": 1}}
    yield {}


def _member(status: str, **more: Any) -> JSON:
    return {"status": status, "user": somebody(1), **more}


def everything() -> list[JSON]:
    """A well-formed update of each kind, without its number."""
    found: list[JSON] = []
    for content in contents():
        for where in (KAYLEIGH, GROUP):
            found.append({"message": message(50, content, where)})
    change = {"chat": chat(), "from": somebody(), "date": 1_793_786_400}
    found += [
        {"edited_message": message(50, {"text": "what I meant", "edit_date": 1_793_786_500})},
        {"edited_message": message(51, {"caption": "changed", "photo": [_file(width=1, height=1)]}, GROUP)},
        {
            "my_chat_member": {
                **change,
                "old_chat_member": _member("member"), "new_chat_member": _member("kicked", until_date=0),
            }
        },
        {
            "chat_member": {
                **change, "chat": chat(GROUP),
                "old_chat_member": _member("left"), "new_chat_member": _member("member"),
            }
        },
        {"chat_join_request": {**change, "chat": chat(GROUP), "user_chat_id": KAYLEIGH}},
        {
            "message_reaction": {
                **change, "message_id": 5, "user": somebody(),
                "old_reaction": [], "new_reaction": [{"type": "emoji", "emoji": "\U0001f44d"}],
            }
        },
        {"channel_post": message(50, {"text": "news"}, GROUP)},
        {"business_message": message(50, {"text": "a shop"})},
        {"inline_query": {"id": "7", "from": somebody(), "query": "", "offset": ""}},
        {"poll_answer": {"poll_id": "5", "user": somebody(), "option_ids": [0]}},
        {"something_new": {"from": somebody(), "text": "of next year"}},
        {},
    ]  # fmt: skip
    found += [{"callback_query": tapped(data)} for data in ("1:menu", "1:consent:yes", "1:talk", *FORGED_TAPS)]
    return found


def tapped(data: Any, number: int = 9) -> JSON:
    return {
        "id": str(number),
        "from": somebody(),
        "chat_instance": "1",
        "message": message(5, {"text": "the menu"}),
        "data": data,
    }


texts = st.one_of(
    st.sampled_from(NASTY_TEXTS),
    st.text(st.characters(categories=("L", "M", "N", "P", "S", "Z", "C", "Cs")), max_size=40),
)
numbers = st.one_of(st.sampled_from(HUGE), st.integers())
junk: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.booleans(), numbers, st.floats(), texts),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)),
    max_leaves=5,
)


def paths(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to each part of an update."""
    if at:
        yield at
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, part in inner:
        yield from paths(part, (*at, name))


@st.composite
def broken(draw: st.DrawFn, whole: st.SearchStrategy[JSON], keep: tuple[tuple[Any, ...], ...] = ()) -> JSON:
    """A well-formed update with one to three of its parts gone, or something else in their place.

    The parts named in `keep` stay.
    """
    update = copy.deepcopy(draw(whole))
    for _ in range(draw(st.integers(1, 3))):
        ways = [way for way in paths(update) if not any(way == kept[: len(way)] for kept in keep)]
        if not ways:
            break
        *to, last = draw(st.sampled_from(ways))
        inner: Any = update
        for name in to:
            inner = inner[name]
        if draw(st.booleans()):
            inner[last] = draw(junk)
        else:
            del inner[last]
    return update


def by_the_book(specification: Path) -> st.SearchStrategy[JSON]:
    """Updates by the published types: required fields, some of the others, the right types, nasty values."""
    types: JSON = json.loads(specification.read_text())["types"]
    values = {
        "Integer": numbers,
        "String": texts,
        "Boolean": st.booleans(),
        "Float": st.floats(),
        "True": st.just(True),
    }

    def of_type(name: str, deep: int) -> st.SearchStrategy[Any]:
        if name.startswith("Array of "):
            if deep <= 0:
                return st.just([])
            return st.lists(st.deferred(lambda: of_type(name.removeprefix("Array of "), deep - 1)), max_size=2)
        if name in values:
            return values[name]
        described = types.get(name, {})
        if described.get("subtypes"):
            return st.sampled_from(described["subtypes"]).flatmap(lambda one: of_type(one, deep))
        fields = described.get("fields", [])
        required = {f["name"]: one_of(f["types"], deep - 1) for f in fields if f["required"]}
        optional = {f["name"]: one_of(f["types"], deep - 1) for f in fields if not f["required"]}
        if deep <= 0:
            return st.fixed_dictionaries(required) if deep > -3 else st.just({})
        some = st.lists(st.sampled_from(sorted(optional)), max_size=3, unique=True) if optional else st.just([])
        return some.flatmap(
            lambda names: st.fixed_dictionaries({**required, **{name: optional[name] for name in names}})
        )

    def one_of(names: list[str], deep: int) -> st.SearchStrategy[Any]:
        return st.deferred(lambda: st.one_of([of_type(name, deep) for name in names]))

    kinds = {f["name"]: f["types"][0] for f in types["Update"]["fields"] if f["name"] != "update_id"}
    return st.sampled_from(sorted(kinds)).flatmap(
        lambda kind: of_type(kinds[kind], 2).map(lambda content: {kind: content})
    )
