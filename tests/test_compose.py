"""The production files, checked as far as that can be done without an engine."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from cairn import healthy
from cairn.cli import main as cairn
from core.settings import Settings

ROOT = Path(__file__).parent.parent
COMPOSE = ROOT / "docker-compose.yml"
OURS = ("migrate", "seed", "intake", "work", "send", "schedule", "admin")
LONG_RUNNING = ("intake", "work", "send", "schedule", "admin")
SECRETS = ("CAIRN_TELEGRAM_TOKEN", "POSTGRES_PASSWORD", "REDIS_PASSWORD")
ASKED = re.compile(r"\$\{(\w+)(?::?([-?])([^}]*))?\}")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(COMPOSE.read_text("utf-8"))
    return found


def test_it_has_the_services_of_the_architecture(compose: dict[str, Any]) -> None:
    assert set(compose["services"]) == {"db", "redis", *OURS}


@pytest.mark.parametrize("name", OURS)
def test_each_command_is_one_that_cairn_has(compose: dict[str, Any], name: str) -> None:
    command: click.Command | None = cairn
    for word in compose["services"][name]["command"]:
        assert isinstance(command, click.Group), f"{word} follows a command that takes nothing"
        command = command.get_command(click.Context(command), word)
        assert command is not None, f"cairn has no {word}"
    assert not isinstance(command, click.Group)


@pytest.mark.parametrize("name", OURS)
def test_each_setting_is_one_that_cairn_reads(compose: dict[str, Any], name: str) -> None:
    known = {f"CAIRN_{field.upper()}" for field in Settings.model_fields}
    assert set(compose["services"][name]["environment"]) <= known


def test_the_image_sets_only_what_cairn_reads() -> None:
    known = {f"CAIRN_{field.upper()}" for field in Settings.model_fields}
    assert set(re.findall(r"\b(CAIRN_\w+)=", (ROOT / "Dockerfile").read_text("utf-8"))) <= known


def test_no_secret_has_a_default() -> None:
    asked = ASKED.findall(COMPOSE.read_text("utf-8"))
    assert {name for name, _, _ in asked} >= set(SECRETS)
    assert [(name, how) for name, how, _ in asked if name in SECRETS and how != "?"] == []


def test_the_example_names_each_variable_and_fills_in_no_secret() -> None:
    lines = (ROOT / ".env.example").read_text("utf-8").splitlines()
    given = dict(line.lstrip("#").split("=", 1) for line in lines if re.match(r"#?[A-Z_]+=", line))
    assert set(given) == {name for name, _, _ in ASKED.findall(COMPOSE.read_text("utf-8"))}
    assert [name for name in SECRETS if given[name]] == []


def test_nothing_of_the_kind_is_committed() -> None:
    assert ".env" in (ROOT / ".gitignore").read_text("utf-8").splitlines()


@pytest.mark.parametrize("name", ["db", "redis", *OURS])
def test_each_container_can_do_as_little_as_possible(compose: dict[str, Any], name: str) -> None:
    service = compose["services"][name]
    assert service["read_only"] is True
    assert "no-new-privileges:true" in service["security_opt"]
    assert service["cap_drop"] == ["ALL"]
    assert service["user"].split(":")[0] not in {"root", "0"}
    assert "privileged" not in service


def test_only_the_console_has_a_port_and_only_on_this_machine(compose: dict[str, Any]) -> None:
    ports = {name: service["ports"] for name, service in compose["services"].items() if "ports" in service}
    assert list(ports) == ["admin"]
    assert all(port.startswith("127.0.0.1:") for port in ports["admin"])


def test_the_database_and_those_who_read_messages_cannot_reach_the_internet(compose: dict[str, Any]) -> None:
    assert compose["networks"]["inside"]["internal"] is True
    outside = {name for name, service in compose["services"].items() if "outside" in service["networks"]}
    assert outside == {"intake", "send", "admin"}


def test_the_console_holds_no_bot_token(compose: dict[str, Any]) -> None:
    holders = {name for name in OURS if "CAIRN_TELEGRAM_TOKEN" in compose["services"][name]["environment"]}
    assert holders == {"intake", "work", "send"}


def test_all_share_the_keys_and_one_may_write_them(compose: dict[str, Any]) -> None:
    mounts = {name: compose["services"][name]["volumes"] for name in OURS}
    assert mounts.pop("migrate") == ["keys:/data"]
    assert set(map(tuple, mounts.values())) == {("keys:/data:ro",)}


def test_the_workers_can_be_several(compose: dict[str, Any]) -> None:
    assert "container_name" not in compose["services"]["work"]


@pytest.mark.parametrize("name", LONG_RUNNING)
def test_each_process_is_looked_after(compose: dict[str, Any], name: str) -> None:
    service = compose["services"][name]
    *how, whom = service["healthcheck"]["test"]
    assert how == ["CMD", "python", "-m", "cairn.healthy"]
    assert whom == name
    assert whom in {*healthy.CHECKS, "admin"}
    assert service["restart"] == "unless-stopped"
    assert service["depends_on"]["seed"] == {"condition": "service_completed_successfully"}


def _ignored() -> tuple[list[str], list[str]]:
    lines = [line.strip() for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines()]
    rules = [line for line in lines if line and not line.startswith("#")]
    return [rule[1:] for rule in rules if rule.startswith("!")], [rule for rule in rules if rule[0] != "!"]


def _copied() -> list[str]:
    text = (ROOT / "Dockerfile").read_text("utf-8").replace("\\\n", " ")
    copies = [line.split()[1:] for line in text.splitlines() if line.startswith("COPY ")]
    return [source for copy in copies if not copy[0].startswith("--from") for source in copy[:-1]]


def test_what_the_image_copies_is_there_and_not_ignored() -> None:
    kept, _ = _ignored()
    sources = [source for source in _copied() if source != "."]
    assert len(sources) >= 5
    for source in sources:
        assert (ROOT / source).exists(), source
        assert any(source == name or source.startswith(f"{name}/") for name in kept), f"{source} is ignored"


def test_the_image_has_every_room_and_what_they_are_installed_from() -> None:
    kept, ignored = _ignored()
    assert ignored[0] == "*"
    rooms = {file.parent.name for file in ROOT.glob("*/__init__.py")} - {"tests"}
    assert rooms | {"pyproject.toml", "README.md", "LICENSE"} <= set(kept)
    assert [name for name in kept if not (ROOT / name).exists()] == []


def test_no_registry_is_named() -> None:
    images = re.findall(
        r"^\s*(?:image:|FROM)\s+(\S+)", COMPOSE.read_text("utf-8") + (ROOT / "Dockerfile").read_text("utf-8"), re.M
    )
    assert len(images) >= 5
    assert [image for image in images if "/" in image or "." in image.split(":")[0]] == []


def test_docker_compose_takes_it(tmp_path: Path) -> None:
    docker = shutil.which("docker")
    if docker is None:
        pytest.skip("there is no docker command on this machine")
    if subprocess.run([docker, "compose", "version"], capture_output=True, check=False).returncode != 0:
        pytest.skip("docker has no compose plugin on this machine")
    filled = {"CAIRN_PUBLIC_URL": "https://cairn.example", **dict.fromkeys(SECRETS, "made-up")}
    done = subprocess.run(
        [docker, "compose", "--file", str(COMPOSE), "config", "--quiet"],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), **filled},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
