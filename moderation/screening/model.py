"""What screening says: the vocabulary of shared/domain/safeguarding-categories.md as values.

Nothing here decides anything. The identifiers are stable: tests, data and reports use them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Urgency(StrEnum):
    """How soon a human looks. Ordered by rank: IMMEDIATE > TODAY > REVIEW > NONE."""

    IMMEDIATE = "immediate"
    TODAY = "today"
    REVIEW = "review"
    NONE = "none"

    @property
    def rank(self) -> int:
        """3 for immediate down to 0 for none."""
        return _RANK[self.value]

    def __lt__(self, other: str) -> bool:
        return self.rank < other.rank if isinstance(other, Urgency) else NotImplemented

    def __le__(self, other: str) -> bool:
        return self.rank <= other.rank if isinstance(other, Urgency) else NotImplemented

    def __gt__(self, other: str) -> bool:
        return self.rank > other.rank if isinstance(other, Urgency) else NotImplemented

    def __ge__(self, other: str) -> bool:
        return self.rank >= other.rank if isinstance(other, Urgency) else NotImplemented


_RANK = {"immediate": 3, "today": 2, "review": 1, "none": 0}


class Category(StrEnum):
    """The sixteen kinds of worry. `label` is how a moderator reads one."""

    CHILD_HARM = "child_harm"
    BREAKING_POINT = "breaking_point"
    FEEDING_UNSETTLED = "feeding_unsettled"
    SUICIDE_SELF_HARM = "suicide_self_harm"
    DOMESTIC_ABUSE = "domestic_abuse"
    SUBSTANCE_MISUSE = "substance_misuse"
    MISSED_CARE = "missed_care"
    NEGLECT_BASIC_NEEDS = "neglect_basic_needs"
    HOMELESSNESS = "homelessness"
    SEXUAL_HARM_EXPLOITATION = "sexual_harm_exploitation"
    MENTAL_HEALTH = "mental_health"
    UNSAFE_SLEEP = "unsafe_sleep"
    RISKY_ADULT = "risky_adult"
    HIDING_OR_MISSING = "hiding_or_missing"
    WORKER_CONCERN = "worker_concern"
    GROUP_SAFETY = "group_safety"

    @property
    def label(self) -> str:
        """The category in plain English."""
        return _LABELS[self.value]


_LABELS = {
    "child_harm": "A child hurt or in danger",
    "breaking_point": "A carer about to lose control",
    "feeding_unsettled": "Feeding trouble or an unsettled baby",
    "suicide_self_harm": "Suicide or self-harm",
    "domestic_abuse": "Abuse at home",
    "substance_misuse": "Misuse of drugs, medicines or alcohol",
    "missed_care": "Missed appointments or care",
    "neglect_basic_needs": "Going without food, warmth or basics",
    "homelessness": "Nowhere safe to live",
    "sexual_harm_exploitation": "Sexual harm or exploitation",
    "mental_health": "Mental health",
    "unsafe_sleep": "Unsafe sleep for a baby",
    "risky_adult": "An adult who may be a risk",
    "hiding_or_missing": "Hiding or missing",
    "worker_concern": "A worry about a worker or carer",
    "group_safety": "Safety in the group",
}


@dataclass(frozen=True, slots=True)
class Span:
    """Character offsets in the text as it was sent: text[start:end]."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Concern:
    """One category found in a message, where in the words it shows, and why, in a sentence."""

    category: Category
    urgency: Urgency
    evidence: tuple[Span, ...]
    why: str


@dataclass(frozen=True, slots=True)
class Screening:
    """All that was found in one message. `urgency` is the highest of the concerns.

    `policy` numbers what it was judged by. `unread` says why nobody could judge it ("language"), or is empty.
    """

    urgency: Urgency
    concerns: tuple[Concern, ...]
    policy: int = 1
    unread: str = ""

    @property
    def categories(self) -> tuple[Category, ...]:
        """The categories found, gravest first."""
        return tuple(concern.category for concern in self.concerns)
