"""The guide's own fixtures: a fixed moment, a loaded guide, and fields that do."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from core.database import Base, Database
from core.sealing import KeyRing, install
from offer_guide import content, service
from offer_guide.views import EntryView, entry_view


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    install(KeyRing.made_new())
    made = Database(f"sqlite:///{tmp_path}/x.sqlite3")
    Base.metadata.create_all(made.engine)
    yield made
    made.close()


@pytest.fixture
def at() -> datetime:
    return datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


@pytest.fixture
def session(database: Database, at: datetime) -> Iterator[Session]:
    """A unit of work on a database that holds the sample guide."""
    with database.unit() as opened:
        service.load_once(opened, at)
        yield opened


@pytest.fixture
def fields() -> dict[str, Any]:
    """The fields of an entry that does."""
    return {
        "title": "Free swimming",
        "summary": "Care leavers swim for nothing.",
        "category": "people-and-groups",
        "duty": "may",
        "agency": "Cumberland Council",
        "areas": ["cumberland"],
        "audience": ["mum", "dad"],
        "ages": "16 to 25",
        "legal_basis": "",
        "what_it_is": "You and your child can use the council's pools.",
        "who_can_get_it": "Care leavers up to 25.",
        "how_much": "",
        "how_to_ask": "Show your card at the desk.",
        "words_to_say": "",
        "if_told_no": "",
        "who_can_help": "",
        "phones": [{"number": "0300 373 3730", "label": "Cumberland Council", "hours": ""}],
        "links": [{"url": "https://cumberland.gov.uk/", "label": "The council"}],
        "sources": ["https://cumberland.gov.uk/"],
        "source_date": "2026",
        "last_checked": "2026-11-23",
        "review_due": "2027-05-23",
        "unverified": [],
        "asked_as": ["trapeze lessons"],
    }


@pytest.fixture(scope="session")
def shipped() -> list[EntryView]:
    """Every entry of the sample guide that is published."""
    return [
        entry_view(entry.slug, 1, entry.fields)
        for shelf in content.shipped()
        for entry in shelf.entries
        if entry.published
    ]
