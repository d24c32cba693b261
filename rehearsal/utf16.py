"""Telegram counts text in UTF-16 code units; Python counts in code points."""


def length(text: str) -> int:
    """How long Telegram thinks a text is."""
    if text.isascii():
        return len(text)
    return len(text) + sum(1 for character in text if character > "\uffff")


def is_whole(text: str) -> bool:
    """Whether the text can be written as UTF-8: no half of a surrogate pair stands alone in it."""
    return text.isascii() or not any("\ud800" <= character <= "\udfff" for character in text)


def offsets(text: str) -> list[int] | None:
    """The UTF-16 offset of each index of ``text`` and of its end; None where both counts agree."""
    if text.isascii() or not any(character > "\uffff" for character in text):
        return None
    found = [0]
    for character in text:
        found.append(found[-1] + (2 if character > "\uffff" else 1))
    return found


def index_of(text: str, offset: int) -> int:
    """The index in ``text`` of a UTF-16 offset; inside a surrogate pair, the character's own index."""
    table = offsets(text)
    if table is None:
        return min(offset, len(text))
    for index, at in enumerate(table):
        if at >= offset:
            return index if at == offset else index - 1
    return len(text)
