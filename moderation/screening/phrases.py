"""Load the reviewed phrases: one YAML file a category, with idioms, word lists and context cues.

A category's file is a list of

    - phrase: "{he|she} hit me"     in the notation of pattern.py
      urgency: immediate            immediate, today or review
      note: "a partner hitting"     what a moderator reads after the matched words
      needs: [kettle, tea]          optional: at least one must be in the message
      unless: [by accident]         optional: any of them in the same clause cancels
      negatable: false              optional: the negated form is a worry too

Beside them lie idioms.yaml (phrase and note: harm inside one of these is not harm), words.yaml
(named word lists), context.yaml (cues that context.py reads) and spelling.yaml. Whatever is wrong
in a file is refused with the file, the line and the reason: a phrase that silently never matched
would be worse than no phrase.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

import yaml

from moderation.screening.model import Category, Urgency
from moderation.screening.yaml_lines import PhraseFileError, line_of, pairs, parsed

CUES = frozenset({"history", "now", "advice", "speaker", "media", "resolved", "negators", "light", "carriers"})
_LISTS_FILE, _CONTEXT_FILE, _SPELLING_FILE, _IDIOMS = "words.yaml", "context.yaml", "spelling.yaml", "idioms"
_FIELDS = frozenset({"phrase", "urgency", "note", "needs", "unless", "negatable"})
_URGENCIES = {urgency.value: urgency for urgency in Urgency if urgency is not Urgency.NONE}
_CATEGORIES = {category.value: category for category in Category}


@dataclass(frozen=True, slots=True)
class Phrase:
    """One reviewed phrase. An idiom has no category and no urgency.

    What a `sure` phrase finds stands whatever the meaning layer makes of it: a safeguarding lead said so.
    """

    pattern: str
    category: Category | None
    urgency: Urgency
    note: str
    needs: tuple[str, ...]
    unless: tuple[str, ...]
    negatable: bool
    file: str
    line: int
    sure: bool = False


@dataclass(frozen=True, slots=True)
class Words:
    """A named list of words or cues, as patterns, each with the line it stands on."""

    name: str
    patterns: tuple[tuple[str, int], ...]
    file: str


@dataclass(frozen=True, slots=True)
class PhraseBook:
    """Everything that was loaded, not yet compiled."""

    phrases: tuple[Phrase, ...]
    lists: tuple[Words, ...]
    cues: tuple[Words, ...]
    spelling: dict[str, str]


def packaged() -> Traversable:
    """The phrases that come with Cairn."""
    return files("moderation.screening") / "phrases"


def load_phrases(path: Path | Traversable) -> PhraseBook:
    """Load a folder of phrase files, or one phrase file alone.

    Word lists, cues and spellings that the folder lacks are taken from the packaged ones. Raises
    PhraseFileError for a malformed file, and OSError where nothing can be read.
    """
    one = path.is_file()
    within = {} if one else {item.name: item for item in path.iterdir() if item.name.endswith(".yaml")}
    sources = [path] if one else [within[name] for name in sorted(within)]
    phrases: list[Phrase] = []
    for source in sources:
        if source.name not in (_LISTS_FILE, _CONTEXT_FILE, _SPELLING_FILE):
            phrases.extend(_phrases(source))
    spelling = _named(within.get(_SPELLING_FILE) or packaged() / _SPELLING_FILE)
    return PhraseBook(
        phrases=tuple(phrases),
        lists=tuple(_named(within.get(_LISTS_FILE) or packaged() / _LISTS_FILE)),
        cues=tuple(_cues(within.get(_CONTEXT_FILE) or packaged() / _CONTEXT_FILE)),
        spelling={wrong: right.name for right in spelling for wrong, _ in right.patterns},
    )


def _phrases(source: Path | Traversable) -> Iterator[Phrase]:
    name = source.name
    stem = name.removesuffix(".yaml")
    if stem != _IDIOMS and stem not in _CATEGORIES:
        raise PhraseFileError(name, 1, f"unknown category “{stem}”")
    root = _tree(source)
    if not isinstance(root, yaml.SequenceNode):
        raise PhraseFileError(name, line_of(root), "a phrase file is a list of phrases")
    seen: dict[str, int] = {}
    for node in root.value:
        phrase = one_phrase(name, node, _CATEGORIES.get(stem))
        key = " ".join(phrase.pattern.lower().split())
        if key in seen:
            raise PhraseFileError(name, phrase.line, f"duplicate of line {seen[key]}: “{phrase.pattern}”")
        seen[key] = phrase.line
        yield phrase


def one_phrase(
    file: str, node: yaml.Node, category: Category | None, besides: frozenset[str] = frozenset()
) -> Phrase:
    """One phrase of a file. Raises PhraseFileError; `besides` are fields that its caller reads."""
    line = line_of(node)
    fields = {key: (value, at) for key, value, at in pairs(file, node)}
    for key, (_, at) in fields.items():
        if key not in _FIELDS | besides:
            raise PhraseFileError(file, at, f"unknown field “{key}”")
    pattern = _text(file, line, fields, "phrase")
    if not pattern:
        raise PhraseFileError(file, line, "empty phrase")
    note = _text(file, line, fields, "note")
    if not note:
        raise PhraseFileError(file, line, f"“{pattern}” has no note")
    urgency = Urgency.NONE
    if category is not None:
        word = _text(file, line, fields, "urgency")
        if word not in _URGENCIES:
            at = fields["urgency"][1] if "urgency" in fields else line
            raise PhraseFileError(file, at, f"unknown urgency “{word}”")
        urgency = _URGENCIES[word]
    negatable = _text(file, line, fields, "negatable") or "true"
    if negatable not in ("true", "false"):
        raise PhraseFileError(file, line, f"negatable is true or false, not “{negatable}”")
    return Phrase(
        pattern=pattern,
        category=category,
        urgency=urgency,
        note=note,
        needs=_several(file, fields, "needs"),
        unless=_several(file, fields, "unless"),
        negatable=negatable == "true",
        file=file,
        line=line,
    )


def _named(source: Path | Traversable) -> list[Words]:
    """A file that maps names to lists of patterns."""
    found = []
    for key, value, at in pairs(source.name, _tree(source)):
        if not isinstance(value, yaml.SequenceNode):
            raise PhraseFileError(source.name, at, f"“{key}” must be a list")
        patterns = tuple((str(item.value), line_of(item)) for item in value.value)
        found.append(Words(key, patterns, source.name))
    return found


def _cues(source: Path | Traversable) -> list[Words]:
    found = _named(source)
    for words in found:
        if words.name not in CUES:
            line = words.patterns[0][1] if words.patterns else 1
            raise PhraseFileError(source.name, line, f"unknown cue “{words.name}”")
    return found


def _tree(source: Path | Traversable) -> yaml.Node:
    try:
        text = source.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise PhraseFileError(source.name, 1, f"malformed YAML: {error}") from error
    return parsed(source.name, text)


def _text(file: str, line: int, fields: dict[str, tuple[yaml.Node, int]], key: str) -> str:
    if key not in fields:
        return ""
    value, at = fields[key]
    if not isinstance(value, yaml.ScalarNode):
        raise PhraseFileError(file, at or line, f"“{key}” must be words")
    return str(value.value).strip()


def _several(file: str, fields: dict[str, tuple[yaml.Node, int]], key: str) -> tuple[str, ...]:
    if key not in fields:
        return ()
    value, at = fields[key]
    items = value.value if isinstance(value, yaml.SequenceNode) else [value]
    if not all(isinstance(item, yaml.ScalarNode) and item.value.strip() for item in items):
        raise PhraseFileError(file, at, f"“{key}” must be words, or a list of them")
    return tuple(str(item.value) for item in items)
