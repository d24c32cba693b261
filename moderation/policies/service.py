"""Policies from draft to live and back. Every act is audited; the caller commits.

A draft goes live only by the agreement of a second person. Going back to an earlier version needs one person,
because it must be quick, and makes a new number: numbers always say what was in force.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy import text as sql
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core import audit
from core.remember import recall, remember
from moderation import wording
from moderation.policies import shape
from moderation.policies.models import PolicyDifference, PolicyVersion
from moderation.screening import policy
from moderation.screening.policy import Policy
from moderation.screening.yaml_lines import PhraseFileError, pairs, parsed
from moderation.wording import EmptyWording

LIVE_NUMBER = "policy.live"
SHADOW = "policy.shadow"
LONGEST_TEXT = 400_000
_AS_SHIPPED = "What comes with Cairn."
_EDITED_BEFORE = "The cards as they were edited before there were policies."
_LOCK = 0x706F6C69


class PolicyRefused(Exception):
    """The act does not fit how things stand; the text can be shown."""


def live(session: Session, at: datetime) -> PolicyVersion:
    """The policy in force; the first time somebody asks, version 1 is made: what comes with Cairn.

    Cards that were edited before there were policies make version 2, so that 1 can be gone back to.
    """
    found = in_force(session)
    if found is None:
        _alone(session)
        found = in_force(session) or _first(session, at)
    return found


def in_force(session: Session) -> PolicyVersion | None:
    """The live version, if any was made yet."""
    return session.scalars(select(PolicyVersion).where(PolicyVersion.only == "live")).first()


def _first(session: Session, at: datetime) -> PolicyVersion:
    cards = {name: row.text for name, row in wording.edited(session).items()}
    state, only = ("retired", None) if cards else ("live", "live")
    row = _add(session, "", "system", at, state=state, only=only, number=1, note=_AS_SHIPPED)
    row.published_at = at
    if cards:
        text = policy.written(Policy(cards=cards))
        row = _add(session, text, "system", at, state="live", only="live", number=2, note=_EDITED_BEFORE)
        row.published_at, row.based_on = at, 1
    remember(session, LIVE_NUMBER, row.number, at)
    return row


def draft(session: Session) -> PolicyVersion | None:
    """The one draft or proposal, if there is one."""
    return session.scalars(select(PolicyVersion).where(PolicyVersion.only == "draft")).first()


def version(session: Session, number: int) -> PolicyVersion | None:
    """The version of that number."""
    return session.get(PolicyVersion, number)


def versions(session: Session) -> Sequence[PolicyVersion]:
    """Every version, the newest number first."""
    return session.scalars(select(PolicyVersion).order_by(PolicyVersion.number.desc())).all()


def before(session: Session, row: PolicyVersion) -> PolicyVersion | None:
    """What was in force when a version came into force; what is in force now, for one that has not."""
    if row.published_at is None:
        return in_force(session)
    earlier = (PolicyVersion.published_at < row.published_at) | (
        (PolicyVersion.published_at == row.published_at) & (PolicyVersion.number < row.number)
    )
    wanted = select(PolicyVersion).where(earlier, PolicyVersion.number != row.number)
    return session.scalars(wanted.order_by(PolicyVersion.published_at.desc(), PolicyVersion.number.desc())).first()


def read(row: PolicyVersion) -> Policy:
    """A stored version as a policy. Raises PhraseFileError, though only checked texts are stored."""
    return policy.read(row.text, row.number, f"policy {row.number}")


def open_draft(session: Session, by: str, at: datetime) -> PolicyVersion:
    """A draft that begins as the live policy. Raises PolicyRefused when there is one already."""
    _alone(session)
    now = live(session, at)
    if draft(session) is not None:
        raise PolicyRefused("There is a draft already. Work on that one, or discard it")
    made = _add(session, now.text, by, at, state="draft", only="draft", number=_next(session))
    made.based_on = now.number
    audit.record(session, at, by, "policy.drafted", str(made.number))
    return made


def save(session: Session, text: str, lock: int, by: str, at: datetime, file: str = "draft") -> PolicyVersion:
    """Put a new text into the draft; `file` is what a refusal calls it.

    Raises PhraseFileError (line and reason) for a text that cannot be used, PolicyRefused when somebody else
    has saved since `lock`, or there is no draft to save.
    """
    row = _editable(session, lock)
    if len(text) > LONGEST_TEXT:
        raise PolicyRefused("This policy is too long")
    text = text.replace("\r\n", "\n")
    shape.check(text, file)
    _check_cards(text, policy.read(text, row.number, file).cards, file)
    row.text, row.edited_by = text, by
    _saved(session, row, at)
    audit.record(session, at, by, "policy.edited", str(row.number), save=row.lock)
    return row


def _saved(session: Session, row: PolicyVersion, at: datetime) -> None:
    """Count a save; a shadow goes on with the newest text."""
    row.lock += 1
    session.flush()
    if row.shadow_since is not None:
        remember(session, SHADOW, [row.number, row.lock], at)


def _check_cards(text: str, cards: Mapping[str, str], file: str) -> None:
    """A card that could not be put in force is refused on its own line."""
    for name, words in cards.items():
        try:
            wording.checked(name, words)
        except KeyError:
            raise PhraseFileError(file, _line_of_card(text, name), f"there is no card “{name}”") from None
        except EmptyWording as error:
            raise PhraseFileError(file, _line_of_card(text, name), str(error)) from None


def _line_of_card(text: str, name: str) -> int:
    return next(
        line
        for field, value, _ in pairs("draft", parsed("draft", text))
        if field == "cards"
        for key, _, line in pairs("draft", value)
        if key == name
    )


def write(session: Session, text: str, based_on: int, lock: int, by: str, at: datetime) -> PolicyVersion:
    """Put a text that was written for the live version `based_on` into the draft; one is opened if there is none.

    Raises as `save` does, and PolicyRefused when another version is live by now.
    """
    _alone(session)
    number = live(session, at).number
    if based_on != number:
        raise PolicyRefused(f"Policy {number} is in force by now. Look at it, and build on that one")
    row = draft(session)
    if row is None:
        if lock:
            raise PolicyRefused("There is no draft any more")
        lock = open_draft(session, by, at).lock
    saved = save(session, text, lock, by, at)
    saved.based_on = number
    return saved


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
    _on_what_is_live(session, row, at)
    row.state, row.note, row.proposed_by = "proposed", note.strip(), by
    audit.record(session, at, by, "policy.proposed", str(row.number), lock=row.lock)
    return row


def rebase(session: Session, lock: int, by: str, at: datetime) -> PolicyVersion:
    """Let the draft, as it is, follow what came into force after it was begun. Raises PolicyRefused."""
    row = _editable(session, lock)
    row.based_on, row.edited_by = live(session, at).number, by
    _saved(session, row, at)
    audit.record(session, at, by, "policy.rebased", str(row.number), on=row.based_on)
    return row


def _on_what_is_live(session: Session, row: PolicyVersion, at: datetime) -> None:
    """A draft begun before a roll-back or a changed card would undo it unseen."""
    number = live(session, at).number
    if row.based_on != number:
        raise PolicyRefused(
            f"Policy {number} came into force after this draft was begun. "
            "See what differs, then build the draft on it"
        )


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
    _on_what_is_live(session, row, at)
    row.agreed_by = by
    audit.record(session, at, by, "policy.agreed", str(row.number), proposed_by=row.proposed_by)
    return _publish(session, row, by, at)


def roll_back(session: Session, number: int, by: str, at: datetime) -> PolicyVersion:
    """Put an earlier version in force again, as a new number. Raises PolicyRefused."""
    _alone(session)
    old = version(session, number)
    if old is None or old.state != "retired":
        raise PolicyRefused("Only a version that was in force can be put back")
    note = f"Back to version {number}."
    made = _add(session, old.text, by, at, state="draft", only=None, number=_next(session), note=note)
    made.based_on = number
    audit.record(session, at, by, "policy.rolled_back", str(made.number), to=number)
    return _publish(session, made, by, at)


def change_card(session: Session, name: str, new: str, by: str, at: datetime) -> PolicyVersion:
    """Change a card by itself. Raises KeyError for an unknown name, EmptyWording for a text that will not do."""
    _alone(session)
    live(session, at)
    wording.change(session, name, new, by, at)
    return card_changed(session, name, by, at)


def card_changed(session: Session, name: str, by: str, at: datetime) -> PolicyVersion:
    """A card was changed by itself: that makes a new version too, so that numbers tell what was in force.

    An open draft takes the change up, unless it changes the same card itself.
    """
    now = live(session, at)
    before = read(now)
    changed = replace(before, cards={**before.cards, name: wording.text(session, name)})
    note = f"Card “{name}” changed."
    made = _add(
        session, policy.written(changed), by, at, state="draft", only=None, number=_next(session), note=note
    )
    made.based_on = now.number
    row = draft(session)
    if row is not None and row.based_on == now.number:
        begun = read(row)
        if begun.cards.get(name) == before.cards.get(name):
            row.text = policy.written(replace(begun, cards={**begun.cards, name: changed.cards[name]}))
            row.based_on = made.number
            _saved(session, row, at)
    return _publish(session, made, by, at, with_cards=False)


def set_shadow(session: Session, on: bool, by: str, at: datetime) -> PolicyVersion:
    """Let the draft judge live messages without effect, or stop that. Raises PolicyRefused without a draft."""
    row = _held_draft(session)
    row.shadow_since = at if on else None
    remember(session, SHADOW, [row.number, row.lock] if on else None, at)
    audit.record(session, at, by, "policy.shadow_on" if on else "policy.shadow_off", str(row.number))
    return row


def differences(session: Session, number: int) -> Sequence[PolicyDifference]:
    """The last messages that a draft in shadow judged otherwise, newest first."""
    wanted = select(PolicyDifference).where(PolicyDifference.number == number)
    return session.scalars(wanted.order_by(PolicyDifference.id.desc())).all()


def _publish(
    session: Session, row: PolicyVersion, by: str, at: datetime, with_cards: bool = True
) -> PolicyVersion:
    """Exactly one version is live: the old one gives its place up before the new one takes it."""
    before = session.scalars(select(PolicyVersion).where(PolicyVersion.only == "live").with_for_update()).one()
    before.state, before.only = "retired", None
    session.flush()
    try:
        with session.begin_nested():
            row.state, row.only, row.published_at, row.shadow_since = "live", "live", at, None
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


def _alone(session: Session) -> None:
    """Whoever changes what is live or drafted waits here for others; on SQLite the unit itself is the lock."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(sql("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})


def _held_draft(session: Session) -> PolicyVersion:
    _alone(session)
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
    try:
        with session.begin_nested():
            session.add(row)
            session.flush()
    except IntegrityError:
        raise PolicyRefused("Somebody else has just done the same. Look again") from None
    return row
