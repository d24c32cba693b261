"""Make one of the shipped models from the bank: train, set, export, measure, and say so on its card."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import torch

from moderation.learning import calibrate, export
from moderation.learning.bases import SHA256, BaseError, cut, unpack
from moderation.learning.lexicon import lexicon
from moderation.learning.recipes import LATER, RECIPES, parted, settling
from moderation.learning.train import train
from moderation.screening import bank, measure
from moderation.screening.bank import Example
from moderation.screening.judge import Judge
from moderation.screening.meaning import Meaning
from moderation.screening.model import Screening
from moderation.screening.policy import Policy
from moderation.screening.screener import Screener

__all__ = ["BaseError", "make", "shipped"]
Told = Callable[[int, int, str], None]


def shipped(name: str) -> Path:
    """Where the files of a shipped model lie in this checkout."""
    return Path(str(files("moderation.screening"))) / "models" / name


def digest_of(examples: Sequence[Example]) -> str:
    """One SHA-256 over the texts and labels of examples, in their order."""
    whole = hashlib.sha256()
    for one in examples:
        whole.update(f"{one.text}\0{one.urgency.value}\0{','.join(one.categories)}\n".encode("utf-8", "replace"))
    return whole.hexdigest()


def make(name: str, work: Path, into: Path, told: Told) -> dict[str, Any]:
    """Train on nine parts of the bank, set thresholds on the rest, write the files; the card's figures.

    The rest is the tenth part, and what a writer whose lines are never learnt from wrote (setting/).

    Raises BaseError where a base is missing or is not what it should be.
    """
    recipe = RECIPES[name]
    torch.set_num_threads(2)
    examples = bank.load()
    first = [one for one in examples if one.writer not in LATER]
    later = [one for one in examples if one.writer in LATER]
    parts = parted(first)
    learnt = [one for one, part in zip(first, parts, strict=True) if part]
    held = [one for one, part in zip(first, parts, strict=True) if not part]
    held += bank.load(bank.packaged("setting"))
    folder = unpack(recipe.shape, work / "bases")
    (Path(str(files("moderation.screening"))) / "lexicon.txt").write_text(lexicon(examples, folder), "utf-8")
    base = cut(folder, recipe.shape, first)
    begun = work / f"{name}-{digest_of(first)[:12]}.resume"
    ended = work / f"{name}-{digest_of(examples)[:12]}.resume"
    model = train(recipe, base, learnt, told, begun)
    model = train(settling(recipe), base, [*learnt, *later, *later], told, ended, model)
    export.export(model, base, examples, into)
    return settle(name, into, learnt=len(learnt) + len(later), held=held)


def settle(name: str, folder: Path, learnt: int, held: Sequence[Example]) -> dict[str, Any]:
    """Set the thresholds of an exported model by what it says of held-back messages, and write its card."""
    recipe = RECIPES[name]
    card: dict[str, Any] = {
        "name": f"{recipe.shape.name}, trained on Cairn's bank",
        "thresholds": {},
        "phrase_weights": {},
        "temperature": 1.0,
        "bank": bank.digest(),
        "figures": {"base_sha256": SHA256[recipe.shape.name], "seed": recipe.seed, "epochs": recipe.epochs},
    }
    export.write_card(folder, **card)
    meant = Meaning(folder).judge([one.text for one in held])
    likely = np.array([one.urgency for one in meant], dtype=np.float64)
    phrases = Screener.default()
    heard = [phrases.screen(one.text).urgency for one in held]
    card["phrase_weights"] = calibrate.weights(likely, heard, held)
    scores = calibrate.weighed(likely, heard, card["phrase_weights"])
    card["thresholds"] = calibrate.thresholds(scores, held)
    export.write_card(folder, **card)
    card["figures"] |= {
        "messages_learnt_from": learnt,
        "messages_held_back": len(held),
        "held_back": _measured(Judge(Policy(), Meaning(folder)), held),
    }
    export.write_card(folder, **card)
    return dict(card["figures"])


def _measured(judge: Judge, held: Sequence[Example]) -> list[dict[str, Any]]:
    found: list[Screening] = judge.screen_many([one.text for one in held])
    rows = measure.report(list(zip(held, found, strict=True)))
    return [{"group": row.group, "name": row.name, "hits": row.hits, "of": row.of} for row in rows]
