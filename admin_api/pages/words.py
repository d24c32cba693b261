"""What codes mean in plain words, for the pages of the console. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from moderation.alerts import KIND_WORDS, URGENCY_WORDS
from moderation.casebook import Outcome
from moderation.models import Case
from moderation.screening import Category, Urgency
from moderation.wording import GRAVEST_FIRST, topics
from staff.roles import Role

OUTCOMES: dict[str, tuple[str, str]] = {
    Outcome.FALSE_ALARM: ("Not a worry", "The words were meant in another way, or it was a mistake"),
    Outcome.ADVICE: ("Advice given", "They were helped by what we wrote or told them"),
    Outcome.SUPPORT_ARRANGED: ("Support arranged", "A worker or a service has taken it up with them"),
    Outcome.EARLY_HELP: ("Early help", "Passed to early help"),
    Outcome.REFERRED: ("Referred to children's or adult social care", "By the council's own way of referring"),
    Outcome.POLICE_OR_AMBULANCE: ("Police or ambulance", "999 or 101 was called"),
    Outcome.OTHER: ("Something else", "Say what in the reason"),
}

ROLES: dict[str, tuple[str, str]] = {
    Role.MODERATOR: ("Moderator", "Reads and answers cases, invites parents"),
    Role.SAFEGUARDING_LEAD: (
        "Safeguarding lead",
        "As a moderator; sees worries about workers, edits the cards",
    ),
    Role.GUIDE_EDITOR: ("Guide editor", "Writes and publishes guide entries"),
    Role.GUIDE_PUBLISHER: ("Guide publisher", "Writes and publishes guide entries"),
    Role.RELATIONSHIP_COORDINATOR: ("Relationship coordinator", "Invites parents"),
    Role.MANAGER: ("Manager", "Sees how the service runs, never what parents write"),
    Role.AUDITOR: ("Auditor", "Reads the audit, nothing else"),
    Role.ADMINISTRATOR: ("Administrator", "Manages staff and the system, never sees what parents write"),
}

PLACES = {"private": "One-to-one", "group": "The parents' group", "unknown": "Not known where"}

CONSENTS = {
    "unasked": "Not asked yet",
    "yes": "Yes: they agreed that messages are kept",
    "no": "No: only what worries us is kept",
    "ended": "Ended with /stop: only what worries us is kept",
}

STANDINGS = {
    "member": "In the group",
    "asked": "Asked to join",
    "left": "Left or was removed",
    "refused": "Not let in",
}

SENDINGS = {
    "reply": "A reply from the team",
    "card": "A crisis card",
    "removal": "Taking a message out of the group",
    "showing": "What was to be shown to a moderator in Telegram",
    "alert": "An alert to staff",
    "bot": "An answer of the bot",
}

ACTS = {
    "say": "A message",
    "edit": "A changed message",
    "answer": "The answer to a tapped button",
    "remove": "Taking a message out",
    "let_in": "Answering a request to join",
    "make_link": "Making the group's link",
}

_MEDIA = {
    "photo": "A photo",
    "voice": "A voice note",
    "video": "A video",
    "video_note": "A round video",
    "audio": "A sound file",
    "animation": "A moving picture",
    "document": "A document",
    "sticker": "A sticker",
    "contact": "A contact card",
    "location": "A place on the map",
    "venue": "A place on the map",
    "poll": "A poll",
    "story": "A story",
    "update": "An update that could not be handled",
    "other": "Something of a kind Cairn does not know",
}
_STAYS_IN_TELEGRAM = set(_MEDIA) - {"sticker", "contact", "poll", "story", "update", "other"}


def urgency(name: str) -> str:
    """ "Immediate", "Today", "Review"."""
    return URGENCY_WORDS[Urgency(name)]


def category(name: str) -> str:
    """A category as a moderator reads it; an unknown one as it is."""
    return Category(name).label if name in set(Category) else name


def kind_of_case(name: str) -> str:
    return KIND_WORDS.get(name, name)


def headline(case: Case) -> str:
    """What a case is about, the gravest first: its categories, or what kind of case it is."""
    known = [name for name in GRAVEST_FIRST if name in case.categories]
    return ", ".join(category(name) for name in known) or kind_of_case(case.kind)


def places(names: Sequence[str]) -> str:
    """Where messages were written: "One-to-one and the parents' group"."""
    found = [PLACES.get(name, PLACES["unknown"]) for name in names] or [PLACES["private"]]
    return " and ".join([found[0], *(one[:1].lower() + one[1:] for one in found[1:])])


def outcome(name: str) -> str:
    return OUTCOMES[name][0] if name in OUTCOMES else name


def choices(known: Mapping[str, tuple[str, str]]) -> list[dict[str, Any]]:
    """What can be chosen, each with a hint, as the radios and checkboxes of a form take it."""
    return [{"value": value, "text": label, "hint": {"text": hint}} for value, (label, hint) in known.items()]


def role(name: str) -> str:
    return ROLES[name][0] if name in ROLES else name


def attached(kind: str, media: Mapping[str, Any] | None) -> str:
    """What came with a message, in words: "A voice note, 12 seconds. …". Empty for text alone.

    Nothing that is attached is kept here, only a reference to it.
    """
    if kind == "text":
        return ""
    words = _MEDIA.get(kind, _MEDIA["other"])
    seconds = (media or {}).get("seconds")
    if isinstance(seconds, int | float) and seconds > 0:
        words += f", {length(int(seconds))}"
    if (media or {}).get("album"):
        words += ", one of several sent together"
    if (media or {}).get("forwarded"):
        words += ", passed on from somewhere else"
    if kind in _STAYS_IN_TELEGRAM:
        return f"{words}. It is not kept here, and no computer has looked at it."
    return f"{words}."


def length(seconds: int) -> str:
    """ "12 seconds", "1 minute 5 seconds"."""
    minutes, rest = divmod(seconds, 60)
    counted = ((minutes, "minute"), (rest, "second"))
    parts = [f"{count} {name}{'' if count == 1 else 's'}" for count, name in counted if count]
    return " ".join(parts) or "0 seconds"


def wording_name(name: str) -> str:
    """The name of an editable text in words: "A child hurt or in danger: review"."""
    if name in _WORDINGS:
        return _WORDINGS[name]
    group, _, rest = name.partition(".")
    if group == "card":
        about, _, level = rest.partition(".")
        label = category(about)
        return f"{label}: {urgency(level).lower()}" if level in set(Urgency) else label
    return next((topic.label for topic in topics() if topic.id == rest), rest.replace("_", " ").capitalize())


_WORDINGS = {
    "card.again": "They wrote again soon after a card",
    "card.unscreened_media": "A picture or recording came",
    "card.not_screened": "A message could not be screened",
    "card.not_english": "A message that is not in English",
    "urgent.opening": "I need help now: the opening",
}
