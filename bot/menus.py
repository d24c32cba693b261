"""The bot's buttons: what stands under which message."""

from __future__ import annotations

from collections.abc import Sequence

from bot import words
from core.outbox import Button, Rows
from core.taps import write
from moderation.wording import Topic
from offer_guide.views import CategoryView, EntryView

ENTRIES_A_PAGE = 8

URGENT = Button(words.NEED_HELP, write("urgent"))
HOME = Button(words.MENU_BUTTON, write("menu"))
TALK = Button(words.TALK, write("talk"))


def main() -> Rows:
    """The menu. Help comes first."""
    return [
        [URGENT],
        [Button(words.SUPPORT, write("guide"))],
        [TALK],
        [Button(words.GROUP, write("group"))],
        [Button(words.PRIVACY, write("privacy"))],
    ]


def consent() -> Rows:
    return [
        [Button(words.YES, write("consent", "yes"))],
        [Button(words.NO, write("consent", "no"))],
        [URGENT],
    ]


def urgent(topics: Sequence[Topic]) -> Rows:
    """What is happening, in plain words, one below the other."""
    return [*([Button(topic.label, write("urgent", topic.id))] for topic in topics), [TALK, HOME]]


def after_urgent() -> Rows:
    return [[Button(words.BACK, write("urgent"))], [TALK, HOME]]


def categories(found: Sequence[CategoryView]) -> Rows:
    return [*([Button(one.title, write("cat", one.slug, 0))] for one in found), [URGENT, HOME]]


def entries(category: str, found: Sequence[EntryView], page: int) -> Rows:
    """A page of a category's entries."""
    start = page * ENTRIES_A_PAGE
    rows = [
        [Button(entry.title, write("entry", entry.slug, 0))] for entry in found[start : start + ENTRIES_A_PAGE]
    ]
    turns = []
    if page > 0:
        turns.append(Button(words.PAGE_BEFORE, write("cat", category, page - 1)))
    if start + ENTRIES_A_PAGE < len(found):
        turns.append(Button(words.MORE, write("cat", category, page + 1)))
    return [*rows, *([turns] if turns else []), [Button(words.BACK, write("guide")), HOME]]


def entry(found: EntryView, page: int, pages: int) -> Rows:
    turns = []
    if page > 0:
        turns.append(Button(words.PAGE_BEFORE, write("entry", found.slug, page - 1)))
    if page + 1 < pages:
        turns.append(Button(words.NEXT_PAGE, write("entry", found.slug, page + 1)))
    back = Button(words.BACK, write("cat", found.category, 0))
    return [*([turns] if turns else []), [back, HOME], [TALK]]


def hits(found: Sequence[tuple[str, str]]) -> Rows:
    """Entries that a search found, as (slug, title), and the way to a person."""
    rows = [[Button(title, write("entry", slug, 0))] for slug, title in found]
    return [*rows, [Button(words.NOT_THAT, write("talk"))]]


def nothing_found() -> Rows:
    return [
        [Button(words.ASK_A_PERSON, write("talk"))],
        [Button(words.SUPPORT, write("guide"))],
        [URGENT],
    ]


def talk() -> Rows:
    return [[Button(words.JUST_WRITE_TO_ME, write("call"))], [URGENT, HOME]]


def home() -> Rows:
    return [[URGENT, HOME]]
