"""Entries on a phone and on the web."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from offer_guide.rendering import PAGE_MOST, for_phone, to_html
from offer_guide.views import EntryView, Link, Phone, entry_view

DAY = date(2026, 11, 23)


@pytest.fixture
def entry(fields: dict[str, Any]) -> EntryView:
    return entry_view("free-swimming", 1, fields)


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def test_a_short_entry_is_one_page(entry: EntryView) -> None:
    (page,) = for_phone(entry)
    assert page.startswith("**Free swimming**\n\nCare leavers swim for nothing.")
    assert "You can ask for this. Nobody has to say yes, but many do." in page
    assert "\nCumberland Council: 0300 373 3730\n" in page
    assert "\nhttps://cumberland.gov.uk/\n" in page
    assert page.endswith("Last checked 23 November 2026. Source date: 2026.")
    assert "How much" not in page
    assert "1 of" not in page


@pytest.mark.parametrize(
    ("duty", "words"),
    [
        ("must", "The law says you must be given this, if you meet the rules."),
        ("may", "You can ask for this. Nobody has to say yes, but many do."),
        ("unknown", "Ask: we could not find out whether this is a right."),
    ],
)
def test_the_duty_is_said_in_words(entry: EntryView, duty: str, words: str) -> None:
    assert words in for_phone(replace(entry, duty=duty))[0]


def test_hours_follow_the_number_and_lists_have_bullets(entry: EntryView) -> None:
    shown = for_phone(
        replace(
            entry,
            phones=(Phone("0800 138 7777", "Universal Credit", "Monday to Friday, 8am to 6pm"),),
            sections=(("What it is", "It can pay for:\n- rent\n* food\n\nAsk."),),
        )
    )[0]
    assert "\nUniversal Credit: 0800 138 7777\nMonday to Friday, 8am to 6pm\n" in shown
    assert "\n• rent\n• food\n" in shown


def test_asterisks_in_the_content_are_not_mark_up(entry: EntryView) -> None:
    shown = for_phone(
        replace(
            entry,
            title="**Loud** 5*",
            summary="a ** b **",
            sections=(("What it is", "**bold** and *thin*"),),
            links=(Link("https://example.org/**x**", "**link**"),),
        )
    )[0]
    bold = re.findall(r"\*\*(.+?)\*\*", shown)
    assert bold == ["∗∗Loud∗∗ 5∗", "What it is", "Ring or text", "Look online"]
    assert "*" not in re.sub(r"\*\*(.+?)\*\*", "", shown)


def test_a_long_entry_is_split_at_paragraphs(entry: EntryView) -> None:
    paragraph = "You can ask the council for this in your own words. " * 12
    text = "\n\n".join(f"{number}. {paragraph.strip()}" for number in range(1, 12))
    pages = for_phone(replace(entry, sections=(("What it is", text), ("How to ask", text))))
    assert len(pages) > 2
    for number, page in enumerate(pages, start=1):
        assert units(page) <= PAGE_MOST
        assert page.startswith("**Free swimming**\n\n")
        assert page.endswith(f"\n\n{number} of {len(pages)}")
        body = page.removesuffix(f"\n\n{number} of {len(pages)}")
        assert body.endswith((".", "words."))
    assert "Last checked 23 November 2026." in pages[-1]


@settings(max_examples=60, deadline=None)
@given(
    words=some.lists(
        some.text(some.characters(exclude_categories=("Cs", "Cc", "Zs", "Zl", "Zp")), min_size=1, max_size=30),
        min_size=1,
        max_size=60,
    ),
    gap=some.sampled_from([" ", "\n", "\n\n"]),
    times=some.integers(1, 12),
)
def test_no_word_is_cut_and_nothing_is_lost(words: list[str], gap: str, times: int) -> None:
    text = gap.join(words * times)
    view = EntryView(
        "x", "Title", "Summary.", "money", "may", "Somebody", ("uk",), ("mum",), "", (("What it is", text),),
        (), (), (), DAY, "", DAY, 1,
    )  # fmt: skip
    pages = for_phone(view)
    assert all(units(page) <= PAGE_MOST for page in pages)
    shown = "\n\n".join(
        page.removeprefix("**Title**").strip().removesuffix(f"{number} of {len(pages)}").strip()
        for number, page in enumerate(pages, start=1)
    )
    marks = {"-", "*", "•", "+", "∗"}
    kept = [word for word in shown.partition("**What it is**")[2].split() if word not in marks]
    expected = [word.replace("*", "∗") for word in text.split() if word not in marks]
    assert kept == [*expected, "Last", "checked", "23", "November", "2026."]


def test_emoji_count_as_two(entry: EntryView) -> None:
    pages = for_phone(replace(entry, sections=(("What it is", "👶 " * 3000),)))
    assert len(pages) > 2
    assert all(units(page) <= PAGE_MOST for page in pages)


def test_a_word_longer_than_a_page_still_leaves(entry: EntryView) -> None:
    pages = for_phone(replace(entry, sections=(("What it is", "👶" * 3000),)))
    assert all(units(page) <= PAGE_MOST for page in pages)
    assert sum(page.count("👶") for page in pages) == 3000


def test_every_shipped_entry_fits(shipped: list[EntryView]) -> None:
    for entry in shipped:
        for page in for_phone(entry):
            assert units(page) <= PAGE_MOST
            assert page.startswith(f"**{entry.title}**\n\n")
        assert "Last checked 23 November 2026." in page


def test_html_has_paragraphs_lists_and_safe_links() -> None:
    assert to_html("One.\n\nTwo:\n- **a**\n- b") == (
        "<p>One.</p>\n<p>Two:</p>\n<ul>\n<li><strong>a</strong></li>\n<li>b</li>\n</ul>"
    )
    assert to_html("[call](tel:0800)") == '<p><a href="tel:0800" rel="noopener">call</a></p>'


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt&colon;alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "![x](https://example.org/track.png)",
        "<a href='javascript:alert(1)'>x</a>",
        "[x](//evil.example)",
        "`<b onclick=1>`",
        '<https://x.y/" onclick=1>',
    ],
)
def test_html_is_safe(text: str) -> None:
    shown = to_html(text)
    assert set(re.findall(r"<(\w+)", shown)) <= {"p", "a", "em", "strong", "ul", "ol", "li", "h2", "h3"}
    for attributes in re.findall(r"<\w+([^>]*)>", shown):
        assert re.fullmatch(r'( href="https?:[^"]*"| rel="noopener")*', attributes)


@settings(max_examples=100, deadline=None)
@given(some.text())
def test_html_never_fails(text: str) -> None:
    assert "<script" not in to_html(text)


def test_html_bears_broken_text() -> None:
    assert to_html("a\x00b\ud800c")
