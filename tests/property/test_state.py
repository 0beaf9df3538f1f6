"""A ticket as bytes knows what its events come to, in any order, with any duplicates, through any changelog."""

from __future__ import annotations

from typing import Any

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from stream.core.copies import KEPT, Copy, counting
from stream.core.labels import LabelBook
from stream.core.policy import Policy
from stream.core.ticket import Ticket
from stream.core.ticket_copies import copies_of, named
from stream.model.names import Names
from stream.model.records import records
from stream.model.state import NEW, REUSED, State
from tests.copies import copy_of, ticket_of, written_earlier
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


def _equal(state: State, ticket: Ticket) -> None:
    assert state.ticket() == ticket
    assert state.copies() == copies_of(ticket)
    assert state.records == records(ticket, NAMES)
    assert state.last_us == max((copy.at_us for copy in counting(copies_of(ticket)).values()), default=-1)
    assert state.surveys() == ticket.surveys
    assert state.is_surveyed or not ticket.surveys


@given(st.lists(ONE, max_size=12), st.randoms(use_true_random=False))
@settings(max_examples=tries(100))
def test_a_state_knows_what_its_events_come_to_in_any_order(events, chance):
    _equal(_learned(events), ticket_of(events))
    chance.shuffle(events)
    _equal(_learned(events + events), ticket_of(events))


@given(st.lists(ONE, max_size=8), st.lists(ONE, max_size=8), st.sampled_from(["old", "new"]))
@settings(max_examples=tries(60))
def test_states_that_are_read_back_areticket_of(here, there, version):
    written = written_earlier(ticket_of(there)) if version == "old" else _learned(there).dump()
    _equal(_read(written, State()), ticket_of(there))
    _equal(_read(written, _learned(here)), ticket_of(here + there))
    _equal(_read(_learned(here).dump(), _read(written, State())), ticket_of(there + here))


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
    _equal(state, ticket_of(events))
    assert len(state.copies()) <= 8 * KEPT
    _equal(_read(state.dump(), State()), ticket_of(events))


@given(st.lists(ONE, max_size=8))
@settings(max_examples=tries(100))
def test_learning_says_whether_anything_is_new_and_whether_an_id_was_used_before(events):
    state = State()

    def told(until: int) -> list[Copy]:
        return [copy_of(event) for event in decoded(*events[:until])]

    for i, event in enumerate(decoded(*events)):
        known, copy = copies_of(ticket_of(events[:i])), copy_of(event)
        learned = state.learn(event, NAMES)
        # It may still say whose the ticket was.
        is_new = copies_of(ticket_of(events[: i + 1])) != known or named(told(i + 1)) != named(told(i))
        assert bool(learned & NEW) == is_new
        # Of many copies of one event the first and the last are kept; one between them is new each time it is told.
        assert bool(learned & REUSED) == (copy not in known and copy.identity in {each.identity for each in known})


@given(st.lists(ONE, max_size=8), st.lists(ONE, max_size=8), st.lists(ONE, max_size=8))
@settings(max_examples=tries(60))
def test_states_are_merged_in_any_grouping(a, b, c):
    x, y, z = (_learned(events).dump() for events in (a, b, c))
    left = _read(z, _read(_read(y, _read(x, State())).dump(), State()))
    right = _read(x, _read(_read(z, _read(y, State())).dump(), State()))
    _equal(left, ticket_of(a + b + c))
    _equal(right, ticket_of(a + b + c))


@given(st.lists(ONE, max_size=10))
@settings(max_examples=tries(60))
def test_a_state_that_an_earlier_version_wrote_holds_each_event_once(events):
    """An earlier version kept all copies of messages and changes, and of openings the first."""
    events = [
        event | {"event_id": event["event_id"] + event["type"]}  # of an id there was an event of each type
        for event in events
        if event["type"] in ("ticket.responded", "ticket.opened")
    ]
    each = [ticket_of([event]) for event in events]
    openings = sorted(one.opening for one in each if one.opening)
    messages = sorted({message for one in each for message in one.messages})
    written = orjson.dumps([openings[0] if openings else None, messages, [], [], [], [], []], default=tuple)
    read, expected = _read(written, State()).ticket(), ticket_of(events)
    assert read.messages == expected.messages
    assert read.opening is None or read.opening[:2] == expected.opening[:2]
    assert _read(written, _learned(events)).ticket().messages == expected.messages
