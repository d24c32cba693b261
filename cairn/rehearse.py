"""The rehearsal: Cairn's real bot against an emulated Telegram on loopback, with made-up people.

The stage is set anew at each start: the phones begin empty, the database keeps what it has.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from cairn.house import House
from cairn.running import Telegram
from core import audit
from core.settings import LOOPBACK_HOSTS
from people import invites
from rehearsal import Server, World, serve
from staff import service as staff
from staff import signin
from staff.roles import Role

STAFF_EMAIL = "rehearsal@cairn.invalid"
ROLES = (Role.ADMINISTRATOR, Role.MODERATOR, Role.SAFEGUARDING_LEAD, Role.GUIDE_EDITOR)
GROUP = -1_000_000_000_001
MODERATOR_PHONE = 1005
TOKEN = "1:rehearsal"  # noqa: S105 (the emulator's own; opens nothing)


@dataclass(slots=True)
class Stage:
    """A rehearsal that is running."""

    server: Server
    console: str
    sign_in: str
    invite: str
    telegram: Telegram
    links: list[tuple[str, str]] = field(default_factory=list)

    def welcome(self) -> str:
        """What is printed when all is ready."""
        return (
            "\nCairn is running as a rehearsal. Nothing leaves this machine; the people are made up.\n\n"
            f"  Start here        {self.console}/\n"
            f"  Phones            {self.server.phones_url}\n"
            f"  Sign in, once     {self.sign_in}\n"
            f"  Console           {self.console}/cases\n"
            f"  Published guide   {self.console}/guide\n"
            f"  Invite code       {self.invite}  (type it on a phone, or: /start {self.invite})\n\n"
            "Stop with Ctrl+C.\n"
        )

    def close(self) -> None:
        self.server.stop()


class NotOnLoopback(Exception):
    """A rehearsal signs people in by a link alone, so it must not be reachable from other machines."""


def prepare(house: House) -> Stage:
    """Start the emulator, the first administrator's one-time sign-in, the group and an invite code.

    Raises NotOnLoopback when the console would be open to other machines.
    """
    if house.settings.host not in LOOPBACK_HOSTS:
        raise NotOnLoopback(
            f"A rehearsal stays on this machine, and CAIRN_HOST is {house.settings.host}. "
            "Leave it out, or set CAIRN_TELEGRAM_TOKEN"
        )
    console = house.settings.web_address
    world = World.with_cast(token=TOKEN)
    world.begin_message_ids(int(time.time()))
    links = [
        ("Console", f"{console}/cases"),
        ("Published guide", f"{console}/guide"),
    ]
    server = _serve(world, house.settings.port + 1, links)
    with house.database.unit() as session:
        now = house.clock.now()
        member = staff.find(session, STAFF_EMAIL) or staff.add(
            session, STAFF_EMAIL, [role.value for role in ROLES], now, "Priya (rehearsal)"
        )
        staff.set_duty(session, member, True)
        token = signin.begin_welcome(session, member, now, rehearsal=True)
        link_code, _ = invites.issue_invite(
            session, at=now, by="command", kind="staff", days=1, subject=str(member.id)
        )
        group_code, _ = invites.issue_invite(session, at=now, by="command", kind="group", days=1)
        parents, _ = invites.issue_invite(session, at=now, by="command", uses=50, days=1, label="Rehearsal")
        audit.record(session, now, "command", "rehearsal.started")
    world.press_start(MODERATOR_PHONE, link_code)
    world.send_text(MODERATOR_PHONE, GROUP, f"/link {group_code}")
    stage = Stage(
        server=server,
        console=console,
        sign_in=f"{console}/enter/{token}",
        invite=parents,
        telegram=Telegram(server.base_url.removesuffix("/bot"), TOKEN),
    )
    stage.links = [
        ("The phones", server.phones_url),
        ("Sign in to the console (once)", stage.sign_in),
        ("The published guide", f"{console}/guide"),
    ]
    return stage


def _serve(world: World, port: int, links: list[tuple[str, str]]) -> Server:
    try:
        return serve(world, port=port, links=links).start()
    except OSError:  # taken: any free port will do, its address is printed
        return serve(world, port=0, links=links).start()
