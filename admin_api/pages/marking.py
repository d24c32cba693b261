"""A message with the words that worried us marked, as safe HTML. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from markupsafe import Markup, escape


def marked(text: str, spans: Iterable[Sequence[int]]) -> Markup:
    """`text`, escaped, with each span of characters in a <mark>.

    Spans are offsets in `text` as it was judged. They may overlap, touch or lie outside; what lies
    outside is not marked, and nothing is ever left out or said twice.
    """
    pieces: list[Markup] = []
    place = 0
    for start, end in joined(spans, len(text)):
        pieces += [escape(text[place:start]), Markup("<mark>"), escape(text[start:end]), Markup("</mark>")]
        place = end
    pieces.append(escape(text[place:]))
    return Markup("").join(pieces)


def joined(spans: Iterable[Sequence[int]], length: int) -> list[tuple[int, int]]:
    """The same places in order, within the text, with those that overlap or touch made one."""
    inside = sorted((max(0, span[0]), min(length, span[1])) for span in spans if len(span) == 2)
    found: list[tuple[int, int]] = []
    for start, end in inside:
        if start >= end:
            continue
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found
