"""The JSON API under /api/v1."""

from __future__ import annotations

from fastapi import APIRouter

from admin_api.api import audit_trail, cards, cases, colleagues, description, guide, invites, me, policy, system

routers: list[APIRouter] = [
    cases.router,
    guide.router,
    invites.router,
    cards.router,
    policy.router,
    colleagues.router,
    system.router,
    audit_trail.router,
    me.router,
    description.router,
]
