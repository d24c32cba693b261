"""What Telegram finds in a text by itself: commands, mentions, links, e-mail addresses, numbers, hashtags.

The shapes are close to Telegram's, not equal: its list of top-level domains and its rules for
telephone numbers are not published. A number is found when it begins with + or 0 and has 7 to 15 digits.
"""

import re

from rehearsal import utf16
from rehearsal.html_text import Entity

_TOP = (
    "uk|com|org|net|io|me|info|dev|app|eu|de|fr|es|it|nl|ie|scot|wales|cymru|london|edu|gov|mil|nhs|us|ca|au|nz|"
    "tv|co|biz|xyz|online|site|help|care|support|charity|foundation"
)
_EMAIL = re.compile(r"(?<![\w.+\-])[\w.+\-]+@(?:[A-Za-z0-9\-]+\.)+[A-Za-z]{2,}(?![\w\-])")
_URL = re.compile(
    r"(?<![\w@./\-])(?:https?://(?:[^\s/?#<>\"]+\.)+[^\s/?#<>\":.]{2,}|(?:[A-Za-z0-9\-]+\.)+(?:" + _TOP + r"))"
    r"(?![\w\-@])(?::\d{1,5})?(?:[/?#][^\s<>\"]*)?",
    re.IGNORECASE,
)
_PHONE = re.compile(r"(?<![\w+/.\-@#])(?:\+\d|\(?0)(?:[ \-]?\(?\d\)?){5,14}(?![\w])")
_MENTION = re.compile(r"(?<![\w@/.])@[A-Za-z][A-Za-z0-9_]{3,31}(?!\w)")
_COMMAND = re.compile(r"(?<![\w/<>@])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?![\w/<>])")
_HASHTAG = re.compile(r"(?<![\w#])#(?=\w*[^\W\d_])\w{1,256}")

_FINDERS = (
    ("email", _EMAIL, "@"),
    ("url", _URL, "."),
    ("bot_command", _COMMAND, "/"),
    ("mention", _MENTION, "@"),
    ("phone_number", _PHONE, "0+"),
    ("hashtag", _HASHTAG, "#"),
)


def _trimmed(found: str) -> str:
    """A link without the full stop of its sentence or a bracket that was open before it."""
    while found and (found[-1] in ".,:;!?'\"" or (found[-1] == ")" and found.count("(") < found.count(")"))):
        found = found[:-1]
    return found


def detect(text: str) -> list[Entity]:
    """The entities of a text nobody marked up; never two over the same characters."""
    taken: list[tuple[int, int, str]] = []
    for kind, pattern, needs in _FINDERS:
        if not any(sign in text for sign in needs):
            continue
        for match in pattern.finditer(text):
            start, end = match.span()
            if kind == "url":
                end = start + len(_trimmed(match.group()))
            if all(end <= other_start or start >= other_end for other_start, other_end, _ in taken):
                taken.append((start, end, kind))
    if not taken:
        return []
    table = utf16.offsets(text)
    taken.sort()
    if table is None:
        return [{"type": kind, "offset": start, "length": end - start} for start, end, kind in taken]
    return [
        {"type": kind, "offset": table[start], "length": table[end] - table[start]} for start, end, kind in taken
    ]
