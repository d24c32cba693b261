"""The texts that staff may edit: crisis cards and urgent help. They can never be empty.

The shipped text (cards.yaml, urgent_help.yaml) stands until somebody edits it in the console; an edit
lives in the database. A text that would be empty, or too long for a phone, is refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib import resources

import yaml
from sqlalchemy import select
from sqlalchemy.orm import Session

from core import audit, memo
from core.models import Wording
from core.text import clean, utf16_length
from moderation.screening import Category, Concern, Screening, Urgency

LONGEST = 3000
_EDITED = "edited wordings"

# When a message carries several worries of the same urgency, the card is about the first of these.
GRAVEST_FIRST = (
    Category.BREAKING_POINT,
    Category.CHILD_HARM,
    Category.SUICIDE_SELF_HARM,
    Category.DOMESTIC_ABUSE,
    Category.SEXUAL_HARM_EXPLOITATION,
    Category.MENTAL_HEALTH,
    Category.SUBSTANCE_MISUSE,
    Category.UNSAFE_SLEEP,
    Category.NEGLECT_BASIC_NEEDS,
    Category.HOMELESSNESS,
    Category.WORKER_CONCERN,
    Category.RISKY_ADULT,
    Category.HIDING_OR_MISSING,
    Category.FEEDING_UNSETTLED,
    Category.MISSED_CARE,
    Category.GROUP_SAFETY,
)


class EmptyWording(Exception):
    """A card must say something; the text says what is wrong with what was given."""


@dataclass(frozen=True, slots=True)
class Topic:
    """One button under "I need help now"."""

    id: str
    label: str
    text: str


@cache
def _shipped() -> Mapping[str, str]:
    room = resources.files("moderation")
    cards = yaml.safe_load((room / "cards.yaml").read_text("utf-8"))
    urgent = yaml.safe_load((room / "urgent_help.yaml").read_text("utf-8"))
    texts = {f"card.{name}": text.strip() for name, text in cards.items()}
    texts["urgent.opening"] = urgent["opening"].strip()
    texts.update({f"urgent.{topic['id']}": topic["text"].strip() for topic in urgent["topics"]})
    return texts


@cache
def topics() -> tuple[Topic, ...]:
    """The buttons under "I need help now", with their shipped texts."""
    urgent = yaml.safe_load((resources.files("moderation") / "urgent_help.yaml").read_text("utf-8"))
    return tuple(Topic(topic["id"], topic["label"], topic["text"].strip()) for topic in urgent["topics"])


def names() -> list[str]:
    """Every text that can be edited."""
    return sorted(_shipped())


def shipped(name: str) -> str:
    """The text that comes with Cairn, whether or not staff have changed it. Raises KeyError."""
    return _shipped()[name]


def text(session: Session, name: str) -> str:
    """The text in force: as edited, or as shipped. Raises KeyError for an unknown name."""
    shipped = _shipped()[name]
    changed = memo.once(session, _EDITED, lambda: edited(session)).get(name)
    return changed.text if changed is not None and changed.text.strip() else shipped


def edited(session: Session) -> dict[str, Wording]:
    """By name, the texts that staff have changed."""
    return {row.name: row for row in session.scalars(select(Wording))}


def change(session: Session, name: str, new: str, by: str, at: datetime) -> None:
    """Put a new text in force. Raises KeyError for an unknown name, EmptyWording for one that will not do."""
    words = checked(name, new)
    row = session.get(Wording, name)
    if row is None:
        session.add(Wording(name=name, text=words, changed_at=at, changed_by=by))
    else:
        row.text, row.changed_at, row.changed_by = words, at, by
    session.flush()
    memo.drop(session, _EDITED)
    audit.record(session, at, by, "wording.changed", name)


def checked(name: str, new: str) -> str:
    """A text as it would be kept. Raises KeyError for an unknown name, EmptyWording for one that will not do."""
    shipped = _shipped()[name]
    words = clean(new).strip()
    if not words or not any(character.isalpha() for character in words.replace("{when}", "")):
        raise EmptyWording("Enter what the parent will read. This text can never be empty")
    if utf16_length(words) > LONGEST:
        raise EmptyWording(f"The text must be {LONGEST} characters or fewer")
    if "{when}" in shipped and "{when}" not in words:
        raise EmptyWording("Keep {when}: it tells the parent who will read this and by when")
    return words


def put_in_force(session: Session, cards: Mapping[str, str], by: str, at: datetime) -> None:
    """Let exactly these texts be the edited ones; every other is as shipped again. Raises EmptyWording.

    A card that this Cairn does not have any more is left out.
    """
    now = edited(session)
    for name, words in cards.items():
        if name not in _shipped():
            continue
        if name not in now or now[name].text != words:
            change(session, name, words, by, at)
    for name, row in now.items():
        if name not in cards:
            session.delete(row)
            audit.record(session, at, by, "wording.as_shipped", name)
    session.flush()
    memo.drop(session, _EDITED)


def card_for(screening: Screening) -> str:
    """The name of the card that fits a screening best."""
    grave = [concern for concern in screening.concerns if concern.urgency == screening.urgency]
    gravest = [concern.category for concern in grave]
    if _the_same_words(grave, Category.CHILD_HARM, Category.DOMESTIC_ABUSE):
        gravest.remove(Category.CHILD_HARM)  # "he hit me": no child was spoken of
    category = next((name for name in GRAVEST_FIRST if name in gravest), gravest[0])
    return named_card(category, screening.urgency)


def _the_same_words(concerns: Sequence[Concern], one: Category, other: Category) -> bool:
    """Whether all that was found of one category stands in the words that were found of another."""
    spans = {concern.category: concern.evidence for concern in concerns}
    return bool(spans.get(one)) and all(
        any(mine.start < theirs.end and theirs.start < mine.end for theirs in spans.get(other, ()))
        for mine in spans[one]
    )


def named_card(category: Category, urgency: Urgency) -> str:
    """The card of a category, in the wording for that urgency where there is one."""
    special = f"card.{category}.{urgency}"
    return special if special in _shipped() else f"card.{category}"


def filled(words: str, when: str) -> str:
    """A card's text with the promise put in."""
    return words.replace("{when}", when)
