"""The finder: right often enough, honest when it has nothing, and unmoved by any string."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as some

from offer_guide import content
from offer_guide.search import Finder
from offer_guide.views import EntryView, entry_view

QUERIES = yaml.safe_load(Path(__file__).with_name("queries.yaml").read_text("utf-8"))


def asked(name: str) -> list[tuple[str, set[str]]]:
    return [(row["text"], set(row["any_of"])) for row in QUERIES[name]]


ANSWERED, FRESH_ANSWERED = asked("answered"), asked("fresh_answered")
NOTHING, FRESH_NOTHING = QUERIES["nothing"], QUERIES["fresh_nothing"]


@pytest.fixture(scope="module")
def finder(shipped: list[EntryView]) -> Finder:
    return Finder(shipped)


def test_there_is_enough_to_measure_on(shipped: list[EntryView]) -> None:
    assert len(ANSWERED) >= 60
    assert len(NOTHING) >= 25
    assert len({query for query, _ in ANSWERED}) == len(ANSWERED)
    assert set().union(*(wanted for _, wanted in ANSWERED + FRESH_ANSWERED)) <= {entry.slug for entry in shipped}


@pytest.mark.parametrize("queries", [ANSWERED, FRESH_ANSWERED], ids=["chosen-on", "fresh"])
def test_a_right_entry_is_among_the_first_three(finder: Finder, queries: list[tuple[str, set[str]]]) -> None:
    right = [wanted & {hit.slug for hit in finder.find(query, 3).hits} for query, wanted in queries]
    assert sum(map(bool, right)) / len(queries) >= 0.75


@pytest.mark.parametrize("queries", [NOTHING, FRESH_NOTHING], ids=["chosen-on", "fresh"])
def test_what_has_no_entry_is_told_so(finder: Finder, queries: list[str]) -> None:
    assert sum(not finder.find(query).confident for query in queries) / len(queries) >= 0.8


@pytest.mark.parametrize("queries", [ANSWERED, FRESH_ANSWERED], ids=["chosen-on", "fresh"])
def test_it_is_seldom_unsure_of_what_it_has(finder: Finder, queries: list[tuple[str, set[str]]]) -> None:
    sure = [
        found.confident and bool(wanted & {hit.slug for hit in found.hits[:3]})
        for query, wanted in queries
        for found in [finder.find(query)]
    ]
    assert sum(sure) / len(sure) >= 0.7


@pytest.mark.parametrize("words", ["want to kill myself", "i want to die", "suicidal", "thinking about suicide"])
def test_the_gravest_words_find_somebody_to_ring(finder: Finder, words: str) -> None:
    found = finder.find(words)
    assert found.confident
    assert found.hits[0].slug in {"nhs-111-option-2-crisis", "samaritans-and-shout"}


def test_spelling_is_forgiven(finder: Finder) -> None:
    assert finder.find("helthy strat card").hits[0].slug == "healthy-start"
    assert finder.find("universel credit for a babby").hits[0].slug.startswith("universal-credit")


def test_the_number_of_hits_is_bounded(finder: Finder) -> None:
    assert len(finder.find("money for baby").hits) == 5
    assert len(finder.find("money for baby", 2).hits) == 2
    assert finder.find("money for baby", 0).hits == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "\x00",
        "milk\x00money",
        "😭" * 4096,
        "a" * 100_000,
        "\ud83d",
        "the and of",
        "👶🍼",
        "' OR 1=1 --",
        "£500",
    ],
)
def test_any_string_is_borne(finder: Finder, text: str) -> None:
    found = finder.find(text)
    assert found.hits or not found.confident


@settings(max_examples=150, deadline=None)
@given(text=some.text(max_size=300))
def test_no_text_makes_it_fail(text: str) -> None:
    finder = _small()
    assert len(finder.find(text).hits) <= 2


@cache
def _small() -> Finder:
    return Finder([entry_view(entry.slug, 1, entry.fields) for entry in content.shipped()[0].entries[:2]])


def test_an_empty_guide_has_nothing() -> None:
    found = Finder([]).find("healthy start")
    assert found.hits == []
    assert not found.confident


def test_a_query_takes_under_ten_milliseconds(finder: Finder) -> None:
    finder.find("warm up")
    queries = [*(query for query, _ in ANSWERED), *NOTHING, "brestfeding helpp nurserry " * 20, "😭" * 4096]
    begun = time.perf_counter()
    for query in queries:
        finder.find(query)
    assert (time.perf_counter() - begun) / len(queries) < 0.010


def test_threads_may_share_it(finder: Finder) -> None:
    queries = [query for query, _ in ANSWERED]
    alone = [finder.find(query) for query in queries]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(finder.find, queries)) == alone


def test_it_says_nothing_to_the_terminal(shipped: list[EntryView], capfd: pytest.CaptureFixture[str]) -> None:
    Finder(shipped).find("milk")
    assert capfd.readouterr() == ("", "")
