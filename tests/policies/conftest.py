"""What the tests of policies share: a local word that no shipped phrase hears, and a policy that hears it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from core.database import Database
from moderation.policies import service
from tests.conftest import TestClock

LEAD, SECOND = "staff:3", "staff:4"
HEARD = "he zorbled the bairn last night"
ZORBLED = """phrases:
- category: child_harm
  phrase: zorbled the bairn
  urgency: immediate
  note: a local word for hitting
"""
Publishes = Callable[[str], int]


@pytest.fixture
def publishes(database: Database, clock: TestClock) -> Publishes:
    """A text that goes from draft to live; its number."""

    def run(text: str) -> int:
        with database.unit() as session:
            row = service.open_draft(session, LEAD, clock.now())
            row = service.save(session, text, row.lock, LEAD, clock.now())
            service.propose(session, "because", row.lock, LEAD, clock.now())
            return service.agree(session, row.lock, SECOND, clock.now()).number

    return run


@pytest.fixture
def drafts(database: Database, clock: TestClock) -> Publishes:
    """A draft with this text; its number."""

    def run(text: str) -> int:
        with database.unit() as session:
            row = service.open_draft(session, LEAD, clock.now())
            return service.save(session, text, row.lock, LEAD, clock.now()).number

    return run


@pytest.fixture
def small_suite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A functional suite of three lines in place of the long one."""
    folder = tmp_path / "suite"
    folder.mkdir()
    (folder / "a.jsonl").write_text(
        '{"text": "he zorbled the bairn", "urgency": "today", "categories": ["child_harm"], "family": "plain"}\n'
        '{"text": "i want to die", "urgency": "today", "categories": ["suicide_self_harm"], "family": "plain"}\n'
        '{"text": "lovely morning at the park", "urgency": "none", "categories": [], "family": "practical"}\n'
    )
    monkeypatch.setattr("moderation.screening.bank.packaged", lambda name="bank": folder)
    return folder
