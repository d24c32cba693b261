"""`cairn staff`, `cairn invite` and `cairn token`."""

from __future__ import annotations

import click

from cairn.commands.common import open_house
from core import audit
from people import invites
from staff import service, signin
from staff.roles import Role

ROLE = click.Choice([role.value for role in Role])
BY = "command"


@click.group()
def staff() -> None:
    """Staff accounts."""


@staff.command("add")
@click.argument("email")
@click.option("--role", "roles", type=ROLE, multiple=True, required=True, help="May be given more than once.")
@click.option("--name", default="", help="The name colleagues see; the part before the @ by default.")
def add_staff(email: str, roles: tuple[str, ...], name: str) -> None:
    """Add an account and print its one-time link, good for 24 hours."""
    with open_house() as house:
        now = house.clock.now()
        with house.database.unit() as session:
            try:
                added = service.add(session, email, roles, now, name)
            except service.StaffError as error:
                raise click.ClickException(f"{error}.") from None
            token = signin.begin_welcome(session, added, now)
            audit.record(session, now, BY, "staff.added", f"staff:{added.id}", roles=list(roles))
        click.echo(f"Added {email} as {', '.join(roles)}. Sign-in link, to be used once within 24 hours:")
        click.echo(f"{house.settings.web_address}/welcome/{token}")


@staff.command("link")
@click.argument("email")
def link_staff(email: str) -> None:
    """Print a new one-time link for somebody who lost their password or their phone."""
    with open_house() as house:
        now = house.clock.now()
        with house.database.unit() as session:
            found = service.find(session, email)
            if found is None or found.left_at is not None:
                raise click.ClickException(f"{email} has no account.")
            token = signin.begin_welcome(session, found, now)
            audit.record(session, now, BY, "staff.link_issued", f"staff:{found.id}")
        click.echo(f"{house.settings.web_address}/welcome/{token}")


@staff.command("leave")
@click.argument("email")
def leave_staff(email: str) -> None:
    """Cut somebody off: their sessions end now and they cannot sign in again."""
    with open_house() as house:
        now = house.clock.now()
        with house.database.unit() as session:
            found = service.find(session, email)
            if found is None:
                raise click.ClickException(f"{email} has no account.")
            service.leave(session, found, now)
            audit.record(session, now, BY, "staff.left", f"staff:{found.id}")
        click.echo(f"{email} is cut off.")


@click.group()
def invite() -> None:
    """Invite codes for parents, and the code that links the group."""


@invite.command("create")
@click.option("--uses", type=click.IntRange(1, 10_000), default=1, show_default=True, help="How many may use it.")
@click.option("--days", type=click.IntRange(1, 366), default=14, show_default=True, help="Good for so many days.")
@click.option("--label", default="", help="A note for the list of invites; not a person's name.")
def create_invite(uses: int, days: int, label: str) -> None:
    """Make an invite and print the code alone. Parents open t.me/<bot>?start=<code>."""
    with open_house() as house:
        now = house.clock.now()
        with house.database.unit() as session:
            code, made = invites.issue_invite(session, at=now, by=BY, uses=uses, days=days, label=label[:80])
            audit.record(session, now, BY, "invite.issued", f"invite:{made.id}", uses=uses)
        click.echo(code)


@invite.command("group")
def group_code() -> None:
    """Print a code; sent in the group as "/link CODE" it makes that group the parents' group."""
    with open_house() as house:
        now = house.clock.now()
        with house.database.unit() as session:
            code, made = invites.issue_invite(session, at=now, by=BY, kind="group", days=1)
            audit.record(session, now, BY, "group.code_issued", f"invite:{made.id}")
        click.echo(code)


@invite.command("revoke")
@click.argument("number", type=int)
def revoke_invite(number: int) -> None:
    """End an invite by its number."""
    with open_house() as house:
        now = house.clock.now()
        with house.database.unit() as session:
            if not invites.revoke_invite(session, number, now):
                raise click.ClickException(f"There is no invite {number}.")
            audit.record(session, now, BY, "invite.revoked", f"invite:{number}")
        click.echo(f"Invite {number} is revoked.")


@click.group()
def token() -> None:
    """API tokens."""


@token.command("create")
@click.option("--role", "roles", type=ROLE, multiple=True, required=True, help="May be given more than once.")
@click.option("--label", default="command line", show_default=True, help="What it is for.")
@click.option(
    "--days", type=click.IntRange(1, 3650), default=365, show_default=True, help="Good for so many days."
)
def create_token(roles: tuple[str, ...], label: str, days: int) -> None:
    """Make an API token and print it alone. It is not kept and cannot be shown again."""
    with open_house() as house:
        now = house.clock.now()
        with house.database.unit() as session:
            made = service.issue_token(session, roles, label, now, days)
            audit.record(session, now, BY, "token.issued", label[:80], roles=list(roles))
        click.echo(made)


@token.command("list")
def list_tokens() -> None:
    """List the tokens: number, roles, label, and whether they are good."""
    with open_house() as house, house.database.reading() as session:
        now = house.clock.now()
        for one in service.tokens(session):
            over = one.revoked_at is not None or (one.expires_at is not None and one.expires_at <= now)
            click.echo(f"{one.id}\t{', '.join(one.roles)}\t{one.label}\t{'ended' if over else 'good'}")


@token.command("revoke")
@click.argument("number", type=int)
def revoke_token(number: int) -> None:
    """End a token by its number (`cairn token list`)."""
    with open_house() as house:
        now = house.clock.now()
        with house.database.unit() as session:
            if not service.revoke_token(session, number, now):
                raise click.ClickException(f"There is no token {number}.")
            audit.record(session, now, BY, "token.revoked", f"token:{number}")
        click.echo(f"Token {number} is revoked.")
