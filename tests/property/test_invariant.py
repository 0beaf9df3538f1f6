"""The backlog is what flowed in less what flowed out: whatever comes, in any order, forgotten, and counted anew."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from stream.core.definitions import Definitions, Target
from stream.core.policy import Policy
from stream.core.windows import SECOND_US
from stream.partition.books import Books
from stream.partition.invariant import invariant
from stream.partition.partition import Partition
from stream.report.document import report
from tests.events import NOON_US, SECONDS, acquired, decoded, desk_events, lost, purchased, signalled
from tests.tries import tries

POLICY = Policy()
NOW_US = NOON_US + 9_000 * SECOND_US
MUCH_LATER_US = NOW_US + 400 * 86_400 * SECOND_US

CUSTOMERS = st.sampled_from(["C1", "C2"])
customer_events = st.lists(
    st.one_of(
        st.builds(acquired, CUSTOMERS, SECONDS),
        st.builds(lost, CUSTOMERS, SECONDS),
        st.builds(purchased, CUSTOMERS, SECONDS, st.none() | st.integers(0, 100)),
        st.builds(signalled, CUSTOMERS, SECONDS, st.sampled_from(["call_missed", "web_return"])),
    ),
    max_size=8,
)

targets = st.builds(
    Target,
    st.integers(1, 5_000).map(lambda seconds: seconds * SECOND_US),
    channels=st.none() | st.frozensets(st.sampled_from(["phone", "chat", "email"]), min_size=1),
    clock=st.sampled_from(["calendar", "business"]),
)
definitions = st.builds(
    Definitions,
    targets=st.lists(targets, max_size=3).map(tuple),
    at_risk_percent=st.integers(0, 100),
    short_abandon_us=st.integers(0, 3600).map(lambda seconds: seconds * SECOND_US),
    pausing=st.frozensets(st.sampled_from(["pending", "resolved", "closed", "abandoned"])),
    solving_stops=st.booleans(),
    avoidance_days=st.sampled_from([(1,), (1, 2, 3), (2, 5)]),
    nps_low=st.integers(0, 10),
    mature_days=st.integers(1, 10),
    long_tenure_years=st.integers(1, 5),
    baseline_weeks=st.integers(0, 6),
)


def _partition(policy: Policy, events: list[dict[str, Any]], now_us: int = NOW_US) -> Partition:
    partition = Partition(0, Books(policy))
    partition.advance(now_us - 3_600 * SECOND_US)
    for event in decoded(*events):
        partition.apply("t", [event], NOW_US)
    partition.advance(now_us)
    return partition


def _adopt(partition: Partition, policy: Policy) -> None:
    adoption = partition.books.adoption(policy)
    list(adoption.steps())
    assert adoption.adopt()


@given(desk_events(most=40), st.randoms(use_true_random=False))
def test_it_holds_after_every_event_in_any_order_and_twice(events, random):
    told = events + [event for event in events if random.random() < 0.5]
    random.shuffle(told)
    partition = _partition(POLICY, [])
    for event in decoded(*told):
        partition.apply("t", [event], NOW_US)
        assert invariant(partition.snapshot()).error == 0


@given(desk_events(), desk_events(), definitions, st.booleans())
def test_it_holds_when_tickets_are_forgotten_come_back_and_are_counted_under_another_policy(
    events, later, terms, first_adopt
):
    partition = _partition(POLICY, events, MUCH_LATER_US)
    if first_adopt:
        _adopt(partition, Policy(definitions=terms))
    backlog = invariant(partition.snapshot()).backlog
    eviction = partition.evict(1000)
    if eviction is not None:
        partition.evicted(eviction)
    assert (invariant(partition.snapshot()).backlog, invariant(partition.snapshot()).error) == (backlog, 0)
    partition.apply("t", decoded(*later), MUCH_LATER_US)
    partition.advance(MUCH_LATER_US)
    assert invariant(partition.snapshot()).error == 0
    _adopt(partition, Policy(definitions=terms))
    assert invariant(partition.snapshot()).error == 0


@given(desk_events(), customer_events, definitions, definitions)
@settings(max_examples=tries(25))
def test_a_policy_that_is_adopted_gives_the_numbers_of_a_fresh_start_under_it(events, customers, before, after):
    told = events + customers
    partition = _partition(Policy(definitions=before), told)
    _adopt(partition, Policy(definitions=after))
    fresh = _partition(Policy(definitions=after), told)
    assert report(partition.snapshot(), partition.policy) == report(fresh.snapshot(), fresh.policy)
    assert partition.due_alerts(NOW_US, 1000) == fresh.due_alerts(NOW_US, 1000)
    shown = report(fresh.snapshot(), fresh.policy)
    _adopt(fresh, fresh.policy)
    assert report(fresh.snapshot(), fresh.policy) == shown
