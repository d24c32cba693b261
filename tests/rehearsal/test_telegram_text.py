"""How Telegram reads text: HTML, entities in UTF-16 units, what it finds by itself, how long is too long."""

import html

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rehearsal import ApiError, utf16
from rehearsal.detect import detect
from rehearsal.formatting import formatted, message_text
from rehearsal.html_text import KINDS, parse_html


def nobody(_: int) -> None:
    return None


def found(text: str) -> list[tuple[str, str]]:
    units = text.encode("utf-16-le")
    return [
        (e["type"], units[2 * e["offset"] : 2 * (e["offset"] + e["length"])].decode("utf-16-le"))
        for e in detect(text)
    ]


def test_tags_become_entities_and_the_text_is_plain() -> None:
    text, entities = parse_html('<b>Bold <i>both</i></b> &amp; <a href="https://x.org/?a=1&amp;b=2">link</a>')
    assert text == "Bold both & link"
    assert entities == [
        {"type": "bold", "offset": 0, "length": 9},
        {"type": "italic", "offset": 5, "length": 4},
        {"type": "text_link", "offset": 12, "length": 4, "url": "https://x.org/?a=1&b=2"},
    ]


def test_offsets_count_utf16_units() -> None:
    text, entities = parse_html("😀<b>é😀</b>")
    assert text == "😀é😀"
    assert entities == [{"type": "bold", "offset": 2, "length": 3}]


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("<x>", 'Unsupported start tag "x" at byte offset 0'),
        ("é<br/>", 'Unsupported start tag "br/" at byte offset 2'),
        ("<p>a</p>", 'Unsupported start tag "p" at byte offset 0'),
        ("a < b", 'Unsupported start tag "" at byte offset 2'),
        ("a <b", "Unclosed start tag at byte offset 2"),
        ("<b>a", 'Can\'t find end tag corresponding to start tag "b"'),
        ("<b>a</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
        ("a</b>", "Unexpected end tag at byte offset 1"),
        ("<b>a</b", "Unclosed end tag at byte offset 4"),
        ("<a href>x</a>", 'Expected equal sign in declaration of an attribute of the tag "a" at byte offset 0'),
        ('<a href="x', "Unclosed start tag at byte offset 0"),
        ('<span class="red">x</span>', 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ("<a href=x&y>x</a>", "Unexpected end of name token at byte offset 8"),
    ],
)
def test_what_does_not_parse_is_refused_in_telegrams_words(source: str, words: str) -> None:
    with pytest.raises(ApiError) as caught:
        parse_html(source)
    assert caught.value.code == 400
    assert caught.value.description == f"Bad Request: can't parse entities: {words}"


def test_links_telegram_will_not_make_are_dropped_without_a_word() -> None:
    for address in ("tel:08001111", "mailto:a@b.co", "javascript:alert(1)", "http://localhost/", "nodots"):
        assert parse_html(f'<a href="{address}">ring</a>') == ("ring", [])


def test_code_with_a_language_and_quotes_that_open() -> None:
    _, entities = parse_html('<pre><code class="language-py">x</code></pre><blockquote expandable>y</blockquote>')
    assert entities == [
        {"type": "pre", "offset": 0, "length": 1, "language": "py"},
        {"type": "expandable_blockquote", "offset": 1, "length": 1},
    ]


@given(st.text())
def test_escaped_text_comes_back_as_it_was(text: str) -> None:
    text = text.replace("\0", "")
    assert parse_html(html.escape(text, quote=True).replace("&#x27;", "'")) == (text, [])


@given(st.text(alphabet="<>/ab=\"' &;#x1é😀\n", max_size=60))
def test_anything_else_parses_or_is_refused_and_entities_lie_within_the_text(source: str) -> None:
    try:
        text, entities = parse_html(source)
    except ApiError as refused:
        assert refused.description.startswith("Bad Request: can't parse entities: ")  # noqa: PT017
        return
    for entity in entities:
        assert entity["length"] > 0
        assert 0 <= entity["offset"] <= entity["offset"] + entity["length"] <= utf16.length(text)


@given(st.lists(st.tuples(st.sampled_from(["b", "i", "u", "s"]), st.text(min_size=1, alphabet="aé😀"))))
def test_each_tag_covers_exactly_its_own_words(parts: list[tuple[str, str]]) -> None:
    text, entities = parse_html("".join(f"<{tag}>{words}</{tag}>" for tag, words in parts))
    assert text == "".join(words for _, words in parts)
    assert [(e["type"], e["length"]) for e in entities] == [
        (KINDS[tag], utf16.length(words)) for tag, words in parts
    ]


def test_what_telegram_finds_by_itself() -> None:
    assert found("😀 /help@cairn_rehearsal_bot ring 0800 1111 or +44 7700 900123.") == [
        ("bot_command", "/help@cairn_rehearsal_bot"),
        ("phone_number", "0800 1111"),
        ("phone_number", "+44 7700 900123"),
    ]
    assert found("See https://x.org/a_(b), t.me/y and me@x.co.uk (or @somebody) #tired") == [
        ("url", "https://x.org/a_(b)"),
        ("url", "t.me/y"),
        ("email", "me@x.co.uk"),
        ("mention", "@somebody"),
        ("hashtag", "#tired"),
    ]
    assert found("on 2026-11-23, 999, 3/4, and/or, a.b") == []


@given(st.text(alphabet="/@#+0123456789abc.co:htps ()-😀", max_size=50))
def test_found_entities_never_overlap_and_lie_within_the_text(text: str) -> None:
    end = 0
    for entity in detect(text):
        assert entity["offset"] >= end
        end = entity["offset"] + entity["length"]
    assert end <= utf16.length(text)


def test_nothing_is_found_inside_code_or_a_link() -> None:
    _, entities = formatted(
        '<code>/help 0800 1111</code> <a href="https://a.org">/go</a> /yes', "HTML", None, nobody
    )
    assert [e["type"] for e in entities] == ["code", "text_link", "bot_command"]


def test_spaces_around_are_trimmed_and_entities_move() -> None:
    text, entities = formatted("  <b> hi </b>\n", "HTML", None, nobody)
    assert (text, entities) == ("hi", [{"type": "bold", "offset": 0, "length": 2}])


def test_length_is_counted_after_parsing() -> None:
    text, _ = message_text("<b>" + "a" * 4096 + "</b>", "HTML", None, nobody)
    assert len(text) == 4096
    for too_long in ("a" * 4097, "😀" * 2049):
        with pytest.raises(ApiError, match="message is too long"):
            message_text(too_long, "", None, nobody)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "message text is empty"),
        (" \n ", "text must be non-empty"),
        ("half \ud83d", "strings must be encoded in UTF-8"),
    ],
)
def test_there_must_be_some_whole_text(text: str, words: str) -> None:
    with pytest.raises(ApiError, match=f"Bad Request: {words}"):
        message_text(text, "", None, nobody)


def test_given_entities_are_kept_and_other_modes_are_owned_up_to() -> None:
    given_bold = '[{"type":"bold","offset":0,"length":2},{"type":"url","offset":0,"length":2}]'
    assert formatted("hi", "", given_bold, nobody)[1] == [{"type": "bold", "offset": 0, "length": 2}]
    with pytest.raises(ApiError) as caught:
        formatted("*hi*", "MarkdownV2", None, nobody)
    assert caught.value.code == 501
    with pytest.raises(ApiError, match="unsupported parse_mode"):
        formatted("hi", "BBCode", None, nobody)
