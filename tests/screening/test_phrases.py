"""Phrases are reviewed data: enough of them, for everything, and refused when they are wrong."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from moderation.screening import Category, PhraseFileError, Screener, Urgency, load_phrases
from moderation.screening.pattern import PatternError, expand
from moderation.screening.phrases import packaged

GOOD = '- {phrase: "hit me", urgency: immediate, note: "violence"}\n'


def write(folder: Path, text: str, name: str = "domestic_abuse.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_enough_phrases_in_every_category() -> None:
    book = load_phrases(packaged())
    counts = Counter(phrase.category for phrase in book.phrases if phrase.category)
    assert sum(counts.values()) >= 900
    assert set(counts) == set(Category)
    assert min(counts.values()) >= 25
    assert sum(1 for phrase in book.phrases if phrase.category is None) >= 100


def test_every_note_can_be_read_by_a_moderator() -> None:
    for phrase in load_phrases(packaged()).phrases:
        assert len(phrase.note) > 8, (phrase.file, phrase.line)
        assert not set("<>&*_`") & set(phrase.note), (phrase.file, phrase.line)


def test_a_file_alone_can_be_loaded(tmp_path: Path) -> None:
    (phrase,) = load_phrases(write(tmp_path, GOOD)).phrases
    assert (phrase.category, phrase.urgency, phrase.line) == (Category.DOMESTIC_ABUSE, Urgency.IMMEDIATE, 1)


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        (GOOD + '\n- {phrase: "kick me", urgency: soon, note: "violence"}\n', 3, "unknown urgency"),
        (GOOD + '- {phrase: "kick me", note: "violence"}\n', 2, "unknown urgency"),
        (GOOD + '- {phrase: "  ", urgency: today, note: "violence"}\n', 2, "empty phrase"),
        (GOOD + '- {urgency: today, note: "violence"}\n', 2, "empty phrase"),
        (GOOD + '- {phrase: "Hit  me", urgency: today, note: "again"}\n', 2, "duplicate of line 1"),
        (GOOD + '- {phrase: "kick me", urgency: today}\n', 2, "no note"),
        (GOOD + '- {phrase: "kick me", urgency: today, note: "v", colour: red}\n', 2, "unknown field"),
        (GOOD + '- {phrase: "kick me", urgency: today, note: "v", negatable: perhaps}\n', 2, "negatable"),
        (GOOD + '- {phrase: "kick me", urgency: today, note: "v", needs: [" "]}\n', 2, "needs"),
        (GOOD + "- {phrase: [1\n", 3, "malformed YAML"),
        (GOOD + "- just words\n", 2, "expected fields"),
        ("phrase: hit me\n", 1, "a list of phrases"),
        ("", 1, "empty"),
    ],
)
def test_a_wrong_file_is_refused_with_its_line(tmp_path: Path, text: str, line: int, reason: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(PhraseFileError) as caught:
        load_phrases(path)
    assert caught.value.file == "domestic_abuse.yaml"
    assert caught.value.line == line
    assert reason in str(caught.value)


def test_an_unknown_category_is_refused(tmp_path: Path) -> None:
    write(tmp_path, GOOD, "weather.yaml")
    with pytest.raises(PhraseFileError, match=r"weather\.yaml, line 1: unknown category"):
        load_phrases(tmp_path)


@pytest.mark.parametrize(
    ("phrase", "reason"),
    [
        ("{hit|kick me", "to close"),
        ("hit} me", "closes nothing"),
        ("... hit me", "gap"),
        ("hit ... ~ me", "side by side"),
        ("<nobody> hit me", "no word list <nobody>"),
    ],
)
def test_a_pattern_that_cannot_be_read_is_refused_with_its_line(tmp_path: Path, phrase: str, reason: str) -> None:
    book = load_phrases(write(tmp_path, GOOD + f'- {{phrase: "{phrase}", urgency: today, note: "v"}}\n'))
    with pytest.raises(PhraseFileError, match=reason) as caught:
        Screener(book)
    assert caught.value.line == 2


def test_needs_and_unless(tmp_path: Path) -> None:
    text = '- {phrase: "on the sofa", urgency: today, note: "sleep", needs: [asleep], unless: [teddy]}\n'
    screener = Screener(load_phrases(write(tmp_path, text, "unsafe_sleep.yaml")))
    assert screener.screen("asleep on the sofa").urgency is Urgency.TODAY
    assert screener.screen("sat on the sofa").urgency is Urgency.NONE
    assert screener.screen("asleep on the sofa with teddy").urgency is Urgency.NONE
    assert screener.screen("asleep on the sofa, teddy in the wash").urgency is Urgency.TODAY


def test_a_phrase_that_is_a_worry_either_way(tmp_path: Path) -> None:
    text = '- {phrase: "coping", urgency: today, note: "low", negatable: false}\n'
    screener = Screener(load_phrases(write(tmp_path, text, "mental_health.yaml")))
    assert screener.screen("im not coping").urgency is Urgency.TODAY


def test_the_notation() -> None:
    def words(pattern: str) -> list[tuple[str, ...]]:
        return expand(pattern, str.split)

    assert words("{he|she} hit me") == [("he", "hit", "me"), ("she", "hit", "me")]
    assert words("[really] hurt") == [("really", "hurt"), ("hurt",)]
    assert words("crying ... cant") == [("crying", "...", "cant")]
    assert words("{a|b|c} d") == [("<=a|b|c>", "d")]
    with pytest.raises(PatternError, match="empty phrase"):
        words("[maybe]")


def test_a_gap_skips_no_more_than_it_may(tmp_path: Path) -> None:
    text = """
- {phrase: "fell ... sleepy", urgency: today, note: "a fall"}
- {phrase: "fell ~ blue", urgency: today, note: "a fall"}
"""
    screener = Screener(load_phrases(write(tmp_path, text, "child_harm.yaml")))
    assert screener.screen("fell one two three sleepy").concerns
    assert not screener.screen("fell one two three four sleepy").concerns
    assert screener.screen("fell one two three four five six seven blue").concerns
    assert not screener.screen("fell one two three four five six seven eight blue").concerns
    assert not screener.screen("he fell. sleepy").concerns
