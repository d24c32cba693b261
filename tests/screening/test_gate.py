"""The first look turns away only what the search would not find; pieces read alone are the message read whole."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moderation.screening import Screener, bank, load_phrases
from moderation.screening.gate import Gate
from moderation.screening.matcher import Row, Search
from moderation.screening.normalise import STOP, Reading

SCREENER = Screener.default()
BANK = [example.text for example in bank.load()]
TELLING = """
he hit me my Dave the baby little one want to die 24/7 k1ll st*rve k i l m e a u x 07700900123 3 months old me. ?
never not cant cope 😂 no-one and/or killmyself He ’s ... , ｈｉｔ h\u200bit hіt CA14 flat Our left on his own took
tablets in bed with us so many people keep saying \ud800
""".split()  # noqa: SIM905
TELLING += ["my partner", "hit me.", "\n", "\u2028"]


def rows(gate: Gate) -> list[Row]:
    """Every row that a gate knows."""
    return list({row: None for behind in (*gate._groups, *gate._plain.values()) for row in behind})


def found(text: str, *, gated: bool) -> set[tuple[int, int, int, tuple[int, ...]]]:
    """What stands in a text, looked for behind the gate or, slowly, for every phrase at every word."""
    reading = SCREENER._reader.read(text)
    search = Search(reading.words, reading.shapes)
    coded = SCREENER._letters.coded(text)
    matches = set()
    for gate in (SCREENER._gate, SCREENER._asides):
        places = SCREENER._places(gate, coded) if gated else [(row, range(len(reading))) for row in rows(gate)]
        for row, where in places:
            matches |= {(m.entry, m.start, m.end, m.skipped) for m in search.matches(row, where)}
    return matches


def check(text: str) -> None:
    reading = SCREENER._reader.read(text)
    coded = SCREENER._letters.coded(text)
    assert coded == SCREENER._compiler.code.coded(reading.words, reading.shapes)
    assert found(text, gated=True) == found(text, gated=False)


@pytest.mark.slow
def test_nothing_in_the_bank_is_turned_away() -> None:
    for text in random.Random(7).sample(BANK, 400):
        check(text)


def test_the_letters_of_the_whole_bank_are_its_words() -> None:
    for text in BANK:
        reading = SCREENER._reader.read(text)
        assert SCREENER._letters.coded(text) == SCREENER._compiler.code.coded(reading.words, reading.shapes), text


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(TELLING), max_size=25), st.sampled_from([" ", "  ", "", "\u00a0", "\n"]))
def test_nothing_made_of_telling_words_is_turned_away(words: list[str], between: str) -> None:
    check(between.join(words))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(BANK), min_size=2, max_size=2), st.integers(0, 30))
def test_nothing_is_turned_away_when_messages_run_into_each_other(texts: list[str], cut: int) -> None:
    one, other = texts
    check(f"{one[: cut * 4]}{other}")


def test_most_ordinary_talk_is_done_with_at_once() -> None:
    ordinary = [example.text for example in bank.load() if not example.worrying and example.family == "ordinary"]
    begun = [text for text in ordinary if SCREENER._places(SCREENER._gate, SCREENER._letters.coded(text))]
    assert len(begun) <= 0.15 * len(ordinary)


def test_plain_pieces_are_cut_as_spacy_cuts_them() -> None:
    reader = SCREENER._reader
    for piece in {piece for text in BANK for piece in text.split() if piece.isascii()}:
        tokens = [(token.text, token.idx) for token in reader._tokenizer(piece)]
        assert reader._cut(piece) == tokens


def test_a_message_read_in_pieces_is_cut_as_spacy_cuts_the_whole() -> None:
    """Every word of spaCy's is there, in its place, as it is or as what was meant by it."""
    reader = SCREENER._reader
    for text in (text for text in random.Random(3).sample(BANK, 1_000) if text.isascii() and "'" not in text):
        reading = reader.read(text)
        inside = {at for start, end in zip(reading.starts, reading.ends, strict=True) for at in range(start, end)}
        for token in reader._tokenizer(text):
            if re.fullmatch(r"\w+", token.text):
                assert token.idx in inside, (token, text)


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(exclude_categories=()), max_size=80))
def test_places_are_those_of_the_text_as_sent(text: str) -> None:
    reading = SCREENER._reader.read(text)
    for word, start, end in zip(reading.words, reading.starts, reading.ends, strict=True):
        assert 0 <= start < end <= len(text)
        if text.isascii() and word.isalnum() and text[start:end].isalnum():
            assert not text[start:end].isspace()


def spoken(reading: Reading) -> list[tuple[str, int, int]]:
    rows = zip(reading.words, reading.clauses, reading.sentences, strict=True)
    return [(word, clause, sentence) for word, clause, sentence in rows if word != STOP]


def test_sentences_and_clauses() -> None:
    reading = SCREENER._reader.read("He hit me, but I left. Now\nfine - really")
    sentences = [sentence for _, _, sentence in spoken(reading)]
    clauses = [clause for _, clause, _ in spoken(reading)]
    assert sentences == [0, 0, 0, 0, 0, 0, 1, 2, 2]
    assert clauses[:3] == [0, 0, 0]
    assert clauses[3] > clauses[2]
    assert clauses[-1] > clauses[-2]


def test_a_capital_at_an_opening_makes_no_name() -> None:
    shapes = SCREENER._reader.read("Zebedee left. Zebedee left and Zebedee stayed").shapes
    assert [shape for shape in shapes if shape] == ["<name>"]


def test_one_of_thousands_of_plain_phrases_is_found(tmp_path: Path) -> None:
    phrases = [f"zig{n % 71} zag{n % 73} zog{n}" for n in range(3_000)]
    lines = [f'- {{phrase: "{phrase}", urgency: today, note: "made up"}}' for phrase in phrases]
    (tmp_path / "domestic_abuse.yaml").write_text("\n".join(lines), encoding="utf-8")
    screener = Screener(load_phrases(tmp_path))
    for n in (0, 1_234, 2_999):
        (heard,) = screener.heard(f"well {phrases[n]} then")
        assert heard.phrase.line == n + 1
    assert not screener.heard("zig1 zag2 zog9 and zog1 zig1")
