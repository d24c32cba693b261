"""Policies from draft to live and back. Every act is audited; the caller commits.

A draft goes live only by the agreement of a second person. Going back to an earlier version needs one person,
because it must be quick, and makes a new number: numbers always say what was in force.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core import audit
from core.remember import recall, remember
from moderation import wording
from moderation.policies.models import PolicyDifference, PolicyVersion
from moderation.screening import policy
from moderation.screening.policy import Policy
from moderation.screening.yaml_lines import PhraseFileError

LIVE_NUMBER = "policy.live"
SHADOW = "policy.shadow"
LONGEST_TEXT = 400_000
_AS_SHIPPED = "What comes with Cairn."


class PolicyRefused(Exception):
    """The act does not fit how things stand; the text can be shown."""


def live(session: Session, at: datetime) -> PolicyVersion:
    """The policy in force; the first time somebody asks, version 1 is made: what comes with Cairn."""
    found = session.scalars(select(PolicyVersion).where(PolicyVersion.only == "live")).first()
    if found is None:
        cards = {name: row.text for name, row in wording.edited(session).items()}
        text = policy.written(Policy(cards=cards))
        found = _add(session, text, "system", at, state="live", only="live", number=1, note=_AS_SHIPPED)
        found.published_at = at
        remember(session, LIVE_NUMBER, 1, at)
    return found


def draft(session: Session) -> PolicyVersion | None:
    """The one draft or proposal, if there is one."""
    return session.scalars(select(PolicyVersion).where(PolicyVersion.only == "draft")).first()


def version(session: Session, number: int) -> PolicyVersion | None:
    """The version of that number."""
    return session.get(PolicyVersion, number)


def versions(session: Session) -> Sequence[PolicyVersion]:
    """Every version, the newest first."""
    return session.scalars(select(PolicyVersion).order_by(PolicyVersion.number.desc())).all()


def read(row: PolicyVersion) -> Policy:
    """A stored version as a policy. Raises PhraseFileError, though only checked texts are stored."""
    return policy.read(row.text, row.number, f"policy {row.number}")


def open_draft(session: Session, by: str, at: datetime) -> PolicyVersion:
    """A draft that begins as the live policy. Raises PolicyRefused when there is one already."""
    now = live(session, at)
    if draft(session) is not None:
        raise PolicyRefused("There is a draft already. Work on that one, or discard it")
    made = _add(session, now.text, by, at, state="draft", only="draft", number=_next(session))
    made.based_on = now.number
    audit.record(session, at, by, "policy.drafted", str(made.number))
    return made


def save(session: Session, text: str, lock: int, by: str, at: datetime) -> PolicyVersion:
    """Put a new text into the draft.

    Raises PhraseFileError (line and reason) for a text that cannot be used, PolicyRefused when somebody else
    has saved since `lock`, or there is no draft to save.
    """
    row = _editable(session, lock)
    if len(text) > LONGEST_TEXT:
        raise PolicyRefused("This policy is too long")
    text = text.replace("\r\n", "\n")
    read_again = policy.read(text, row.number, "draft")
    for name in read_again.cards:
        if name not in wording.names():
            raise PhraseFileError("draft", 1, f"there is no card “{name}”")
    row.text, row.edited_by = text, by
    row.lock += 1
    session.flush()
    audit.record(session, at, by, "policy.edited", str(row.number), save=row.lock)
    return row


def change(session: Session, changed: Policy, lock: int, by: str, at: datetime) -> PolicyVersion:
    """Put a changed policy into the draft. Raises as `save` does."""
    return save(session, policy.written(changed), lock, by, at)


def discard(session: Session, by: str, at: datetime) -> None:
    """Give the draft up. Its number is not used again. Raises PolicyRefused without one."""
    row = _held_draft(session)
    row.state, row.only, row.shadow_since = "discarded", None, None
    remember(session, SHADOW, None, at)
    audit.record(session, at, by, "policy.discarded", str(row.number))


def propose(session: Session, note: str, lock: int, by: str, at: datetime) -> PolicyVersion:
    """Ask a second person to agree. Raises PolicyRefused without a note, or when somebody saved meanwhile."""
    row = _editable(session, lock)
    if not note.strip():
        raise PolicyRefused("Say what changes and why, in a sentence or two")
    row.state, row.note, row.proposed_by = "proposed", note.strip(), by
    audit.record(session, at, by, "policy.proposed", str(row.number), lock=row.lock)
    return row


def send_back(session: Session, why: str, by: str, at: datetime) -> PolicyVersion:
    """Let a proposal be a draft again, with a reason. Raises PolicyRefused."""
    row = _held_draft(session)
    if row.state != "proposed":
        raise PolicyRefused("Nobody has asked for this draft to be published")
    if not why.strip():
        raise PolicyRefused("Say what should be changed first")
    row.state, row.proposed_by, row.note = "draft", None, f"Sent back: {why.strip()}"
    audit.record(session, at, by, "policy.sent_back", str(row.number))
    return row


def agree(session: Session, lock: int, by: str, at: datetime) -> PolicyVersion:
    """Publish what another proposed. Raises PolicyRefused for whoever proposed or last edited it."""
    row = _held_draft(session)
    if row.state != "proposed":
        raise PolicyRefused("Nobody has asked for this draft to be published")
    if row.lock != lock:
        raise PolicyRefused("The draft was changed since you opened it. Read it again")
    if by in (row.proposed_by, row.edited_by):
        raise PolicyRefused("A second person has to agree: not whoever wrote or proposed it")
    row.agreed_by = by
    audit.record(session, at, by, "policy.agreed", str(row.number), proposed_by=row.proposed_by)
    return _publish(session, row, by, at)


def roll_back(session: Session, number: int, by: str, at: datetime) -> PolicyVersion:
    """Put an earlier version in force again, as a new number. Raises PolicyRefused."""
    old = version(session, number)
    if old is None or old.state != "retired":
        raise PolicyRefused("Only a version that was in force can be put back")
    note = f"Back to version {number}."
    made = _add(session, old.text, by, at, state="draft", only=None, number=_next(session), note=note)
    made.based_on = number
    audit.record(session, at, by, "policy.rolled_back", str(made.number), to=number)
    return _publish(session, made, by, at)


def card_changed(session: Session, name: str, by: str, at: datetime) -> PolicyVersion:
    """A card was changed by itself: that makes a new version too, so that numbers tell what was in force."""
    now = live(session, at)
    before = read(now)
    changed = replace(before, cards={**before.cards, name: wording.text(session, name)})
    note = f"Card “{name}” changed."
    made = _add(
        session, policy.written(changed), by, at, state="draft", only=None, number=_next(session), note=note
    )
    made.based_on = now.number
    return _publish(session, made, by, at, with_cards=False)


def set_shadow(session: Session, on: bool, by: str, at: datetime) -> PolicyVersion:
    """Let the draft judge live messages without effect, or stop that. Raises PolicyRefused without a draft."""
    row = _held_draft(session)
    row.shadow_since = at if on else None
    remember(session, SHADOW, [row.number, row.lock] if on else None, at)
    audit.record(session, at, by, "policy.shadow_on" if on else "policy.shadow_off", str(row.number))
    return row


def differences(
    session: Session, number: int, most: int = 50
) -> tuple[dict[str, int], Sequence[PolicyDifference]]:
    """What a shadow found otherwise: how many by "live to draft" urgency, and the newest of them."""
    counted = session.execute(
        select(PolicyDifference.live, PolicyDifference.draft, func.count())
        .where(PolicyDifference.number == number)
        .group_by(PolicyDifference.live, PolicyDifference.draft)
    ).all()
    newest = session.scalars(
        select(PolicyDifference)
        .where(PolicyDifference.number == number)
        .order_by(PolicyDifference.id.desc())
        .limit(most)
    ).all()
    return {f"{was} to {now}": count for was, now, count in counted}, newest


def _publish(
    session: Session, row: PolicyVersion, by: str, at: datetime, with_cards: bool = True
) -> PolicyVersion:
    """Exactly one version is live: the old one gives its place up before the new one takes it."""
    before = session.scalars(select(PolicyVersion).where(PolicyVersion.only == "live").with_for_update()).one()
    before.state, before.only = "retired", None
    session.flush()
    row.state, row.only, row.published_at, row.shadow_since = "live", "live", at, None
    try:
        session.flush()
    except IntegrityError:
        raise PolicyRefused("Somebody else has just published a policy. Look again") from None
    if with_cards:
        wording.put_in_force(session, read(row).cards, by, at)
    remember(session, LIVE_NUMBER, row.number, at)
    if (recall(session, SHADOW) or [0])[0] == row.number:
        remember(session, SHADOW, None, at)
    audit.record(session, at, by, "policy.published", str(row.number), after=before.number)
    return row


def _held_draft(session: Session) -> PolicyVersion:
    row = session.scalars(
        select(PolicyVersion)
        .where(PolicyVersion.only == "draft")
        .with_for_update()
        .execution_options(populate_existing=True)
    ).first()
    if row is None:
        raise PolicyRefused("There is no draft")
    return row


def _editable(session: Session, lock: int) -> PolicyVersion:
    row = _held_draft(session)
    if row.state != "draft":
        raise PolicyRefused("This draft waits for a second person. Send it back to change it")
    if row.lock != lock:
        raise PolicyRefused("Somebody else saved this draft since you opened it. Open it again")
    return row


def _next(session: Session) -> int:
    return (session.scalar(select(func.max(PolicyVersion.number))) or 0) + 1


def _add(
    session: Session,
    text: str,
    by: str,
    at: datetime,
    *,
    state: str,
    only: str | None,
    number: int,
    note: str = "",
) -> PolicyVersion:
    row = PolicyVersion(
        number=number, state=state, only=only, text=text, note=note, made_by=by, made_at=at, edited_by=by, lock=1
    )
    session.add(row)
    try:
        session.flush()
    except IntegrityError:
        raise PolicyRefused("Somebody else has just done the same. Look again") from None
    return row
