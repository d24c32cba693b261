"""From examples to batches of tokens, a little different in each round of training."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from tokenizers import Tokenizer
from torch import Tensor

from moderation.screening.bank import Example
from moderation.screening.meaning import LONGEST, as_read
from moderation.screening.model import Category, Urgency

_URGENCIES = [Urgency.NONE, Urgency.REVIEW, Urgency.TODAY, Urgency.IMMEDIATE]
_CATEGORIES = list(Category)
_TALK = frozenset({"ordinary", "practical", "banter", "good_news", "guide_question"})
_LEET = {"a": "4@", "e": "3", "i": "1!", "o": "0", "s": "5$", "t": "7"}
_NEAR = {"a": "s", "e": "r", "i": "o", "o": "i", "n": "m", "t": "r", "s": "d", "r": "t", "l": "k", "h": "g"}


@dataclass(frozen=True, slots=True)
class Batch:
    """Padded tokens, their mask, the urgency's number and a row of sixteen yes or no."""

    tokens: Tensor
    mask: Tensor
    urgency: Tensor
    categories: Tensor


def batches(
    examples: Sequence[Example], tokenizer: Tokenizer, pad: int, size: int, seed: int, *, vary: bool
) -> Iterator[Batch]:
    """All examples once, in a seeded order, those of like length together."""
    chance = random.Random(seed)
    texts = [as_read(_varied(one, examples, chance) if vary else one.text) for one in examples]
    encoded = [line.ids[:LONGEST] for line in tokenizer.encode_batch(texts)]
    order = list(range(len(examples)))
    if vary:
        chance.shuffle(order)
        pool = size * 24
        chunks = [
            sorted(order[at : at + pool], key=lambda i: len(encoded[i])) for at in range(0, len(order), pool)
        ]
        rows = [chunk[at : at + size] for chunk in chunks for at in range(0, len(chunk), size)]
        chance.shuffle(rows)
    else:
        rows = [order[at : at + size] for at in range(0, len(order), size)]
    for row in rows:
        yield _batch([encoded[i] for i in row], [examples[i] for i in row], pad)


def _batch(encoded: list[list[int]], examples: list[Example], pad: int) -> Batch:
    longest = max(len(ids) for ids in encoded)
    tokens = torch.full((len(encoded), longest), pad, dtype=torch.long)
    mask = torch.zeros((len(encoded), longest))
    for at, ids in enumerate(encoded):
        tokens[at, : len(ids)] = torch.tensor(ids)
        mask[at, : len(ids)] = 1.0
    urgency = torch.tensor([_URGENCIES.index(one.urgency) for one in examples])
    categories = torch.tensor([[float(c in one.categories) for c in _CATEGORIES] for one in examples])
    return Batch(tokens, mask, urgency, categories)


def _varied(one: Example, others: Sequence[Example], chance: random.Random) -> str:
    """The message as another hand might have typed it, now and then among ordinary talk."""
    text = one.text
    if one.worrying and one.family not in ("conversation", "multi_sentence") and chance.random() < 0.10:
        text = _among_talk(text, others, chance)
    roll = chance.random()
    if roll < 0.12:
        text = text.lower()
    elif roll < 0.17:
        text = text.replace("'", "").replace("’", "")
    elif roll < 0.27:
        text = _mistyped(text, chance)
    elif roll < 0.29:
        text = _disguised(text, chance)
    return text


def _among_talk(text: str, others: Sequence[Example], chance: random.Random) -> str:
    for _ in range(5):
        other = chance.choice(others)
        if not other.worrying and other.family in (
            "ordinary",
            "practical",
            "banter",
            "good_news",
            "guide_question",
        ):
            joint = chance.choice(["\n", ". ", " "])
            return joint.join((other.text, text) if chance.random() < 0.6 else (text, other.text))
    return text


def _mistyped(text: str, chance: random.Random) -> str:
    letters = list(text)
    for _ in range(1 + len(letters) // 40):
        at = chance.randrange(len(letters))
        if not letters[at].isalpha():
            continue
        what = chance.randrange(4)
        if what == 0:
            letters[at] = ""
        elif what == 1:
            letters[at] *= 2
        elif what == 2 and at + 1 < len(letters):
            letters[at], letters[at + 1] = letters[at + 1], letters[at]
        else:
            letters[at] = _NEAR.get(letters[at].lower(), letters[at])
    return "".join(letters) or text


def _disguised(text: str, chance: random.Random) -> str:
    words = text.split(" ")
    for at, word in enumerate(words):
        if len(word) > 3 and word.isalpha() and chance.random() < 0.25:
            place = chance.randrange(1, len(word) - 1)
            sign = chance.choice(_LEET.get(word[place].lower(), "*"))
            words[at] = word[:place] + sign + word[place + 1 :]
    return " ".join(words)
