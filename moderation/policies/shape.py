"""Before a policy's text is read: nothing in it that would bring a reader down."""

from __future__ import annotations

import yaml

from moderation.screening import PhraseFileError

DEEPEST = 8
_Loader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def check(text: str, file: str) -> None:
    """Refuse nesting that no policy needs, and references, which can make a short text endless.

    Raises PhraseFileError. What is malformed is left to the reader, who says it better.
    """
    depth = 0
    try:
        for event in yaml.parse(text, Loader=_Loader):
            line = event.start_mark.line + 1 if event.start_mark else 1
            if isinstance(event, yaml.AliasEvent):
                raise PhraseFileError(file, line, f"references such as “*{event.anchor}” are not taken")
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
            if depth > DEEPEST:
                raise PhraseFileError(file, line, "nested too deeply")
    except yaml.YAMLError:
        return
