"""What an entry must hold before it may be kept: pure checks that answer in sentences for an editor."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import date
from typing import Any
from urllib.parse import urlsplit

Problem = tuple[str, str]
"""A field and a sentence that says what is wrong with it."""

DUTIES = ("must", "may", "unknown")
AREAS = ("uk", "england", "cumbria", "cumberland", "westmorland-and-furness")
AUDIENCES = ("expectant", "mum", "dad", "carer", "worker")
STATUSES = ("published", "draft")

TITLE_MOST, SUMMARY_MOST, SLUG_MOST, FIELD_MOST, ROWS_MOST = 45, 130, 48, 6000, 30

REQUIRED_TEXTS = ("title", "summary", "category", "agency", "what_it_is", "who_can_get_it", "how_to_ask")
OTHER_TEXTS = ("ages", "legal_basis", "how_much", "words_to_say", "if_told_no", "who_can_help", "source_date")
TEXTS = REQUIRED_TEXTS + OTHER_TEXTS
ONE_LINE = ("title", "summary", "category", "agency", "ages", "legal_basis", "source_date")
WORD_LISTS = ("areas", "audience", "sources", "unverified", "asked_as")
DATES = ("last_checked", "review_due")
FIELDS = frozenset((*TEXTS, *WORD_LISTS, *DATES, "duty", "phones", "links"))

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_SHORT_NUMBERS = {"999", "101", "111", "112"}
_NUMBER = re.compile(r"116\d{3}|0\d{9,10}")
_TEXT_CODE = re.compile(r"[678]\d{4}")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


def tidied(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The same fields as they are kept: trimmed, dates as text, empty rows gone, what is absent empty.

    Values of the wrong kind are left as they are, for `check` to name.
    """
    tidy: dict[str, Any] = {name: _tidy(value) for name, value in fields.items()}
    for name in (*TEXTS, *DATES):
        if tidy.get(name) is None:
            tidy[name] = ""
    for name in (*WORD_LISTS, "phones", "links"):
        if tidy.get(name) is None:
            tidy[name] = []
    tidy["duty"] = tidy.get("duty") or "unknown"
    for name, keys in (("phones", ("number", "label", "hours")), ("links", ("url", "label"))):
        if isinstance(tidy[name], list):
            tidy[name] = [
                {**dict.fromkeys(keys, ""), **row} if isinstance(row, dict) else row for row in tidy[name]
            ]
    return tidy


