"""Copies of an event that differ: one of them counts, the earliest, and of one time the one that says more."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from stream.core.copies import Copy
from stream.core.ticket import Ticket
from stream.core.ticket_copies import bounded, copies_of, settled
from tests.copies import copy_of, ticket_of
from tests.events import answered as answered_event
from tests.events import decoded, opened, responded, sent, status

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


@given(EVENTS)
def test_a_ticket_tells_all_copies_of_which_it_was_made(events):
    copies = {copy_of(event) for event in decoded(*events)}
    ticket = settled(copies)
    assert copies_of(ticket) == bounded(copies)
    assert settled(copies_of(ticket), customers=ticket.customers) == ticket


# Of copies of one time the one of this type counts whose type stands first.
FIRST = ("survey.answered", "ticket.opened", "ticket.responded", "ticket.status", "survey.sent")


@given(EVENTS)
def test_the_earliest_copy_counts_and_of_one_time_that_of_the_first_type_and_then_the_one_that_says_more(events):
    ticket = ticket_of(events)
    copies: dict[str, list[Any]] = {}
    for event in decoded(*events):
        copies.setdefault(event.event_id, []).append(event)
    counts = {}
    for event_id, told in copies.items():
        at_us = min(event.at_us for event in told)
        first = min((event.type for event in told if event.at_us == at_us), key=FIRST.index)
        counts[event_id] = [event for event in told if (event.at_us, event.type) == (at_us, first)]
    for what, held in (("ticket.responded", ticket.messages), ("ticket.status", ticket.statuses)):
        right = {event_id: told for event_id, told in counts.items() if told[0].type == what}
        assert {each.event_id: each.at_us for each in held} == {e: told[0].at_us for e, told in right.items()}
        for each in held:
            assert each.kind == max(map(_kind, right[each.event_id]))


def _kind(event: Any) -> str:
    if event.type == "ticket.status":
        return str(event.status)
    return str(event.author) + ("" if event.public else "-note")


def test_no_copy_is_told_where_there_is_one() -> None:
    assert Ticket().copies == ()
    assert all(isinstance(copy, Copy) for copy in ticket_of([opened("T", 0), opened("T", 1)]).copies)
