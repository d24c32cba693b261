"""YAML that remembers on which line each thing stands, so that what is wrong can be pointed at."""

from __future__ import annotations

from collections.abc import Iterator

import yaml

_Loader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class PhraseFileError(ValueError):
    """A phrase or policy file that cannot be used: which file, which line, and why."""

    def __init__(self, file: str, line: int, reason: str) -> None:
        super().__init__(f"{file}, line {line}: {reason}")
        self.file = file
        self.line = line
        self.reason = reason


def parsed(file: str, text: str) -> yaml.Node:
    """The parsed text with its line numbers. Values stay as written: "no" and "off" are words."""
    try:
        root = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise PhraseFileError(file, line, f"malformed YAML: {error.problem}") from error
    except yaml.YAMLError as error:
        raise PhraseFileError(file, 1, f"malformed YAML: {error}") from error
    if root is None:
        raise PhraseFileError(file, 1, "the file is empty")
    return root


def pairs(file: str, node: yaml.Node) -> Iterator[tuple[str, yaml.Node, int]]:
    """Each field of a mapping with its value and its line. Raises PhraseFileError for anything else."""
    if not isinstance(node, yaml.MappingNode):
        raise PhraseFileError(file, line_of(node), "expected fields, such as “phrase: …”")
    for key, value in node.value:
        yield str(key.value), value, line_of(key)


def line_of(node: yaml.Node) -> int:
    """The line a node begins on, counted from 1."""
    return int(node.start_mark.line) + 1
