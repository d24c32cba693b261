"""Cases through the API: the queue, one case, acting on it, and who wins."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select

from admin_api.web import Web
from core.models import AuditRow, OutboxItem
from people.models import Person
from staff.roles import Role
from tests.admin_api.conftest import ABOUT_A_WORKER, ADDRESS, WORRYING, Colleague, Parents
from tests.conftest import TestClock

Token = Callable[..., dict[str, str]]
CASES = "/api/v1/cases"


def test_the_queue_has_the_fields_that_were_agreed(
    client: TestClient, moderator: dict[str, str], parents: Parents
) -> None:
    reference = parents.writes(WORRYING)
    found = client.get(CASES, params={"state": "open"}, headers=moderator).json()
    assert found["next"] is None
    (item,) = found["items"]
    assert item == {
        "reference": reference,
        "kind": "worry",
        "urgency": "immediate",
        "categories": item["categories"],
        "state": "open",
        "opened_at": "2026-11-04T10:00:00Z",
        "due_at": "2026-11-04T10:15:00Z",
        "overdue": False,
        "claimed_by": None,
        "messages": 1,
    }
    assert "breaking_point" in item["categories"]


def test_what_nobody_looked_at_in_time_is_overdue(
    client: TestClient, moderator: dict[str, str], parents: Parents, clock: TestClock
) -> None:
    parents.writes(WORRYING)
    clock.move(minutes=16)
    assert client.get(CASES, headers=moderator).json()["items"][0]["overdue"] is True


def test_a_state_that_does_not_exist_is_said_to_be_wrong(client: TestClient, moderator: dict[str, str]) -> None:
    answer = client.get(CASES, params={"state": "lost"}, headers=moderator)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert "state" in answer.json()["detail"]
    assert "lost" not in answer.text


def test_the_queue_comes_in_pages(client: TestClient, moderator: dict[str, str], parents: Parents) -> None:
    made = {parents.writes(WORRYING, who=who) for who in range(1, 6)}
    seen: list[str] = []
    cursor: str | None = None
    while True:
        params: dict[str, Any] = {"limit": 2, **({"cursor": cursor} if cursor else {})}
        page = client.get(CASES, params=params, headers=moderator).json()
        seen += [item["reference"] for item in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert len(seen) == 5
    assert set(seen) == made


@pytest.mark.parametrize("cursor", ["nonsense", "MTotMQ", "é", "=", "MTo5OTk5OTk5OTk5OTk5OTk5OTk5OTk"])
def test_a_forged_cursor_is_refused(client: TestClient, moderator: dict[str, str], cursor: str) -> None:
    assert client.get(CASES, params={"cursor": cursor}, headers=moderator).status_code == 422


def test_a_case_shows_the_words_what_was_found_and_what_happened(
    client: TestClient, moderator: dict[str, str], parents: Parents
) -> None:
    reference = parents.writes(WORRYING)
    found = client.get(f"{CASES}/{reference}", headers=moderator).json()
    (message,) = found["messages"]
    assert message["text"] == WORRYING
    assert (message["kind"], message["where"], message["urgency"]) == ("text", "private", "immediate")
    assert message["sent_at"] == "2026-11-04T10:00:00Z"
    concern = message["concerns"][0]
    assert set(concern) == {"category", "urgency", "why", "evidence"}
    start, end = concern["evidence"][0]
    assert WORRYING[start:end]
    kinds = [event["kind"] for event in found["events"]]
    assert kinds[:2] == ["opened", "message_added"]
    assert [event["number"] for event in found["events"]] == list(range(1, len(kinds) + 1))
    assert any(one["text"] == WORRYING and one["author"] == "person" for one in found["conversation"])
    assert found["person"]["name"] == "Parent 1"


def test_reading_is_audited_and_a_list_is_not_a_reading(
    client: TestClient, web: Web, moderator: dict[str, str], parents: Parents
) -> None:
    reference = parents.writes(WORRYING)
    client.get(CASES, headers=moderator)
    client.get(f"{CASES}/{reference.lower()}", headers=moderator)
    with web.database.reading() as session:
        rows = session.scalars(select(AuditRow).where(AuditRow.act == "case.read")).all()
        assert [(row.subject, row.actor.partition(":")[0]) for row in rows] == [(reference, "token")]


@pytest.mark.parametrize("reference", ["ZZZ-ZZZ", "nothing", "K7M-4QX'--", "%00", "x" * 300, "K7M-4QX%0A"])
def test_there_is_no_such_case(client: TestClient, moderator: dict[str, str], reference: str) -> None:
    for method, tail in (("GET", ""), ("POST", "/claim")):
        answer = client.request(method, f"{CASES}/{reference}{tail}", headers=moderator)
        assert answer.status_code == 404, reference
        assert answer.json()["title"] == "Not Found"


def test_from_claim_to_close(
    client: TestClient, web: Web, moderator: dict[str, str], token: Token, parents: Parents
) -> None:
    reference = parents.writes(WORRYING)
    here = f"{CASES}/{reference}"
    claimed = client.post(f"{here}/claim", headers=moderator)
    assert (claimed.status_code, claimed.json()["state"]) == (200, "claimed")
    assert claimed.json()["claimed_by"].startswith("token:")
    assert client.post(f"{here}/claim", headers=token(Role.MODERATOR)).status_code == 409
    assert client.post(f"{here}/notes", json={"text": "Rang her"}, headers=moderator).status_code == 201
    said = client.post(f"{here}/replies", json={"text": "I will ring you at 2"}, headers=moderator)
    assert said.status_code == 201
    with web.database.reading() as session:
        leaving = [item.about.get("what") for item in session.scalars(select(OutboxItem)).all()]
    assert "reply" in leaving
    released = client.post(f"{here}/release", headers=moderator)
    assert released.json()["claimed_by"] is None
    closing = {"outcome": "support_arranged", "reason": "A visit today"}
    assert client.post(f"{here}/close", json=closing, headers=moderator).json()["state"] == "closed"
    assert client.post(f"{here}/close", json=closing, headers=moderator).status_code == 409
    assert client.get(CASES, headers=moderator).json()["items"] == []
    closed = client.get(CASES, params={"state": "closed"}, headers=moderator).json()["items"]
    assert [case["reference"] for case in closed] == [reference]
    found = client.get(here, headers=moderator).json()
    assert found["outcome"] == "support_arranged"
    texts = [event["detail"].get("text") for event in found["events"]]
    assert {"Rang her", "I will ring you at 2"} <= set(texts)


@pytest.mark.parametrize(
    ("act", "body"),
    [
        ("notes", {"text": ""}),
        ("notes", {"text": " \n\t"}),
        ("notes", {"text": "\x00"}),
        ("notes", {"text": "x" * 10_001}),
        ("notes", {"text": 5}),
        ("notes", {}),
        ("notes", {"text": "x", "extra": 1}),
        ("replies", {"text": "x" * 3_501}),
        ("close", {"outcome": "won", "reason": "x"}),
        ("close", {"outcome": "advice", "reason": " "}),
        ("removals", {"message_id": "1"}),
        ("removals", {"message_id": 10**30}),
    ],
)
def test_words_that_will_not_do_are_422_and_change_nothing(
    client: TestClient, moderator: dict[str, str], parents: Parents, act: str, body: dict[str, Any]
) -> None:
    here = f"{CASES}/{parents.writes(WORRYING)}"
    before = len(client.get(here, headers=moderator).json()["events"])
    answer = client.post(f"{here}/{act}", json=body, headers=moderator)
    assert answer.status_code == 422, answer.text
    assert len(client.get(here, headers=moderator).json()["events"]) == before


def test_a_parent_who_blocked_the_bot_cannot_be_replied_to(
    client: TestClient, web: Web, moderator: dict[str, str], parents: Parents
) -> None:
    reference = parents.writes(WORRYING)
    with web.database.unit() as session:
        person = session.scalars(select(Person)).one()
        person.reachable = False
    answer = client.post(f"{CASES}/{reference}/replies", json={"text": "Hello"}, headers=moderator)
    assert answer.status_code == 409
    assert "blocked" in answer.json()["detail"]


def test_a_message_is_taken_out_of_the_group(
    client: TestClient, moderator: dict[str, str], parents: Parents
) -> None:
    reference = parents.writes(WORRYING, group=True)
    here = f"{CASES}/{reference}"
    message = client.get(here, headers=moderator).json()["messages"][0]
    assert message["where"] == "group"
    answer = client.post(f"{here}/removals", json={"message_id": message["id"]}, headers=moderator)
    assert answer.status_code == 200
    assert client.post(f"{here}/removals", json={"message_id": 999}, headers=moderator).status_code == 409


def test_of_two_claims_at_once_one_wins(app: FastAPI, token: Token, parents: Parents) -> None:
    reference = parents.writes(WORRYING)
    headers = [token(Role.MODERATOR) for _ in range(6)]

    def claim(who: dict[str, str]) -> int:
        return TestClient(app, base_url=ADDRESS).post(f"{CASES}/{reference}/claim", headers=who).status_code

    with ThreadPoolExecutor(6) as pool:
        answers = sorted(pool.map(claim, headers))
    assert answers == [200, 409, 409, 409, 409, 409]


def test_worries_about_workers_are_for_the_lead_once_there_is_one(
    client: TestClient, moderator: dict[str, str], parents: Parents, colleague: Callable[..., Colleague]
) -> None:
    reference = parents.writes(ABOUT_A_WORKER)
    here = f"{CASES}/{reference}"
    assert [one["reference"] for one in client.get(CASES, headers=moderator).json()["items"]] == [reference]
    assert client.get(here, headers=moderator).status_code == 200

    lead = colleague(Role.SAFEGUARDING_LEAD)
    assert client.get(CASES, headers=moderator).json()["items"] == []
    assert client.get(here, headers=moderator).status_code == 404
    assert client.post(f"{here}/claim", headers=moderator).status_code == 404
    assert lead.browser.get(here).status_code == 200
    assert [one["reference"] for one in lead.browser.get(CASES).json()["items"]] == [reference]
