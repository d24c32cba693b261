"""A case is its list of events: any order gives a state or a refusal, and a worry never grows smaller."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moderation.casebook import Happened, Kind, NotPossible, Outcome, State, apply, fold
from moderation.screening import Category, Urgency

START = datetime(2026, 11, 4, 10, 0, tzinfo=UTC)
PRIYA, TOM = "staff:1", "staff:2"


def event(kind: Kind, actor: str = PRIYA, minutes: int = 0, **detail: Any) -> Happened:
    return Happened(START + timedelta(minutes=minutes), kind, actor, detail)


def worry(urgency: Urgency = Urgency.TODAY, due: int = 240, *categories: Category) -> dict[str, Any]:
    """The details of a worry, due in so many minutes."""
    return {
        "urgency": urgency.value,
        "categories": [category.value for category in categories],
        "due_at": (START + timedelta(minutes=due)).isoformat(),
    }


def opened(urgency: Urgency = Urgency.TODAY, due: int = 240, *categories: Category) -> Happened:
    return event(Kind.OPENED, "system", 0, **worry(urgency, due, *categories))


CLOSING = {"outcome": Outcome.ADVICE.value, "reason": "spoke to her"}
WORRIES = st.builds(
    lambda urgency, due, categories: worry(urgency, due, *categories),
    st.sampled_from(list(Urgency)),
    st.integers(0, 3000),
    st.lists(st.sampled_from(list(Category)), max_size=2),
)
DETAILS = {
    Kind.OPENED: WORRIES,
    Kind.MESSAGE_ADDED: WORRIES,
    Kind.RAISED: WORRIES,
    Kind.CLOSED: st.sampled_from(
        [CLOSING, {}, {"outcome": "gone", "reason": "x"}, {"outcome": "advice", "reason": " "}]
    ),
}
EVENTS = st.builds(
    lambda kind_and_detail, actor, minutes: event(kind_and_detail[0], actor, minutes, **kind_and_detail[1]),
    st.sampled_from(list(Kind)).flatmap(lambda kind: st.tuples(st.just(kind), DETAILS.get(kind, st.just({})))),
    st.sampled_from([PRIYA, TOM, "system", "person"]),
    st.integers(0, 5000),
)


@settings(max_examples=150)
@given(st.lists(EVENTS, max_size=30))
def test_any_order_of_events_gives_a_state_or_a_refusal_and_urgency_never_falls(events: list[Happened]) -> None:
    state = State()
    for one in events:
        try:
            after = apply(state, one)
        except NotPossible:
            continue
        if state.opened_at is not None:
            assert after.urgency.rank >= state.urgency.rank
            assert set(after.categories) >= set(state.categories)
            assert after.opened_at == state.opened_at
            assert after.messages >= state.messages
            if state.due_at is not None:
                assert after.due_at is not None
                assert after.due_at <= state.due_at
        if state.closed_at is not None:
            assert (after.closed_at, after.outcome, after.name) == (state.closed_at, state.outcome, "closed")
        assert after.name in {"open", "claimed", "closed"}
        assert (after.outcome is None) == (after.closed_at is None)
        state = after


@given(st.lists(EVENTS, max_size=12))
def test_the_whole_list_says_the_same_as_one_event_after_the_other(events: list[Happened]) -> None:
    taken: list[Happened] = []
    state = State()
    for one in events:
        try:
            state = apply(state, one)
        except NotPossible:
            continue
        taken.append(one)
    assert fold(taken) == state


def test_a_case_begins_by_being_opened_and_only_once() -> None:
    for kind in Kind:
        if kind is not Kind.OPENED:
            with pytest.raises(NotPossible, match="opened once, and first"):
                fold([event(kind, **worry())])
    with pytest.raises(NotPossible, match="opened once, and first"):
        fold([opened(), opened()])


def test_opening_gives_urgency_categories_and_a_deadline() -> None:
    state = fold([opened(Urgency.IMMEDIATE, 15, Category.BREAKING_POINT)])
    assert (state.name, state.urgency, state.categories) == ("open", Urgency.IMMEDIATE, ("breaking_point",))
    assert state.due_at == START + timedelta(minutes=15)
    assert (state.seen_at, state.messages) == (None, 0)


def test_a_graver_worry_raises_brings_the_deadline_forward_and_wants_to_be_seen_anew() -> None:
    seen = [opened(Urgency.REVIEW, 3000, Category.MISSED_CARE), event(Kind.CLAIMED, minutes=5)]
    assert fold(seen).seen_at == START + timedelta(minutes=5)
    raised = fold([*seen, event(Kind.RAISED, "system", 10, **worry(Urgency.IMMEDIATE, 25, Category.CHILD_HARM))])
    assert (raised.urgency, raised.seen_at, raised.claimed_by) == (Urgency.IMMEDIATE, None, PRIYA)
    assert raised.due_at == START + timedelta(minutes=25)
    assert raised.categories == ("missed_care", "child_harm")


def test_a_lesser_worry_adds_its_category_and_moves_nothing_else() -> None:
    state = fold(
        [
            opened(Urgency.IMMEDIATE, 15, Category.CHILD_HARM),
            event(Kind.NOTED, minutes=3),
            event(Kind.MESSAGE_ADDED, "person", 20, **worry(Urgency.REVIEW, 5000, Category.MISSED_CARE)),
        ]
    )
    assert (state.urgency, state.due_at) == (Urgency.IMMEDIATE, START + timedelta(minutes=15))
    assert (state.messages, state.seen_at) == (1, START + timedelta(minutes=3))
    assert state.categories == ("child_harm", "missed_care")


@pytest.mark.parametrize("kind", [Kind.CLAIMED, Kind.NOTED, Kind.REPLIED, Kind.REMOVAL_ASKED])
def test_a_human_act_counts_as_having_looked_the_first_time(kind: Kind) -> None:
    state = fold([opened(), event(kind, minutes=7), event(Kind.NOTED, minutes=9)])
    assert state.seen_at == START + timedelta(minutes=7)


@pytest.mark.parametrize(
    "kind", [Kind.ALERTED, Kind.CARD_QUEUED, Kind.PARENT_SAFE, Kind.DELIVERED, Kind.UNREACHABLE]
)
def test_what_happens_by_itself_does_not(kind: Kind) -> None:
    assert fold([opened(), event(kind, "system", 7)]).seen_at is None


def test_one_person_has_a_case_at_a_time() -> None:
    claimed = [opened(), event(Kind.CLAIMED, PRIYA)]
    assert (fold(claimed).name, fold(claimed).claimed_by) == ("claimed", PRIYA)
    with pytest.raises(NotPossible, match="you have this case already"):
        fold([*claimed, event(Kind.CLAIMED, PRIYA)])
    with pytest.raises(NotPossible, match="somebody else has this case"):
        fold([*claimed, event(Kind.CLAIMED, TOM)])
    handed_on = fold([*claimed, event(Kind.RELEASED, PRIYA), event(Kind.CLAIMED, TOM)])
    assert handed_on.claimed_by == TOM
    with pytest.raises(NotPossible, match="nobody has this case"):
        fold([opened(), event(Kind.RELEASED, PRIYA)])


@pytest.mark.parametrize(
    "detail",
    [
        {},
        {"outcome": "advice"},
        {"outcome": "advice", "reason": "  "},
        {"reason": "x"},
        {"outcome": "gone", "reason": "x"},
    ],
)
def test_closing_needs_an_outcome_and_a_reason(detail: dict[str, str]) -> None:
    with pytest.raises(NotPossible, match="an outcome and a reason"):
        fold([opened(), event(Kind.CLOSED, **detail)])


def test_a_closed_case_is_nobodys_and_stays_closed() -> None:
    closed = [opened(), event(Kind.CLAIMED), event(Kind.CLOSED, minutes=30, **CLOSING)]
    state = fold(closed)
    assert (state.name, state.claimed_by, state.outcome) == ("closed", None, "advice")
    assert state.closed_at == START + timedelta(minutes=30)
    still_told = {Kind.NOTED, Kind.DELIVERED, Kind.NOT_DELIVERED, Kind.UNREACHABLE, Kind.REMOVED, Kind.PARENT_SAFE}
    for kind in set(Kind) - {Kind.OPENED}:
        if kind in still_told:
            assert fold([*closed, event(kind)]).name == "closed"
        else:
            with pytest.raises(NotPossible, match="this case is closed"):
                fold([*closed, event(kind, **worry(), **CLOSING)])
