"""A ticket's state is a merge of its events: any order, any duplicates, any grouping gives the same state."""

from __future__ import annotations

from functools import reduce

from hypothesis import given
from hypothesis import strategies as st

from stream.core.copies import KEPT
from stream.core.ticket import EMPTY, Ticket, lift
from stream.core.ticket_merge import merge, ticket_from_json, ticket_to_json
from tests.events import decoded, desk_events, responded


def _state(events: list[dict[str, object]]) -> Ticket:
    return reduce(merge, (lift(event) for event in decoded(*events)), EMPTY)


ONE_TICKET = desk_events(tickets=1)


@given(ONE_TICKET, st.randoms(use_true_random=False))
def test_any_order_and_any_duplicates_give_the_same_state(events, random):
    shuffled = events + [event for event in events if random.random() < 0.5]
    random.shuffle(shuffled)
    assert _state(shuffled) == _state(events)


@given(ONE_TICKET, ONE_TICKET)
def test_merging_states_is_commutative(a, b):
    assert merge(_state(a), _state(b)) == merge(_state(b), _state(a))


@given(ONE_TICKET, ONE_TICKET, ONE_TICKET)
def test_merging_states_is_associative(a, b, c):
    x, y, z = _state(a), _state(b), _state(c)
    assert merge(merge(x, y), z) == merge(x, merge(y, z))


@given(ONE_TICKET)
def test_merging_a_state_with_itself_or_a_part_of_it_returns_that_very_state(events):
    state = _state(events)
    assert merge(state, state) is state
    for event in decoded(*events):
        assert merge(state, lift(event)) is state


@given(ONE_TICKET)
def test_a_state_survives_the_changelog(events):
    state = _state(events)
    assert ticket_from_json(ticket_to_json(state)) == state


@given(st.permutations(range(3 * KEPT)), st.integers(1, 3 * KEPT - 1))
def test_a_ticket_with_endless_messages_stays_bounded_and_its_merge_exact(order, cut):
    events = [responded("T", seconds, event_id=f"m{seconds:04}") for seconds in range(3 * KEPT)]
    lifted = [lift(event) for event in decoded(*[events[i] for i in order])]
    whole = reduce(merge, lifted, EMPTY)
    parts = merge(reduce(merge, lifted[cut:], EMPTY), reduce(merge, lifted[:cut], EMPTY))
    assert whole == parts
    assert [m.event_id for m in whole.messages] == [f"m{i:04}" for i in (*range(KEPT), *range(2 * KEPT, 3 * KEPT))]
    assert merge(whole, lifted[0]).messages == whole.messages
