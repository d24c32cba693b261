"""Every command has --help, an exit status that means something, and says what it did in a line."""

from __future__ import annotations

import socket
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from cairn.cli import COMMANDS, main
from cairn.house import House
from people.invites import ALPHABET
from staff import service as staff
from staff import signin
from tests.cairn.conftest import Command


def _all_of(group: click.Group, before: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        found = group.get_command(context, name)
        assert found is not None
        yield (*before, name)
        if isinstance(found, click.Group):
            yield from _all_of(found, (*before, name))


EVERY = sorted(_all_of(main))
PROMISED = ["up", "migrate", "screen", "staff add", "invite create", "token create", "audit verify", "db seed"]
PROCESSES = ["admin", "intake", "schedule", "send", "up", "work"]


def lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.strip()]


class TestHelp:
    @pytest.mark.parametrize("words", EVERY, ids=" ".join)
    def test_every_command_explains_itself(self, cairn: Command, words: tuple[str, ...], data: Path) -> None:
        result = cairn(*words, "--help")
        assert result.exit_code == 0
        assert result.output.startswith(f"Usage: main {' '.join(words)}")
        assert len(lines(result.output)[1].strip()) > 8
        assert not data.exists()

    def test_the_whole_lists_every_command(self, cairn: Command) -> None:
        for option in ("--help", "-h"):
            result = cairn(option)
            assert result.exit_code == 0
            assert all(name in result.output for name in COMMANDS)

    def test_what_others_build_on_is_there(self) -> None:
        assert {tuple(words.split()) for words in PROMISED} <= set(EVERY)

    def test_the_version_is_told(self, cairn: Command) -> None:
        assert cairn("--version").output.startswith("cairn, version ")

    @pytest.mark.parametrize(
        "words", [["fly"], ["staff"], ["staff", "fly"], ["invite", "create", "--uses"], ["--fly"]]
    )
    def test_what_is_no_command_ends_with_status_2(self, cairn: Command, words: list[str]) -> None:
        result = cairn(*words)
        assert result.exit_code == 2
        assert {"Usage:", "Error:"} & set(result.output.split())


class TestStaff:
    def test_add_prints_a_link_that_works_once(self, cairn: Command) -> None:
        result = cairn("staff", "add", "priya@example.org", "--role", "moderator", "--role", "guide_editor")
        assert result.exit_code == 0
        said, link = lines(result.output)
        assert said.startswith("Added priya@example.org as moderator, guide_editor.")
        assert link.startswith("http://127.0.0.1:8000/welcome/")
        house = House.open()
        with house.database.reading() as session:
            found = signin.step(session, link.rpartition("/")[2], "welcome", house.clock.now())
            assert found is not None
            assert found[1].roles == ["moderator", "guide_editor"]
        house.close()

    def test_add_twice_is_refused(self, cairn: Command) -> None:
        assert cairn("staff", "add", "priya@example.org", "--role", "moderator").exit_code == 0
        again = cairn("staff", "add", "Priya@example.org", "--role", "auditor")
        assert again.exit_code == 1
        assert lines(again.output) == ["Error: Priya@example.org has an account already."]
        assert "1 rows" in cairn("audit", "verify").output

    @pytest.mark.parametrize("role", ["god", "", "Moderator "])
    def test_an_unknown_role_is_refused_and_the_known_ones_named(self, cairn: Command, role: str) -> None:
        for words in (["staff", "add", "priya@example.org"], ["token", "create"]):
            result = cairn(*words, "--role", role)
            assert result.exit_code == 2
            assert "'moderator', 'safeguarding_lead'" in result.output

    def test_no_role_at_all_is_refused(self, cairn: Command) -> None:
        result = cairn("staff", "add", "priya@example.org")
        assert result.exit_code == 2
        assert "--role" in result.output

    def test_what_is_no_address_is_refused(self, cairn: Command) -> None:
        result = cairn("staff", "add", "priya", "--role", "moderator")
        assert (result.exit_code, lines(result.output)) == (1, ["Error: 'priya' is not an e-mail address."])

    def test_link_and_leave(self, cairn: Command) -> None:
        for command in ("link", "leave"):
            result = cairn("staff", command, "nobody@example.org")
            assert (result.exit_code, result.output) == (1, "Error: nobody@example.org has no account.\n")
        cairn("staff", "add", "priya@example.org", "--role", "moderator")
        (link,) = lines(cairn("staff", "link", "PRIYA@example.org").output)
        assert link.startswith("http://127.0.0.1:8000/welcome/")
        assert cairn("staff", "leave", "priya@example.org").output == "priya@example.org is cut off.\n"
        assert cairn("staff", "link", "priya@example.org").exit_code == 1


