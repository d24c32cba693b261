"""What editors are told about fields that do not do."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from offer_guide.validation import check, check_slug, check_status, plausible_number, tidied, web_address


def test_good_fields_have_no_problems(fields: dict[str, Any]) -> None:
    assert check(tidied(fields), ["people-and-groups"]) == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", ""),
        ("title", "x" * 46),
        ("title", "two\nlines"),
        ("title", 5),
        ("summary", "x" * 131),
        ("what_it_is", " \r\n "),
        ("who_can_get_it", None),
        ("how_to_ask", "Ring [unverified] first"),
        ("how_much", "x" * 6001),
        ("if_told_no", "a\x00b"),
        ("words_to_say", "\ud800"),
        ("category", "football"),
        ("duty", "should"),
        ("duty", ["must"]),
        ("areas", []),
        ("areas", ["wales"]),
        ("areas", ["uk", "uk"]),
        ("areas", [{"uk": 1}]),
        ("audience", ["client"]),
        ("audience", "mum"),
        ("phones", [{"number": "12345", "label": "x"}]),
        ("phones", [{"number": "0800 1387777"}]),
        ("phones", [{"number": "0800 1387777", "label": "x", "more": "y"}]),
        ("phones", ["0800"]),
        ("phones", "0800 138 7777"),
        ("phones", [{"number": 8001387777, "label": "x"}]),
        ("links", [{"url": "javascript:alert(1)", "label": "x"}]),
        ("links", [{"url": "www.gov.uk", "label": "x"}]),
        ("links", [{"url": "https://gov.uk", "label": ""}]),
        ("links", [{"url": "https://[gov", "label": "x"}]),
        ("sources", ["ftp://x.y/z"]),
        ("sources", ["x" * 6001]),
        ("asked_as", ["x"] * 31),
        ("asked_as", [1]),
        ("last_checked", "yesterday"),
        ("last_checked", "2026-02-30"),
        ("review_due", "2026-11-23"),
        ("review_due", 20270101),
        ("colour", "red"),
    ],
)
def test_what_is_wrong_is_named(fields: dict[str, Any], field: str, value: Any) -> None:
    problems = check(tidied({**fields, field: value}), ["people-and-groups"])
    assert {name for name, _ in problems} == {field}
    assert all(sentence.endswith(".") for _, sentence in problems)


def test_missing_fields_are_named() -> None:
    assert {"title", "phones", "review_due", "duty"} <= {name for name, _ in check({})}


def test_tidied_takes_what_forms_and_yaml_give(fields: dict[str, Any]) -> None:
    tidy = tidied(
        {
            **fields,
            "title": "  Free swimming ",
            "what_it_is": "One.\r\n\r\nTwo.\r\n",
            "last_checked": date(2026, 11, 23),
            "phones": [{"number": " 111 ", "label": "NHS", "hours": None}, {"number": "", "label": ""}],
            "asked_as": ["", " swim "],
            "links": None,
        }
    )
    assert tidy["title"] == "Free swimming"
    assert tidy["what_it_is"] == "One.\n\nTwo."
    assert tidy["last_checked"] == "2026-11-23"
    assert tidy["phones"] == [{"number": "111", "label": "NHS", "hours": ""}]
    assert tidy["asked_as"] == ["swim"]
    assert tidy["links"] == []
    assert check(tidy) == []


@pytest.mark.parametrize(
    "number",
    ["999", "101", "111", "112", "116 123", "0800 138 7777", "01228 221541", "(01946) 12345", "0800 1111 22"],
)
def test_numbers_that_can_be_rung(number: str) -> None:
    assert plausible_number(number)


@pytest.mark.parametrize(
    "number",
    [
        "",
        "1",
        "998",
        "0800",
        "+44 1228 221541",
        "8001387777",
        "0800 138 77777 7",
        "0800 CALL",
        "85258",
        "٠٨٠٠١٣٨٧٧٧٧",
    ],
)
def test_numbers_that_cannot(number: str) -> None:
    assert not plausible_number(number)


def test_a_code_to_text_needs_to_be_called_so() -> None:
    assert plausible_number("85258", "Text SHOUT to this number")
    assert not plausible_number("85258", "Samaritans")


def test_addresses() -> None:
    assert web_address("https://www.gov.uk/a?b=c#d")
    for wrong in (
        "",
        "gov.uk",
        "//gov.uk",
        "http://",
        "mailto:a@b.c",
        "https://a b",
        "https://u:p@gov.uk",
        'https://x/"y',
    ):
        assert not web_address(wrong)


def test_slugs_and_statuses() -> None:
    assert check_slug("healthy-start") == []
    for wrong in ("", "Healthy", "a--b", "-a", "a_b", "a/b", "x" * 49, 5, "a\n"):
        assert [name for name, _ in check_slug(wrong)] == ["slug"]
    assert check_status("draft") == []
    assert [name for name, _ in check_status("gone")] == ["status"]
