"""Measures of text that two rooms share."""

from __future__ import annotations


def utf16_length(text: str) -> int:
    """Length as chat channels count it: an emoji outside the basic plane counts two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def clean(text: str) -> str:
    """Text that can be stored and sent anywhere: no null bytes, no halves of characters, plain line ends."""
    whole = text.replace("\x00", "").replace("\r\n", "\n").replace("\r", "\n")
    return whole.encode("utf-8", "replace").decode("utf-8")
