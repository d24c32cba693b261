"""The guide as parents and editors use it: whole versions, no lost edits, nothing doubtful shown."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core import audit
from core.database import Database
from core.models import AuditRow
from offer_guide import service
from offer_guide.models import Version
from offer_guide.service import EditConflict, InvalidEntry, NotVerified, UnknownEntry

EDITOR = "staff:7"
TODAY = date(2026, 11, 24)


def edited(session: Session, slug: str, **changes: Any) -> dict[str, Any]:
    return {**service.editor_view(session, slug).fields, **changes}


def test_the_sample_guide_is_loaded_once(database: Database, at: datetime) -> None:
    with database.unit() as session:
        assert service.edition(session) == 0
        assert service.categories(session) == []
        assert service.finder(session).find("milk").hits == []
        assert service.load_once(session, at) == 139
        assert service.load_once(session, at) == 0
        assert service.edition(session) == 1
    with database.unit() as session:
        assert service.load_once(session, at) == 0
        assert audit.verify(session) == 1


def test_parents_see_what_is_published(session: Session) -> None:
    shelves = service.categories(session)
    assert len(shelves) == 12
    assert shelves[0].slug == "money"
    assert sum(shelf.count for shelf in shelves) == 115
    for shelf in shelves:
        found = service.entries(session, shelf.slug)
        assert len(found) == shelf.count
        duties = [("must", "may", "unknown").index(view.duty) for view in found]
        assert duties == sorted(duties)
    assert service.entries(session, "nowhere") == []
    card = service.entry(session, "healthy-start")
    assert card is not None
    assert card.title == "Healthy Start card"
    assert card.last_checked == date(2026, 11, 23)
    assert card.sections[0][0] == "What it is"
    assert service.entry(session, "frank") is None
    assert service.entry(session, "nowhere") is None


def test_editors_see_everything(session: Session, at: datetime) -> None:
    rows = service.for_editors(session, at)
    assert len(rows) == 139
    assert {row.state for row in rows} == {"published", "draft"}
    assert not any(row.overdue for row in rows)
    later = service.for_editors(session, at + timedelta(days=60))
    assert sum(row.overdue for row in later) == 24
    assert service.for_editors(session)


def test_a_draft_is_not_seen_until_it_is_published(session: Session, at: datetime) -> None:
    view = service.save_draft(
        session,
        "healthy-start",
        edited(session, "healthy-start", title="Milk card"),
        1,
        EDITOR,
        at,
        note="Renamed",
    )
    assert (view.number, view.published_number) == (2, 1)
    assert view.history[0].note == "Renamed"
    before = service.entry(session, "healthy-start")
    assert before is not None
    assert (before.title, before.number) == ("Healthy Start card", 1)
    row = next(row for row in service.for_editors(session, at) if row.slug == "healthy-start")
    assert (row.state, row.title, row.number, row.published_number) == ("both", "Milk card", 2, 1)
    assert service.edition(session) == 1

    shown = service.publish(session, "healthy-start", EDITOR, at, checked_on=TODAY)
    assert (shown.title, shown.number, shown.last_checked) == ("Milk card", 2, TODAY)
    assert service.entry(session, "healthy-start") == shown
    assert service.edition(session) == 2


def test_the_second_of_two_editors_is_told(session: Session, at: datetime) -> None:
    mine = edited(session, "healthy-start", summary="Mine.")
    service.save_draft(
        session, "healthy-start", edited(session, "healthy-start", summary="Theirs."), 1, EDITOR, at
    )
    with pytest.raises(EditConflict) as raised:
        service.save_draft(session, "healthy-start", mine, 1, "staff:8", at)
    assert raised.value.newest == 2
    with pytest.raises(EditConflict):
        service.publish(session, "healthy-start", EDITOR, at, checked_on=TODAY, number=1)
    assert service.editor_view(session, "healthy-start").fields["summary"] == "Theirs."


def test_two_editors_at_once_in_two_transactions(database: Database, at: datetime) -> None:
    with database.unit() as session:
        service.load_once(session, at)
        given = edited(session, "healthy-start")
    outcomes: list[str] = []
    ready = threading.Barrier(2)

    def save(name: str) -> None:
        ready.wait()
        try:
            with database.unit() as session:
                service.save_draft(session, "healthy-start", {**given, "summary": name}, 1, name, at)
            outcomes.append("saved")
        except EditConflict:
            outcomes.append("conflict")

    threads = [threading.Thread(target=save, args=(f"staff:{number}",)) for number in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(outcomes) == ["conflict", "saved"]


def test_wrong_fields_are_refused_and_nothing_changes(session: Session, at: datetime) -> None:
    with pytest.raises(InvalidEntry) as raised:
        service.save_draft(session, "healthy-start", edited(session, "healthy-start", title=""), 1, EDITOR, at)
    assert [name for name, _ in raised.value.problems] == ["title"]
    with pytest.raises(InvalidEntry):
        service.save_draft(session, "healthy-start", {}, 1, EDITOR, at)
    assert service.editor_view(session, "healthy-start").number == 1


def test_what_was_published_is_never_changed(session: Session, at: datetime) -> None:
    first = dict(session.scalars(select(Version).where(Version.number == 1).limit(1)).one().fields)
    slug = service.for_editors(session, at)[0].slug
    original = service.editor_view(session, slug).fields
    service.publish(session, slug, EDITOR, at + timedelta(days=1), checked_on=date(2026, 11, 25))
    again = service.editor_view(session, slug)
    assert (again.number, again.published_number, len(again.history)) == (2, 2, 2)
    session.expire_all()
    kept = session.scalars(select(Version).where(Version.number == 1)).all()
    assert first in [version.fields for version in kept]
    assert original in [version.fields for version in kept]


def test_the_editor_cannot_write_the_day_of_the_check(session: Session, at: datetime) -> None:
    given = edited(session, "healthy-start", last_checked="2026-11-24", review_due="2027-01-01")
    view = service.save_draft(session, "healthy-start", given, 1, EDITOR, at)
    assert view.fields["last_checked"] == "2026-11-23"
    assert view.fields["review_due"] == "2027-01-01"


def test_doubts_hold_a_draft_back(session: Session, at: datetime) -> None:
    doubts = service.editor_view(session, "frank").doubts
    assert doubts
    with pytest.raises(NotVerified) as raised:
        service.publish(session, "frank", EDITOR, at, checked_on=TODAY)
    assert raised.value.doubts == list(doubts)
    assert service.entry(session, "frank") is None
    shown = service.publish(session, "frank", EDITOR, at, checked_on=TODAY, unverified_ok=True)
    assert shown.review_due == date(2027, 5, 24)
    assert service.editor_view(session, "frank").doubts == ()
    service.publish(session, "frank", EDITOR, at, checked_on=TODAY)


def test_a_new_doubt_about_a_published_entry_holds_its_draft_back(session: Session, at: datetime) -> None:
    given = edited(session, "child-benefit")
    given["unverified"] = [*given["unverified"], "The amount from April"]
    assert service.save_draft(session, "child-benefit", given, 1, EDITOR, at).doubts == ("The amount from April",)
    with pytest.raises(NotVerified):
        service.publish(session, "child-benefit", EDITOR, at, checked_on=TODAY)


def test_dates_of_publishing(session: Session, at: datetime) -> None:
    with pytest.raises(InvalidEntry, match="not come yet"):
        service.publish(session, "healthy-start", EDITOR, at, checked_on=date(2026, 11, 25))
    with pytest.raises(InvalidEntry, match="after the last check"):
        service.publish(session, "healthy-start", EDITOR, at, checked_on=TODAY, review_due=TODAY)
    april = service.publish(session, "council-tax-cumberland", EDITOR, at, checked_on=TODAY)
    assert april.review_due == date(2027, 4, 6)
    given = service.publish(
        session, "council-tax-cumberland", EDITOR, at, checked_on=TODAY, review_due=date(2026, 12, 25)
    )
    assert given.review_due == date(2026, 12, 25)
    summer = datetime(2027, 8, 31, 12, tzinfo=UTC)
    late = service.publish(session, "healthy-start", EDITOR, summer, checked_on=date(2027, 8, 31))
    assert late.review_due in {date(2028, 2, 29), date(2028, 4, 6)}


def test_an_entry_is_made_published_and_withdrawn(session: Session, at: datetime, fields: dict[str, Any]) -> None:
    view = service.create(session, "free-swimming", {**fields, "last_checked": "", "review_due": ""}, EDITOR, at)
    assert (view.number, view.published_number) == (1, None)
    assert view.fields["review_due"] == "2026-12-22"
    assert service.entry(session, "free-swimming") is None
    with pytest.raises(InvalidEntry, match="already"):
        service.create(session, "free-swimming", fields, EDITOR, at)
    with pytest.raises(InvalidEntry, match="slug"):
        service.create(session, "Free Swimming", fields, EDITOR, at)
    with pytest.raises(InvalidEntry, match="category"):
        service.create(session, "swim", {**fields, "category": "sport"}, EDITOR, at)

    count = next(shelf.count for shelf in service.categories(session) if shelf.slug == "people-and-groups")
    service.publish(session, "free-swimming", EDITOR, at, checked_on=TODAY)
    assert service.finder(session).find("trapeze lessons").hits[0].slug == "free-swimming"
    moved = edited(session, "free-swimming", category="baby-health")
    service.save_draft(session, "free-swimming", moved, 1, EDITOR, at)
    shelf = [view.slug for view in service.entries(session, "people-and-groups")]
    assert "free-swimming" in shelf
    assert len(shelf) == count + 1
    service.publish(session, "free-swimming", EDITOR, at, checked_on=TODAY)
    assert "free-swimming" in [view.slug for view in service.entries(session, "baby-health")]

    assert service.withdraw(session, "free-swimming", EDITOR, at, reason="Pool shut") is True
    assert service.withdraw(session, "free-swimming", EDITOR, at) is False
    assert service.entry(session, "free-swimming") is None
    assert service.finder(session).find("trapeze lessons").confident is False
    row = next(row for row in service.for_editors(session, at) if row.slug == "free-swimming")
    assert (row.state, row.published_number) == ("draft", None)
    assert service.edition(session) == 4


def test_what_nobody_knows(session: Session, at: datetime) -> None:
    with pytest.raises(UnknownEntry):
        service.editor_view(session, "nowhere")
    with pytest.raises(UnknownEntry):
        service.save_draft(session, "nowhere", {}, 1, EDITOR, at)
    with pytest.raises(UnknownEntry):
        service.publish(session, "nowhere", EDITOR, at, checked_on=TODAY)
    with pytest.raises(UnknownEntry):
        service.withdraw(session, "nowhere", EDITOR, at)


@pytest.mark.parametrize("slug", ["", "a\x00b", "\ud800", "x" * 10_000, "../money", "Healthy-Start"])
def test_slugs_of_any_shape_are_borne(session: Session, at: datetime, slug: str) -> None:
    assert service.entry(session, slug) is None
    assert service.entries(session, slug) == []
    with pytest.raises(UnknownEntry):
        service.editor_view(session, slug)
    with pytest.raises(UnknownEntry):
        service.withdraw(session, slug, EDITOR, at)


def test_notes_are_kept_without_what_a_database_refuses(session: Session, at: datetime) -> None:
    given = edited(session, "healthy-start")
    view = service.save_draft(
        session, "healthy-start", given, 1, EDITOR, at, note="New\x00 \ud800rate\n" + "x" * 600
    )
    assert view.history[0].note.startswith("New rate\nx")
    assert len(view.history[0].note) == 500


def test_every_act_is_audited(session: Session, at: datetime, fields: dict[str, Any]) -> None:
    service.create(session, "free-swimming", fields, EDITOR, at)
    service.save_draft(session, "free-swimming", fields, 1, EDITOR, at)
    service.publish(session, "free-swimming", EDITOR, at, checked_on=TODAY)
    service.withdraw(session, "free-swimming", EDITOR, at)
    rows = session.scalars(select(AuditRow).order_by(AuditRow.number)).all()
    assert [(row.actor, row.act, row.subject) for row in rows] == [
        ("system", "guide.loaded", "guide"),
        (EDITOR, "guide.created", "guide:free-swimming"),
        (EDITOR, "guide.draft_saved", "guide:free-swimming"),
        (EDITOR, "guide.published", "guide:free-swimming"),
        (EDITOR, "guide.withdrawn", "guide:free-swimming"),
    ]
    assert audit.verify(session) == 5


def test_the_finder_is_kept_for_an_edition(database: Database, at: datetime) -> None:
    with database.unit() as session:
        service.load_once(session, at)
    with database.reading() as session:
        first = service.finder(session)
        assert service.finder(session) is first
    with database.unit() as session:
        service.save_draft(session, "healthy-start", edited(session, "healthy-start"), 1, EDITOR, at)
        assert service.finder(session) is first
        service.publish(session, "healthy-start", EDITOR, at, checked_on=TODAY)
    with database.reading() as session:
        assert service.finder(session) is not first


def test_a_publication_that_was_rolled_back_leaves_no_finder(
    database: Database, at: datetime, fields: dict[str, Any]
) -> None:
    def publish(session: Session, word: str, fails: bool = False) -> None:
        service.create(session, word, {**fields, "title": word, "asked_as": [word]}, EDITOR, at)
        service.publish(session, word, EDITOR, at, checked_on=TODAY)
        assert service.finder(session).find(word).hits[0].slug == word
        if fails:
            raise ZeroDivisionError

    def publish_in_vain() -> None:
        with database.unit() as session:
            publish(session, "trampoline", fails=True)

    with database.unit() as session:
        service.load_once(session, at)
    with pytest.raises(ZeroDivisionError):
        publish_in_vain()
    with database.unit() as session:
        publish(session, "saxophone")
    with database.reading() as session:
        found = service.finder(session)
        assert found.find("saxophone").hits[0].slug == "saxophone"
        assert "trampoline" not in [hit.slug for hit in found.find("trampoline").hits]
        assert service.edition(session) == 2


def test_threads_get_the_same_guide(database: Database, at: datetime) -> None:
    with database.unit() as session:
        service.load_once(session, at)
    answers: list[str] = []

    def look() -> None:
        with database.reading() as session:
            answers.append(service.finder(session).find("healthy start").hits[0].slug)

    threads = [threading.Thread(target=look) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert answers == ["healthy-start"] * 6
