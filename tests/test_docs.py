"""The pages speak of things that are there: links, files, settings, commands and libraries."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from cairn.cli import COMMANDS
from core.settings import Settings

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
MADE_LATER = {"docs/pictures/phones.png", "docs/pictures/console.png"}
FILE = re.compile(r"`((?:[a-z_]+/)+[a-z_0-9.]*)`")


def _name(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_every_link_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)", page.read_text("utf-8"))
    inside = [link for link in links if "://" not in link and link not in MADE_LATER]
    assert [link for link in inside if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_every_file_that_is_named_exists(page: Path) -> None:
    named = [name for name in FILE.findall(page.read_text("utf-8")) if (ROOT / name.split("/")[0]).is_dir()]
    assert [name for name in named if name not in MADE_LATER and not (ROOT / name).exists()] == []


def test_every_setting_is_documented() -> None:
    text = (DOCS / "operations.md").read_text("utf-8")
    settings = {f"CAIRN_{field.upper()}" for field in Settings.model_fields}
    assert {name for name in settings if f"| `{name}` |" not in text} == set()
    assert set(re.findall(r"\bCAIRN_[A-Z_]+\b", text)) <= settings


def test_every_command_that_is_named_exists() -> None:
    text = "\n".join(page.read_text("utf-8") for page in PAGES)
    named = set(re.findall(r"(?:`|/bin/)cairn ([a-z]+)", text))
    assert {"up", "migrate", "screen", "staff", "audit"} <= named
    assert named <= set(COMMANDS)


def test_every_library_has_its_line() -> None:
    page = (DOCS / "decisions" / "0010-libraries.md").read_text("utf-8").lower()
    run = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["dependencies"]
    test = (ROOT / "requirements" / "test.in").read_text("utf-8").splitlines()
    wanted = [re.split(r"[\[<>=~ ]", line)[0].lower() for line in [*run, *test] if line and line[0] != "-"]
    assert [name for name in wanted if not re.search(rf"^\|.*\b{re.escape(name)}\b.*\|", page, re.M)] == []


def test_decisions_are_listed_and_numbered_without_a_gap() -> None:
    pages = sorted(page.name for page in (DOCS / "decisions").glob("0*.md"))
    assert [int(name[:4]) for name in pages] == list(range(1, len(pages) + 1))
    listed = (DOCS / "decisions" / "README.md").read_text("utf-8")
    assert [name for name in pages if f"({name})" not in listed] == []


def test_the_licence_is_the_one_that_is_named() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["license"] == "EUPL-1.2"
    text = (ROOT / "LICENSE").read_text("utf-8")
    assert text.startswith("EUROPEAN UNION PUBLIC LICENCE v. 1.2")
    assert "Appendix" in text


def test_nobody_is_spoken_of_as_a_client() -> None:
    allowed = {"docs/voice.md", "docs/glossary.md", "CONTRIBUTING.md", "docs/decisions/0010-libraries.md"}
    found = [_name(page) for page in PAGES if re.search(r"\bclients?\b", page.read_text("utf-8"), re.I)]
    assert [name for name in found if name not in allowed] == []
