"""The sample guide that ships: complete, checked, in the house's voice, and true to the record."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path

import pytest

from offer_guide import content
from offer_guide.content import ContentError, SampleEntry
from offer_guide.validation import TEXTS, check

FACTS = Path(__file__).parents[3] / "shared" / "domain" / "offer-facts.json"
ALWAYS_SAFE = {"999", "111", "101", "112"}
CATEGORIES = {
    "baby-health", "childcare-learning", "feeding-sleep-crying", "food-and-essentials", "home", "money",
    "people-and-groups", "pregnancy", "safety", "wellbeing", "work-and-study", "your-rights",
}  # fmt: skip
FORBIDDEN = re.compile(
    r"safeguarding concern|\bcases?\b|\bclients?\b|your parenting|inappropriate"
    r"|we take this seriously|\bas an ai\b|everything will be (fine|ok|okay|all right)|!",
    re.IGNORECASE,
)


@pytest.fixture(scope="module")
def entries() -> list[SampleEntry]:
    return [entry for shelf in content.shipped() for entry in shelf.entries]


def digits(number: str) -> str:
    return re.sub(r"\D", "", number)


def spoken(entry: SampleEntry) -> str:
    """Everything of an entry that a parent reads."""
    rows = [*entry.fields["phones"], *entry.fields["links"]]
    labels = [row["label"] + " " + row.get("hours", "") for row in rows]
    return "\n".join([entry.fields[name] for name in TEXTS if name != "legal_basis"] + labels)


def test_every_field_of_every_entry_does(entries: list[SampleEntry]) -> None:
    assert [(entry.slug, problems) for entry in entries if (problems := check(entry.fields, CATEGORIES))] == []


def test_the_guide_is_whole(entries: list[SampleEntry]) -> None:
    assert {shelf.slug for shelf in content.shipped()} == CATEGORIES
    assert set(content.ORDER) == CATEGORIES
    assert len({entry.slug for entry in entries}) == len(entries)
    assert sum(entry.published for entry in entries) >= 90


def test_nothing_unverified_is_said(entries: list[SampleEntry]) -> None:
    assert [entry.slug for entry in entries if "[unverified]" in json.dumps(entry.fields).lower()] == []


def test_drafts_hold_only_numbers_that_are_certain(entries: list[SampleEntry]) -> None:
    certain = ALWAYS_SAFE | {
        digits(phone["number"]) for entry in entries if entry.published for phone in entry.fields["phones"]
    }
    assert [
        (entry.slug, phone["number"])
        for entry in entries
        if not entry.published
        for phone in entry.fields["phones"]
        if digits(phone["number"]) not in certain
    ] == []


def test_running_text_holds_no_numbers_to_ring(entries: list[SampleEntry]) -> None:
    said = re.compile(r"\b0\d{2,4}[ ]?\d{3}[ ]?\d{3,4}\b|\b116 ?\d{3}\b")
    assert [entry.slug for entry in entries if said.search("\n".join(entry.fields[name] for name in TEXTS))] == []


def test_dates_are_possible(entries: list[SampleEntry]) -> None:
    for entry in entries:
        assert date.fromisoformat(entry.fields["last_checked"]) <= date(2026, 11, 23)
        assert date.fromisoformat(entry.fields["review_due"]) > date(2026, 11, 23)


def test_the_voice_is_kept(entries: list[SampleEntry]) -> None:
    assert [(entry.slug, found.group()) for entry in entries if (found := FORBIDDEN.search(spoken(entry)))] == []


def test_assessment_is_explained_where_it_is_said(entries: list[SampleEntry]) -> None:
    explains = re.compile(r"that is|it means|call(ed)? (this )?an|is called|is a (talk|look)", re.IGNORECASE)
    said = [entry for entry in entries if "assessment" in spoken(entry).lower()]
    assert [entry.slug for entry in said if not explains.search(spoken(entry))] == []


def test_the_old_council_is_not_spoken_of(entries: list[SampleEntry]) -> None:
    assert [entry.slug for entry in entries if "cumbria county council" in spoken(entry).lower()] == []


@pytest.mark.parametrize(
    "text",
    [
        "a: [",
        "- a list",
        "category: money\ntitle: Money\nentries: [5]",
        "category: money\ntitle: Money\nentries: [{slug: x, status: gone}]",
        "category: Money\ntitle: ''\nentries: []",
        "!!python/object/apply:os.system ['true']",
    ],
)
def test_wrong_files_are_refused(text: str) -> None:
    with pytest.raises(ContentError, match=r"wrong\.yaml"):
        content.read([("wrong.yaml", text)])


def test_the_same_category_twice_is_refused() -> None:
    text = "category: money\ntitle: Money\nentries: []"
    with pytest.raises(ContentError, match="two files"):
        content.read([("a.yaml", text), ("b.yaml", text)])


@pytest.fixture(scope="module")
def record() -> dict[str, dict[str, object]]:
    if not FACTS.exists():
        pytest.skip(f"{FACTS} is not beside this checkout")
    return {row["slug"]: row for row in json.loads(FACTS.read_text())}


@pytest.mark.shared
def test_slugs_are_those_of_the_record(entries: list[SampleEntry], record: dict[str, dict[str, object]]) -> None:
    assert {entry.slug for entry in entries} == set(record)


@pytest.mark.shared
def test_only_sourced_records_are_published(
    entries: list[SampleEntry], record: dict[str, dict[str, object]]
) -> None:
    assert {entry.slug for entry in entries if entry.published} == {
        slug for slug, row in record.items() if row["confidence"] == "sourced"
    }


@pytest.mark.shared
def test_duties_are_those_of_the_record(entries: list[SampleEntry], record: dict[str, dict[str, object]]) -> None:
    claimed = {entry.slug for entry in entries if entry.fields["duty"] == "must"}
    assert claimed <= {slug for slug, row in record.items() if row["duty"] == "must"}


@pytest.mark.shared
def test_numbers_are_verified_in_the_record(
    entries: list[SampleEntry], record: dict[str, dict[str, object]]
) -> None:
    sure: set[str] = set(ALWAYS_SAFE)
    own: dict[str, set[str]] = {}
    for slug, row in record.items():
        phones = row["phones"]
        assert isinstance(phones, list)
        own[slug] = {digits(phone["number"]) for phone in phones if "[unverified]" not in json.dumps(phone)}
        if row["confidence"] == "sourced":
            sure |= own[slug]
    for entry in entries:
        allowed = own[entry.slug] | ALWAYS_SAFE if entry.published else sure
        for phone in entry.fields["phones"]:
            assert digits(phone["number"]) in allowed & sure, entry.slug
