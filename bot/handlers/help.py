"""I need help now, talk to a person, and the two buttons under a crisis card."""

from __future__ import annotations

from telegram import Update

from bot import menus, words
from bot.handlers.start import show_menu
from bot.turn import Turn, TurnContext
from core.taps import Tap
from moderation import service as moderation
from moderation import wording
from moderation.screening import Urgency
from people import service as people


async def urgent(update: Update, context: TurnContext) -> None:
    show_urgent(context.turn)


def show_urgent(turn: Turn, topic: str = "") -> None:
    """Who to ring for what. Works in every state, keeps nothing, asks nothing."""
    person = turn.person()
    people.start(turn.session, person)
    topics = wording.topics()
    if topic in {one.id for one in topics}:
        turn.show(person, wording.text(turn.session, f"urgent.{topic}"), menus.after_urgent())
    else:
        turn.show(person, wording.text(turn.session, "urgent.opening"), menus.urgent(topics))


async def talk(update: Update, context: TurnContext) -> None:
    show_talk(context.turn)


def show_talk(turn: Turn) -> None:
    """The next words they send go to the team."""
    person = turn.person()
    people.expect(turn.session, person, "talk")
    promise = moderation.promise(turn.session, turn.ways, Urgency.TODAY, turn.at)
    turn.show(person, words.TALK_OPEN.format(promise=promise), menus.talk())


def call_me(turn: Turn) -> None:
    """They would rather be written to."""
    person = turn.person()
    people.expect(turn.session, person, None)
    moderation.ask_for_person(turn.session, turn.ways, person, None, turn.at)
    promise = moderation.promise(turn.session, turn.ways, Urgency.TODAY, turn.at)
    turn.show(person, words.PASSED_ON.format(promise=promise), menus.home())


def safe(turn: Turn, tap: Tap) -> None:
    """I am safe for now."""
    person = turn.person()
    if not tap.args or not moderation.says_safe(turn.session, person, tap.args[0], turn.at):
        show_menu(turn, words.OLD_BUTTON)
        return
    turn.say(person, words.SAFE_HEARD, [[menus.URGENT]])


def need(turn: Turn, tap: Tap) -> None:
    """I need somebody now: the team is told again, and who is there this minute is shown."""
    person = turn.person()
    case = moderation.needs_somebody(turn.session, turn.ways, person, tap.args[0], turn.at) if tap.args else None
    if case is None:
        show_menu(turn, words.OLD_BUTTON)
        return
    promise = moderation.promise(turn.session, turn.ways, Urgency.IMMEDIATE, turn.at)
    turn.say(person, words.NEED_HEARD.format(promise=promise))
    turn.say(person, wording.text(turn.session, "urgent.opening"), menus.urgent(wording.topics()))
