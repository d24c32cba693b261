"""Train an encoder on examples: seeded, resumable, with a bar that says how far it is."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional as F

from moderation.learning.batches import batches
from moderation.learning.encoder import Encoder, Shape, renamed
from moderation.screening.bank import Example

Bar = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class Recipe:
    """How one model is trained."""

    shape: Shape
    epochs: int
    rate: float
    size: int = 32
    decay: float = 0.9
    frozen: int = 0
    head_rate: float = 10.0
    smoothing: float = 0.05
    category_weight: float = 0.5
    seed: int = 20261124


@dataclass(frozen=True, slots=True)
class Base:
    """A published base on disk: its weights and its tokenizer, cut to the words that are kept."""

    weights: Path
    tokenizer: Tokenizer
    kept: list[int]


def fresh(recipe: Recipe, base: Base) -> Encoder:
    """The base under new heads, with its vocabulary cut."""
    torch.manual_seed(recipe.seed)
    model = Encoder(recipe.shape, len(base.kept))
    weights = renamed(recipe.shape, load_file(str(base.weights)))
    weights["words.weight"] = weights["words.weight"][base.kept]
    missing, unexpected = model.load_state_dict(weights, strict=False)
    if unexpected or set(missing) != {"head.weight", "head.bias"}:
        raise ValueError(f"{base.weights} is not the base this recipe names")
    nn.init.normal_(model.head.weight, std=0.02)
    nn.init.zeros_(model.head.bias)
    with torch.no_grad():
        model.head.bias[4:] = -3.0  # a category is rare: begin where most messages have none
    return model


def train(
    recipe: Recipe,
    base: Base,
    examples: Sequence[Example],
    bar: Bar,
    resume: Path | None = None,
    model: Encoder | None = None,
) -> Encoder:
    """Train on all examples, from the base or from a `model` that was trained before.

    With `resume`, each round is kept there and a broken-off run goes on after it.
    """
    model = model or fresh(recipe, base)
    groups, rates = _layered(model, recipe)
    optimiser = torch.optim.AdamW(groups, weight_decay=0.01, foreach=True)
    done = 0
    if resume is not None and resume.exists():
        kept = torch.load(resume, weights_only=True)
        model.load_state_dict(kept["model"])
        optimiser.load_state_dict(kept["optimiser"])
        done = int(kept["done"])
    each = math.ceil(len(examples) / recipe.size)
    total, step = each * recipe.epochs, each * done
    for epoch in range(done, recipe.epochs):
        torch.manual_seed(recipe.seed + epoch)
        model.train()
        started, lost = time.monotonic(), 0.0
        rows = batches(
            examples, base.tokenizer, recipe.shape.pad, recipe.size, recipe.seed * 31 + epoch, vary=True
        )
        for batch in rows:
            pace = _pace(step, total)
            for group, rate in zip(optimiser.param_groups, rates, strict=True):
                group["lr"] = rate * pace
            with torch.autocast("cpu", torch.bfloat16):
                judged, _ = model.pooled(batch.tokens, batch.mask)
            loss = _loss(judged.float(), batch.urgency, batch.categories, recipe)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0, foreach=True)
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)
            step += 1
            lost = 0.98 * lost + 0.02 * float(loss.detach())
            bar(step, total, f"round {epoch + 1} of {recipe.epochs}, loss {lost:.3f}")
        if resume is not None:
            kept = {"model": model.state_dict(), "optimiser": optimiser.state_dict(), "done": epoch + 1}
            beside = resume.with_suffix(".new")
            torch.save(kept, beside)
            beside.replace(resume)
        bar(step, total, f"round {epoch + 1} took {time.monotonic() - started:.0f} s")
    return model.eval()


def _loss(judged: Tensor, urgency: Tensor, categories: Tensor, recipe: Recipe) -> Tensor:
    """How wrong: the urgency as one of four, and each category as yes or no."""
    graver = torch.tensor([1.0, 1.3, 1.1, 1.2])
    of_urgency = F.cross_entropy(judged[:, :4], urgency, weight=graver, label_smoothing=recipe.smoothing)
    of_categories = F.binary_cross_entropy_with_logits(judged[:, 4:], categories, reduction="sum")
    return of_urgency + recipe.category_weight * of_categories / len(judged)


def _layered(model: Encoder, recipe: Recipe) -> tuple[list[dict[str, object]], list[float]]:
    """Lower layers learn more slowly; `frozen` of them, and the words, not at all."""
    groups: list[dict[str, object]] = [{"params": list(model.head.parameters()), "lr": 0.0}]
    rates = [recipe.rate * recipe.head_rate]
    layers = list(model.layers)
    for at, layer in enumerate(layers):
        if at < recipe.frozen:
            layer.requires_grad_(False)
            continue
        groups.append({"params": list(layer.parameters()), "lr": 0.0})
        rates.append(recipe.rate * recipe.decay ** (len(layers) - 1 - at))
    lowest = [model.words, model.places, model.start, *([model.relative] if recipe.shape.relative else [])]
    for part in lowest:
        if recipe.frozen:
            part.requires_grad_(False)
        else:
            groups.append({"params": list(part.parameters()), "lr": 0.0})
            rates.append(recipe.rate * recipe.decay ** len(layers))
    return groups, rates


def _pace(step: int, total: int) -> float:
    """Warm up over a sixteenth, then fall along a half cosine."""
    warm = max(1, total // 16)
    if step < warm:
        return (step + 1) / warm
    return 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1, total - warm)))


def predict(model: Encoder, base: Base, examples: Sequence[Example], size: int = 64) -> np.ndarray:
    """The twenty judgements (logits) of each example, in order."""
    order = sorted(range(len(examples)), key=lambda i: len(examples[i].text))
    found = np.zeros((len(examples), 20), dtype=np.float32)
    at = 0
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        sorted_ones = [examples[i] for i in order]
        for batch in batches(sorted_ones, base.tokenizer, model.shape.pad, size, 0, vary=False):
            judged = model.pooled(batch.tokens, batch.mask)[0].float().numpy()
            found[order[at : at + len(judged)]] = judged
            at += len(judged)
    return found
