"""Copies of an event that differ: one of them counts, the same one in any order, through any changelog."""

from __future__ import annotations

from functools import reduce
from typing import Any

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from stream.core import ticket_copies
from stream.core.copies import KEPT, Copy
from stream.core.customer import NOBODY, Customer
from stream.core.customer_merge import customer_from_json, customer_to_json, merge_customers
from stream.core.customer_told import answered, contact
from stream.core.ticket import EMPTY, Ticket, lift
from stream.core.ticket_copies import copies_of, settled
from stream.core.ticket_merge import merge, ticket_from_json, ticket_to_json
from tests.events import answered as answered_event
from tests.events import decoded, opened, responded, sent, status
from tests.tries import tries

TIMES = st.integers(0, 3)
IDS = st.sampled_from(["a", "b", "c"])
SURVEYS = st.sampled_from(["S1", "S2"])
ATTRIBUTES = st.fixed_dictionaries(
    {},
    optional={
        "channel": st.sampled_from(["chat", "email"]),
        "queue": st.sampled_from(["q1", "q2"]),
        "customer_id": st.sampled_from(["C1", "C2"]),
    },
)
AGENTS = st.fixed_dictionaries({}, optional={"agent_id": st.sampled_from(["ann", "bob"])})
ANSWERS = st.fixed_dictionaries(
    {},
    optional={
        "instrument": st.sampled_from(["nps", "csat"]),
        "scale_max": st.just(10),
        "comment": st.sampled_from(["no", " "]),
        "touchpoint": st.sampled_from(["shop", "door"]),
        "customer_id": st.sampled_from(["C1", "C2"]),
    },
)
ONE = st.one_of(
    st.builds(
        lambda s, e, by, a: opened("T", s, event_id=e, opened_by=by, **a),
        TIMES,
        IDS,
        st.sampled_from(["customer", "agent"]),
        ATTRIBUTES,
    ),
    st.builds(
        lambda s, e, who, public, a: responded("T", s, who, event_id=e, public=public, **a),
        TIMES,
        IDS,
        st.sampled_from(["agent", "customer"]),
        st.booleans(),
        AGENTS,
    ),
    st.builds(
        lambda s, e, to, a, by: status("T", s, to, event_id=e, **a, **by),
        TIMES,
        IDS,
        st.sampled_from(["resolved", "reopened", "transferred", "updated"]),
        ATTRIBUTES,
        AGENTS,
    ),
    st.builds(lambda v, s, e: sent(v, s, event_id=e, ticket_id="T"), SURVEYS, TIMES, IDS),
    st.builds(
        lambda v, s, e, score, a: answered_event(v, s, score, event_id=e, ticket_id="T", **a),
        SURVEYS,
        TIMES,
        IDS,
        st.none() | st.integers(8, 9),
        ANSWERS,
    ),
)
EVENTS = st.lists(ONE, max_size=10)


def _state(events: list[dict[str, Any]]) -> Ticket:
    return reduce(merge, _lifted(events), EMPTY)


def _lifted(events: list[dict[str, Any]]) -> list[Ticket]:
    return [lift(event) for event in decoded(*events)]


@given(EVENTS, st.randoms(use_true_random=False))
def test_whatever_is_said_under_one_id_in_any_order_and_through_any_changelog_is_one_ticket(events, random):
    shuffled = events + [event for event in events if random.random() < 0.5]
    random.shuffle(shuffled)
    state = EMPTY
    for each in _lifted(shuffled):
        state = merge(state, each)
        if random.random() < 0.3:
            state = ticket_from_json(ticket_to_json(state))
    assert state == _state(events)


@given(EVENTS, EVENTS, EVENTS)
def test_tickets_with_copies_merge_in_any_grouping(a, b, c):
    x, y, z = _state(a), _state(b), _state(c)
    assert merge(x, y) == merge(y, x)
    assert merge(merge(x, y), z) == merge(x, merge(y, z))
    assert merge(x, x) is x
    whole = merge(x, y)
    assert merge(whole, y) is whole


@given(EVENTS)
def test_merging_part_by_part_comes_to_the_same_as_merging_sets_of_copies(events):
    copies = {copy for each in _lifted(events) for copy in copies_of(each)}
    state = _state(events)
    assert state == settled(copies)
    assert settled(copies_of(state), customers=state.customers) == state


