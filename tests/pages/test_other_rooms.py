"""Cards, invites, the group, the system and the staff, each by its forms."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select

from admin_api.web import Web
from core import inbox, outbox
from core.models import AuditRow, InboxUpdate, OutboxItem
from core.remember import remember
from moderation import wording
from people import conversations
from people import service as people
from people.invites import InviteRefused, use_invite
from staff.roles import Role
from tests.admin_api.conftest import WORRYING, Parents
from tests.conftest import TestClock
from tests.pages.conftest import Browser

CARD = "card.breaking_point"


def test_a_card_is_changed_and_can_never_be_empty(
    works_as: Callable[..., Browser], web: Web, stranger: Browser
) -> None:
    lead = works_as(Role.SAFEGUARDING_LEAD)
    page = lead.get(f"/wording/{CARD}")
    assert "Put baby down" in page.words
    for empty in ("", "  \n", "{when}", "\x00"):
        wrong = lead.refused(page, f"/wording/{CARD}", text=empty)
        assert "can never be empty" in wrong.words
    wrong = lead.refused(page, f"/wording/{CARD}", text="Put baby down.")
    assert "Keep {when}" in wrong.words
    assert wrong.form(f"/wording/{CARD}").fields["text"] == ["Put baby down."]
    done = lead.fill(page, f"/wording/{CARD}", text="**Put baby down.** {when}")
    assert "reads the new words" in done.words
    with web.database.reading() as session:
        assert wording.text(session, CARD) == "**Put baby down.** {when}"
    lead.fill(lead.get("/wording/urgent.hurt"), "/wording/urgent.hurt", text="Ring 999 <b>now</b>, we say.")
    help_page = stranger.get("/guide/urgent-help")
    assert "Ring 999 <b>now</b>, we say." in help_page.words
    assert "no text of that name" in lead.get("/wording/card.nothing", 404).words


def test_an_invite_is_shown_once_and_taken_back(
    works_as: Callable[..., Browser], web: Web, clock: TestClock
) -> None:
    coordinator = works_as(Role.RELATIONSHIP_COORDINATOR)
    page = coordinator.get("/people/invites")
    for uses, days in (("0", "14"), ("x", "14"), ("9" * 40, "14"), ("1", "0"), ("1", "-3"), ("1", "366")):
        coordinator.refused(page, "/people/invites", uses=uses, days=days)
    made = coordinator.shown(page, "/people/invites", uses="3", days="7", label="Whitehaven <drop-in>")
    [link] = [word for word in made.words.split() if word.startswith("https://t.me/cairn_bot?start=")]
    code = link.partition("start=")[2]
    assert "Whitehaven <drop-in>" in made.words
    assert made.troubles == []
    assert code not in coordinator.get("/people/invites").source
    with web.database.unit() as session:
        use_invite(session, code, "parent", clock.now())
    assert "1 of 3 used" in coordinator.get("/people/invites").words
    page = coordinator.fill(made, "/people/invites/1/revoke")
    assert "no longer works" in page.words
    with web.database.unit() as session:
        try:
            use_invite(session, code, "parent", clock.now())
        except InviteRefused:
            pass
        else:
            raise AssertionError("a revoked invite was taken")


def test_the_group(works_as: Callable[..., Browser], web: Web, clock: TestClock) -> None:
    admin, moderator = works_as(Role.ADMINISTRATOR), works_as(Role.MODERATOR)
    assert "An administrator can link it" in moderator.get("/group").words
    made = admin.shown(admin.get("/group"), "/group/link-code")
    code = made.words.split("/link ")[1].split()[0]
    with web.database.unit() as session:
        use_invite(session, code, "group", clock.now())
        group = conversations.link_group(session, "telegram", -5, clock.now())
        person = people.meet(session, "telegram", 7, "Dean", clock.now())
        conversations.set_standing(session, group, person, "asked", clock.now())
    assert "Telegram has not said yet" in admin.get("/group").words
    for rights, told in (
        ({"status": "member"}, "no administrator of the group"),
        ({"status": "left"}, "no longer in the group"),
        ({"status": "administrator", "can_delete_messages": True}, "Answer requests to join: not allowed"),
        ({"status": "administrator", "can_invite_users": True}, "Take messages out: not allowed"),
    ):
        with web.database.unit() as session:
            linked = conversations.linked_group(session)
            assert linked is not None
            conversations.note_rights(session, linked, rights)
        page = moderator.get("/group")
        assert told in page.words
        assert told in admin.get("/system").words
        assert "Asked to join (1)" in page.words
        assert "cannot write to them privately" in page.words


def test_the_system_says_kinds_and_numbers_and_no_words(
    works_as: Callable[..., Browser], web: Web, parents: Parents, clock: TestClock
) -> None:
    admin = works_as(Role.ADMINISTRATOR)
    assert "not been in contact" in admin.get("/system").words
    reference = parents.writes(WORRYING)
    with web.database.unit() as session:
        remember(session, "telegram.last_contact", clock.now().isoformat(), clock.now())
        item = session.scalars(select(OutboxItem)).first()
        assert item is not None
        outbox.mark_dead(session, item, "BadRequest: the secret words")
        inbox.store(session, "telegram", [inbox.Arrival(77, "lane", {"message": "secret words"})], clock.now())
        update = session.scalars(select(InboxUpdate)).one()
        update.state, update.error = "dead", "KeyError: secret words"
    page = admin.get("/system")
    for told in ("A crisis card", "BadRequest", "Update 77", "KeyError"):
        assert told in page.words
    for hidden in ("secret words", WORRYING, "shake", reference):
        assert hidden not in page.source
    manager = works_as(Role.MANAGER).get("/system")
    assert not [form for form in manager.forms if form.action.startswith("/system")]
    page = admin.fill(page, f"/system/outbox/{item.id}/again")
    assert "will be tried again now" in page.words
    assert "Everything was sent" in page.words
    clock.move(minutes=6)
    assert "has not answered for more than five minutes" in admin.get("/system").words


def test_an_administrator_adds_changes_and_lets_go(
    works_as: Callable[..., Browser], stranger: Browser, web: Web
) -> None:
    admin = works_as(Role.ADMINISTRATOR)
    page = admin.get("/staff")
    assert "#email" in admin.refused(page, "/staff", email="nonsense", roles=["moderator"]).links
    wrong = admin.refused(page, "/staff", email="sam@example.org", name="Sam")
    assert "#roles" in wrong.links
    assert wrong.form("/staff").fields["email"] == ["sam@example.org"]
    made = admin.shown(wrong, "/staff", roles=["moderator"])
    [link] = [word for word in made.words.split() if "/welcome/" in word]
    path = link.removeprefix(web.settings.web_address)
    assert "Welcome, Sam" in stranger.get(path).words
    assert "/welcome/" not in admin.get("/staff").source

    [one] = [link for link in made.links if link.startswith("/staff/") and link != f"/staff/{admin.staff_id}"]
    page = admin.fill(admin.get(one), f"{one}/roles", roles=["guide_editor", "moderator"])
    assert "Guide editor, Moderator" in page.words
    admin.refused(admin.get(one), f"{one}/roles", roles=[])
    assert "/welcome/" in admin.shown(admin.get(one), f"{one}/link").words
    page = admin.fill(admin.get(one), f"{one}/leave")
    assert "signed out for good" in page.words
    assert "no longer works" in stranger.get(path, 404).words
    with web.database.reading() as session:
        acts = [row.act for row in session.scalars(select(AuditRow)) if row.act.startswith("staff.")]
        assert acts == ["staff.added", "staff.link_made", "staff.roles", "staff.link_made", "staff.left"]


def test_nobody_changes_their_own_roles(works_as: Callable[..., Browser]) -> None:
    admin = works_as(Role.ADMINISTRATOR)
    own = f"/staff/{admin.staff_id}"
    page = admin.get(own)
    assert [form.action for form in page.forms] == ["/sign-out"]
    token = page.form("/sign-out").fields
    for act, field in (("roles", {"roles": ["moderator"]}), ("leave", {})):
        answer = admin.inner.post(
            f"{own}/{act}", data={**token, **field}, headers={"Origin": "http://127.0.0.1:8000"}
        )
        assert answer.status_code == 409
    assert admin.get(own)
    admin.get("/staff/999999", 404)
    assert admin.inner.get(f"/staff/{10**30}").status_code == 422
