"""`cairn screen`: JSON Lines in, JSON Lines out, in the same order, whatever comes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.cairn.conftest import Command
from tests.factories import AT_THE_END_OF_HER_ROPE, HARMLESS, SKINT


def answers(output: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.splitlines()]


def test_messages_are_answered_in_their_order(cairn: Command) -> None:
    texts = [HARMLESS, AT_THE_END_OF_HER_ROPE, SKINT] * 30
    given = "".join(json.dumps({"id": number, "text": text}) + "\n" for number, text in enumerate(texts))
    result = cairn("screen", given=given)
    assert result.exit_code == 0
    found = answers(result.stdout)
    assert [answer["id"] for answer in found] == list(range(90))
    assert [answer["urgency"] for answer in found] == ["none", "immediate", "today"] * 30
    assert found[0] == {"id": 0, "urgency": "none", "concerns": []}
    gravest = found[1]["concerns"][0]
    assert gravest.keys() == {"category", "urgency", "why"}
    assert (gravest["category"], gravest["urgency"]) == ("breaking_point", "immediate")
    assert gravest["why"]


@pytest.mark.parametrize("identity", ["a", 7, None, 1.5, ["x"], {"n": 1}, "😀", ""])
def test_the_id_comes_back_as_it_was(cairn: Command, identity: object) -> None:
    result = cairn("screen", given=json.dumps({"id": identity, "text": "hi", "more": 1}))
    assert result.exit_code == 0
    assert answers(result.stdout)[0]["id"] == identity


def test_nothing_in_is_nothing_out(cairn: Command) -> None:
    for given in ("", "\n\n  \n"):
        result = cairn("screen", given=given)
        assert (result.exit_code, result.stdout) == (0, "")


@pytest.mark.parametrize(
    "bad",
    [b"{", b"[]", b"7", b'"x"', b"null", b'{"id": 1}', b'{"text": "x"}', b'{"id": 1, "text": null}', b"\xff\xfe",
     b'{"id": 1, "text": 5}', b"[" * 100_000, b"NaN", b'{"id": 1, "text": "x"', b"9" * 10_000, b"\x00"],
)  # fmt: skip
def test_a_bad_line_is_named_and_the_others_are_answered(cairn: Command, bad: bytes) -> None:
    good = json.dumps({"id": "good", "text": AT_THE_END_OF_HER_ROPE}).encode()
    result = cairn("screen", given=good + b"\n" + bad + b"\n\n" + good)
    assert result.exit_code == 1
    first, wrong, last = answers(result.stdout)
    assert first == last
    assert first["urgency"] == "immediate"
    assert (wrong["id"], wrong["line"]) == (None, 2)
    assert wrong["error"]
    assert result.stderr.splitlines()[0].startswith("line 2: ")
    assert result.stderr.splitlines()[-1] == "1 line could not be read"


@pytest.mark.parametrize(
    "text", ["", " ", "\x00", "😀" * 4096, "\u202e\u200d\u200b" * 500, "\ud800", "x" * 200_000, "\r\n", "a\u2028b"]
)
def test_any_text_is_answered_on_one_line(cairn: Command, text: str) -> None:
    result = cairn("screen", given=json.dumps({"id": 1, "text": text}))
    assert result.exit_code == 0
    assert len(result.stdout.splitlines()) == 1
    assert answers(result.stdout)[0]["id"] == 1


def test_it_needs_no_database_and_leaves_nothing_behind(cairn: Command, data: Any) -> None:
    assert cairn("screen", given='{"id": 1, "text": "hi"}').exit_code == 0
    assert not data.exists()