@given(EVENTS)
def test_the_earliest_copy_counts_and_of_one_time_the_one_that_says_more(events):
    state = _state(events)
    for what, held in (("ticket.responded", state.messages), ("ticket.status", state.statuses)):
        copies: dict[str, list[tuple[int, str]]] = {}
        for event in decoded(*events):
            if event.type == what:
                said = event.status if event.type == "ticket.status" else _kind(event)
                copies.setdefault(event.event_id, []).append((event.at_us, said))
        assert {each.event_id: each.at_us for each in held} == {e: min(all_)[0] for e, all_ in copies.items()}
        for each in held:
            assert each.kind == max(said for at, said in copies[each.event_id] if at == each.at_us)


def _kind(event: Any) -> str:
    return str(event.author) + ("" if event.public else "-note")


@given(EVENTS)
def test_a_state_that_an_earlier_version_wrote_holds_each_event_once(events):
    """An earlier version kept all copies of messages and changes, and of openings the first."""
    state = _state([event for event in events if event["type"] in ("ticket.responded", "ticket.opened")])
    lifted = _lifted([event for event in events if event["type"] in ("ticket.responded", "ticket.opened")])
    openings = sorted(each.opening for each in lifted if each.opening)
    messages = sorted({message for each in lifted for message in each.messages})
    written = orjson.dumps(
        [openings[0] if openings else None, messages, [], [], [], [], []],
        default=tuple,
    )
    read = ticket_from_json(written)
    assert read.messages == state.messages
    assert merge(state, read).messages == state.messages
    assert read.opening is None or read.opening[:2] == state.opening[:2]


@settings(max_examples=tries(2))  # each merges some hundred sets of copies
@given(st.permutations(range(3 * KEPT)), st.integers(1, 3 * KEPT - 1), st.integers(1, 7))
def test_a_ticket_with_endless_messages_of_which_some_are_told_again_later_stays_bounded_and_exact(order, cut, share):
    events = [
        event
        for i in order
        for event in (
            responded("T", i, event_id=f"m{i:04}"),
            *([responded("T", 3 * i % 500, "customer", event_id=f"m{i:04}")] if i % 7 < share else []),
            *([responded("T", 5 * i % 500, event_id=f"m{i:04}")] if i % 3 else []),
        )
    ]
    lifted = _lifted(events)
    whole = reduce(merge, lifted, EMPTY)
    assert merge(reduce(merge, lifted[cut:], EMPTY), reduce(merge, lifted[:cut], EMPTY)) == whole
    assert merge(whole, lifted[0]) is whole
    assert ticket_from_json(ticket_to_json(whole)) == whole
    assert len(copies_of(whole)) <= 2 * 2 * KEPT


@given(EVENTS, EVENTS, st.randoms(use_true_random=False))
def test_a_customer_is_told_the_same_however_the_copies_come(one, other, random):
    tickets = {"T1": one, "T2": other}
    wanted = _told(tickets, [(name, len(events)) for name, events in tickets.items()])
    turns = [(name, done) for name, events in tickets.items() for done in range(1, len(events) + 1)]
    turns += [turn for turn in turns if random.random() < 0.3]
    random.shuffle(turns)
    told = _told(tickets, turns)
    assert customer_from_json(customer_to_json(told)) == told
    assert told.answer == wanted.answer
    assert _courses(told) == _courses(wanted)


def _told(tickets: dict[str, list[dict[str, Any]]], turns: list[tuple[str, int]]) -> Customer:
    """What C1 knows who was told of each ticket as it was when so many of its events had come."""
    customer = NOBODY
    for name, done in turns:
        state = _state(tickets[name][:done])
        news = [contact(name, state)] if done else []
        for event_id in "abc":
            copies = ticket_copies.answers_of(state, event_id)
            if any(copy.said[-1] == "C1" for copy in copies):
                news.append(answered(f"t:{name}", copies, "C1"))
        customer = reduce(merge_customers, news, customer)
    return customer


def _courses(customer: Customer) -> Any:
    return {
        name: (ticket.opening, ticket.attributes, [each for each in ticket.statuses if each.kind != "transferred"])
        for name, ticket in customer.contacts
    }


def test_no_copy_is_told_where_there_is_one() -> None:
    assert Ticket().copies == ()
    assert all(isinstance(copy, Copy) for copy in _state([opened("T", 0), opened("T", 1)]).copies)