def _tidy(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()[:10]
    if isinstance(value, str):
        return value.replace("\r\n", "\n").replace("\r", "\n").strip()
    if isinstance(value, Mapping):
        return {key: _tidy(item) for key, item in value.items() if item is not None}
    if isinstance(value, list | tuple):
        rows = [_tidy(item) for item in value]
        return [row for row in rows if row and not (isinstance(row, dict) and not any(row.values()))]
    return value


def check(fields: Mapping[str, Any], categories: Collection[str] = ()) -> list[Problem]:
    """Everything that is wrong with `fields` (as `tidied` gives them); an empty list when they do.

    `categories`, where given, are the only shelves an entry may stand on.
    """
    problems: list[Problem] = [
        (name, "This field is not one the guide has.") for name in fields if name not in FIELDS
    ]
    problems += [(name, "This field is missing.") for name in sorted(FIELDS - fields.keys())]
    present = {name: fields[name] for name in FIELDS & fields.keys()}
    for name in TEXTS:
        if name in present:
            problems += _text(name, present[name])
    for name, most in (("title", TITLE_MOST), ("summary", SUMMARY_MOST)):
        if isinstance(present.get(name), str) and len(present[name]) > most:
            problems.append((name, f"Keep this to {most} characters; it has {len(present[name])}."))
    if categories and present.get("category") and present["category"] not in categories:
        problems.append(("category", "Choose one of the guide's categories."))
    if "duty" in present and present["duty"] not in DUTIES:
        problems.append(("duty", f"Choose one of: {', '.join(DUTIES)}."))
    for name in WORD_LISTS:
        if name in present:
            problems += _words(name, present[name])
    for name, allowed in (("areas", AREAS), ("audience", AUDIENCES)):
        if name in present:
            problems += _vocabulary(name, present[name], allowed)
    for name in ("phones", "links"):
        if name in present:
            problems += _rows(name, present[name])
    if isinstance(present.get("sources"), list):
        problems += [("sources", sentence) for source in present["sources"] if (sentence := _source(source))]
    return problems + _dates(present)


def check_slug(slug: object) -> list[Problem]:
    """What is wrong with a new entry's slug."""
    if isinstance(slug, str) and len(slug) <= SLUG_MOST and _SLUG.fullmatch(slug):
        return []
    return [("slug", f"Use small letters, digits and single hyphens, at most {SLUG_MOST} characters.")]


def check_status(status: object) -> list[Problem]:
    """What is wrong with the status a content file gives an entry."""
    return [] if status in STATUSES else [("status", f"Choose one of: {', '.join(STATUSES)}.")]


def plausible_number(number: str, label: str = "") -> bool:
    """Whether `number` can be rung in the UK, or texted where its label says so (SHOUT's 85258)."""
    if not re.fullmatch(r"[\d ()-]+", number):
        return False
    digits = re.sub(r"\D", "", number)
    if digits in _SHORT_NUMBERS or _NUMBER.fullmatch(digits):
        return True
    return bool(_TEXT_CODE.fullmatch(digits)) and label.lower().startswith("text")


def _plain(name: str, value: object, most: int = FIELD_MOST) -> list[Problem]:
    if not isinstance(value, str):
        return [(name, "This has to be text.")]
    if len(value) > most:
        return [(name, f"Keep this to {most:,} characters; it has {len(value):,}.")]
    if _CONTROL.search(value):
        return [(name, "This holds a character that cannot be shown. Type it again.")]
    return []


def _text(name: str, value: object) -> list[Problem]:
    problems = _plain(name, value)
    if problems or not isinstance(value, str):
        return problems
    if name in REQUIRED_TEXTS and not value.strip():
        problems.append((name, "This cannot be empty."))
    if name in ONE_LINE and "\n" in value:
        problems.append((name, "Keep this to one line."))
    if "[unverified]" in value.lower():
        problems.append((name, "Take out what is marked [unverified] and list it under unverified."))
    return problems


def _words(name: str, value: object) -> list[Problem]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        return [(name, "This has to be a list of texts.")]
    if len(value) > ROWS_MOST:
        return [(name, f"Keep this to {ROWS_MOST} lines.")]
    if sum(map(len, value)) > FIELD_MOST:
        return [(name, f"Keep this to {FIELD_MOST:,} characters in all.")]
    return [problem for item in value for problem in _plain(name, item)]


def _vocabulary(name: str, value: object, allowed: tuple[str, ...]) -> list[Problem]:
    if not isinstance(value, list):
        return []
    if not value:
        return [(name, "Choose at least one.")]
    if any(item not in allowed for item in value):
        return [(name, f"Choose from: {', '.join(allowed)}.")]
    return [] if len(set(value)) == len(value) else [(name, "Choose each only once.")]


def _rows(name: str, value: object) -> list[Problem]:
    first, keys = ("number", {"number", "label", "hours"}) if name == "phones" else ("url", {"url", "label"})
    if not isinstance(value, list) or not all(isinstance(row, dict) and row.keys() <= keys for row in value):
        return [(name, f"This has to be a list of rows with {', '.join(sorted(keys))}.")]
    if len(value) > ROWS_MOST:
        return [(name, f"Keep this to {ROWS_MOST} lines.")]
    problems: list[Problem] = []
    for row in value:
        wrong = [problem for item in row.values() for problem in _plain(name, item, 500)]
        if wrong:
            problems += wrong
            continue
        if any("\n" in item for item in row.values()):
            problems.append((name, "Keep each line to one line."))
        if not row.get("label"):
            problems.append((name, "Say what each one is: a label is missing."))
        what = row.get(first, "")
        if name == "phones" and not plausible_number(what, row.get("label", "")):
            problems.append((name, f"{what or 'An empty number'} does not look like a UK telephone number."))
        if name == "links" and not web_address(what):
            problems.append((name, f"{what or 'An empty address'} is not a full http or https address."))
    return problems


def web_address(address: str) -> bool:
    """Whether this is an http or https address that can be opened as it stands."""
    if re.search(r"[\s<>\"\\]", address):
        return False
    try:
        parts = urlsplit(address)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.username is None
    except ValueError:
        return False


def _source(source: object) -> str:
    """Sources are web addresses, or the plain names of papers the team holds."""
    if not isinstance(source, str) or web_address(source):
        return ""
    if re.fullmatch(r"[\w .,()-]+", source):
        return ""
    return f"{source[:80]} is neither an http or https address nor the name of a paper."


def _dates(present: Mapping[str, Any]) -> list[Problem]:
    problems: list[Problem] = []
    read: dict[str, date] = {}
    for name in DATES:
        if name not in present:
            continue
        day = read_day(present[name])
        if day is None:
            problems.append((name, "Give a date as year-month-day, such as 2026-11-23."))
        else:
            read[name] = day
    if len(read) == len(DATES) and read["review_due"] <= read["last_checked"]:
        problems.append(("review_due", "The next review has to come after the last check."))
    return problems


def read_day(text: object) -> date | None:
    """The day that "2026-11-23" stands for, or None."""
    if not isinstance(text, str) or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
