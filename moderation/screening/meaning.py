"""The meaning layer: what a message says, whatever words it uses.

A small neural encoder, trained on the bank (moderation/learning), gives each message a likelihood for each
urgency and each category, and a vector. Every judgement is the mean of its tokens' shares, so the words that
weighed most can be pointed at exactly; the vector finds the examples of the bank that are most alike.
It runs on this machine alone: a file, a thread, no call to anybody else's machine.
"""

from __future__ import annotations

import json
import os
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

from moderation.screening import bank
from moderation.screening.bank import Example
from moderation.screening.model import Category, Span, Urgency

LONGEST = 160
"""Tokens in one window; a longer message is read in several, each a third over the one before."""

_STRIDE = 110
_MOST_WINDOWS = 24
_A_BATCH = 16
_WORDS_POINTED_AT = 5
_URGENCIES = (Urgency.NONE, Urgency.REVIEW, Urgency.TODAY, Urgency.IMMEDIATE)
_CATEGORIES = tuple(Category)
_WORD = re.compile(r"\S+")
Floats = np.ndarray[Any, np.dtype[np.float32]]


class ModelError(RuntimeError):
    """The files of the meaning layer are not there or do not belong together."""


@dataclass(frozen=True, slots=True)
class Meant:
    """What one message was taken to mean. `urgency` and `categories` are likelihoods, 0 to 1."""

    urgency: Floats
    categories: Floats
    vector: Floats
    weights: Floats
    words: tuple[Span, ...]

    def at_least(self, urgency: Urgency) -> float:
        """How likely it is that a human should look this soon, or sooner."""
        return float(self.urgency[urgency.rank :].sum())

    def weighed_most(self, category: Category) -> Span | None:
        """The few words that spoke most for a category; none in an empty message."""
        if not self.words:
            return None
        share = self.weights[:, _CATEGORIES.index(category)]
        width = min(_WORDS_POINTED_AT, len(self.words))
        sums = np.convolve(share, np.ones(width), "valid")
        start = int(sums.argmax())
        return Span(self.words[start].start, self.words[start + width - 1].end)


@dataclass(frozen=True, slots=True)
class Card:
    """What the model's card says of it (model.json): read by the judge, the tests and docs/screening.md."""

    name: str
    thresholds: dict[str, float]
    phrase_weights: dict[str, list[float]]
    temperature: float
    files: dict[str, str]
    bank: str
    figures: dict[str, Any]


class Meaning:
    """One trained encoder, loaded. Safe to use from several threads."""

    def __init__(self, folder: Path) -> None:
        """Load a model's folder. Raises ModelError."""
        try:
            self.card = read_card(folder)
            self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
            self._session = onnxruntime.InferenceSession(
                str(folder / "encoder.onnx"), _options(), providers=["CPUExecutionProvider"]
            )
            near = np.load(folder / "neighbours.npz")
        except Exception as error:
            raise ModelError(f"the meaning layer in {folder} cannot be loaded: {error}") from error
        self._near: Floats = near["vectors"].astype(np.float32) / 127.0
        self._rows: list[int] = near["rows"].tolist()
        self._pad = int(near["pad"])

    @staticmethod
    def named(name: str) -> Meaning:
        """The model that comes with Cairn under this name ("large" or "light"), loaded once."""
        return _named(name)

    def judge(self, texts: Sequence[str]) -> list[Meant]:
        """What each message means, in order. Several at once are quicker than one by one."""
        if not texts:
            return []
        windows: list[tuple[int, list[int], list[tuple[int, int]]]] = []
        read = [as_read_with_origins(text) for text in texts]
        for at, line in enumerate(self._tokenizer.encode_batch([clean for clean, _ in read])):
            for start in range(0, max(1, len(line.ids) - (LONGEST - _STRIDE)), _STRIDE):
                cut = slice(start, start + LONGEST)
                windows.append((at, line.ids[cut], line.offsets[cut]))
                if start + LONGEST >= len(line.ids) or start >= _STRIDE * (_MOST_WINDOWS - 1):
                    break
        found: list[Meant | None] = [None] * len(texts)
        order = sorted(range(len(windows)), key=lambda i: len(windows[i][1]))
        for begin in range(0, len(order), _A_BATCH):
            batch = [windows[i] for i in order[begin : begin + _A_BATCH]]
            for (at, _, _), meant in zip(batch, self._run(batch, read, texts), strict=True):
                before = found[at]
                if before is None or meant.at_least(Urgency.REVIEW) > before.at_least(Urgency.REVIEW):
                    found[at] = meant
        return [meant for meant in found if meant is not None]

    def _run(
        self,
        batch: Sequence[tuple[int, list[int], list[tuple[int, int]]]],
        read: Sequence[tuple[str, list[int] | None]],
        texts: Sequence[str],
    ) -> list[Meant]:
        longest = max(len(ids) for _, ids, _ in batch)
        tokens = np.full((len(batch), longest), self._pad, dtype=np.int64)
        mask = np.zeros((len(batch), longest), dtype=np.float32)
        for row, (_, ids, _) in enumerate(batch):
            tokens[row, : len(ids)] = ids
            mask[row, : len(ids)] = 1.0
        shares, vectors = self._session.run(None, {"tokens": tokens, "mask": mask})
        out = []
        for row, (at, ids, offsets) in enumerate(batch):
            share = shares[row, : len(ids)]
            logits = share.mean(0)
            words, weights = _by_word(texts[at], read[at][1], offsets, share[:, 4:])
            out.append(
                Meant(
                    urgency=_softmax(logits[:4] / self.card.temperature),
                    categories=1.0 / (1.0 + np.exp(-logits[4:])),
                    vector=vectors[row],
                    weights=weights,
                    words=words,
                )
            )
        return out

    def nearest(self, meant: Meant, category: Category, most: int = 2) -> list[Example]:
        """The examples of the bank with this category that are most alike."""
        examples = _bank()
        alike = self._near @ meant.vector
        found: list[Example] = []
        for place in np.argsort(-alike)[:400]:
            row = self._rows[int(place)]
            if row < len(examples) and category in examples[row].categories:
                found.append(examples[row])
                if len(found) == most:
                    break
        return found


