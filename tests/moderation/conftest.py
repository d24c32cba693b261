"""What the tests of this room share."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from core.database import Database
from moderation.service import Ways
from tests.conftest import TestClock
from tests.factories import SKINT, hears, parent, parents_group

Opens = Callable[..., str]


@pytest.fixture
def opens(database: Database, clock: TestClock, ways: Ways) -> Opens:
    """Somebody writes; the reference of the case that this opens or joins."""

    def write(words: str = SKINT, number: int = 1001, *, group: bool = False, started: bool = True) -> str:
        with database.unit() as session:
            person = parent(session, clock.now(), number, f"Parent {number}", agreed=started, started=started)
            chat = parents_group(session, clock.now()) if group else None
            case = hears(session, ways, person, words, clock.now(), chat=chat).case
            assert case is not None
            return case.reference

    return write
