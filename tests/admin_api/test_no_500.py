"""Schemathesis over the whole API, with a token of every role: no 500, and the description is true."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from limits import RateLimitItemPerMinute
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from admin_api import limiting
from admin_api.web import Web
from core import outbox
from core.database import Database
from core.settings import Settings as CairnSettings
from moderation.service import Ways
from offer_guide import service as guide
from people.invites import issue_invite
from staff import service as staff
from staff.roles import Role
from tests.admin_api.conftest import WORRYING, Parents
from tests.conftest import TestClock

pytestmark = pytest.mark.slow

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


@pytest.fixture
def web(sqlite_only: Database, clock: TestClock, ways: Ways) -> Web:
    return Web(sqlite_only, clock, ways, CairnSettings(public_url="http://testserver", redis_url=None))


@pytest.fixture
def known(web: Web, parents: Parents) -> dict[str, Any]:
    """What really is there, by the name that a path gives it."""
    reference = parents.writes(WORRYING, group=True)
    now = web.clock.now()
    with web.database.unit() as session:
        guide.load_once(session, now)
        slug = guide.for_editors(session, now)[0].slug
        _, invite = issue_invite(session, at=now, by="system")
        colleague = staff.add(session, "sam@example.org", [Role.MODERATOR], now)
        item = outbox.next_due(session, now, 1)[0]
        outbox.mark_dead(session, item, "Forbidden")
        return {
            "reference": reference,
            "slug": slug,
            "invite_id": invite.id,
            "staff_id": colleague.id,
            "item_id": item.id,
            "name": "card.again",
            "number": 1,
        }


@pytest.fixture
def api(
    app: FastAPI, token: Callable[..., dict[str, str]], known: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> Any:
    monkeypatch.setattr(limiting, "API_CALLS", RateLimitItemPerMinute(1_000_000))
    headers = token(*Role)
    loaded = schemathesis.openapi.from_asgi("/api/v1/openapi.json", app, headers=headers)
    loaded.config.headers = headers
    return loaded


@pytest.mark.parametrize("mode", list(GenerationMode))
def test_the_api_stands_up_to_anything(api: Any, known: dict[str, Any], mode: GenerationMode) -> None:
    """What fits the description and what does not, at paths that lead nowhere and at those that lead somewhere."""
    tried = 0
    for result in api.get_all_operations():
        operation = result.ok()

        @given(case=operation.as_strategy(generation_mode=mode))
        @settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
        def stands(case: schemathesis.Case) -> None:
            case.call_and_validate(checks=CHECKS)
            if case.path_parameters:
                for name in case.path_parameters:
                    case.path_parameters[name] = known[name]
                case.call_and_validate(checks=CHECKS)

        try:
            stands()
        except Unsatisfiable:
            continue  # nothing about this operation can be wrong
        tried += 1
    assert tried >= 12
