"""What parents write one-to-one: words, pictures, recordings and the rest. Screened before anything else."""

from __future__ import annotations

import re

from telegram import Update

from bot import menus, words
from bot.handlers.guide import find
from bot.handlers.help import show_talk, show_urgent
from bot.handlers.start import ask_consent, show_menu
from bot.reading import received
from bot.turn import Turn, TurnContext
from moderation import delivery
from moderation import service as moderation
from moderation.screening import Urgency
from people import service as people
from people.messages import Received

_THANKS = re.compile(
    r"\W*(thanks?|thank ?you|ta|cheers|thx|ty|nice one|ok|okay|great|brill(iant)?|lovely)"
    r"(\W+(thanks?|you|u|so|very|much|a lot|for|that|your|the|help|again|then|ok|great|love|hun|mate|marra|x+))*"
    r"\W*",
    re.I,
)
_HELLO = re.compile(r"\W*(hi+|hello|hey+|hiya|alright|morning|evening|y'?a?lright)\W*", re.I)
_HELP = re.compile(r"\W*(help|help me|i need help( now)?|emergency|999|sos)\W*", re.I)
_HELP_COMMAND = re.compile(r"/(help|now)(@\w+)?\b", re.I)
_TALK_COMMAND = re.compile(r"/talk(@\w+)?\b", re.I)


async def written(update: Update, context: TurnContext) -> None:
    """A message from a person in their own chat with the bot."""
    turn, message = context.turn, update.effective_message
    assert message is not None
    person = turn.person()
    people.start(turn.session, person)
    incoming = received(message)
    heard = moderation.hear(turn.session, turn.ways, person, turn.private(person), incoming, turn.at)
    if heard.case is not None:
        if person.awaiting == "talk":
            people.expect(turn.session, person, None)
        return
    if person.awaiting == "talk" and incoming.text:
        people.expect(turn.session, person, None)
        moderation.ask_for_person(turn.session, turn.ways, person, incoming, turn.at)
        promise = moderation.promise(turn.session, turn.ways, Urgency.TODAY, turn.at)
        turn.say(person, words.PASSED_ON.format(promise=promise), menus.home())
        _help_too(turn, incoming)
        return
    conversation = moderation.in_conversation(turn.session, person, turn.at)
    if conversation is not None and incoming.text:
        moderation.add_to_conversation(turn.session, conversation, person, incoming, turn.at)
        turn.say(person, words.ADDED)
        _help_too(turn, incoming)
        return
    unasked = person.consent == "unasked"
    if _HELP.fullmatch(incoming.text):
        show_urgent(turn)
    elif unasked and person.awaiting != "notice" and _HELLO.fullmatch(incoming.text or "hi"):
        ask_consent(turn, person)
    elif incoming.kind != "text" or not incoming.text.strip():
        turn.say(person, words.ONLY_WORDS, menus.main())
    elif len(incoming.text) < 40 and _THANKS.fullmatch(incoming.text):
        turn.say(person, words.THANKS)
    elif _HELLO.fullmatch(incoming.text):
        turn.say(person, words.HELLO_AGAIN, menus.main())
    else:
        find(turn, person, incoming.text)
        if unasked and person.awaiting != "notice":
            ask_consent(turn, person)


def _help_too(turn: Turn, incoming: Received) -> None:
    """The words went to the team; whoever wrote no more than "help" is shown who is there this minute, too."""
    if _HELP.fullmatch(incoming.text):
        show_urgent(turn)


async def edited(update: Update, context: TurnContext) -> None:
    """An edit is screened again and kept as a version; harmless edits are not answered."""
    turn, message = context.turn, update.edited_message
    if message is None:
        return
    person = turn.person()
    moderation.hear(turn.session, turn.ways, person, turn.private(person), received(message), turn.at)


async def unknown_command(update: Update, context: TurnContext) -> None:
    """A command we do not have may still carry words: "/please help he hit me"."""
    turn, message = context.turn, update.effective_message
    assert message is not None
    person = turn.person()
    people.start(turn.session, person)
    heard = moderation.hear(turn.session, turn.ways, person, turn.private(person), received(message), turn.at)
    if heard.case is not None:
        return
    if _HELP_COMMAND.match(message.text or ""):
        show_urgent(turn)
    elif _TALK_COMMAND.match(message.text or ""):
        show_talk(turn)
    else:
        show_menu(turn, words.UNKNOWN_COMMAND)


async def standing(update: Update, context: TurnContext) -> None:
    """They blocked the bot or came back."""
    turn, change = context.turn, update.my_chat_member
    if change is None:
        return
    person = turn.person()
    if change.new_chat_member.status in {"kicked", "left"}:
        delivery.unreachable(turn.session, person.id, turn.at)
    else:
        people.start(turn.session, person)
