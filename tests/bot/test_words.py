"""Every sentence the bot can say, held against the voice: short, plain, warm, honest, nobody blamed."""

from __future__ import annotations

import re
from string import Formatter

import pytest

from bot import menus, words
from bot.markup import to_html
from core.outbox import Rows
from core.text import utf16_length
from moderation import wording
from rehearsal.formatting import message_text

NEVER = (
    "safeguarding", "assessment", "assess", "client", "your parenting", "inappropriate", "seriously", "as an ai",
    "you must", "you should have", "will be fine", "will be ok", "don't worry", "confidential", "secret",
    "unfortunately", "sorry for any", "user", "please note", "e.g.", "regarding", "moderator", "flagged",
)  # fmt: skip
LONGEST_SENTENCE = 25
ELEVEN_YEARS_OLD = 6.0  # a school grade of 6 is an age of 11


def _own() -> dict[str, str]:
    found = {name: said for name, said in vars(words).items() if name.isupper() and isinstance(said, str)}
    return found | {f"command {name}": said for name, said in words.COMMANDS}


def _staffs() -> dict[str, str]:
    found = {name: wording.shipped(name) for name in wording.names()}
    return found | {f"button {topic.id}": topic.label for topic in wording.topics()}


FOR_PARENTS = {name: said for name, said in (_own() | _staffs()).items() if name != "STAFF_LINKED"}
SENTENCES = {name: said for name, said in FOR_PARENTS.items() if len(said) > 30}


def _sentences(text: str) -> list[list[str]]:
    """The words of each sentence; a line and what follows a colon are sentences of their own, numbers are none."""
    parts = re.split(r"(?<=[.?:])\s+|\n+", re.sub(r"[\d ]*\d", " ", text.replace("**", "")))
    found = [re.findall(r"[A-Za-z'’]+", part) for part in parts]
    return [sentence for sentence in found if sentence]


def _syllables(word: str) -> int:
    plain = re.sub(r"[^a-z]", "", word.lower())
    count = len(re.findall(r"[aeiouy]+", plain))
    silent = plain.endswith("e") and not plain.endswith("le")
    return max(1, count - silent)


def _grade(text: str) -> float:
    """Flesch and Kincaid's measure of how many years at school a text asks for."""
    sentences = _sentences(text)
    said = [word for sentence in sentences for word in sentence]
    return 0.39 * len(said) / len(sentences) + 11.8 * sum(map(_syllables, said)) / len(said) - 15.59


@pytest.mark.parametrize("name", FOR_PARENTS)
def test_nothing_is_shouted_and_nobody_is_blamed_assessed_or_lied_to(name: str) -> None:
    said = FOR_PARENTS[name].lower()
    assert "!" not in said
    assert not [word for word in NEVER if re.search(rf"\b{re.escape(word)}\b", said)]
    assert not re.search(r"\bcases?\b", said), "a parent is no case"
    assert not re.search(r"[\U0001F300-\U0001FAFF—]", said), "no emoji, no dashes"


@pytest.mark.parametrize("name", SENTENCES)
def test_sentences_are_short(name: str) -> None:
    longest = max(_sentences(SENTENCES[name]), key=len)
    assert len(longest) <= LONGEST_SENTENCE, " ".join(longest)


@pytest.mark.parametrize("name", SENTENCES)
def test_a_child_of_eleven_can_read_it(name: str) -> None:
    assert _grade(SENTENCES[name]) <= ELEVEN_YEARS_OLD


def test_the_measure_of_reading_can_fail() -> None:
    assert (
        _grade("Safeguarding professionals routinely undertake multidisciplinary assessments.") > ELEVEN_YEARS_OLD
    )


@pytest.mark.parametrize("name", SENTENCES)
def test_telegram_takes_it_and_shows_no_stars(name: str) -> None:
    shown, _ = message_text(to_html(SENTENCES[name]), "HTML", None, lambda number: None)
    assert "*" not in shown
    assert 0 < utf16_length(shown) <= 1500


@pytest.mark.parametrize("name", FOR_PARENTS)
def test_only_known_places_are_left_open(name: str) -> None:
    open_places = {place for _, place, _, _ in Formatter().parse(FOR_PARENTS[name]) if place is not None}
    allowed = {"when"} if name.startswith("card.") else {"service", "hours", "promise", "title"}
    assert open_places <= allowed


@pytest.mark.parametrize("name", [name for name in wording.names() if name.startswith("card.")])
def test_a_card_says_first_that_it_was_heard_then_what_to_do_and_last_who_reads_it(name: str) -> None:
    card = wording.shipped(name)
    paragraphs = card.split("\n\n")
    assert len(paragraphs) >= 2
    assert "999" not in paragraphs[0], "first that it was heard"
    assert "{when}" in card
    assert len(_sentences(card)) <= 16, "one screen of a phone"


@pytest.mark.parametrize(
    "category", ["breaking_point", "child_harm", "suicide_self_harm", "domestic_abuse.immediate"]
)
def test_the_gravest_cards_name_999_in_bold_right_after(category: str) -> None:
    card = wording.shipped(f"card.{category}")
    assert "999" in card.split("\n\n")[1]
    assert "**" in card.split("\n\n")[1]


def test_fathers_are_spoken_to_as_parents() -> None:
    everything = " ".join(FOR_PARENTS.values()).lower()
    assert not re.search(r"\b(mummy|new mums?|mum's helper|help mum)\b", everything)
    assert "mums and dads" in everything
    assert "for men" in wording.shipped("card.domestic_abuse").lower()


def test_the_notice_says_all_that_a_parent_must_know_before_anything_is_kept() -> None:
    for said in (
        "computer",
        "people from the team read",
        "{hours}",
        "tell someone",
        "keep",
        "999",
        "/stop",
        "say no",
    ):
        assert said in words.NOTICE


def test_telegrams_own_limits_are_kept() -> None:
    assert len(words.DESCRIPTION) <= 512
    assert len(words.SHORT_DESCRIPTION) <= 120
    assert all(1 <= len(said) <= 256 for _, said in words.COMMANDS)
    assert all(re.fullmatch(r"[a-z]{1,32}", name) for name, _ in words.COMMANDS)


@pytest.mark.parametrize("rows", [menus.main(), menus.consent(), menus.urgent(wording.topics()), menus.talk()])
def test_buttons_fit_on_a_phone(rows: Rows) -> None:
    for row in rows:
        widest = 52 if len(row) == 1 else 22
        assert all(len(button.label) <= widest for button in row)
