"""The command as people type it, on a data folder of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cairn.cli import main
from core import sealing
from core.settings import Settings

Command = Callable[..., Result]


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The data folder; nothing else is set. The tests' own keys are put back at the end."""
    for name in Settings.model_fields:
        monkeypatch.delenv(f"CAIRN_{name.upper()}", raising=False)
    folder = tmp_path / "data"
    monkeypatch.setenv("CAIRN_DATA", str(folder))
    before = sealing.ring()
    yield folder
    sealing.install(before)


@pytest.fixture
def cairn(data: Path) -> Command:
    """Runs `cairn` with these words; what it printed and its exit status. A traceback fails the test."""

    def run(*words: str, given: bytes | str | None = None) -> Result:
        result = CliRunner().invoke(main, list(words), input=given)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise AssertionError(f"cairn {' '.join(words)} ended in a traceback") from result.exception
        return result

    return run
