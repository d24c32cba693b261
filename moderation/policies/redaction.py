"""Take out of a text what points to somebody, before it may become an example.

Names first, then what can be rung, opened or found on a map. It takes out rather too much than too little,
and a person reads the result before it is kept. Doing it twice changes nothing more.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from moderation.policies import addresses
from moderation.policies.addresses import words
from moderation.screening.spelling import lexicon

NAME = "[name]"
_SIGN = re.compile(r"\[(?:name|number|address|link|date)\]")
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_ENDING = re.compile(r"['’](?:s|d|ll|ve|re|m|t)?$", re.I)
_SEVERAL = re.compile(r"\[name\](?:[ \t]+\[name\])+")
_NOT_LETTERS = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ı": "i", "ß": "ss", "æ": "ae", "œ": "oe"})

_KIN = words(
    "our wor little laal lal baby bairn called named son daughter lad lass auntie aunty aunt uncle nana "
    "nan nanna gran grandad mam mum dad sister brother cousin mate boyfriend girlfriend partner ex hi "
    "hiya hello dear"
)
_TITLES = frozenset({"mr", "mrs", "ms", "miss", "dr", "doctor"})
_SURE = frozenset({"called", "named", "mr", "mrs", "dr"})
_OURS = frozenset({"our", "my", "with"})
_THINGS = words(
    "angel art bud candy chance cherry chip coral crystal dawn ginger hope honey jet joy king mark may "
    "miles moses olive pearl prince princess rain rod rose rosemary ruby sherry sky star stew storm "
    "summer sunny teddy van will winter"
)
"""What people have or do things with: after my and with, these are names only with a capital."""

_SEASONS = words("april august autumn june march may summer winter")
_BEFORE_SEASONS = words(
    "in on since last next this by early late of until till from to mid end every the around all before after"
)
_DOES = words(
    "is isnt was wasnt has hasnt had hit hits said says keeps kept came comes went goes wont cant didnt "
    "doesnt got gets just broke pushed grabbed shouted rang"
)


@dataclass(frozen=True, slots=True)
class _Seen:
    """A word where it stands: its letters, folded; whether it begins a sentence; what stands around it."""

    start: int
    core: str
    plain: str
    opens: bool
    before: str
    after: str

    @property
    def capital(self) -> bool:
        return self.core[:1].isupper() and (len(self.core) == 1 or not self.core.isupper())


def redacted(text: str, known: Collection[str] = ()) -> str:
    """The text with [name], [number], [address], [link] and [date] where those stood.

    `known` are names that are known from elsewhere: of people, of staff.
    """
    text = addresses.taken_out(text)
    also = _also(known)
    pieces, last = [], 0
    for sign in _SIGN.finditer(text):
        pieces += [_without_names(text[last : sign.start()], also), sign[0]]
        last = sign.end()
    pieces.append(_without_names(text[last:], also))
    return _SEVERAL.sub(NAME, "".join(pieces))


@cache
def _names() -> tuple[frozenset[str], frozenset[str]]:
    """Names, and names that are words too."""
    text = (files("moderation.policies") / "names.txt").read_text(encoding="utf-8")
    plain, _, words = text.partition("\n---\n")
    return frozenset(plain.split("\n")[1:]), frozenset(words.split())


def _also(known: Collection[str]) -> frozenset[str]:
    """What of the known names cannot be taken for a word: nobody's "Mum of 3" takes every mum out."""
    parts = {_plain(part) for name in known for part in _WORD.findall(name)}
    return frozenset(
        part for part in parts if len(part) > 2 and part not in _names()[1] and not lexicon().get(part)
    )


def _without_names(text: str, also: Collection[str]) -> str:
    out: list[str] = []
    last, named = 0, False
    for word in _words(text):
        follows = named and text[last : word.start] == " "
        length = _length_of_name(word, also)
        if not length and word.capital and word.plain != "i" and (follows or word.before in _TITLES):
            length = len(word.core)
        named = length > 0
        if named:
            out += [text[last : word.start], NAME]
            last = word.start + length
    return "".join([*out, text[last:]])


def _words(text: str) -> Iterator[_Seen]:
    found = list(_WORD.finditer(text))
    for at, one in enumerate(found):
        core = _ENDING.sub("", one[0])
        between = text[found[at - 1].end() : one.start()] if at else text[: one.start()]
        beside = at > 0 and not between.strip(" \t")
        following = found[at + 1] if at + 1 < len(found) else None
        near = following is not None and not text[one.end() : following.start()].strip(" \t")
        yield _Seen(
            start=one.start(),
            core=core,
            plain=_plain(core),
            opens=not at or any(sign in between for sign in ".!?\n:"),
            before=_plain(found[at - 1][0]) if beside else "",
            after=_plain(following[0]) if following is not None and near else ("is" if one[0] != core else ""),
        )


def _length_of_name(word: _Seen, also: Collection[str]) -> int:
    """How many letters of a word are a name; 0 where it is none."""
    names, both = _names()
    plain, whole = word.plain, len(word.core)
    if plain in names or plain in also:
        return whole
    if "-" in plain and any(part in names or (part in both and word.capital) for part in plain.split("-")):
        return whole
    if plain in both:
        return whole if _stands_as_a_name(word) else 0
    if plain.endswith("s") and len(plain) > 4 and plain not in lexicon() and plain[:-1] in names | frozenset(also):
        return whole - 1
    unknown = plain not in lexicon() and len(plain) > 1
    if word.before in _SURE and lexicon().get(plain, 0) < 3 and len(plain) > 1:
        return whole
    return whole if unknown and word.capital and not word.opens and word.before in _KIN else 0


def _stands_as_a_name(word: _Seen) -> bool:
    """Whether a word that can be a name is one here."""
    if word.plain in _SEASONS and (word.before in _BEFORE_SEASONS or word.before.isdigit()):
        return False
    if word.capital and not word.opens:
        return True
    if word.capital and word.plain not in _SEASONS and word.after in _DOES:
        return True
    return word.before in _OURS and (word.before == "our" or word.plain in _SEASONS or word.plain not in _THINGS)


def _plain(word: str) -> str:
    """In small letters, without accents and apostrophes."""
    folded = unicodedata.normalize("NFKD", word.lower().translate(_NOT_LETTERS))
    return "".join(sign for sign in folded if sign not in "'’" and not unicodedata.combining(sign))