class TestInvites:
    def test_create_prints_the_code_alone(self, cairn: Command) -> None:
        for words in ([], ["--uses", "30", "--days", "7", "--label", "Group at the hub"]):
            result = cairn("invite", "create", *words)
            assert result.exit_code == 0
            (code,) = result.output.splitlines()
            assert len(code) == 10
            assert set(code) <= set(ALPHABET)
        (code,) = cairn("invite", "group").output.splitlines()
        assert set(code) <= set(ALPHABET)

    @pytest.mark.parametrize(
        "words", [["--uses", "0"], ["--uses", "-1"], ["--uses", "x"], ["--days", "0"], ["--days", "367"]]
    )
    def test_uses_and_days_must_make_sense(self, cairn: Command, words: list[str]) -> None:
        result = cairn("invite", "create", *words)
        assert result.exit_code == 2
        assert "Invalid value" in result.output

    def test_revoke_ends_one_that_there_is(self, cairn: Command) -> None:
        cairn("invite", "create")
        assert cairn("invite", "revoke", "1").output == "Invite 1 is revoked.\n"
        result = cairn("invite", "revoke", "9")
        assert (result.exit_code, result.output) == (1, "Error: There is no invite 9.\n")


class TestTokens:
    def test_create_prints_the_token_alone(self, cairn: Command) -> None:
        result = cairn("token", "create", "--role", "moderator")
        assert result.exit_code == 0
        (token,) = result.output.splitlines()
        house = House.open()
        with house.database.reading() as session:
            found = staff.token_holder(session, token, house.clock.now())
            assert found is not None
            assert found.roles == ["moderator"]
        house.close()

    def test_list_and_revoke(self, cairn: Command) -> None:
        cairn("token", "create", "--role", "moderator", "--label", "report")
        assert cairn("token", "list").output == "1\tmoderator\treport\tgood\n"
        assert cairn("token", "revoke", "1").output == "Token 1 is revoked.\n"
        assert cairn("token", "list").output == "1\tmoderator\treport\tended\n"
        assert cairn("token", "revoke", "9").exit_code == 1


class TestTheAudit:
    def test_verify_proves_what_the_commands_recorded(self, cairn: Command) -> None:
        assert cairn("audit", "verify").output == "The audit chain holds: 0 rows.\n"
        cairn("staff", "add", "priya@example.org", "--role", "moderator")
        cairn("token", "create", "--role", "auditor")
        cairn("invite", "create")
        result = cairn("audit", "verify")
        assert (result.exit_code, result.output) == (0, "The audit chain holds: 3 rows.\n")

    @pytest.mark.parametrize(
        ("tampering", "said"),
        [
            ("UPDATE audit SET actor = 'staff:1' WHERE number = 2", "row 2 was changed"),
            ("DELETE FROM audit WHERE number = 2", "row 2 is missing"),
            ("DELETE FROM audit WHERE number = 3", "1 rows are missing from the end"),
        ],
    )
    def test_verify_after_tampering_ends_with_status_1(
        self, cairn: Command, data: Path, tampering: str, said: str
    ) -> None:
        for _ in range(3):
            cairn("invite", "create")
        with sqlite3.connect(data / "cairn.sqlite3") as file:
            file.execute(tampering)
        file.close()
        result = cairn("audit", "verify")
        assert (result.exit_code, result.output) == (1, f"Error: The audit chain is broken: {said}.\n")


