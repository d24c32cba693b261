"""A real browser and a running rehearsal for the end-to-end tests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from moderation.hours import Hours
from moderation.screening import Screener
from moderation.service import Ways
from tests.e2e.stage import Stage, launched


@pytest.fixture
def ways() -> Ways:
    """Phrases alone: these tests are about what is kept and carried, with numbers put behind made-up words.

    The rehearsal in its own process reads with both layers, as it ships.
    """
    return Ways(Screener.default().screen, Hours(), "http://127.0.0.1:8000")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with launched() as found:
        yield found


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with Stage(tmp_path_factory.mktemp("rehearsal")) as running:
        yield running
