"""Who the API takes its caller for."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel

from admin_api.api.shapes import says
from admin_api.security import SignedInVisitor, needs
from staff.roles import May

router = APIRouter(prefix="/api/v1/me", tags=["me"])


class MeOut(BaseModel):
    """`actor` is how events and the audit name the caller; `permissions` what its roles allow."""

    actor: str
    name: str
    roles: list[str]
    permissions: list[May]


@router.get("", dependencies=[needs(May.SIGNED_IN)], responses=says())
def me(visitor: SignedInVisitor) -> MeOut:
    """The caller, its roles and what they allow."""
    return MeOut(
        actor=visitor.actor.name,
        name=visitor.name,
        roles=list(visitor.actor.roles),
        permissions=[permission for permission in May if visitor.may(permission)],
    )