class TestTheDatabase:
    def test_migrate_may_be_run_again(self, cairn: Command, data: Path) -> None:
        for _ in range(2):
            result = cairn("migrate")
            assert (result.exit_code, result.output) == (0, "The schema is up to date (sqlite).\n")
        assert (data / "cairn.sqlite3").exists()
        assert (data / "keys.json").stat().st_mode & 0o777 == 0o600

    def test_migrate_on_postgresql(
        self, cairn: Command, postgresql_server: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("CAIRN_DATABASE_URL", postgresql_server)
        assert cairn("migrate").output == "The schema is up to date (postgresql).\n"

    def test_seed_loads_the_guide_once(self, cairn: Command) -> None:
        first = cairn("db", "seed")
        assert first.exit_code == 0
        assert int(first.output.removeprefix("Loaded ").partition(" ")[0]) >= 90
        again = cairn("db", "seed")
        assert (again.exit_code, again.output) == (0, "The guide is loaded already; nothing changed.\n")


class TestKeys:
    def test_rotate_adds_a_key_and_what_was_sealed_still_opens(self, cairn: Command) -> None:
        cairn("staff", "add", "priya@example.org", "--role", "moderator")
        result = cairn("keys", "rotate")
        assert result.exit_code == 0
        assert result.output.startswith("Key 2 seals from the next start.")
        assert cairn("staff", "link", "priya@example.org").exit_code == 0

    def test_broken_keys_are_named_and_left_alone(self, cairn: Command, data: Path) -> None:
        data.mkdir()
        (data / "keys.json").write_text("{broken")
        for words in (["migrate"], ["keys", "rotate"], ["up"], ["audit", "verify"]):
            result = cairn(*words)
            assert result.exit_code == 1
            assert lines(result.output)[0].startswith(f"Error: {data / 'keys.json'} does not hold a key ring")
        assert (data / "keys.json").read_text() == "{broken"


class TestTrouble:
    @pytest.mark.parametrize(
        "words", [["migrate"], ["audit", "verify"], ["up"], ["intake"], ["admin"]], ids=" ".join
    )
    @pytest.mark.parametrize(
        ("address", "said"),
        [
            ("nonsense", "CAIRN_DATABASE_URL"),
            ("mysql://root@db/cairn", "CAIRN_DATABASE_URL"),
            ("postgresql://", "database"),
            ("postgresql://cairn:s3cret@127.0.0.1:1/cairn", "the database did not answer"),
            ("postgresql://cairn:s3cret@[/cairn", "database"),
            ("postgresql://cairn:s3cret@db:port/cairn", "CAIRN_DATABASE_URL"),
            ("sqlite:////proc/nowhere/cairn.sqlite3", ""),
            ("sqlite:////dev/null", "database"),
        ],
    )
    def test_a_wrong_database_is_one_clear_line(
        self, cairn: Command, monkeypatch: pytest.MonkeyPatch, words: list[str], address: str, said: str
    ) -> None:
        monkeypatch.setenv("CAIRN_DATABASE_URL", address)
        monkeypatch.setenv("CAIRN_TELEGRAM_TOKEN", "1:rehearsal")
        result = cairn(*words)
        assert result.exit_code == 1
        (line,) = lines(result.output)
        assert line.startswith("Error: ")
        assert said in line
        assert "s3cret" not in line

    @pytest.mark.parametrize(
        ("variable", "value"),
        [
            ("CAIRN_PORT", "abc"),
            ("CAIRN_REDIS_URL", "nonsense"),
            ("CAIRN_TELEGRAM_API_URL", "ftp://x"),
            ("CAIRN_LOG_FORMAT", "x"),
        ],
    )
    def test_a_setting_that_will_not_do_is_named(
        self, cairn: Command, monkeypatch: pytest.MonkeyPatch, variable: str, value: str
    ) -> None:
        monkeypatch.setenv(variable, value)
        for words in (["migrate"], ["up"], ["work"], ["keys", "rotate"]):
            result = cairn(*words)
            assert result.exit_code == 1
            (line,) = lines(result.output)
            assert line.startswith(f"Error: {variable}: ")

    @pytest.mark.parametrize("command", PROCESSES)
    def test_a_data_folder_that_cannot_be_made_is_named(
        self, cairn: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
    ) -> None:
        (tmp_path / "file").write_text("")
        for folder in (tmp_path / "file", tmp_path / "file" / "data"):
            monkeypatch.setenv("CAIRN_DATA", str(folder))
            result = cairn(command)
            assert result.exit_code == 1
            (line,) = lines(result.output)
            assert str(tmp_path / "file") in line

    def test_a_port_that_is_taken_is_named(self, cairn: Command, monkeypatch: pytest.MonkeyPatch) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            monkeypatch.setenv("CAIRN_PORT", str(port))
            for command in ("up", "admin"):
                result = cairn(command)
                assert result.exit_code == 1
                assert lines(result.output)[-1].startswith(f"Error: port {port} on 127.0.0.1 cannot be used")

    @pytest.mark.parametrize("words", [["migrate"], ["up"], ["schedule"], ["token", "list"]], ids=" ".join)
    def test_a_file_that_is_no_database_is_named_and_left_alone(
        self, cairn: Command, data: Path, words: list[str]
    ) -> None:
        data.mkdir()
        (data / "cairn.sqlite3").write_bytes(b"shopping list: milk, nappies\n" * 50)
        result = cairn(*words)
        assert result.exit_code == 1
        assert lines(result.output) == ["Error: the database did not answer: file is not a database"]
        assert (data / "cairn.sqlite3").read_bytes().startswith(b"shopping list")

    @pytest.mark.parametrize("command", ["intake", "work", "send"])
    def test_a_process_that_needs_telegram_says_so(self, cairn: Command, command: str) -> None:
        cairn("migrate")
        result = cairn(command)
        assert result.exit_code == 1
        assert "CAIRN_TELEGRAM_TOKEN is not set" in result.output

    @pytest.mark.parametrize("command", ["intake", "work", "send", "schedule", "admin"])
    def test_a_process_on_a_database_without_its_tables_says_to_migrate(
        self, cairn: Command, monkeypatch: pytest.MonkeyPatch, command: str
    ) -> None:
        monkeypatch.setenv("CAIRN_TELEGRAM_TOKEN", "1:rehearsal")
        result = cairn(command)
        assert result.exit_code == 1
        (line,) = lines(result.output)
        assert "cairn migrate" in line
