"""House rules that no linter knows: what no file may hold, and how long a file may be.

That imports run downward and never in a circle is looked after by import-linter in `make check`.
"""

from __future__ import annotations

import json
import re
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from cairn.cli import COMMANDS

ROOT = Path(__file__).parent.parent
LONGEST_FILE = 420
REGISTRIES = [
    "pypi" + ".org",
    "python" + "hosted",
    "npm" + "js",
    "registry." + "yarnpkg",
    "deb." + "debian",
    "security." + "debian",
    "ftp." + "debian",
    "archive." + "ubuntu",
    "docker" + ".io",
    "ghcr" + ".io",
    "files.python" + "hosted",
]
BUILD_MACHINE = ["/" + "work/", "/" + "root/", "/" + "tmp/spec", "/" + "home/"]
NOT_OURS = {".png", ".ico", ".woff2", ".sqlite3", ".onnx", ".npz"}


@cache
def our_files() -> tuple[Path, ...]:
    """Every file of the project: what git knows, and what is new and not ignored."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT,
            capture_output=True,
            check=True,
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("git does not answer here, so it cannot be said which files are the project's")
    names = [name for name in listed.decode().split("\0") if name]
    return tuple(ROOT / name for name in names if (ROOT / name).is_file())


def text_of(file: Path) -> str:
    return "" if file.suffix in NOT_OURS else file.read_text("utf-8", errors="replace")


def holding(words: list[str]) -> list[str]:
    """The files that hold any of these, and which."""
    return [
        f"{file.relative_to(ROOT)}: {word}"
        for file in our_files()
        for word in words
        if (text := text_of(file)) and word in text
    ]


def test_the_files_are_found() -> None:
    names = {str(file.relative_to(ROOT)) for file in our_files()}
    assert {"Makefile", "pyproject.toml", "core/sealing.py", "tests/test_house.py"} <= names
    assert not any(".venv" in name or "node_modules" in name for name in names)


def test_no_file_names_the_host_of_a_registry() -> None:
    """Where packages come from is the machine's affair: a mirror must do as well."""
    assert holding(REGISTRIES) == []


def test_no_file_holds_a_path_of_the_machine_it_was_written_on() -> None:
    assert holding(BUILD_MACHINE) == []


def test_the_requirements_name_no_index_and_lock_every_hash() -> None:
    for file in sorted((ROOT / "requirements").glob("*.txt")):
        text = file.read_text()
        assert not re.search(r"^\s*(-i|--index-url|--extra-index-url|--find-links)", text, re.MULTILINE), file.name
        if file.name == "constraints.txt":
            continue
        wanted = re.findall(r"^([\w.\[\]-]+)==", text, re.MULTILINE)
        blocks = re.split(r"^(?=[\w.\[\]-]+==)", text, flags=re.MULTILINE)[1:]
        assert wanted, file.name
        assert [block.split("==")[0] for block in blocks if "--hash=sha256:" not in block] == [], file.name


def test_the_lock_of_the_assets_names_no_place_to_fetch_from() -> None:
    lock = (ROOT / "admin_api" / "assets" / "package-lock.json").read_text()
    assert '"resolved"' not in lock
    packages: dict[str, Any] = json.loads(lock)["packages"]
    assert all("integrity" in package for name, package in packages.items() if name)


def test_no_python_file_needs_scrolling_for_ever() -> None:
    long = {
        str(file.relative_to(ROOT)): length
        for file in our_files()
        if file.suffix == ".py"
        and "versions" not in file.parts
        and (length := len(file.read_text("utf-8").splitlines())) >= LONGEST_FILE
    }
    assert long == {}


def test_every_module_says_what_it_is() -> None:
    silent = [
        str(file.relative_to(ROOT))
        for file in our_files()
        if file.suffix == ".py"
        and (text := file.read_text("utf-8").strip())
        and not text.startswith(('"""', 'r"""', "#!"))
    ]
    assert silent == []


class TestDockerCompose:
    @pytest.fixture
    def services(self) -> dict[str, dict[str, Any]]:
        file = ROOT / "docker-compose.yml"
        if not file.exists():
            pytest.skip("docker-compose.yml is not there yet")
        found: dict[str, dict[str, Any]] = yaml.safe_load(file.read_text())["services"]
        return found

    def test_runs_only_commands_that_there_are(self, services: dict[str, dict[str, Any]]) -> None:
        ours = {}
        for name, service in services.items():
            command = service.get("command")
            words = command.split() if isinstance(command, str) else list(command or ())
            if words[:1] == ["cairn"]:
                words = words[1:]
            if name not in {"db", "redis"} and words:
                ours[name] = words[0]
        assert ours
        assert set(ours.values()) <= set(COMMANDS)
        assert {"migrate", "intake", "work", "send", "schedule", "admin"} <= set(ours.values())
