"""Whether a message is in English, so that one that is not goes to somebody who can read it.

Most messages show it by their words: enough of them are words that English messages of the bank use. Only
where they are not is a language guesser asked, and only when it is sure is a message called not English:
dialect, slips and names must never be sent away as foreign. Other alphabets need no guess.
"""

from __future__ import annotations

import re
from functools import cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from moderation.screening.spelling import lexicon

_WORD = re.compile(r"[^\W\d_]+")
_ENOUGH_ENGLISH = 0.5
_HARDLY_ENGLISH = 0.34
_SURE = 0.9
_LIKELY = 0.75
_LONGEST = 600
_LANGUAGES = [
    *("en", "pl", "ro", "cy", "uk", "ru", "bg", "lt", "lv", "sk", "cs", "hu", "sq", "tr", "ku", "ar", "fa", "ur"),
    *("pa", "bn", "hi", "gu", "ta", "zh", "vi", "th", "tl", "so", "sw", "am", "fr", "es", "pt", "it", "de", "nl"),
    *("el", "ps", "ne", "si", "ga", "gd"),
]


@cache
def _guesser() -> LanguageIdentifier:
    guesser = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    known = set(guesser.nb_classes)
    guesser.set_languages([code for code in _LANGUAGES if code in known])
    return guesser


def not_english(text: str) -> bool:
    """Whether the message is surely in another language than English."""
    plain = text[:_LONGEST].lower().replace("'", "").replace("’", "")
    words = [word for word in _WORD.findall(plain) if len(word) > 1]
    if not words or all(word[0].isupper() for word in _WORD.findall(text[:_LONGEST]) if len(word) > 1):
        return not all(map(_latin, words))
    if sum(not _latin(word) for word in words) > len(words) / 2:
        return True
    known = lexicon()
    english = sum(known.get(word, 0) > 0 for word in words) / len(words)
    if english > _ENOUGH_ENGLISH or len(words) * (1 - english) < 2 or text.startswith("/"):
        return False
    likely = dict(_guesser().rank(text[:_LONGEST]))
    return bool(1.0 - likely.get("en", 0.0) >= (_SURE if english > _HARDLY_ENGLISH else _LIKELY))


def _latin(word: str) -> bool:
    return all(char < "\u0250" or "\u1e00" <= char <= "\u1eff" for char in word)
