"""Every route and what it asks for; every role at every route."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

from admin_api import app as application
from admin_api.api import routers as api_routers
from admin_api.security import Needs, permission_of
from admin_api.web import Web
from core.models import AuditRow
from staff.roles import May, Role, allowed
from tests.admin_api.conftest import Colleague

MACHINES_AND_API = {
    "GET /healthz": May.PUBLIC,
    "GET /readyz": May.PUBLIC,
    "GET /metrics": May.SEE_SYSTEM,
    "GET /live": May.READ_CASES,
    "GET /api/v1/cases": May.READ_CASES,
    "GET /api/v1/cases/{reference}": May.READ_CASES,
    "POST /api/v1/cases/{reference}/claim": May.ACT_ON_CASES,
    "POST /api/v1/cases/{reference}/release": May.ACT_ON_CASES,
    "POST /api/v1/cases/{reference}/notes": May.ACT_ON_CASES,
    "POST /api/v1/cases/{reference}/replies": May.ACT_ON_CASES,
    "POST /api/v1/cases/{reference}/removals": May.ACT_ON_CASES,
    "POST /api/v1/cases/{reference}/close": May.ACT_ON_CASES,
    "GET /api/v1/guide/entries": May.EDIT_GUIDE,
    "GET /api/v1/guide/entries/{slug}": May.EDIT_GUIDE,
    "PUT /api/v1/guide/entries/{slug}": May.EDIT_GUIDE,
    "POST /api/v1/guide/entries/{slug}/publish": May.PUBLISH_GUIDE,
    "GET /api/v1/invites": May.INVITE,
    "POST /api/v1/invites": May.INVITE,
    "DELETE /api/v1/invites/{invite_id}": May.INVITE,
    "GET /api/v1/cards": May.EDIT_CARDS,
    "PUT /api/v1/cards/{name}": May.EDIT_CARDS,
    "GET /api/v1/policy": May.EDIT_POLICY,
    "GET /api/v1/policy/versions/{number}": May.EDIT_POLICY,
    "PUT /api/v1/policy/draft": May.EDIT_POLICY,
    "POST /api/v1/policy/try": May.EDIT_POLICY,
    "POST /api/v1/policy/draft/propose": May.EDIT_POLICY,
    "POST /api/v1/policy/draft/agree": May.EDIT_POLICY,
    "POST /api/v1/policy/versions/{number}/roll-back": May.EDIT_POLICY,
    "GET /api/v1/staff": May.MANAGE_STAFF,
    "POST /api/v1/staff": May.MANAGE_STAFF,
    "PUT /api/v1/staff/{staff_id}/roles": May.MANAGE_STAFF,
    "POST /api/v1/staff/{staff_id}/leave": May.MANAGE_STAFF,
    "GET /api/v1/system": May.SEE_SYSTEM,
    "POST /api/v1/system/outbox/{item_id}/retry": May.RUN_SYSTEM,
    "GET /api/v1/audit": May.READ_AUDIT,
    "GET /api/v1/me": May.SIGNED_IN,
    "GET /api/v1/openapi.json": May.SIGNED_IN,
}
MAY_DO = {
    Role.MODERATOR: {May.READ_CASES, May.ACT_ON_CASES, May.INVITE, May.SEE_SYSTEM},
    Role.SAFEGUARDING_LEAD: {
        May.READ_CASES,
        May.ACT_ON_CASES,
        May.INVITE,
        May.SEE_SYSTEM,
        May.SEE_WORKER_CONCERNS,
        May.EDIT_CARDS,
        May.EDIT_POLICY,
    },
    Role.GUIDE_EDITOR: {May.EDIT_GUIDE, May.PUBLISH_GUIDE},
    Role.GUIDE_PUBLISHER: {May.EDIT_GUIDE, May.PUBLISH_GUIDE},
    Role.RELATIONSHIP_COORDINATOR: {May.INVITE},
    Role.MANAGER: {May.SEE_SYSTEM},
    Role.AUDITOR: {May.READ_AUDIT},
    Role.ADMINISTRATOR: {May.MANAGE_STAFF, May.RUN_SYSTEM, May.SEE_SYSTEM, May.INVITE},
}
STREAMS = {"GET /live"}


def named(route: APIRoute) -> list[str]:
    return [f"{method} {route.path}" for method in sorted(route.methods)]


def pages() -> list[APIRoute]:
    return [route for route in application.every_route() if not set(named(route)) & MACHINES_AND_API.keys()]


def filled(path: str) -> str:
    """The path with something in each of its places."""
    return re.sub(r"\{\w+?_id\}", "7", re.sub(r"\{(?!\w+_id)[^}]+\}", "K7M-4QX", path))


def test_every_route_declares_exactly_one_permission() -> None:
    undeclared = [named(route) for route in application.every_route() if permission_of(route) is None]
    assert not undeclared, f"no permission, or more than one: {undeclared}"


def test_the_table_is_true() -> None:
    ours = [route for route in application.every_route() if route not in pages()]
    assert {name: permission_of(route) for route in ours for name in named(route)} == MACHINES_AND_API
    in_api = {name for router in api_routers for route in router.routes for name in named(route)}
    assert in_api <= MACHINES_AND_API.keys()


def test_the_roles_are_as_the_table_says() -> None:
    for role in Role:
        granted = {permission for permission in May if allowed([role], permission)}
        assert granted == MAY_DO[role] | {May.PUBLIC, May.SIGNED_IN}, role


def test_only_the_front_doors_are_public() -> None:
    public = {
        name for route in application.every_route() if permission_of(route) is May.PUBLIC for name in named(route)
    }
    doors = ("/guide", "/sign-in", "/sign-out", "/welcome/", "/enter/", "/healthz", "/readyz")
    others = {name for name in public if not name.partition(" ")[2].startswith(doors)} - {"GET /"}
    assert not others


@pytest.mark.parametrize("role", list(Role))
def test_each_role_at_each_route_of_the_api(
    role: Role, client: TestClient, token: Callable[..., dict[str, str]]
) -> None:
    headers = token(role)
    for name, permission in MACHINES_AND_API.items():
        if name in STREAMS and permission in MAY_DO[role]:
            continue  # an endless answer; see test_live
        method, path = name.split(" ")
        answer = client.request(method, filled(path), headers=headers)
        if permission in MAY_DO[role] | {May.PUBLIC, May.SIGNED_IN}:
            assert answer.status_code not in {401, 403}, (role, name, answer.text)
        else:
            assert answer.status_code == 403, (role, name, answer.text)
        assert answer.status_code < 500, (role, name)


@pytest.mark.parametrize("role", list(Role))
def test_each_role_at_each_page(role: Role, colleague: Callable[..., Colleague]) -> None:
    visitor = colleague(role)
    for route in pages():
        permission = permission_of(route)
        assert permission is not None
        if permission is May.PUBLIC:
            continue
        for name in named(route):
            method, path = name.split(" ")
            visitor.sign_in_again()  # some pages end the session
            answer = visitor.browser.request(method, filled(path), headers=visitor.form)
            assert answer.status_code < 500, (role, name)
            refused = answer.status_code == 403
            assert refused != allowed([role], permission), (role, name, answer.status_code)


def test_a_stranger_is_let_in_nowhere_else(client: TestClient) -> None:
    for route in application.every_route():
        if permission_of(route) is May.PUBLIC:
            continue
        for name in named(route):
            method, path = name.split(" ")
            answer = client.request(method, filled(path))
            to_sign_in = answer.headers.get("location", "").startswith("/sign-in")
            wanted = {"GET /metrics": 403}.get(name, 303 if to_sign_in else 401)
            assert answer.status_code == wanted, (name, answer.status_code, answer.text[:200])


def test_a_denial_is_audited_although_nothing_else_happened(
    client: TestClient, web: Web, token: Callable[..., dict[str, str]]
) -> None:
    assert client.get("/api/v1/cases/K7M-4QX", headers=token(Role.AUDITOR)).status_code == 403
    with web.database.reading() as session:
        row = session.query(AuditRow).order_by(AuditRow.number.desc()).first()
        assert row is not None
        assert (row.act, row.subject) == ("access.denied", "/api/v1/cases/{reference}")
        assert row.detail == {"method": "GET", "needed": "cases.read"}


def test_two_declarations_count_as_none() -> None:
    class Two(APIRoute):
        pass

    route = next(route for route in application.every_route() if route.path == "/healthz")
    assert isinstance(route.dependencies[0].dependency, Needs)
    twice = Two(
        "/twice", route.endpoint, dependencies=[*route.dependencies, *route.dependencies], response_model=None
    )
    assert permission_of(twice) is None
