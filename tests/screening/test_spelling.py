"""What people do to words, and what must be left as it is."""

from __future__ import annotations

import pytest

from moderation.screening import Screener, Urgency, bank
from moderation.screening.normalise import STOP
from moderation.screening.spelling import Speller, lexicon

SCREENER = Screener.default()


def words(text: str) -> list[str]:
    return [word for word in SCREENER._reader.read(text).words if word != STOP]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("k1ll", "kill"),
        ("k!ll", "kill"),
        ("K1LL!!", "kill"),
        ("(k1ll)", "kill"),
        ("d1e", "die"),
        ("st*rve", "starve"),
        ("su1cide", "suicide"),
        ("$uicide", "suicide"),
        ("r@pe", "rape"),
        ("c0caine", "cocaine"),
        ("s u i c i d e", "suicide"),
        ("S U I C I D E", "suicide"),
        ("k i l l m e", "kill me"),
        ("i want to d i e", "i want to die"),
        ("c u t again", "cut again"),
        ("s.u.i.c.i.d.e", "suicide"),
        ("k-i-l-l", "kill"),
        ("killmyself", "kill myself"),
        ("wanttodie", "want to die"),
        ("idontwanttobehere", "i dont want to be here"),
        ("hellllp", "help"),
        ("nooooo", "no"),
        ("kіll", "kill"),
        ("κill", "kill"),
        ("ѕuісіdе", "suicide"),
        ("ｋｉｌｌ", "kill"),
        ("k\u200bi\u200bll", "kill"),
        ("k\u00adill", "kill"),
        ("kíll", "kill"),
        ("stragled me", "strangled me"),
        ("strangeld me", "strangled me"),
        ("suicdal", "suicidal"),
        ("canny’t cope", "cant cope"),
        ("ur me cuz", "your me because"),
    ],
)
def test_what_was_meant(text: str, meant: str) -> None:
    assert " ".join(words(text)) == meant


@pytest.mark.parametrize(
    "text",
    [
        "4am",
        "10st4",
        "gr8",
        "80th",
        "3rd",
        "2nd",
        "50p",
        "24/7",
        "b&m",
        "m6",
        "stranger",
        "hitter",
        "shaker",
        "strangers",
        "whent",
        "workington",
        "cockermouth",
        "siobhan",
        "aoife",
        "kayleigh",
        "jaxon",
    ],
)
def test_what_is_left_as_it_is(text: str) -> None:
    assert words(text) == [text]


@pytest.mark.parametrize(
    ("text", "meant"), [("co-codamol", ["co", "codamol"]), ("£20", ["£", "20"]), ("2day", ["today"])]
)
def test_what_is_read_in_its_usual_way(text: str, meant: list[str]) -> None:
    assert words(text) == meant


def test_a_word_spelt_as_it_should_be_is_never_corrected() -> None:
    speller = SCREENER._reader._speller
    for word in lexicon():
        if word.isalpha() and not speller.listed(word):
            assert speller.meant(word) == (speller.right(speller._shortened(word)),)


def test_few_plain_words_of_harmless_talk_are_changed() -> None:
    """Corrections there may be, for people misspell harmless words too; but not many."""
    changed, every = set(), set()
    for example in bank.load():
        if not example.worrying:
            for piece in example.text.split():
                if piece.isascii() and piece.isalpha() and piece.islower():
                    every.add(piece)
                    if words(piece) != [SCREENER._reader._speller.right(piece)]:
                        changed.add(piece)
    assert len(changed) <= 0.01 * len(every), sorted(changed)


@pytest.mark.parametrize(
    "text",
    [
        "i want to d1e",
        "i want to k i l l myself",
        "iwanttodie",
        "he str@ngled me last night",
        "he stragled me",
        "my partner b4ttered me again",
        "ive been feeling suicdal all week and i want to die",
        "i wаnt tо dіe",
        "ｉ ｗａｎｔ ｔｏ ｄｉｅ",
    ],
)
def test_a_disguise_hides_no_worry(text: str) -> None:
    assert SCREENER.screen(text).urgency is Urgency.IMMEDIATE


@pytest.mark.parametrize(
    "text",
    [
        "see you at 4am x",
        "she was 10st4 and is gr8 now",
        "u r so k x",
        "a b c d e f g, she knows them all",
        "its £3.50 at b&m",
    ],
)
def test_ordinary_shorthand_is_no_worry(text: str) -> None:
    assert SCREENER.screen(text).urgency is Urgency.NONE


def test_evidence_points_at_the_letters_as_sent() -> None:
    text = "well i want to d i e"
    (span,) = SCREENER.screen(text).concerns[0].evidence
    assert text[span.start : span.end].endswith("d i e")


def test_a_speller_without_words_changes_nothing() -> None:
    speller = Speller({}, known={})
    assert speller.meant("stragled") == ("stragled",)
    assert speller.undisguised("k1ll") == ""
    assert speller.joined("kill") == ()
