"""Turn a trained encoder into the files that Cairn ships: int8 ONNX, tokenizer, neighbours and a card."""

from __future__ import annotations

import hashlib
import json
import tempfile
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.quantization.preprocess import quant_pre_process
from torch import Tensor, nn

from moderation.learning.batches import batches
from moderation.learning.encoder import Encoder
from moderation.learning.train import Base
from moderation.screening.bank import Example

DIMENSIONS = 96
LARGEST_FILE = 95_000_000


class _Shipped(nn.Module):
    """What runs at the user's: token shares, and the message as a short vector of length one."""

    def __init__(self, model: Encoder, middle: Tensor, turned: Tensor) -> None:
        super().__init__()
        self.model = model
        self.register_buffer("middle", middle)
        self.register_buffer("turned", turned)

    def forward(self, tokens: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        shares, states = self.model(tokens, mask)
        weight = (mask / mask.sum(1, keepdim=True))[..., None]
        vector = ((states * weight).sum(1) - self.middle) @ self.turned
        return shares, vector / vector.norm(dim=1, keepdim=True).clamp(min=1e-6)


def vectors(model: Encoder, base: Base, examples: Sequence[Example]) -> np.ndarray[Any, Any]:
    """Each example as the mean of its token states, before it is shortened."""
    order = sorted(range(len(examples)), key=lambda at: len(examples[at].text))
    found: list[np.ndarray[Any, Any]] = [np.zeros(0)] * len(examples)
    at = 0
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        rows = [examples[place] for place in order]
        for batch in batches(rows, base.tokenizer, model.shape.pad, 64, 0, vary=False):
            for vector in model.pooled(batch.tokens, batch.mask)[1].float().numpy():
                found[order[at]] = vector
                at += 1
    return np.stack(found)


def export(model: Encoder, base: Base, examples: Sequence[Example], folder: Path) -> None:
    """Write encoder.onnx, tokenizer.json and neighbours.npz. `examples` is the bank, in its order."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = np.array([at for at, one in enumerate(examples) if one.worrying], dtype=np.int32)
    whole = vectors(model, base, [examples[at] for at in rows])
    middle = whole.mean(0)
    _, _, axes = np.linalg.svd(whole - middle, full_matrices=False)
    turned = axes[:DIMENSIONS].T.astype(np.float32)
    shipped = _Shipped(model, torch.from_numpy(middle), torch.from_numpy(turned.copy())).eval()
    with tempfile.TemporaryDirectory() as place, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        plain, tidy = Path(place) / "plain.onnx", Path(place) / "tidy.onnx"
        torch.onnx.export(
            shipped,
            (torch.ones((2, 12), dtype=torch.long), torch.ones((2, 12))),
            str(plain),
            input_names=["tokens", "mask"],
            output_names=["shares", "vector"],
            dynamic_axes={"tokens": {0: "batch", 1: "length"}, "mask": {0: "batch", 1: "length"}},
            opset_version=17,
            dynamo=False,
        )
        quant_pre_process(str(plain), str(tidy), skip_symbolic_shape=True)
        quantize_dynamic(
            str(tidy),
            str(folder / "encoder.onnx"),
            per_channel=True,
            weight_type=QuantType.QInt8,
            op_types_to_quantize=["MatMul", "Gemm", "Gather"],
        )
    size = (folder / "encoder.onnx").stat().st_size
    if size > LARGEST_FILE:
        raise ValueError(f"encoder.onnx has {size} bytes, more than {LARGEST_FILE}")
    base.tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    short = (whole - middle) @ turned
    short /= np.linalg.norm(short, axis=1, keepdims=True) + 1e-6
    np.savez_compressed(
        folder / "neighbours.npz",
        vectors=np.round(short * 127).astype(np.int8),
        rows=rows,
        pad=np.int64(model.shape.pad),
    )


def digest(path: Path) -> str:
    """SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def write_card(folder: Path, **card: Any) -> None:
    """model.json: what the model is, what it was made from, and how it was measured."""
    names = ("encoder.onnx", "tokenizer.json", "neighbours.npz")
    whole = {**card, "files": {name: digest(folder / name) for name in names}}
    (folder / "model.json").write_text(json.dumps(whole, indent=1, sort_keys=True) + "\n", encoding="utf-8")
