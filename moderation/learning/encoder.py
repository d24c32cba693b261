"""The sentence encoder that is trained: MPNet or MiniLM, written down in plain torch.

One small module reads both bases, so that training needs torch and nothing else, and so that what is
exported is plain: token states, and for each token its share in every judgement.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

HEADS = 20
"""Four urgencies (none, review, today, immediate), then the sixteen categories in their order."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What tells one base from another."""

    name: str
    width: int
    layers: int
    attention_heads: int
    positions: int
    first_position: int
    epsilon: float
    relative: bool
    pad: int


MPNET = Shape("all-mpnet-base-v2", 768, 12, 12, 514, 2, 1e-5, True, 1)
MINILM = Shape("all-MiniLM-L6-v2", 384, 6, 12, 512, 0, 1e-12, False, 0)


class Layer(nn.Module):
    """Attention and a feed-forward step, each added to what came in and normalised."""

    def __init__(self, shape: Shape, dropout: float) -> None:
        super().__init__()
        wide = shape.width
        self.heads = shape.attention_heads
        self.dropout = dropout
        self.q, self.k, self.v, self.o = (nn.Linear(wide, wide) for _ in range(4))
        self.attended = nn.LayerNorm(wide, shape.epsilon)
        self.up, self.down = nn.Linear(wide, 4 * wide), nn.Linear(4 * wide, wide)
        self.done = nn.LayerNorm(wide, shape.epsilon)

    def forward(self, states: Tensor, bias: Tensor) -> Tensor:
        batch, length, wide = states.shape
        size = wide // self.heads

        def split(part: Tensor) -> Tensor:
            return part.view(batch, length, self.heads, size).transpose(1, 2)

        scores = split(self.q(states)) @ split(self.k(states)).transpose(-1, -2) / math.sqrt(size) + bias
        weights = F.dropout(scores.softmax(-1), self.dropout, self.training)
        mixed = (weights @ split(self.v(states))).transpose(1, 2).reshape(batch, length, wide)
        states = self.attended(states + F.dropout(self.o(mixed), self.dropout, self.training))
        fed = self.down(F.gelu(self.up(states)))
        done: Tensor = self.done(states + F.dropout(fed, self.dropout, self.training))
        return done


class Encoder(nn.Module):
    """Token numbers in, and for each token its share in the twenty judgements and its state out.

    A judgement is the mean of its tokens' shares: what weighed most can be pointed at, exactly.
    """

    def __init__(self, shape: Shape, words: int, dropout: float = 0.1) -> None:
        super().__init__()
        self.shape = shape
        self.dropout = dropout
        self.words = nn.Embedding(words, shape.width)
        self.places = nn.Embedding(shape.positions, shape.width)
        self.start = nn.LayerNorm(shape.width, shape.epsilon)
        self.layers = nn.ModuleList(Layer(shape, dropout) for _ in range(shape.layers))
        if shape.relative:
            self.relative = nn.Embedding(32, shape.attention_heads)
        self.head = nn.Linear(shape.width, HEADS)

    def forward(self, tokens: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        length = tokens.shape[1]
        at = torch.arange(length)
        states = self.start(self.words(tokens) + self.places(at + self.shape.first_position))
        states = F.dropout(states, self.dropout, self.training)
        bias = (1.0 - mask[:, None, None, :]) * -10000.0
        if self.shape.relative:
            bias = bias + self.relative(_buckets(at)).permute(2, 0, 1)[None]
        for layer in self.layers:
            states = layer(states, bias)
        return self.head(states), states

    def pooled(self, tokens: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """The judgements, and the message as one vector: means over its tokens."""
        shares, states = self.forward(tokens, mask)
        weight = (mask / mask.sum(1, keepdim=True))[..., None]
        return (shares * weight).sum(1), (states * weight).sum(1)


def _buckets(at: Tensor) -> Tensor:
    """How far apart two tokens stand, in MPNet's 32 steps: exact when near, by logarithm when far."""
    apart = at[:, None] - at[None, :]
    half, exact = 16, 8
    behind = (apart < 0).long() * half
    far = apart.abs()
    log = exact + (torch.log(far.clamp(min=1).float() / exact) / math.log(128 / exact) * (half - exact)).long()
    return behind + torch.where(far < exact, far, log.clamp(max=half - 1))


def renamed(shape: Shape, weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """A base's published weights under the names used here. The pooler is left out: nothing uses it."""
    parts = {
        "attention.attn.q": "q",
        "attention.attn.k": "k",
        "attention.attn.v": "v",
        "attention.attn.o": "o",
        "attention.LayerNorm": "attended",
        "attention.self.query": "q",
        "attention.self.key": "k",
        "attention.self.value": "v",
        "attention.output.dense": "o",
        "attention.output.LayerNorm": "attended",
        "intermediate.dense": "up",
        "output.dense": "down",
        "output.LayerNorm": "done",
    }
    found: dict[str, Tensor] = {}
    for name, value in weights.items():
        pieces = name.split(".")
        if name.startswith("encoder.layer."):
            part = parts[".".join(pieces[3:-1])]
            found[f"layers.{pieces[2]}.{part}.{pieces[-1]}"] = value
    found["words.weight"] = weights["embeddings.word_embeddings.weight"]
    found["places.weight"] = weights["embeddings.position_embeddings.weight"]
    if "embeddings.token_type_embeddings.weight" in weights:
        found["places.weight"] = found["places.weight"] + weights["embeddings.token_type_embeddings.weight"][0]
    for kind in ("weight", "bias"):
        found[f"start.{kind}"] = weights[f"embeddings.LayerNorm.{kind}"]
    if shape.relative:
        found["relative.weight"] = weights["encoder.relative_attention_bias.weight"]
    return found
