"""The guide in the chat: categories, entries, pages, back and forth in place; and finding by free text."""

from __future__ import annotations

from telegram import Update

from bot import menus, words
from bot.turn import Turn, TurnContext
from core import memo
from core.taps import Tap
from offer_guide import rendering, service
from people.models import Person

MOST_HITS = 4


async def guide(update: Update, context: TurnContext) -> None:
    show_categories(context.turn)


def show_categories(turn: Turn, lead: str = words.GUIDE) -> None:
    turn.show(turn.person(), lead, menus.categories(service.categories(turn.session)))


def show_category(turn: Turn, tap: Tap) -> None:
    """One category's entries, a page at a time."""
    slug, page = _slug_and_page(tap)
    found = {one.slug: one for one in service.categories(turn.session)}.get(slug)
    if found is None:
        show_categories(turn, words.ENTRY_GONE)
        return
    entries = service.entries(turn.session, slug)
    last = (len(entries) - 1) // menus.ENTRIES_A_PAGE
    rows = menus.entries(slug, entries, min(page, last))
    turn.show(turn.person(), words.CATEGORY.format(title=found.title), rows)


def show_entry(turn: Turn, tap: Tap) -> None:
    """One entry as it is published at this moment."""
    slug, page = _slug_and_page(tap)
    entry = service.entry(turn.session, slug)
    if entry is None:
        show_categories(turn, words.ENTRY_GONE)
        return
    pages = rendering.for_phone(entry)
    page = min(page, len(pages) - 1)
    turn.show(turn.person(), pages[page], menus.entry(entry, page, len(pages)))


def find(turn: Turn, person: Person, text: str) -> None:
    """Entries that fit what they typed; an honest no and a person when none does."""
    finder = memo.once(turn.session, "finder", lambda: service.finder(turn.session))
    found = finder.find(text, MOST_HITS)
    if not found.confident or not found.hits:
        turn.say(person, words.NOT_FOUND, menus.nothing_found())
        return
    lead = words.FOUND if len(found.hits) > 1 else words.FOUND_ONE
    turn.say(person, lead, menus.hits([(hit.slug, hit.title) for hit in found.hits]))


def _slug_and_page(tap: Tap) -> tuple[str, int]:
    slug = tap.args[0] if tap.args else ""
    page = tap.args[1] if len(tap.args) > 1 else "0"
    return slug, int(page) if page.isdigit() and len(page) < 4 else 0
