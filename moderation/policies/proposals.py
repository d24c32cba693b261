"""What moderators say of judgements: "a false alarm", "this was missed". Each becomes a proposal, never a change.

The text is redacted before the moderator sees the form, they may take out more, and it is redacted once more
before it is kept. A safeguarding lead takes it into a draft's examples or declines it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core import audit
from core.sealing import Sealed
from moderation import desk
from moderation.desk import Actor
from moderation.models import Case
from moderation.policies import service
from moderation.policies.models import PolicyProposal, PolicyVersion
from moderation.policies.redaction import redacted
from moderation.policies.service import PolicyRefused
from moderation.screening import Category, Urgency
from moderation.screening.bank import Example
from people import service as people

FALSE_ALARM, MISSED = "false_alarm", "missed"
LONGEST = 4_000


def suggested(session: Session, actor: Actor, reference: str, message_id: int, at: datetime) -> str:
    """A message of the case, or of the conversation around it, with names taken out. Raises desk.NoSuchCase."""
    file = desk.read(session, actor, reference, at)
    words = {message.id: message.text.reveal() for message in file.around if message.author == "person"}
    words |= {one.message.id: one.flag.evidence["text"] for one in file.flagged if one.message is not None}
    if message_id not in words:
        raise desk.NoSuchCase
    return redacted(words[message_id], _known_names(session))


def make(
    session: Session,
    actor: Actor,
    reference: str,
    kind: str,
    text: str,
    urgency: str,
    categories: Sequence[str],
    at: datetime,
) -> PolicyProposal:
    """Keep a proposal. Raises desk.NoSuchCase, and PolicyRefused for one that says nothing."""
    file = desk.read(session, actor, reference, at)
    words = redacted(text.strip(), _known_names(session))
    if not words:
        raise PolicyRefused("Leave some of the words, so that something can be learnt from them")
    if len(words) > LONGEST:
        raise PolicyRefused(f"Shorten the text to {LONGEST} characters")
    level, named = labelled(kind, urgency, categories)
    row = PolicyProposal(
        kind=kind,
        text=Sealed(words),
        urgency=level.value,
        categories=[category.value for category in named],
        case_id=file.case.id,
        made_by=actor.name,
        made_at=at,
        state="open",
    )
    session.add(row)
    session.flush()
    audit.record(session, at, actor.name, "policy.proposal_made", reference, kind=kind, proposal=row.id)
    return row


def labelled(kind: str, urgency: str, categories: Sequence[str]) -> tuple[Urgency, list[Category]]:
    """The label a proposal asks for. Raises PolicyRefused for one that does not fit."""
    if kind == FALSE_ALARM:
        return Urgency.NONE, []
    if kind != MISSED:
        raise PolicyRefused("Say whether it was a false alarm or was missed")
    if urgency not in {level.value for level in Urgency if level is not Urgency.NONE}:
        raise PolicyRefused("Choose how soon a person should have looked")
    named = [Category(one) for one in dict.fromkeys(categories) if one in set(Category)]
    if not named:
        raise PolicyRefused("Choose what it was about")
    return Urgency(urgency), named


def waiting(session: Session, actor: Actor) -> Sequence[PolicyProposal]:
    """Open proposals, oldest first; those from worker concerns only for whoever may see such cases."""
    wanted = select(PolicyProposal).join(Case, Case.id == PolicyProposal.case_id)
    wanted = wanted.where(PolicyProposal.state == "open").order_by(PolicyProposal.id)
    if not desk.sees_restricted(session, actor):
        wanted = wanted.where(Case.restricted.is_(False))
    return session.scalars(wanted).all()


def one(session: Session, actor: Actor, proposal_id: int) -> PolicyProposal | None:
    """A proposal that this actor may see."""
    row = session.get(PolicyProposal, proposal_id)
    if row is None:
        return None
    restricted = session.scalar(select(Case.restricted).where(Case.id == row.case_id))
    return None if restricted and not desk.sees_restricted(session, actor) else row


def accept(
    session: Session,
    actor: Actor,
    proposal_id: int,
    text: str,
    urgency: str,
    categories: Sequence[str],
    lock: int,
    at: datetime,
) -> PolicyVersion:
    """Take a proposal into the draft's examples, under the label that the lead chooses.

    A draft is opened if there is none. Raises PolicyRefused, PhraseFileError.
    """
    row = _open(session, actor, proposal_id)
    harmless = urgency == Urgency.NONE.value
    level, named = labelled(FALSE_ALARM if harmless else MISSED, urgency, categories)
    draft = service.draft(session)
    if draft is None:
        draft = service.open_draft(session, actor.name, at)
        lock = draft.lock
    words = redacted(text.strip(), _known_names(session))
    example = Example(words, level, tuple(named), family="agreed", writer="policy")
    before = service.read(draft)
    service.change(session, replace(before, examples=(*before.examples, example)), lock, actor.name, at)
    _decide(session, row, "accepted", actor, "", at)
    return draft


def decline(session: Session, actor: Actor, proposal_id: int, why: str, at: datetime) -> None:
    """Turn a proposal down, with a reason. Raises PolicyRefused."""
    row = _open(session, actor, proposal_id)
    if not why.strip():
        raise PolicyRefused("Say why, in a sentence")
    _decide(session, row, "declined", actor, why.strip(), at)


def count(session: Session, actor: Actor) -> int:
    """How many proposals wait."""
    wanted = select(func.count()).select_from(PolicyProposal).join(Case, Case.id == PolicyProposal.case_id)
    wanted = wanted.where(PolicyProposal.state == "open")
    if not desk.sees_restricted(session, actor):
        wanted = wanted.where(Case.restricted.is_(False))
    return session.scalar(wanted) or 0


def _open(session: Session, actor: Actor, proposal_id: int) -> PolicyProposal:
    row = one(session, actor, proposal_id)
    if row is None or row.state != "open":
        raise PolicyRefused("This proposal was decided already")
    return row


def _decide(session: Session, row: PolicyProposal, state: str, actor: Actor, why: str, at: datetime) -> None:
    row.state, row.decided_by, row.decided_at, row.why = state, actor.name, at, why
    session.flush()
    audit.record(session, at, actor.name, f"policy.proposal_{state}", str(row.id))


def _known_names(session: Session) -> list[str]:
    return [*people.names(session), *desk.names(session).values()]
