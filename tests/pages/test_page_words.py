"""The pure pieces of the pages: marked words, times, fields and phone texts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admin_api.pages import guide_fields, moments, phone_text, words
from admin_api.pages.guide_fields import EntryForm
from admin_api.pages.marking import joined, marked
from moderation import wording
from moderation.casebook import Outcome
from offer_guide.content import shipped
from staff.roles import Role

NOW = datetime(2026, 11, 23, 14, 35, tzinfo=UTC)


def test_the_words_found_are_marked_and_everything_is_escaped() -> None:
    assert marked("a <b> & c", [(2, 5)]) == "a <mark>&lt;b&gt;</mark> &amp; c"
    assert marked("plain", []) == "plain"
    assert marked("😀 shake him 😀", [(2, 7)]) == "😀 <mark>shake</mark> him 😀"
    assert marked("abcdef", [(3, 99), (-4, 1), (4, 4), (2, 3)]) == "<mark>a</mark>b<mark>cdef</mark>"


@given(st.text(max_size=40), st.lists(st.tuples(st.integers(-5, 50), st.integers(-5, 50)), max_size=6))
def test_nothing_is_lost_or_said_twice(text: str, spans: list[tuple[int, int]]) -> None:
    plain = marked(text, spans).replace("<mark>", "").replace("</mark>", "")
    assert plain == str(marked(text, []))
    found = joined(spans, len(text))
    assert found == sorted(found)
    assert all(one[1] < other[0] for one, other in pairwise(found))


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "just now"), (59, "just now"), (61, "1 minute ago"), (7200, "2 hours ago"), (86_400 * 3, "3 days ago")],
)
def test_how_long_ago(seconds: int, said: str) -> None:
    assert moments.ago(NOW - timedelta(seconds=seconds), NOW) == said


def test_due_and_late() -> None:
    assert moments.due(NOW + timedelta(minutes=15), NOW) == "in 15 minutes"
    assert moments.due(NOW - timedelta(hours=3), NOW) == "3 hours late"
    assert moments.moment(NOW) == "2:35pm, 23 November 2026"
    assert moments.short_moment(NOW, NOW) == "2:35pm, Mon 23 Nov"
    assert moments.short_moment(NOW.replace(year=2025), NOW) == "2:35pm, Sun 23 Nov 2025"


def test_a_card_on_a_page() -> None:
    shown = phone_text.card_html(
        "**Ring 999 now.** <b>\n\nSamaritans: 116 123, any time\nHub: 0300 373 2724 or £1,000"
    )
    assert "<strong>Ring <a" in shown
    assert 'href="tel:999"' in shown
    assert 'href="tel:116123"' in shown
    assert 'href="tel:03003732724"' in shown
    assert "&lt;b&gt;" in shown
    assert shown.count("<a ") == 3
    assert phone_text.card_html("Text SHOUT to 85258, or 10115 and 1999").count("<a ") == 0


def test_every_entry_goes_through_the_form_and_back() -> None:
    for shelf in shipped():
        for entry in shelf.entries:
            values = guide_fields.shown(entry.fields)
            form = EntryForm.model_validate({name: values[name] for name in EntryForm.model_fields})
            assert guide_fields.same(form.fields_of_entry(), entry.fields), entry.slug


def test_every_code_has_its_words() -> None:
    assert set(words.OUTCOMES) == set(Outcome)
    assert set(words.ROLES) == set(Role)
    names = [words.wording_name(name) for name in wording.names()]
    assert len(set(names)) == len(names)
    assert not [name for name in names if "_" in name or "." in name]


@pytest.mark.parametrize(
    ("kind", "media", "said"),
    [
        ("text", None, ""),
        ("voice", {"seconds": 12}, "A voice note, 12 seconds. It is not kept here"),
        ("photo", {"album": "1"}, "A photo, one of several sent together. It is not kept"),
        ("video", {"seconds": 60}, "A video, 1 minute. It"),
        ("sticker", None, "A sticker."),
        ("hologram", {"seconds": "x"}, "Something of a kind"),
    ],
)
def test_what_came_with_it(kind: str, media: dict[str, object] | None, said: str) -> None:
    assert words.attached(kind, media).startswith(said)
