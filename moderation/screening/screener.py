"""Screen messages against a book of phrases."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator
from functools import cache

from moderation.screening.conclusion import NOTHING, Heard, concluded
from moderation.screening.context import WEIGHED, Surroundings, judge
from moderation.screening.gate import Gate
from moderation.screening.matcher import Code, Compiler, Row, Search
from moderation.screening.model import Screening, Urgency
from moderation.screening.normalise import SHAPES, SPACED_LETTERS, Reader, Reading, pieces
from moderation.screening.pattern import CHOICE, GAPS, PatternError, Sequence, expand, gathered
from moderation.screening.phrases import PhraseBook, Words, load_phrases, packaged
from moderation.screening.yaml_lines import PhraseFileError

_MOST_CODED = 100_000
_APART = "\0"
_STRIDE = 60
_UNREAD = Reading([], [], [], [], [], [])


class Screener:
    """A book of phrases, compiled. Holds no message: one screener serves the whole process."""

    def __init__(self, book: PhraseBook) -> None:
        self._reader = Reader(book.spelling)
        self._split_words: dict[str, list[str]] = {}
        self._lists = {f"<{words.name}>" for words in book.lists}
        self._compiler = Compiler()
        for words in book.lists:
            self._define(words)
        self._phrases = book.phrases
        self._cues: dict[int, str] = {}
        self._conditions: dict[int, str] = {}
        self._weighed: dict[str, frozenset[str]] = {}
        rows: list[Row] = []
        asides: list[Row] = []
        for number, phrase in enumerate(book.phrases):
            into = asides if phrase.category is None else rows
            into.append(self._row(number, phrase.pattern, phrase.file, phrase.line))
        asides += self._cue_rows(book)
        asides += self._condition_rows(book)
        self._reader.learn(self._compiler.vocabulary())
        self._gate = Gate(rows, self._compiler.code)
        self._asides = Gate(asides, self._compiler.code)
        self._letters = _Letters(self._reader, self._compiler.code)
        self._reach = max((row.reach for row in (*rows, *asides)), default=1)

    @classmethod
    def default(cls) -> Screener:
        """The screener of the phrases that come with Cairn, compiled once."""
        return _default()

    def screen(self, text: str | None) -> Screening:
        """What a message says that a person should see. Never raises, whatever the text."""
        if not text:
            return NOTHING
        reading, heard = self._listen(text)
        return concluded(text, reading, heard) if heard else NOTHING

    def heard(self, text: str) -> list[Heard]:
        """The phrases found in a message that mean something where they stand."""
        return self._listen(text)[1]

    def screen_many(self, texts: Iterable[str | None]) -> list[Screening]:
        """Screen messages one by one, in order."""
        return [self.screen(text) for text in texts]

    def steps(self, text: str) -> int:
        """How many steps the search of a text takes: a measure of work that no clock disturbs."""
        coded = self._letters.coded(text)
        reading = self._reader.read(text)
        search = Search(reading.words, reading.shapes)
        for gate in (self._gate, self._asides):
            for row, places in self._places(gate, coded):
                search.steps += _STRIDE + len(list(search.matches(row, places)))
        return search.steps

    def _listen(self, text: str) -> tuple[Reading, list[Heard]]:
        """Most talk is done with where nothing begins; only then is it worth reading, and looking around."""
        coded = self._letters.coded(text)
        begun = self._places(self._gate, coded)
        if not begun:
            return _UNREAD, []
        reading = self._reader.read(text)
        search = Search(reading.words, reading.shapes)
        around = self._around(reading, search, coded)
        heard = []
        for row, places in begun:
            phrase = self._phrases[row.entry]
            for match in search.matches(row, places):
                urgency = judge(phrase, match, reading, around)
                if urgency is not Urgency.NONE:
                    heard.append(Heard(phrase, match, urgency))
        return reading, heard

    def _places(self, gate: Gate, coded: str) -> list[tuple[Row, list[int]]]:
        """The rows that stand in a text, and where each begins. Long texts are looked at in stretches."""
        found: list[tuple[Row, list[int]]] = []
        for start in range(0, len(coded), _STRIDE):
            end = start + _STRIDE + self._reach
            for row in gate.rows(coded[start:end]):
                places = row.places(coded, start, end)
                if places:
                    found.append((row, [place for place in places if place < start + _STRIDE]))
        return found

    def _around(self, reading: Reading, search: Search, coded: str) -> Surroundings:
        """What stands around a match."""
        around = Surroundings(reading, self._weighed)
        size = len(self._phrases)
        for row, places in self._places(self._asides, coded):
            if row.entry < size:
                for found in search.matches(row, places):
                    around.add_idiom(found)
            elif row.entry in self._cues:
                around.add_cue(self._cues[row.entry], places)
            else:
                around.add_condition(self._conditions[row.entry], places)
        return around

    def _define(self, words: Words) -> None:
        """A word list; it may use the lists above it."""
        found: list[Sequence] = []
        for pattern, line in words.patterns:
            for sequence in self._expand(pattern, words.file, line):
                if not GAPS.keys().isdisjoint(sequence):
                    raise PhraseFileError(words.file, line, f"a word list has no gaps: “{pattern}”")
                found.append(sequence)
        self._compiler.define(f"<{words.name}>", found)

    def _cue_rows(self, book: PhraseBook) -> Iterator[Row]:
        """One number a cue. The single words of some are only looked up when a negative must be weighed."""
        for number, words in enumerate(book.cues, start=len(book.phrases)):
            self._cues[number] = words.name
            sequences = [
                one for pattern, line in words.patterns for one in self._expand(pattern, words.file, line)
            ]
            if words.name in WEIGHED:
                single = {one[0] for one in sequences if len(one) == 1}
                self._weighed[words.name] = frozenset(single)
                for word in single:
                    self._compiler.learn(word)
                sequences = [one for one in sequences if len(one) > 1]
            yield from (self._compiler.row(number, [one]) for one in gathered(sequences))

    def _condition_rows(self, book: PhraseBook) -> Iterator[Row]:
        number = len(book.phrases) + len(self._cues)
        known: set[str] = set()
        for phrase in book.phrases:
            for words in (*phrase.needs, *phrase.unless):
                if words not in known:
                    known.add(words)
                    self._conditions[number] = words
                    yield self._row(number, words, phrase.file, phrase.line)
                    number += 1

    def _row(self, number: int, pattern: str, file: str, line: int) -> Row:
        return self._compiler.row(number, self._expand(pattern, file, line))

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


class _Letters(dict[str, str]):
    """Pieces of text in the letters of the phrases' code, as far as they were seen."""

    def __init__(self, reader: Reader, code: Code) -> None:
        super().__init__()
        self._reader, self._code = reader, code
        self._name = code.letter("<name>")
        self._opening = (code.stop + self._name, code.stop + code.other)
        self._alone = frozenset({_APART, code.letter("i"), code.letter("a")})

    def __missing__(self, raw: str) -> str:
        piece = self._reader.piece(raw)
        coded = self._code.coded(piece.words, piece.shapes)
        if piece.lettered:
            coded = _APART + coded
        self[raw] = coded
        return coded

    def coded(self, text: str) -> str:
        """The words that the reader finds in a text, a letter each."""
        if len(self) > _MOST_CODED:
            self.clear()
        coded = "".join(map(self.__getitem__, pieces(text)))
        if _APART in coded:
            if sum(map(self._alone.__contains__, coded)) >= SPACED_LETTERS:
                reading = self._reader.read(text)
                return self._code.coded(reading.words, reading.shapes)
            coded = coded.replace(_APART, "")
        if self._name in coded:  # at the beginning of a sentence a capital letter makes no name
            coded = (self._code.stop + coded).replace(*self._opening)[1:]
        return coded


@cache
def _default() -> Screener:
    """Nothing that is made here is thrown away: looking for rubbish meanwhile would take as long again."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        return Screener(load_phrases(packaged()))
    finally:
        if collecting:
            gc.enable()


def screen(text: str | None) -> Screening:
    """Screen one message with the phrases that come with Cairn."""
    return _default().screen(text)
