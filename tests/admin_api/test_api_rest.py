"""The rest of the API: the guide, invites, cards, staff, the system, the audit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from admin_api.web import Web
from core import audit, inbox, outbox
from core.inbox import Arrival
from core.models import InboxUpdate
from core.remember import remember
from offer_guide import service as guide
from people import conversations
from people.invites import accept_invite
from people.service import meet
from staff.roles import Role
from tests.admin_api.conftest import WORRYING, Colleague, Parents, entry_fields
from tests.conftest import TestClock

Token = Callable[..., dict[str, str]]
ENTRIES = "/api/v1/guide/entries"


@pytest.fixture
def editor(web: Web, token: Token) -> dict[str, str]:
    with web.database.unit() as session:
        guide.load_once(session, web.clock.now())
    return token(Role.GUIDE_EDITOR)


def test_an_entry_from_draft_to_parents(client: TestClient, web: Web, editor: dict[str, str]) -> None:
    here = f"{ENTRIES}/free-swimming"
    assert client.get(here, headers=editor).status_code == 404
    made = client.put(here, json={"base_number": 0, "fields": entry_fields()}, headers=editor)
    assert made.status_code == 200, made.text
    assert (made.json()["number"], made.json()["published_number"]) == (1, None)
    fields = made.json()["fields"] | {"summary": "Swim for nothing."}
    saved = client.put(here, json={"base_number": 1, "fields": fields, "note": "shorter"}, headers=editor)
    assert saved.json()["number"] == 2
    late = client.put(here, json={"base_number": 1, "fields": fields}, headers=editor)
    assert late.status_code == 409
    assert "version 2" in late.json()["detail"]
    publishing = {"number": 2, "checked_on": "2026-11-03"}
    out = client.post(f"{here}/publish", json=publishing, headers=editor)
    assert out.status_code == 200, out.text
    assert out.json()["published_number"] == 2
    with web.database.reading() as session:
        shown = guide.entry(session, "free-swimming")
        assert shown is not None
        assert shown.summary == "Swim for nothing."
    listed = client.get(ENTRIES, headers=editor).json()["items"]
    assert len(listed) > 90
    assert next(row for row in listed if row["slug"] == "free-swimming")["state"] == "published"


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": ""},
        {"title": "x" * 200},
        {"duty": "maybe"},
        {"phones": [{"number": "call me", "label": "x"}]},
        {"links": [{"url": "javascript:alert(1)", "label": "x"}]},
        {"category": "nowhere"},
        {"unknown": "x"},
        {"what_it_is": "a\x00b"},
        {"areas": ["mars"]},
    ],
)
def test_fields_that_will_not_do(client: TestClient, editor: dict[str, str], wrong: dict[str, Any]) -> None:
    body = {"base_number": 0, "fields": entry_fields() | wrong}
    assert client.put(f"{ENTRIES}/free-swimming", json=body, headers=editor).status_code == 422


def test_unconfirmed_facts_are_asked_about(client: TestClient, editor: dict[str, str]) -> None:
    here = f"{ENTRIES}/free-swimming"
    fields = entry_fields() | {"unverified": ["The pool in Penrith"]}
    client.put(here, json={"base_number": 0, "fields": fields}, headers=editor)
    publishing: dict[str, Any] = {"number": 1, "checked_on": "2026-11-03"}
    assert client.post(f"{here}/publish", json=publishing, headers=editor).status_code == 409
    confirmed = publishing | {"unverified_ok": True}
    assert client.post(f"{here}/publish", json=confirmed, headers=editor).status_code == 200
    future = confirmed | {"checked_on": "2030-01-01"}
    assert client.post(f"{here}/publish", json=future, headers=editor).status_code == 422


def test_an_invite_is_shown_once_and_can_be_revoked(client: TestClient, web: Web, token: Token) -> None:
    coordinator = token(Role.RELATIONSHIP_COORDINATOR)
    issued = client.post("/api/v1/invites", json={"uses": 2, "days": 3, "label": "Week 1"}, headers=coordinator)
    assert issued.status_code == 201
    code = issued.json()["code"]
    assert issued.json()["link"] == f"https://t.me/cairn_bot?start={code}"
    with web.database.unit() as session:
        accept_invite(session, meet(session, "telegram", 9, "Sam", web.clock.now()), code, web.clock.now())
    (listed,) = client.get("/api/v1/invites", headers=coordinator).json()["items"]
    assert (listed["label"], listed["uses_allowed"], listed["uses_left"]) == ("Week 1", 2, 1)
    assert code not in client.get("/api/v1/invites", headers=coordinator).text
    for _ in range(2):
        assert client.delete(f"/api/v1/invites/{listed['id']}", headers=coordinator).json()["revoked"] is True
    assert client.delete("/api/v1/invites/999", headers=coordinator).status_code == 404


@pytest.mark.parametrize("body", [{"uses": 0}, {"days": 0}, {"uses": 10**9}, {"label": "a\nb"}, {"kind": "staff"}])
def test_no_invite_beyond_the_bounds(client: TestClient, moderator: dict[str, str], body: dict[str, Any]) -> None:
    assert client.post("/api/v1/invites", json=body, headers=moderator).status_code == 422


def test_a_card_is_edited_and_can_never_be_empty(client: TestClient, token: Token) -> None:
    lead = token(Role.SAFEGUARDING_LEAD)
    cards = {card["name"]: card for card in client.get("/api/v1/cards", headers=lead).json()["items"]}
    card = cards["card.breaking_point"]
    assert card["changed_at"] is None
    here = "/api/v1/cards/card.breaking_point"
    new = card["text"] + "\n\nYou are not alone."
    changed = client.put(here, json={"text": new}, headers=lead)
    assert changed.status_code == 200
    assert changed.json()["text"] == new
    assert changed.json()["changed_by"].startswith("token:")
    for text in ("", "  ", "...", "\x00"):
        assert client.put(here, json={"text": text}, headers=lead).status_code == 422
    assert client.put("/api/v1/cards/card.nothing", json={"text": "Hello"}, headers=lead).status_code == 404


def test_staff_are_added_and_leave(client: TestClient, colleague: Callable[..., Colleague]) -> None:
    boss = colleague(Role.ADMINISTRATOR)
    body = {"email": "new@example.org", "name": "New", "roles": ["moderator"]}
    added = boss.browser.post("/api/v1/staff", json=body, headers=boss.form)
    assert added.status_code == 201
    assert added.json()["link"].startswith("http://127.0.0.1:8000/welcome/")
    assert added.json()["staff"]["ready"] is False
    assert boss.browser.post("/api/v1/staff", json=body, headers=boss.form).status_code == 409
    here = f"/api/v1/staff/{added.json()['staff']['id']}"
    roles = boss.browser.put(f"{here}/roles", json={"roles": ["auditor", "manager"]}, headers=boss.form)
    assert roles.json()["roles"] == ["auditor", "manager"]
    assert boss.browser.post(f"{here}/leave", headers=boss.form).json()["left_at"] is not None
    own = f"/api/v1/staff/{boss.id}"
    assert boss.browser.post(f"{own}/leave", headers=boss.form).status_code == 409
    assert boss.browser.put(f"{own}/roles", json={"roles": ["auditor"]}, headers=boss.form).status_code == 409
    assert boss.browser.post("/api/v1/staff/999/leave", headers=boss.form).status_code == 404
    emails = [one["email"] for one in boss.browser.get("/api/v1/staff").json()["items"]]
    assert emails == [boss.email, "new@example.org"]


@pytest.mark.parametrize(
    "wrong",
    [{"email": "nobody"}, {"roles": []}, {"roles": ["king"]}, {"name": "a\nb"}, {"email": "a b@c"}, {"id": 1}],
)
def test_accounts_that_will_not_do(client: TestClient, token: Token, wrong: dict[str, Any]) -> None:
    body = {"email": "new@example.org", "roles": ["moderator"]} | wrong
    assert client.post("/api/v1/staff", json=body, headers=token(Role.ADMINISTRATOR)).status_code == 422


def test_the_system_says_what_is_stuck_without_a_word_of_content(
    client: TestClient, web: Web, token: Token, parents: Parents, clock: TestClock
) -> None:
    parents.writes(WORRYING)
    now = clock.now()
    with web.database.unit() as session:
        item = outbox.next_due(session, now, 1)[0]
        outbox.mark_dead(session, item, "Forbidden: bot was blocked by the user")
        inbox.store(session, "telegram", [Arrival(5, "lane", {"text": "secret"})], now)
        update = session.query(InboxUpdate).one()
        for _ in range(5):
            inbox.mark_failed(session, update, "ValueError: secret", now)
        remember(session, "telegram.last_contact", now.isoformat(), now)
        group = conversations.link_group(session, "telegram", -7, now)
        conversations.note_rights(session, group, {"status": "administrator", "can_delete_messages": False})
        number = item.id
    administrator = token(Role.ADMINISTRATOR)
    answer = client.get("/api/v1/system", headers=administrator)
    found = answer.json()
    assert found["telegram"] == {"last_contact": "2026-11-04T10:00:00Z", "ok": True}
    assert found["stuck"][0]["id"] == number
    assert found["stuck"][0]["what"] == "card"
    assert found["dead_updates"][0]["error"] == "ValueError"
    assert found["group"]["rights"] == {"can_delete_messages": False}
    assert found["backlog"] == 0
    assert "secret" not in answer.text
    assert WORRYING not in answer.text

    retry = f"/api/v1/system/outbox/{number}/retry"
    assert client.post(retry, headers=token(Role.MANAGER)).status_code == 403
    assert client.post(retry, headers=administrator).json()["state"] == "queued"
    assert client.post(retry, headers=administrator).status_code == 404


def test_the_audit_comes_in_pages_and_holds(
    client: TestClient, web: Web, token: Token, moderator: dict[str, str], parents: Parents
) -> None:
    reference = parents.writes(WORRYING)
    for _ in range(5):
        client.get(f"/api/v1/cases/{reference}", headers=moderator)
    auditor = token(Role.AUDITOR)
    first = client.get("/api/v1/audit", params={"limit": 3}, headers=auditor).json()
    assert [row["number"] for row in first["items"]] == [5, 4, 3]
    second = client.get("/api/v1/audit", params={"limit": 3, "cursor": first["next"]}, headers=auditor).json()
    assert [row["number"] for row in second["items"]] == [2, 1]
    assert second["next"] is None
    assert first["items"][0]["before"] == first["items"][1]["hash"]
    newest = client.get("/api/v1/audit", params={"limit": 1}, headers=auditor).json()["items"][0]
    assert newest["act"] == "audit.read"
    with web.database.reading() as session:
        assert audit.verify(session) == newest["number"] + 1
