"""What a button brings back when it is tapped: "1:verb:argument:…", at most 64 bytes.

The first part is the version: a tap on a button from an older version, or a forged one, reads as None.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

VERSION = "1"
LONGEST = 64
_PART = re.compile(r"[A-Za-z0-9_-]{0,48}")


@dataclass(frozen=True, slots=True)
class Tap:
    """A verb and its arguments."""

    verb: str
    args: tuple[str, ...] = ()


def write(verb: str, *args: object) -> str:
    """The data for a button. Raises ValueError when it does not fit."""
    parts = [VERSION, verb, *(str(arg) for arg in args)]
    data = ":".join(parts)
    if len(data.encode()) > LONGEST or not all(_PART.fullmatch(part) for part in parts):
        raise ValueError(f"{data!r} cannot be a button's data")
    return data


def read(data: str | None) -> Tap | None:
    """The tap, or None for anything this version did not write."""
    if not data or len(data.encode("utf-8", "replace")) > LONGEST:
        return None
    version, *parts = data.split(":")
    if version != VERSION or not parts or not parts[0] or not all(_PART.fullmatch(part) for part in parts):
        return None
    return Tap(parts[0], tuple(parts[1:]))
