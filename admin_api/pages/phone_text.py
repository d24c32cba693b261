"""What a parent reads on a phone, shown on a page: bold words and telephone numbers that can be tapped. Pure."""

from __future__ import annotations

import re

from markupsafe import Markup, escape

_BOLD = re.compile(r"\*\*(.+?)\*\*", re.DOTALL)
_TELEPHONE = re.compile(r"(?<![\d£#&;])(?:0\d[\d ]{7,11}\d|116 ?\d{3}|999|111|101)(?![\d])")


def card_html(text: str) -> Markup:
    """A card as it is shown on a page: paragraphs, **bold**, and telephone numbers that can be tapped."""
    paragraphs = [block.strip() for block in re.split(r"\n\s*\n", text) if block.strip()]
    return Markup("").join(
        Markup('<p class="govuk-body">{}</p>').format(_line_html(paragraph)) for paragraph in paragraphs
    )


def _line_html(text: str) -> Markup:
    safe = str(escape(text))
    safe = _BOLD.sub(r"<strong>\1</strong>", safe)
    safe = _TELEPHONE.sub(lambda found: _telephone_link(found.group(0)), safe)
    return Markup(safe.replace("\n", "<br>\n"))  # noqa: S704 - escaped above


def _telephone_link(number: str) -> str:
    return f'<a class="govuk-link cairn-tel" href="tel:{dialled(number)}">{number}</a>'


def dialled(number: str) -> str:
    """A telephone number as a phone dials it: digits alone."""
    return re.sub(r"\D", "", number)
