"""Make screening/lexicon.txt: the words that are spelt as they should be, the commonest first.

Known are the words of the bank that two messages use (or one harmless one), with how many use them, and
after them the whole words of a base's published vocabulary. What is known is never "corrected".
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from moderation.screening.bank import Example

_WORD = re.compile(r"[a-z]+")
_NO_QUOTES = str.maketrans("", "", "'’‘`")


def lexicon(examples: Sequence[Example], base: Path) -> str:
    """The file's text: a word and its count a line."""
    used: Counter[str] = Counter()
    harmless: set[str] = set()
    for one in examples:
        if one.family in ("typo", "obfuscated", "language", "noise"):
            continue
        words = set(_WORD.findall(one.text.lower().translate(_NO_QUOTES)))
        used.update(words)
        if not one.worrying:
            harmless |= words
    vocabulary = json.loads((base / "tokenizer.json").read_text(encoding="utf-8"))["model"]["vocab"]
    published = [word for word in vocabulary if len(word) > 1 and _WORD.fullmatch(word)]
    known = {word: count for word, count in used.items() if count > 1 or word in harmless}
    lines = [f"{word} {count}" for word, count in sorted(known.items(), key=lambda item: (-item[1], item[0]))]
    lines += [f"{word} 0" for word in published if word not in known]
    return "\n".join(lines) + "\n"
