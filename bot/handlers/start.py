"""The first hello, the notice, consent, /privacy and /stop."""

from __future__ import annotations

from telegram import Update

from bot import menus, words
from bot.reading import received
from bot.turn import Turn, TurnContext
from core.outbox import Button
from core.taps import Tap, write
from moderation import service as moderation
from people import invites
from people import service as people
from people.models import Person
from staff import service as staff


def notice(turn: Turn) -> str:
    """Who reads what and when, that it is no emergency service; the whole of it."""
    return words.NOTICE.format(hours=turn.ways.hours.spoken_hours())


def ask_consent(turn: Turn, person: Person, before: str = "") -> None:
    """Say who reads what, and ask. Nothing harmless is kept until they say yes."""
    hello = words.HELLO.format(service=turn.service)
    text = "\n\n".join(part for part in (before or hello, notice(turn), words.ASK) if part)
    turn.say(person, text, menus.consent())
    people.expect(turn.session, person, "notice")


async def start(update: Update, context: TurnContext) -> None:
    """/start, also with an invite code from a deep link."""
    turn = context.turn
    person = turn.person()
    people.start(turn.session, person)
    turn.private(person)
    code = context.args[0] if context.args else ""
    lead = _use_code(turn, person, code) if code else ""
    if lead == words.CODE_REFUSED and _worrying(turn, person):
        return
    if lead == words.STAFF_LINKED:
        turn.say(person, lead)
        return
    if person.consent == "yes":
        turn.say(person, "\n\n".join(part for part in (lead, words.HELLO_AGAIN) if part), menus.main())
        return
    hello = words.HELLO.format(service=turn.service)
    ask_consent(turn, person, f"{lead}\n\n{hello}" if lead else "")


def _worrying(turn: Turn, person: Person) -> bool:
    """What was no code may be words, "/start suicidal": they are listened to like any others."""
    message = turn.update.effective_message
    assert message is not None
    incoming = received(message)
    heard = moderation.hear(turn.session, turn.ways, person, turn.private(person), incoming, turn.at)
    return heard.case is not None


def _use_code(turn: Turn, person: Person, code: str) -> str:
    """Take a code from a deep link: a parent's invite, or a moderator's own link. The sentence to say."""
    kind = invites.invite_kind(turn.session, code)
    try:
        if kind == "staff":
            taken = invites.use_invite(turn.session, code, "staff", turn.at)
            if staff.link_telegram(turn.session, int(taken.subject), person.id) is None:
                return words.CODE_REFUSED
            return words.STAFF_LINKED
        invites.accept_invite(turn.session, person, code, turn.at)
    except invites.InviteRefused:
        return words.CODE_REFUSED
    return words.INVITED


async def consent(turn: Turn, tap: Tap) -> None:
    """They answered the notice."""
    agreed = tap.args[:1] == ("yes",)
    person = turn.person()
    people.answer_notice(turn.session, person, agreed, turn.at)
    turn.show(person, words.SAID_YES if agreed else words.SAID_NO, menus.main())


async def privacy(update: Update, context: TurnContext) -> None:
    show_privacy(context.turn)


def show_privacy(turn: Turn) -> None:
    """The whole notice again, what they said to it, and how to change that."""
    person = turn.person()
    standing = {
        "yes": words.PRIVACY_YES,
        "no": words.PRIVACY_NO,
        "ended": words.PRIVACY_ENDED,
    }.get(person.consent, words.PRIVACY_UNASKED)
    if person.consent == "yes":
        rows = [[Button(words.STOP_BUTTON, write("stop"))], [menus.URGENT, menus.HOME]]
    else:
        rows = [[Button(words.YES, write("consent", "yes"))], [menus.URGENT, menus.HOME]]
    turn.show(person, f"**{words.PRIVACY}**\n\n{notice(turn)}\n\n{standing}", rows)


async def stop(update: Update, context: TurnContext) -> None:
    end(context.turn)


def end(turn: Turn) -> None:
    """Consent withdrawn: effective at once."""
    person = turn.person()
    people.withdraw(turn.session, person, turn.at)
    turn.show(person, words.STOPPED, menus.main())


async def menu(update: Update, context: TurnContext) -> None:
    show_menu(context.turn)


def show_menu(turn: Turn, lead: str = words.MENU) -> None:
    person = turn.person()
    if person.awaiting == "talk":
        people.expect(turn.session, person, None)
    turn.show(person, lead, menus.main())
