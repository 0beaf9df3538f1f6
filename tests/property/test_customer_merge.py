"""What happened to a customer is a merge of events: any order, any duplicates, any grouping gives the same."""

from __future__ import annotations

from functools import reduce
from typing import Any

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from stream.core.copies import KEPT, Copy
from stream.core.customer import NOBODY, Customer, lift_customer
from stream.core.customer_merge import customer_from_fields, merge_customers, own_fields, pruned
from stream.core.customer_told import answered
from stream.core.survey import Answer
from stream.core.ticket_copies import answer_copy
from tests.events import NOON_US, SECONDS, acquired, decoded, lost, purchased, refunded, signalled
from tests.tries import tries

FEW = st.integers(0, 5).map(lambda step: step * 1000)
IDS = st.sampled_from(["a", "b", "c"])


def _lifted(event: dict[str, object]) -> Customer:
    (known,) = decoded(event)
    return lift_customer(known)


def _answer(survey: str, at: int, event_id: str, score: int | None, **said: Any) -> Copy:
    return answer_copy(survey, Answer(at, event_id, "nps", score, None, False, None, None, None, "C")._replace(**said))


HAPPENED = st.one_of(
    st.builds(lambda s, e: _lifted(acquired("C", s, event_id=e)), FEW, IDS),
    st.builds(lambda s, e: _lifted(lost("C", s, event_id=e)), FEW, IDS),
    st.builds(
        lambda s, e, amount: _lifted(purchased("C", s, amount, event_id=e)),
        FEW,
        IDS,
        st.none() | st.just(0) | st.just(9.5),
    ),
    st.builds(
        lambda s, e, amount, which: _lifted(purchased("C", s, amount, event_id=e, purchase_id=which)),
        FEW,
        IDS,
        st.none() | st.just(9.5),
        IDS,
    ),
    st.builds(lambda s, e, amount: _lifted(refunded("C", s, amount, event_id=e)), FEW, IDS, st.none() | st.just(2)),
    st.builds(
        lambda s, e, kind: _lifted(signalled("C", s, kind, event_id=e)),
        FEW,
        IDS,
        st.sampled_from(["call_missed", "web_return"]),
    ),
    st.builds(
        lambda survey, s, e, score: answered(f"s:{survey}", [_answer(survey, s, e, score)], "C"),
        IDS,
        FEW,
        IDS,
        st.none() | st.integers(0, 10),
    ),
)


TOLD = st.lists(HAPPENED, max_size=12)


def _state(parts: list[Customer]) -> Customer:
    return reduce(merge_customers, parts, NOBODY)


@given(TOLD, st.randoms(use_true_random=False))
def test_any_order_and_any_duplicates_give_the_same_customer(parts, random):
    shuffled = parts + [part for part in parts if random.random() < 0.5]
    random.shuffle(shuffled)
    assert _state(shuffled) == _state(parts)


@given(TOLD, TOLD)
def test_merging_customers_is_commutative(a, b):
    assert merge_customers(_state(a), _state(b)) == merge_customers(_state(b), _state(a))


@given(TOLD, TOLD, TOLD)
def test_merging_customers_is_associative(a, b, c):
    x, y, z = _state(a), _state(b), _state(c)
    assert merge_customers(merge_customers(x, y), z) == merge_customers(x, merge_customers(y, z))


@given(TOLD)
def test_merging_a_customer_with_itself_or_a_part_of_it_returns_that_very_state(parts):
    state = _state(parts)
    assert merge_customers(state, state) is state
    for part in parts:
        assert merge_customers(state, part) is state


@given(TOLD)
def test_a_customer_survives_the_changelog(parts):
    state = _state(parts)
    assert customer_from_fields(orjson.loads(own_fields(state))) == state


@given(TOLD, SECONDS)
def test_pruning_twice_is_pruning_once_and_what_was_pruned_merges_back(parts, seconds):
    state = _state(parts)
    less = pruned(state, NOON_US + seconds * 1_000_000)
    assert pruned(less, NOON_US + seconds * 1_000_000) is less
    assert merge_customers(less, state) == state


@settings(max_examples=tries(10))  # each merges some hundred events
@given(st.permutations(range(3 * KEPT)), st.integers(1, 3 * KEPT - 1))
def test_a_customer_who_buys_and_leaves_without_end_stays_bounded_and_the_merge_exact(order, cut):
    events = [
        event for i in order for event in (purchased("C", i, i, event_id=f"p{i:04}"), lost("C", i, event_id=f"l{i:04}"))
    ]
    lifted = [_lifted(event) for event in events]
    whole = _state(lifted)
    assert merge_customers(_state(lifted[cut:]), _state(lifted[:cut])) == whole
    ends = (*range(KEPT), *range(2 * KEPT, 3 * KEPT))
    assert [purchase.event_id for purchase in whole.purchases] == [f"p{i:04}" for i in ends]
    assert [change.event_id for change in whole.changes] == [f"l{i:04}" for i in ends]
    assert merge_customers(whole, lifted[0]) is whole
