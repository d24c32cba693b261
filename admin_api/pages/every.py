"""Every page's router, and the page that says what went wrong."""

from __future__ import annotations

from fastapi import APIRouter

from admin_api.pages import (
    account,
    case,
    group,
    guide,
    guide_desk,
    invites,
    policy,
    policy_backtest,
    policy_cards,
    policy_draft,
    policy_try,
    proposals,
    queue,
    sign_in,
    start,
    system,
    team,
    welcome,
    wording,
)
from admin_api.pages.view import error_page

routers: list[APIRouter] = [
    start.router,
    sign_in.router,
    welcome.router,
    account.router,
    queue.router,
    case.router,
    guide_desk.router,
    wording.router,
    policy.router,
    policy_draft.router,
    policy_cards.router,
    policy_try.router,
    policy_backtest.router,
    proposals.router,
    invites.router,
    group.router,
    system.router,
    team.router,
    guide.router,
]

__all__ = ["error_page", "routers"]
