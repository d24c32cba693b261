"""What is shipped is what the cards name, and what is published is what was measured."""

from __future__ import annotations

import hashlib
import json
from importlib.resources import as_file
from pathlib import Path
from typing import Any

import pytest

from cairn.commands.screening import TOLERANCE, from_figures, judge_named, judged_suite
from moderation.screening import bank, measure
from moderation.screening.meaning import models, read_card

ROOT = Path(__file__).parent.parent.parent
NAMES = ("large", "light")
LARGEST_FILE = 95_000_000


def figures(name: str) -> list[measure.Row]:
    kept = (bank.packaged("suite") / f"figures-{name}.json").read_text(encoding="utf-8")
    return from_figures(json.loads(kept))


@pytest.mark.parametrize("name", NAMES)
def test_the_files_are_those_that_the_card_names(name: str) -> None:
    with as_file(models() / name) as folder:
        card = read_card(folder)
        assert set(card.files) == {"encoder.onnx", "tokenizer.json", "neighbours.npz"}
        for file, digest in card.files.items():
            assert hashlib.sha256((folder / file).read_bytes()).hexdigest() == digest, file
            assert (folder / file).stat().st_size <= LARGEST_FILE


@pytest.mark.parametrize("name", NAMES)
def test_the_card_names_the_bank_it_was_made_from(name: str) -> None:
    card = read_card(models() / name)
    assert card.bank == bank.digest()
    assert card.figures["seed"]
    assert card.figures["held_back"]
    assert card.figures["messages_learnt_from"] + card.figures["messages_held_back"] <= len(bank.load()) + 1000


def test_the_suite_is_large_and_never_in_the_bank() -> None:
    def plain(text: str) -> str:
        return " ".join("".join(c if c.isalnum() else " " for c in text.lower()).split())

    suite = bank.load(bank.packaged("suite"))
    assert len(suite) >= 1200
    learnt = {plain(one.text) for one in [*bank.load(), *bank.load(bank.packaged("setting"))]}
    assert [one.text for one in suite if plain(one.text) in learnt] == []
    capabilities = {one.family for one in suite}
    assert len(capabilities) == 19
    for one in suite:
        assert one.worrying != bool(one.subject), one.text


def test_the_bank_is_as_large_as_is_said() -> None:
    assert len(bank.load()) >= 9_000
    assert len({one.writer for one in bank.load()}) >= 14


@pytest.mark.parametrize("name", NAMES)
def test_what_is_published_is_what_was_measured(name: str) -> None:
    page = (ROOT / "docs" / "screening.md").read_text(encoding="utf-8")
    begin, end = f"<!-- figures {name} -->", f"<!-- end of figures {name} -->"
    assert page.split(begin)[1].split(end)[0].strip() == measure.table(figures(name))


def held(name: str) -> list[dict[str, Any]]:
    return list(read_card(models() / name).figures["held_back"])


@pytest.mark.parametrize("name", NAMES)
def test_what_is_published_of_held_back_messages_is_on_the_card(name: str) -> None:
    page = (ROOT / "docs" / "screening.md").read_text(encoding="utf-8")
    begin, end = f"<!-- held back {name} -->", f"<!-- end of held back {name} -->"
    assert page.split(begin)[1].split(end)[0].strip() == measure.table(from_figures(held(name)))


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", NAMES)
def test_no_row_of_the_suite_is_lower_than_published(name: str) -> None:
    rows = measure.report(judged_suite(judge_named(name)))
    assert measure.lowered(figures(name), rows, TOLERANCE) == []
