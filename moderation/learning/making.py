"""Make one of the shipped models from the bank: train, set, export, measure, and say so on its card."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import torch

from moderation.learning import calibrate, export
from moderation.learning.bases import SHA256, BaseError, cut, unpack
from moderation.learning.lexicon import lexicon
from moderation.learning.recipes import RECIPES, parted
from moderation.learning.train import predict, train
from moderation.screening import bank, measure
from moderation.screening.bank import Example
from moderation.screening.judge import Judge
from moderation.screening.meaning import Meaning
from moderation.screening.model import Screening
from moderation.screening.policy import Policy
from moderation.screening.screener import Screener

__all__ = ["BaseError", "bank_digest", "make", "shipped"]
Told = Callable[[int, int, str], None]


def shipped(name: str) -> Path:
    """Where the files of a shipped model lie in this checkout."""
    return Path(str(files("moderation.screening"))) / "models" / name


def bank_digest(folder: Traversable | None = None) -> str:
    """One SHA-256 over all files of the bank, in the order of their names."""
    whole = hashlib.sha256()
    for file in sorted((folder or bank.packaged()).iterdir(), key=lambda one: one.name):
        if file.name.endswith(".jsonl"):
            whole.update(file.name.encode() + b"\0" + file.read_bytes())
    return whole.hexdigest()


def make(name: str, work: Path, into: Path, told: Told) -> dict[str, Any]:
    """Train on nine parts of the bank, set thresholds on the tenth, write the files; the card's figures.

    Raises BaseError where a base is missing or is not what it should be.
    """
    recipe = RECIPES[name]
    torch.set_num_threads(2)
    examples = bank.load()
    parts = parted(examples)
    learnt = [one for one, part in zip(examples, parts, strict=True) if part]
    held = [one for one, part in zip(examples, parts, strict=True) if not part]
    folder = unpack(recipe.shape, work / "bases")
    (Path(str(files("moderation.screening"))) / "lexicon.txt").write_text(lexicon(examples, folder), "utf-8")
    base = cut(folder, recipe.shape, examples)
    model = train(recipe, base, learnt, told, work / f"{name}-{bank_digest()[:12]}.resume")
    export.export(model, base, examples, into)
    logits = predict(model, base, held).astype("float64")
    likely = calibrate.likelihoods(logits)
    phrases = Screener.default()
    heard = [phrases.screen(one.text).urgency for one in held]
    learned = calibrate.weights(likely, heard, held)
    levels = calibrate.thresholds(calibrate.weighed(likely, heard, learned), held)
    card: dict[str, Any] = {
        "name": f"{recipe.shape.name}, trained on Cairn's bank",
        "thresholds": levels,
        "phrase_weights": learned,
        "temperature": 1.0,
        "bank": bank_digest(),
        "figures": {"base_sha256": SHA256[recipe.shape.name], "seed": recipe.seed, "epochs": recipe.epochs},
    }
    export.write_card(into, **card)
    card["figures"] |= {
        "messages_learnt_from": len(learnt),
        "messages_held_back": len(held),
        "held_back": _measured(Judge(Policy(), Meaning(into)), held),
    }
    export.write_card(into, **card)
    return dict(card["figures"])


def _measured(judge: Judge, held: Sequence[Example]) -> list[dict[str, Any]]:
    found: list[Screening] = judge.screen_many([one.text for one in held])
    rows = measure.report(list(zip(held, found, strict=True)))
    return [{"group": row.group, "name": row.name, "hits": row.hits, "of": row.of} for row in rows]
