"""A ticket as bytes knows what the merge of its events knows, in any order, through any changelog."""

from __future__ import annotations

from functools import reduce
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from stream.core.copies import KEPT, counting
from stream.core.labels import LabelBook
from stream.core.policy import Policy
from stream.core.ticket import EMPTY, Ticket, lift
from stream.core.ticket_copies import copies_of
from stream.core.ticket_merge import merge, ticket_to_json
from stream.model.names import Names
from stream.model.records import records
from stream.model.state import NEW, State
from tests.events import decoded, responded, status
from tests.property.test_copies import ONE
from tests.tries import tries

POLICY = Policy(labels=("channel", "queue"))
NAMES = Names(POLICY, LabelBook(POLICY.labels, 50))


def _learned(events: list[dict[str, Any]], state: State | None = None) -> State:
    state = state or State()
    for event in decoded(*events):
        state.learn(event, NAMES)
    return state


def _merged(events: list[dict[str, Any]]) -> Ticket:
    return reduce(merge, [lift(event) for event in decoded(*events)], EMPTY)


def _equal(state: State, ticket: Ticket) -> None:
    assert state.ticket() == ticket
    assert state.copies() == copies_of(ticket)
    assert state.records == records(ticket, NAMES)
    assert state.last_us == max((copy.at_us for copy in counting(copies_of(ticket)).values()), default=-1)
    assert state.is_surveyed == bool(ticket.surveys)


@given(st.lists(ONE, max_size=12), st.randoms(use_true_random=False))
@settings(max_examples=tries(100))
def test_a_state_learns_what_merging_comes_to_in_any_order(events, chance):
    _equal(_learned(events), _merged(events))
    chance.shuffle(events)
    _equal(_learned(events + events), _merged(events))


@given(st.lists(ONE, max_size=8), st.lists(ONE, max_size=8), st.sampled_from(["old", "new"]))
@settings(max_examples=tries(60))
def test_states_that_are_read_back_are_merged(here, there, version):
    written = ticket_to_json(_merged(there)) if version == "old" else _learned(there).dump()
    _equal(_read(written, State()), _merged(there))
    _equal(_read(written, _learned(here)), _merged(here + there))
    _equal(_read(_learned(here).dump(), _read(written, State())), _merged(there + here))


def _read(value: bytes, state: State) -> State:
    state.load(value, NAMES)
    assert not state.load(value, NAMES), "what is known is not new"
    return state


@settings(max_examples=tries(2))  # each learns some hundred copies
@given(st.permutations(range(3 * KEPT)), st.integers(2, 7))
def test_a_state_of_endless_events_stays_bounded_and_exact(order, share):
    events = [
        event
        for i in order
        for event in (
            responded("T", i, event_id=f"m{i:04}"),
            *([responded("T", 3 * i % 500, "customer", event_id=f"m{i:04}")] if i % 7 < share else []),
            *([status("T", i, "updated", event_id=f"s{i}", customer_id=f"C{i}")] if i % share == 0 else []),
        )
    ]
    state = _learned(events)
    _equal(state, _merged(events))
    assert len(state.copies()) <= 8 * KEPT
    _equal(_read(state.dump(), State()), _merged(events))


@given(st.lists(ONE, max_size=8))
@settings(max_examples=tries(100))
def test_learning_says_whether_anything_is_new(events):
    state, ticket = State(), EMPTY
    for event in decoded(*events):
        new = merge(ticket, lift(event))
        assert bool(state.learn(event, NAMES) & NEW) == (new is not ticket)
        ticket = new
