"""Screen messages against a book of phrases."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from moderation.screening.conclusion import NOTHING, Heard, concluded
from moderation.screening.context import Surroundings, judge
from moderation.screening.gate import Gate
from moderation.screening.matcher import Match, Matcher
from moderation.screening.model import Screening, Urgency
from moderation.screening.normalise import SHAPES, Reader, Reading
from moderation.screening.pattern import CHOICE, PatternError, Sequence, expand, gathered, members
from moderation.screening.phrases import PhraseBook, Words, load_phrases, packaged
from moderation.screening.yaml_lines import PhraseFileError


class Screener:
    """A book of phrases, compiled. Holds no message: one screener serves the whole process."""

    def __init__(self, book: PhraseBook) -> None:
        self._reader = Reader(book.spelling)
        self._split_words: dict[str, list[str]] = {}
        self._lists: dict[str, list[Sequence]] = {}
        for words in book.lists:
            self._lists[f"<{words.name}>"] = self._members(words)
        self._matcher = Matcher(self._lists)
        self._phrases = book.phrases
        self._cues: dict[int, str] = {}
        self._conditions: dict[int, str] = {}
        for number, phrase in enumerate(book.phrases):
            self._add(number, phrase.pattern, phrase.file, phrase.line, aside=phrase.category is None)
        self._add_cues(book)
        self._add_conditions(book)
        self._matcher.seal()
        self._reader.learn(frozenset(self._matcher.vocabulary))
        self._gate = Gate(self._matcher.rows(), self._reader)

    @classmethod
    def default(cls) -> Screener:
        """The screener of the phrases that come with Cairn, compiled once."""
        return _default()

    def screen(self, text: str | None) -> Screening:
        """What a message says that a person should see. Never raises, whatever the text."""
        if not text or not self._gate.open_to(text):
            return NOTHING
        reading = self._reader.read(text)
        heard = self._heard_in(reading)
        return concluded(text, reading, heard) if heard else NOTHING

    def heard(self, text: str) -> list[Heard]:
        """The phrases found in a message that mean something where they stand."""
        return self._heard_in(self._reader.read(text)) if self._gate.open_to(text) else []

    def _heard_in(self, reading: Reading) -> list[Heard]:
        matches = self._matcher.scan(reading).matches if reading.words else []
        return self._heard(matches, reading) if matches else []

    def screen_many(self, texts: Iterable[str | None]) -> list[Screening]:
        """Screen messages one by one, in order."""
        return [self.screen(text) for text in texts]

    def steps(self, text: str) -> int:
        """How many steps the search of a text takes: a measure of work that no clock disturbs."""
        reading = self._reader.read(text)
        return self._matcher.scan(reading).steps + self._matcher.scan(reading, aside=True).steps

    def _heard(self, matches: list[Match], reading: Reading) -> list[Heard]:
        """The matches that mean something where they stand. Only now is it worth looking around."""
        around = Surroundings()
        size = len(self._phrases)
        for found in self._matcher.scan(reading, aside=True).matches:
            if found.entry < size:
                around.add_idiom(found)
            elif found.entry in self._cues:
                around.add_cue(self._cues[found.entry], found, reading)
            else:
                around.add_condition(self._conditions[found.entry], found, reading)
        heard = []
        for match in matches:
            phrase = self._phrases[match.entry]
            urgency = judge(phrase, match, reading, around)
            if urgency is not Urgency.NONE:
                heard.append(Heard(phrase, match, urgency))
        return heard

    def _members(self, words: Words) -> list[Sequence]:
        """A word list written out; it may use the lists above it."""
        found: list[Sequence] = []
        for pattern, line in words.patterns:
            for sequence in self._expand(pattern, words.file, line):
                whole = len(sequence) == 1 and sequence[0] in self._lists
                found.extend([sequence] if whole else self._unfold(sequence))
        return found

    def _unfold(self, sequence: Sequence) -> list[Sequence]:
        """A sequence with every list and choice in it written out as words."""
        found: list[Sequence] = [()]
        for item in sequence:
            found = [(*before, *after) for before in found for after in self._written_out(item)]
        return found

    def _written_out(self, item: str) -> list[Sequence]:
        if item.startswith(CHOICE):
            return members(item)
        if item in self._lists:
            return [words for sequence in self._lists[item] for words in self._unfold(sequence)]
        return [(item,)]

    def _add_cues(self, book: PhraseBook) -> None:
        """One number a cue. Plain patterns of a cue become one choice: there are hundreds."""
        for number, words in enumerate(book.cues, start=len(book.phrases)):
            self._cues[number] = words.name
            sequences = [
                one for pattern, line in words.patterns for one in self._expand(pattern, words.file, line)
            ]
            for sequence in gathered(sequences):
                self._matcher.add(number, sequence, aside=True)

    def _add_conditions(self, book: PhraseBook) -> None:
        number = len(book.phrases) + len(self._cues)
        known: set[str] = set()
        for phrase in book.phrases:
            for words in (*phrase.needs, *phrase.unless):
                if words not in known:
                    known.add(words)
                    self._conditions[number] = words
                    self._add(number, words, phrase.file, phrase.line, aside=True)
                    number += 1

    def _add(self, number: int, pattern: str, file: str, line: int, *, aside: bool) -> None:
        for sequence in self._expand(pattern, file, line):
            self._matcher.add(number, sequence, aside=aside)

    def _expand(self, pattern: str, file: str, line: int) -> list[Sequence]:
        try:
            sequences = expand(pattern, self._split)
        except PatternError as error:
            raise PhraseFileError(file, line, f"{error}: “{pattern}”") from error
        for item in {item for sequence in sequences for item in sequence if item[0] == "<"}:
            if item not in self._lists and item not in SHAPES and not item.startswith(CHOICE):
                raise PhraseFileError(file, line, f"no word list {item}: “{pattern}”")
        return sequences

    def _split(self, word: str) -> list[str]:
        """Read a written word as a message's words are read; a sign standing alone is kept."""
        if word not in self._split_words:
            self._split_words[word] = self._reader.read(word).words or [word]
        return self._split_words[word]


@cache
def _default() -> Screener:
    return Screener(load_phrases(packaged()))


def screen(text: str | None) -> Screening:
    """Screen one message with the phrases that come with Cairn."""
    return _default().screen(text)
