"""Roles and what each may do. Deny by default: a permission that no role lists is nobody's.

From the security checklist: managers and administrators see no message text; guide editors see no
cases; auditors read the audit and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class Role(StrEnum):
    MODERATOR = "moderator"
    SAFEGUARDING_LEAD = "safeguarding_lead"
    GUIDE_EDITOR = "guide_editor"
    GUIDE_PUBLISHER = "guide_publisher"
    RELATIONSHIP_COORDINATOR = "relationship_coordinator"
    MANAGER = "manager"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


class May(StrEnum):
    """A permission. Every route declares one."""

    PUBLIC = "public"
    SIGNED_IN = "signed_in"
    READ_CASES = "cases.read"
    ACT_ON_CASES = "cases.act"
    SEE_WORKER_CONCERNS = "cases.worker_concerns"
    EDIT_GUIDE = "guide.edit"
    PUBLISH_GUIDE = "guide.publish"
    EDIT_CARDS = "cards.edit"
    EDIT_POLICY = "policy.edit"
    INVITE = "people.invite"
    SEE_SYSTEM = "system.see"
    RUN_SYSTEM = "system.run"
    MANAGE_STAFF = "staff.manage"
    READ_AUDIT = "audit.read"


_CASEWORK = {May.READ_CASES, May.ACT_ON_CASES, May.INVITE, May.SEE_SYSTEM}

GRANTS: dict[Role, frozenset[May]] = {
    Role.MODERATOR: frozenset(_CASEWORK),
    Role.SAFEGUARDING_LEAD: frozenset(_CASEWORK | {May.SEE_WORKER_CONCERNS, May.EDIT_CARDS, May.EDIT_POLICY}),
    # one person may write and publish until a second pair of eyes is asked for by the council
    Role.GUIDE_EDITOR: frozenset({May.EDIT_GUIDE, May.PUBLISH_GUIDE}),
    Role.GUIDE_PUBLISHER: frozenset({May.EDIT_GUIDE, May.PUBLISH_GUIDE}),
    Role.RELATIONSHIP_COORDINATOR: frozenset({May.INVITE}),
    Role.MANAGER: frozenset({May.SEE_SYSTEM}),
    Role.AUDITOR: frozenset({May.READ_AUDIT}),
    Role.ADMINISTRATOR: frozenset({May.MANAGE_STAFF, May.RUN_SYSTEM, May.SEE_SYSTEM, May.INVITE}),
}


def allowed(roles: Iterable[str], permission: May) -> bool:
    """Whether somebody with these roles has the permission."""
    if permission is May.PUBLIC:
        return True
    known = [Role(role) for role in roles if role in set(Role)]
    if permission is May.SIGNED_IN:
        return bool(known)
    return any(permission in GRANTS[role] for role in known)
