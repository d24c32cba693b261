"""The bank: labelled messages that screening learns from, and is never asked about again.

Every line of bank/*.jsonl was made up. A file is one writer's. `group` ties lines that say nearly the same
(a contrast pair), so that what is learnt from one is never measured on the other.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from moderation.screening.model import Category, Urgency

_WORD = re.compile(r"[^\W_]+")
_ALIKE = 0.6
_NEIGHBOURS_ALIKE = 0.34
_COMMON = 400


class BankError(ValueError):
    """A line that cannot be used: which file, which line, and why."""


@dataclass(frozen=True, slots=True)
class Example:
    """A labelled message. In a conversation `text` holds the messages, one a line.

    `subject` is the category whose subject matter a harmless line of the suite borrows.
    """

    text: str
    urgency: Urgency
    categories: tuple[Category, ...]
    family: str
    writer: str
    group: str = ""
    subject: str = ""

    @property
    def worrying(self) -> bool:
        """Whether a human should see it."""
        return self.urgency is not Urgency.NONE


def packaged(name: str = "bank") -> Traversable:
    """The folder that comes with Cairn: "bank", or "suite" for what is only ever measured on."""
    return files("moderation.screening") / name


def load(folder: Path | Traversable | None = None) -> list[Example]:
    """Every example of a folder, in the order of its files. Raises BankError for a line that is malformed."""
    found: list[Example] = []
    for source in sorted((folder or packaged()).iterdir(), key=lambda item: item.name):
        if source.name.endswith(".jsonl"):
            found.extend(_read(source))
    return found


def _read(source: Path | Traversable) -> Iterator[Example]:
    writer = source.name.removesuffix(".jsonl")
    for number, line in enumerate(source.read_text(encoding="utf-8").splitlines(), 1):
        if line.strip():
            try:
                yield example(json.loads(line), writer)
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise BankError(f"{source.name}, line {number}: {error}") from error


def example(row: dict[str, object], writer: str = "") -> Example:
    """One example of its JSON form. Raises ValueError for words that the vocabulary does not have."""
    urgency = Urgency(str(row["urgency"]))
    listed = row["categories"]
    if not isinstance(listed, list) or bool(listed) != (urgency is not Urgency.NONE):
        raise ValueError("categories must be a list, empty only where the urgency is none")
    text = str(row["text"])
    if not text.strip():
        raise ValueError("empty text")
    return Example(
        text=text,
        urgency=urgency,
        categories=tuple(Category(str(name)) for name in listed),
        family=str(row["family"]),
        writer=writer,
        group=str(row.get("group", "")),
        subject=str(row.get("subject", "")),
    )


def digest(*names: str) -> str:
    """One SHA-256 over all files of these folders ("bank" and "setting" unless named), in order."""
    whole = hashlib.sha256()
    for name in names or ("bank", "setting"):
        for file in sorted(packaged(name).iterdir(), key=lambda one: one.name):
            if file.name.endswith(".jsonl"):
                whole.update(file.name.encode() + b"\0" + file.read_bytes())
    return whole.hexdigest()


def groups(examples: Sequence[Example]) -> list[int]:
    """A number for each example; those that share one are near-duplicates.

    Together go lines of one `group`, lines that share most of their words, and neighbours in a file that share
    a third (contrast pairs stand side by side there).
    """
    parent = list(range(len(examples)))

    def root(at: int) -> int:
        while parent[at] != at:
            parent[at] = parent[parent[at]]
            at = parent[at]
        return at

    words = [frozenset(_WORD.findall(one.text.lower())) for one in examples]
    holders: dict[str, list[int]] = defaultdict(list)
    named: dict[tuple[str, str], int] = {}
    for at, one in enumerate(examples):
        if one.group:
            first = named.setdefault((one.writer, one.group), at)
            parent[root(at)] = root(first)
        for word in words[at]:
            holders[word].append(at)
        for before in range(max(0, at - 3), at):
            if examples[before].writer == one.writer and _alike(words[before], words[at]) >= _NEIGHBOURS_ALIKE:
                parent[root(at)] = root(before)
    for at in range(len(examples)):
        rare = [word for word in words[at] if len(holders[word]) <= _COMMON]
        for other in {other for word in rare for other in holders[word] if other < at}:
            if _alike(words[at], words[other]) >= _ALIKE:
                parent[root(at)] = root(other)
    return [root(at) for at in range(len(examples))]


def _alike(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / (len(one | other) or 1)