def read_card(folder: Path | Traversable) -> Card:
    """The card of the model in a folder."""
    return Card(**json.loads((folder / "model.json").read_text(encoding="utf-8")))


def models() -> Traversable:
    """Where the models that come with Cairn lie, a folder each."""
    return files("moderation.screening") / "models"


@cache
def _named(name: str) -> Meaning:
    with as_file(models() / name) as folder:
        return Meaning(folder)


@cache
def _bank() -> list[Example]:
    return bank.load()


def _options() -> onnxruntime.SessionOptions:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = int(os.environ.get("CAIRN_SCREENING_THREADS", "1"))
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return options


def _softmax(logits: Floats) -> Floats:
    raised: Floats = np.exp(logits - logits.max()).astype(np.float32)
    likely: Floats = raised / raised.sum(dtype=np.float32)
    return likely


def _by_word(
    text: str, origins: list[int] | None, offsets: Sequence[tuple[int, int]], shares: Floats
) -> tuple[tuple[Span, ...], Floats]:
    """The words of the message as it was sent, and each one's share: that of the tokens in it."""
    words = [Span(*found.span()) for found in _WORD.finditer(text)]
    if not words:
        return (), np.zeros((0, shares.shape[1]), dtype=np.float32)
    starts = np.array([word.start for word in words])
    weights = np.zeros((len(words), shares.shape[1]), dtype=np.float32)
    touched = np.zeros(len(words), dtype=bool)
    for (start, end), share in zip(offsets, shares, strict=True):
        if end > start:
            place = origins[start] if origins else start
            word = max(0, int(np.searchsorted(starts, place, "right")) - 1)
            weights[word] += share
            touched[word] = True
    weights[~touched] = -10.0
    return tuple(words), weights


def as_read(text: str) -> str:
    """The text as the encoder reads it: plain letters, emoji by name, a stroke where a new message begins."""
    return as_read_with_origins(text)[0]


def as_read_with_origins(text: str) -> tuple[str, list[int] | None]:
    """The same, and for each of its characters where it came from; None where nothing moved."""
    if text.isascii() and "\n" not in text:
        return text, None
    out: list[str] = []
    origins: list[int] = []
    for at, char in enumerate(text):
        piece = _spelt(char)
        out.append(piece)
        origins.extend([at] * len(piece))
    return "".join(out), origins


@cache
def _spelt(char: str) -> str:
    if char == "\n":
        return " / "
    if char < "\x7f":
        return char
    if char in "‘’‛ʼʹ′`´":
        return "'"
    kind = unicodedata.category(char)
    if kind in ("Cf", "Mn", "Me", "Cs"):
        return ""
    if kind == "So":
        return f" {unicodedata.name(char, 'sign').lower()} "
    return unicodedata.normalize("NFKC", char)
