"""Screening: what in a message a person should see, and how soon.

`screen(text)` reads one message by both layers, the reviewed phrases in phrases/ and the trained encoder in
models/, and says which categories of shared/domain/safeguarding-categories.md it carries, how urgent each is,
and which words show it. It is pure: the same text always gives the same answer, and nothing is kept. A `Judge`
does the same by a policy of one's own; `Screener` is the phrase layer alone.
"""

from moderation.screening.judge import Judge, screen
from moderation.screening.model import Category, Concern, Screening, Span, Urgency
from moderation.screening.phrases import load_phrases
from moderation.screening.screener import Screener
from moderation.screening.yaml_lines import PhraseFileError

__all__ = [
    "Category",
    "Concern",
    "Judge",
    "PhraseFileError",
    "Screener",
    "Screening",
    "Span",
    "Urgency",
    "load_phrases",
    "screen",
]
