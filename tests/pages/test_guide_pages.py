"""The published guide for anybody, and the desk where editors keep it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from admin_api.web import Web
from staff.roles import Role
from tests.conftest import TestClock
from tests.pages.conftest import Browser
from tests.pages.reading import Page

ENTRY = "/guide-desk/child-benefit"


@pytest.fixture
def editor(works_as: Callable[..., Browser], with_guide: Web, clock: TestClock) -> Browser:
    clock.move(days=30)  # the sample guide was checked in November
    return works_as(Role.GUIDE_EDITOR)


def publishes(editor: Browser, page: Page, **typed: str | list[str]) -> Page:
    return editor.fill(page, f"{ENTRY}/publish", **typed)


def test_reading_without_an_account(stranger: Browser, with_guide: Web) -> None:
    contents = stranger.get("/guide")
    assert "In danger now? Ring 999" in contents.words
    assert "/guide?category=money" in contents.links
    shelf = stranger.get("/guide?category=money")
    assert "/guide/child-benefit" in shelf.links
    entry = stranger.get("/guide/child-benefit")
    for words in ("What it is", "Who can get it", "How to ask", "Last checked", "Sources"):
        assert words in entry.words
    assert any(link.startswith("tel:") and link[4:].isdigit() for link in entry.links)
    urgent = stranger.get("/guide/urgent-help")
    assert "My baby will not stop crying and I cannot take it" in urgent.words
    assert "tel:116123" in urgent.links
    assert "**" not in urgent.words


def test_searching(stranger: Browser, with_guide: Web) -> None:
    found = stranger.get("/guide?q=child+benefit")
    assert "/guide/child-benefit" in found.links
    assert found.form("/guide").fields["q"] == ["child benefit"]
    none = stranger.get("/guide?q=%3Cscript%3E+who+won+the+football")
    assert "We have no page on that" in none.words
    assert none.troubles == []
    for odd in ("%00", "%F0%9F%98%80" * 500, "%ED%A0%80", "a" * 9000):
        assert stranger.inner.get(f"/guide?q={odd}").status_code in {200, 400}


def test_no_cookie_and_kept_until_it_changes(
    stranger: Browser, works_as: Callable[..., Browser], with_guide: Web
) -> None:
    for address in ("/guide", "/guide/child-benefit", "/guide/urgent-help", "/guide?q=nappies"):
        first = stranger.inner.get(address)
        assert "set-cookie" not in first.headers
        assert first.headers["cache-control"] == "public, no-cache"
        again = stranger.inner.get(address, headers={"If-None-Match": first.headers["etag"]})
        assert again.status_code == 304
        assert not again.content
        signed_in = works_as(Role.MODERATOR).inner.get(address)
        assert signed_in.text == first.text


def test_pages_that_are_not_published_are_not_there(stranger: Browser, editor: Browser) -> None:
    [draft] = [one for one in editor.get("/guide-desk?show=draft").links if one.startswith("/guide-desk/")][1:2]
    slug = draft.removeprefix("/guide-desk/")
    assert "has no such page" in stranger.get(f"/guide/{slug}", 404).words
    assert "no such part" in stranger.get("/guide?category=nothing", 404).words


def test_a_draft_is_seen_by_editors_and_published_by_all(editor: Browser, stranger: Browser) -> None:
    before = stranger.inner.get("/guide/child-benefit")
    page = editor.fill(editor.get(ENTRY), ENTRY, summary="Money each week, and we changed this.", note="Plainer")
    assert "Your draft is saved" in page.words
    assert "Changes waiting" in page.words
    assert "we changed this" in page.words
    assert "Plainer" in page.words
    assert "we changed this" not in stranger.get("/guide/child-benefit").words
    assert "Published, changes waiting" in editor.get("/guide-desk?show=both").words

    page = publishes(editor, page)
    assert "The next tap on a phone shows it" in page.words
    shown = stranger.inner.get("/guide/child-benefit", headers={"If-None-Match": before.headers["etag"]})
    assert shown.status_code == 200
    assert "we changed this" in shown.text
    assert "Last checked 4 December 2026" in Page(shown.text).words


def test_publishing_saves_what_was_typed(editor: Browser, stranger: Browser) -> None:
    phones = "0300 200 3100 | Child Benefit helpline | weekdays\n999 | Danger"
    publishes(editor, editor.get(ENTRY), title="Child Benefit, anew", phones=phones)
    page = stranger.get("/guide/child-benefit")
    assert "Child Benefit, anew" in page.words
    assert "tel:03002003100" in page.links
    assert editor.get(ENTRY).form(ENTRY).fields["phones"] == [phones]


def test_the_form_shows_an_entry_as_it_is_kept(editor: Browser) -> None:
    page = editor.fill(editor.get(ENTRY), ENTRY)
    assert "Nothing was changed" in page.words


def test_what_does_not_do_is_said_at_the_field(editor: Browser, stranger: Browser) -> None:
    page = editor.refused(
        editor.get(ENTRY), ENTRY, title="", phones="12345 | Nobody", links="javascript:alert(1) | Click", areas=[]
    )
    for field in ("title", "phones", "links", "areas"):
        assert f"#{field}" in page.links
    assert page.form(ENTRY).fields["phones"] == ["12345 | Nobody"]
    assert not any(link.startswith("javascript:") for link in page.links)
    page = editor.refused(editor.get(ENTRY), f"{ENTRY}/publish", checked_on="2030-01-01")
    assert "#checked_on" in page.links
    page = editor.refused(editor.get(ENTRY), f"{ENTRY}/publish", checked_on="tomorrow", review_due="x")
    assert "#checked_on" in page.links


def test_somebody_else_saved_first(editor: Browser, works_as: Callable[..., Browser], clock: TestClock) -> None:
    other = works_as(Role.GUIDE_EDITOR)
    mine = editor.get(ENTRY)
    other.fill(other.get(ENTRY), ENTRY, summary="Theirs came first.")
    late = editor.refused(mine, ENTRY, status=409, summary="Mine came later.")
    assert "saved version 2 while you were writing" in late.words
    assert late.form(ENTRY).fields["summary"] == ["Mine came later."]
    assert "Your draft is saved" in editor.fill(late, ENTRY).words


def test_a_new_entry(editor: Browser, stranger: Browser) -> None:
    page = editor.get("/guide-desk/new")
    wrong = editor.refused(page, "/guide-desk/new", title="Free swimming")
    assert "#what_it_is" in wrong.links
    made = editor.fill(
        wrong,
        "/guide-desk/new",
        summary="Swim for nothing.",
        category="people-and-groups",
        agency="Cumberland Council",
        audience=["mum", "dad"],
        areas=["cumberland"],
        what_it_is="You and your child can use the pools.",
        who_can_get_it="Care leavers up to 25.",
        how_to_ask="Show your card at the desk.",
        unverified="Whether Keswick takes part",
    )
    assert "Parents do not see it" in made.words
    assert stranger.inner.get("/guide/free-swimming").status_code == 404
    doubt = editor.refused(made, "/guide-desk/free-swimming/publish")
    assert "Whether Keswick takes part" in doubt.words
    assert "#unverified_ok" in doubt.links
    editor.fill(doubt, "/guide-desk/free-swimming/publish", unverified_ok="yes", review_due="2027-06-01")
    assert "Swim for nothing" in stranger.get("/guide/free-swimming").words
    again = editor.refused(editor.get("/guide-desk/new"), "/guide-desk/new", title="Free swimming")
    assert "Another entry has this name" in again.words


def test_the_preview_is_as_parents_read_it_even_half_written(editor: Browser) -> None:
    form = editor.get(ENTRY).form(ENTRY)
    typed = {
        **form.fields,
        "what_it_is": ["**Bold** <script>alert(1)</script> [x](javascript:alert(1))"],
        "duty": ["no"],
    }
    answer = editor.inner.post("/guide-desk/preview", data=typed, headers={"Origin": "http://127.0.0.1:8000"})
    assert answer.status_code == 200
    page = Page(answer.text)
    assert page.troubles == []
    assert "<strong>Bold</strong>" in answer.text
    assert "javascript:" not in " ".join(page.links)
    empty = editor.inner.post(
        "/guide-desk/preview",
        data={"csrf_token": form.fields["csrf_token"]},
        headers={"Origin": "http://127.0.0.1:8000"},
    )
    assert "No title yet" in empty.text
