"""Take out what can be rung, opened or found on a map: numbers, links, addresses, dates of birth."""

from __future__ import annotations

import re


def words(listed: str) -> frozenset[str]:
    """Words written one after the other, as a set."""
    return frozenset(listed.split())


_STRONG = "street|road|avenue|lane|terrace|crescent|rd|ave|st"
_OTHER = "close|drive|place|gardens|court|view|way|row|walk|grove|mews|square|brow|rise"
_NO_STREET = words(
    "min mins minute minutes mile miles hour hours hr hrs time times day days week weeks month months "
    "year years yr down along up across the a an in on of my our your his her from to over off and is are "
    "was it we i he she they at by out long kids people men women am pm"
)
_MAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}")
_LINK = re.compile(
    r"(?:https?://|www\.)\S+|(?<![\w.-])(?:[\w-]{1,63}\.){1,4}(?:co\.uk|org\.uk|gov\.uk|com|org|net|uk|io|app)(?![\w.-])(?:/\S*)?",
    re.I,
)
_HANDLE = re.compile(r"(?<![\w@])@\w{2,64}")
_POSTCODE = re.compile(
    r"\b(?:[A-Z]{1,2}\d[A-Z\d]?) ?\d(?!am\b|pm\b|st\b|nd\b|rd\b|th\b|ml\b|mg\b|kg\b)[A-Z]{2}\b", re.I
)
_MONTH = "(?:jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)[a-z]{0,6}"
_DATE = re.compile(
    r"\b\d{1,2}[/.-]\d{1,2}[/.-](?:\d{4}|\d{2})\b"
    rf"|\b\d{{1,2}}(?:st|nd|rd|th)?(?: of)? {_MONTH},? (?:\d{{4}}|\d{{2}})\b"
    rf"|\b{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?,? \d{{4}}\b"
    rf"|(?<=born )(?:on )?(?:the )?\d{{1,2}}(?:st|nd|rd|th)?(?: of)? {_MONTH}\b(?:,? (?:\d{{4}}|\d{{2}})\b)?",
    re.I,
)
_NUMBERED = re.compile(
    rf"\b(?:(?:flat|house|no|number) )?\d{{1,4}}[a-d]?,? ((?:[a-z'’]{{1,20}} ){{1,3}})({_STRONG}|{_OTHER})\b", re.I
)
_NAMED = re.compile(
    r"\b(?:[A-Z][a-z'’]{1,20} ){1,3}(?:Street|Road|Avenue|Lane|Terrace|Crescent|Close|Drive|Court|Gardens|Grove)\b"
)
_FLAT = re.compile(r"\b(?:flat|apartment|room) \d{1,4}[a-z]?\b", re.I)
_RUN = re.compile(r"(?<![\w£.])(?:\+|[oO](?=\d))?\d(?:[ ().-]{0,2}\d){4,24}(?!\w)")
_SEVERAL = re.compile(r"\[address\](?:, \[address\])+")


def taken_out(text: str) -> str:
    """The text with [link], [name] for handles, [date], [address] and [number] where those stood."""
    for pattern, sign in ((_MAIL, "[link]"), (_LINK, "[link]"), (_HANDLE, "[name]"), (_DATE, "[date]")):
        text = pattern.sub(sign, text)
    text = _POSTCODE.sub("[address]", text)
    text = _NUMBERED.sub(_if_a_street, text)
    text = _FLAT.sub("[address]", _NAMED.sub("[address]", text))
    return _SEVERAL.sub("[address]", _RUN.sub(_if_a_number, text))


def _if_a_street(found: re.Match[str]) -> str:
    """ "12 duke street" is an address; "10 minutes down the road" is none."""
    between, kind = found[1].split(), found[2]
    if any(word.lower() in _NO_STREET for word in between):
        return found[0]
    strong = kind.lower() in _STRONG.split("|")
    return "[address]" if strong or kind[0].isupper() or between[-1][0].isupper() else found[0]


def _if_a_number(found: re.Match[str]) -> str:
    """Five digits in one, or seven and more in groups as telephone numbers are written; "116 123" stays."""
    groups = re.findall(r"\d+", found[0])
    digits, longest = sum(map(len, groups)), max(map(len, groups))
    return "[number]" if (len(groups) == 1 and digits >= 5) or (digits >= 7 and longest >= 3) else found[0]
