"""The `cairn` command. Each subcommand is loaded only when it is asked for, so that `--help` is quick."""

from __future__ import annotations

import importlib
import sys

import click

from cairn import __version__

COMMANDS = {
    "admin": ("cairn.commands.processes", "Run the console, the API and the published guide."),
    "audit": ("cairn.commands.audit", "Prove the audit chain."),
    "db": ("cairn.commands.database", "Fill the database with what Cairn ships."),
    "intake": ("cairn.commands.processes", "Fetch updates from Telegram into the inbox."),
    "invite": ("cairn.commands.people", "Invite codes for parents, and the code that links the group."),
    "keys": ("cairn.commands.keys", "The keys that seal what people write."),
    "migrate": ("cairn.commands.database", "Bring the database schema up to date."),
    "schedule": ("cairn.commands.processes", "Run the timed jobs (one leader at a time)."),
    "screen": ("cairn.commands.screen", "Screen messages: JSON Lines in, JSON Lines out."),
    "screening": ("cairn.commands.screening", "Check how well screening does; train its meaning layer."),
    "send": ("cairn.commands.processes", "Send the outbox to Telegram."),
    "staff": ("cairn.commands.people", "Staff accounts."),
    "token": ("cairn.commands.people", "API tokens."),
    "up": ("cairn.commands.up", "Run everything in one process; a rehearsal when there is no Telegram token."),
    "work": ("cairn.commands.processes", "Handle what is in the inbox."),
}


class Loaded(click.Group):
    """A group whose commands live in modules of their own."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        found: click.Command = getattr(importlib.import_module(COMMANDS[cmd_name][0]), cmd_name)
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, said) for name, (_, said) in COMMANDS.items()])


@click.command(cls=Loaded, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="cairn")
def main() -> None:
    """Cairn: a monitored bot, an offer guide and a moderators' desk for care-experienced parents.

    Settings come from the environment; docs/operations.md lists them.
    """


if __name__ == "__main__":
    sys.exit(main())
