"""A real browser and a running rehearsal for the end-to-end tests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Error, sync_playwright

from tests.conftest import cannot
from tests.e2e.stage import CHROMIUM_FLAGS, Stage, chromium


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    path = chromium()
    if path is None:
        cannot("there is no Chromium on this machine: install it, or run `make test` where it can be installed")
    with sync_playwright() as playwright:
        try:
            found = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        except Error as error:
            cannot(f"Chromium does not start on this machine: {error.message.splitlines()[0]}")
        yield found
        found.close()


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with Stage(tmp_path_factory.mktemp("rehearsal")) as running:
        yield running
