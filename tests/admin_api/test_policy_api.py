"""The screening policy by JSON, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from admin_api.web import Web
from staff.roles import Role
from tests.admin_api.conftest import WORRYING, Parents
from tests.policies.conftest import HEARD, ZORBLED

HERE = "/api/v1/policy"
Headers = dict[str, str]


@pytest.fixture
def lead(token: Callable[..., Headers]) -> Headers:
    return token(Role.SAFEGUARDING_LEAD)


@pytest.fixture
def second(token: Callable[..., Headers]) -> Headers:
    return token(Role.SAFEGUARDING_LEAD)


def written(client: TestClient, lead: Headers, text: str = ZORBLED, based_on: int = 1, lock: int = 0) -> Any:
    return client.put(f"{HERE}/draft", json={"text": text, "based_on": based_on, "lock": lock}, headers=lead)


def published(client: TestClient, lead: Headers, second: Headers, text: str = ZORBLED, based_on: int = 1) -> Any:
    lock = written(client, lead, text, based_on).json()["lock"]
    asked = client.post(f"{HERE}/draft/propose", json={"note": "because", "lock": lock}, headers=lead)
    assert asked.status_code == 200, asked.text
    return client.post(f"{HERE}/draft/agree", json={"lock": lock}, headers=second)


def test_from_draft_to_live_and_back(client: TestClient, lead: Headers, second: Headers) -> None:
    first = client.get(HERE, headers=lead).json()
    assert (first["live"]["number"], first["draft"], len(first["versions"])) == (1, None, 1)
    made = published(client, lead, second)
    assert (made.status_code, made.json()["number"], made.json()["state"]) == (200, 2, "live")
    whole = client.get(f"{HERE}/versions/2", headers=lead).json()
    assert whole["text"] == ZORBLED
    assert whole["proposed_by"] != whole["agreed_by"]
    back = client.post(f"{HERE}/versions/1/roll-back", headers=lead)
    assert (back.status_code, back.json()["number"], back.json()["based_on"]) == (200, 3, 1)
    now = client.get(HERE, headers=lead).json()
    assert [(one["number"], one["state"]) for one in now["versions"]] == [
        (3, "live"),
        (2, "retired"),
        (1, "retired"),
    ]


def test_a_text_that_cannot_be_used_is_refused_by_line(client: TestClient, lead: Headers) -> None:
    refused = written(client, lead, "phrases:\n- {category: weather, phrase: x, urgency: today, note: n}\n")
    assert refused.status_code == 422
    assert refused.headers["content-type"] == "application/problem+json"
    told = refused.json()
    assert (told["file"], told["line"], told["reason"]) == ("draft", 2, "unknown category “weather”")
    assert "unknown category" in told["detail"]
    assert client.get(HERE, headers=lead).json()["draft"] is None
    assert client.get(HERE, headers=lead).json()["live"]["number"] == 1


def test_nobody_writes_over_what_they_have_not_read(client: TestClient, lead: Headers, second: Headers) -> None:
    assert written(client, lead).json()["lock"] == 2
    for lock in (0, 1, 3):
        late = written(client, second, "", lock=lock)
        assert late.status_code == 409, lock
    assert written(client, second, "", lock=2).json()["lock"] == 3
    client.post(f"{HERE}/draft/propose", json={"note": "x", "lock": 3}, headers=lead)
    assert written(client, second, ZORBLED, lock=3).status_code == 409


def test_what_was_written_for_an_older_policy_is_refused(
    client: TestClient, lead: Headers, second: Headers
) -> None:
    assert published(client, lead, second).status_code == 200
    late = written(client, lead, "", based_on=1)
    assert late.status_code == 409
    assert "Policy 2 is in force" in late.json()["detail"]
    assert written(client, lead, "", based_on=2).status_code == 200


def test_the_same_program_cannot_agree(client: TestClient, lead: Headers, second: Headers) -> None:
    assert published(client, lead, lead).status_code == 409
    assert client.get(HERE, headers=lead).json()["live"]["number"] == 1
    assert client.post(f"{HERE}/draft/agree", json={"lock": 99}, headers=second).status_code == 409


def test_words_are_tried_and_not_kept(client: TestClient, lead: Headers, web: Web) -> None:
    alone = client.post(f"{HERE}/try", json={"text": HEARD}, headers=lead).json()
    assert (alone["live"]["policy"], alone["live"]["urgency"], alone["draft"]) == (1, "none", None)
    written(client, lead)
    both = client.post(f"{HERE}/try", json={"text": HEARD}, headers=lead).json()
    assert (both["live"]["urgency"], both["draft"]["urgency"]) == ("none", "immediate")
    assert both["draft"]["concerns"][0]["category"] == "child_harm"
    assert client.post(f"{HERE}/try", json={"text": " "}, headers=lead).status_code == 422


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/versions/77", None, 404),
        ("GET", "/versions/0", None, 422),
        ("POST", "/versions/77/roll-back", None, 409),
        ("POST", "/versions/1/roll-back", None, 409),
        ("POST", "/draft/propose", {"note": "x", "lock": 1}, 409),
        ("POST", "/draft/agree", {"lock": 1}, 409),
        ("PUT", "/draft", {"text": ""}, 422),
        ("PUT", "/draft", {"text": "", "based_on": 1, "force": True}, 422),
        ("PUT", "/draft", {"text": "\x00\x00phrases: [", "based_on": 1}, 422),
    ],
)
def test_what_cannot_be_done_is_a_problem(
    client: TestClient, lead: Headers, method: str, path: str, body: Any, status: int
) -> None:
    answer = client.request(method, HERE + path, json=body, headers=lead)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_card_by_the_api_makes_a_version(client: TestClient, lead: Headers) -> None:
    card = "/api/v1/cards/card.breaking_point"
    assert client.put(card, json={"text": "**Stop.** {when}"}, headers=lead).status_code == 200
    live = client.get(HERE, headers=lead).json()["live"]
    assert live["number"] == 2
    assert "card.breaking_point" in live["note"]
    assert client.post(f"{HERE}/versions/1/roll-back", headers=lead).status_code == 200
    [one] = [one for one in client.get("/api/v1/cards", headers=lead).json()["items"] if one["name"] in card]
    assert one["changed_at"] is None


def test_a_case_says_which_policy_judged_its_messages(
    client: TestClient, moderator: Headers, parents: Parents
) -> None:
    reference = parents.writes(WORRYING)
    [message] = client.get(f"/api/v1/cases/{reference}", headers=moderator).json()["messages"]
    assert message["policy"] == 1
