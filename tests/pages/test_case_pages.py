"""A moderator's work by the forms of the console, from a worry to an outcome."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select

from admin_api.web import Web
from core.models import AuditRow, OutboxItem
from core.outbox import Remove, Say, opened
from moderation import service as moderation
from people import conversations
from people import service as people
from people.messages import Received
from staff.roles import Role
from tests.admin_api.conftest import HERE, WORRYING, Parents
from tests.conftest import TestClock
from tests.conftest import database as database  # both kinds of database
from tests.pages.conftest import Browser
from tests.pages.reading import Page


def outgoing(web: Web, what: str) -> list[object]:
    with web.database.reading() as session:
        items = session.scalars(select(OutboxItem).order_by(OutboxItem.id)).all()
        return [opened(item)[1] for item in items if item.about.get("what") == what]


def test_from_the_queue_to_an_outcome(works_as: Callable[..., Browser], web: Web, parents: Parents) -> None:
    moderator = works_as(Role.MODERATOR)
    assert "No open cases" in moderator.get("/cases").words
    case = f"/cases/{parents.writes(WORRYING)}"

    queue = moderator.get("/cases")
    assert queue.title == "(1) Cases"
    assert case in queue.links
    assert "Immediate" in queue.words
    assert "Nobody yet" in queue.words

    page = moderator.fill(moderator.get(case), f"{case}/claim")
    assert "You have this case now" in page.words
    assert "Put it back" in page.words

    page = moderator.fill(page, f"{case}/notes", note="Rang the health visitor")
    assert "Rang the health visitor" in page.words
    page = moderator.fill(page, f"{case}/replies", reply="I will ring you at 3.")
    assert "on its way to their phone" in page.words
    [said] = outgoing(web, "reply")
    assert isinstance(said, Say)
    assert said.text == "**From the team:**\n\nI will ring you at 3."

    page = moderator.fill(page, f"{case}/close", outcome="advice", reason="She is safe, her mum is with her.")
    assert "The case is closed" in page.words
    assert "Advice given" in page.words
    assert f"{case}/replies" not in [form.action for form in page.forms]
    assert case in moderator.get("/cases?state=closed").links
    assert case not in moderator.get("/cases").links


def test_what_was_typed_is_kept_when_it_cannot_be_taken(
    works_as: Callable[..., Browser], parents: Parents
) -> None:
    moderator = works_as(Role.MODERATOR)
    case = f"/cases/{parents.writes(WORRYING)}"
    page = moderator.get(case)

    wrong = moderator.refused(page, f"{case}/replies", reply="  ")
    assert "Enter what you want to say" in wrong.words
    assert "#reply" in wrong.links
    wrong = moderator.refused(page, f"{case}/replies", reply="a" * 3501)
    assert wrong.form(f"{case}/replies").fields["reply"] == ["a" * 3501]
    wrong = moderator.refused(page, f"{case}/notes", note="\x00")
    assert "#note" in wrong.links
    wrong = moderator.refused(page, f"{case}/close", reason="All is well")
    assert "Choose how it ended" in wrong.words
    assert wrong.form(f"{case}/close").fields["reason"] == ["All is well"]
    wrong = moderator.refused(page, f"{case}/close", outcome="other")
    assert "Enter why" in wrong.words
    assert wrong.form(f"{case}/close").fields["outcome"] == ["other"]


def test_of_two_who_take_a_case_the_second_is_told(works_as: Callable[..., Browser], parents: Parents) -> None:
    first, second = works_as(Role.MODERATOR), works_as(Role.MODERATOR)
    case = f"/cases/{parents.writes(WORRYING)}"
    seen = second.get(case)
    first.fill(first.get(case), f"{case}/claim")
    late = second.refused(seen, f"{case}/claim", status=409)
    assert "Somebody else has this case" in late.words
    page = second.fill(late, f"{case}/release")
    assert "back in the queue" in page.words


def test_a_form_without_the_sessions_token_changes_nothing(
    works_as: Callable[..., Browser], parents: Parents
) -> None:
    moderator = works_as(Role.MODERATOR)
    case = f"/cases/{parents.writes(WORRYING)}"
    answer = moderator.inner.post(f"{case}/claim", headers=HERE)
    assert answer.status_code == 403
    assert "out of date" in Page(answer.text).words
    assert "Nobody yet" in moderator.get(case).words


def test_what_somebody_wrote_is_shown_as_text_and_the_matched_words_are_marked(
    works_as: Callable[..., Browser], parents: Parents
) -> None:
    words = (
        '<script>alert(1)</script> <mark>x</mark> & "I\'m going to shake him" </blockquote><img src=x onerror=1>'
    )
    page = works_as(Role.MODERATOR).get(f"/cases/{parents.writes(words)}")
    assert page.troubles == []
    assert words in page.words
    assert page.source.count("<script>alert") == 0
    assert page.marks
    assert all("shake him" in mark or mark in words for mark in page.marks)
    assert any("shake him" in mark for mark in page.marks)
    assert "x" not in page.marks


def test_an_edited_message_in_the_group_is_taken_out(
    works_as: Callable[..., Browser], web: Web, clock: TestClock
) -> None:
    moderator = works_as(Role.MODERATOR)
    with web.database.unit() as session:
        at = clock.now()
        person = people.meet(session, "telegram", 7, "Dean", at)
        people.start(session, person)
        people.answer_notice(session, person, True, at)
        group = conversations.link_group(session, "telegram", -5, at)
        first = moderation.hear(session, web.ways, person, group, Received(9, "text", WORRYING, at), at)
        assert first.case is not None
        case = f"/cases/{first.case.reference}"
    with web.database.unit() as session:
        at = clock.move(minutes=2)
        person = people.meet(session, "telegram", 7, "Dean", at)
        found = conversations.linked_group(session)
        assert found is not None
        moderation.hear(session, web.ways, person, found, Received(9, "text", f"{WORRYING} NOW", at), at)

    page = moderator.get(case)
    assert "edited: this is version 2" in page.words
    assert f"Until 10:02am, Wed 4 Nov it said: {WORRYING}" in page.words
    page = moderator.fill(page, f"{case}/removals")
    assert "being taken out of the group" in page.words
    assert "has been asked for" in page.words
    assert outgoing(web, "removal") == [Remove(9)]
    answer = moderator.inner.post(
        f"{case}/removals", data={**page.form(f"{case}/notes").fields, "message_id": "9" * 30}, headers=HERE
    )
    assert answer.status_code == 409


def test_after_48_hours_no_removal_is_offered(
    works_as: Callable[..., Browser], parents: Parents, clock: TestClock
) -> None:
    case = f"/cases/{parents.writes(WORRYING, group=True)}"
    clock.move(hours=49)
    page = works_as(Role.MODERATOR).get(case)
    assert f"{case}/removals" not in [form.action for form in page.forms]


def test_what_came_with_a_message_is_said_in_words(works_as: Callable[..., Browser], web: Web) -> None:
    with web.database.unit() as session:
        at = web.clock.now()
        person = people.meet(session, "telegram", 7, "Dean", at)
        chat = conversations.private(session, person, at)
        voice = Received(3, "voice", "", at, {"file": "AwAC", "seconds": 72})
        heard = moderation.hear(session, web.ways, person, chat, voice, at)
        assert heard.case is not None
        case = f"/cases/{heard.case.reference}"
    page = works_as(Role.MODERATOR).get(case)
    assert "A voice note, 1 minute 12 seconds. It is not kept here" in page.words
    assert "AwAC" not in page.source
    assert "They have never opened a chat with Cairn" in page.words
    assert f"{case}/replies" not in [form.action for form in page.forms]


def test_overdue_is_said_in_words_and_counted(
    works_as: Callable[..., Browser], parents: Parents, clock: TestClock
) -> None:
    case = f"/cases/{parents.writes(WORRYING)}"
    clock.move(minutes=40)
    moderator = works_as(Role.MODERATOR)
    queue = moderator.get("/cases")
    assert queue.title == "(1) Cases, 1 overdue"
    assert "Overdue: 25 minutes late" in queue.words
    assert "Overdue: 25 minutes late" in moderator.get(case).words
    moderator.fill(moderator.get(case), f"{case}/claim")
    assert "Overdue" not in moderator.get("/cases").words


def test_rows_alone_for_the_script(works_as: Callable[..., Browser], parents: Parents) -> None:
    moderator = works_as(Role.MODERATOR)
    reference = parents.writes(WORRYING)
    rows = moderator.get("/cases/rows?state=open")
    assert f"/cases/{reference}" in rows.links
    assert "<html" not in rows.source
    assert moderator.inner.get("/cases?page_number=99999999").status_code == 422
    assert "No open cases" in moderator.get("/cases?page_number=9").words


def test_reading_and_acting_are_audited(works_as: Callable[..., Browser], web: Web, parents: Parents) -> None:
    moderator = works_as(Role.MODERATOR)
    reference = parents.writes(WORRYING)
    moderator.fill(moderator.get(f"/cases/{reference}"), f"/cases/{reference}/claim")
    with web.database.reading() as session:
        rows = session.scalars(select(AuditRow).where(AuditRow.subject == reference)).all()
        assert [row.act for row in rows] == ["case.read", "case.claimed", "case.read"]
        assert {row.actor for row in rows} == {f"staff:{moderator.staff_id}"}
