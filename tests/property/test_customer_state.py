"""A customer as bytes knows what was told of them and their tickets, in any order, through any changelog."""

from __future__ import annotations

from functools import reduce
from typing import Any, NamedTuple

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from stream.core.copies import ANSWERED, OPENED, STATUS, Copy
from stream.core.customer import NOBODY, Customer
from stream.core.customer_merge import merge_customers
from stream.core.customer_told import answered
from stream.core.facts import is_open
from stream.core.labels import LabelBook
from stream.core.policy import Policy
from stream.core.ticket_copies import bounded, settled
from stream.model.customer_state import KEPT_CONTACTS, CustomerState, told, told_own
from stream.model.names import Names
from stream.model.records import records
from stream.model.state import State
from stream.model.wire import copy_of, rows_of
from tests.copies import copy_of as copy_of_event
from tests.events import NOON_US, decoded, opened, status
from tests.property.test_copies import ONE
from tests.property.test_customer_merge import HAPPENED
from tests.tries import tries

POLICY = Policy(labels=("channel", "queue"))
NAMES = Names(POLICY, LabelBook(POLICY.labels, 50))
WHO = "C1"
Event = dict[str, Any]


class Told(NamedTuple):
    """What a customer is told at once: something of their own, or the course of a ticket as it was by then."""

    own: Customer = NOBODY
    ticket_id: str = ""
    events: tuple[Event, ...] = ()

    def course(self) -> bytes:
        state = State()
        for event in decoded(*self.events):
            state.learn(event, NAMES)
        return state.course


def _tickets(events: list[Event]) -> list[Told]:
    return [Told(ticket_id="T1" if i % 2 else "T2", events=tuple(events[: i + 1])) for i in range(len(events))]


TOLD = st.tuples(
    st.lists(HAPPENED.map(Told), max_size=6),
    st.lists(ONE, max_size=8).map(_tickets),
    st.randoms(use_true_random=False),
).map(lambda drawn: drawn[2].sample(parts := drawn[0] + drawn[1], len(parts)))


def _told(parts: list[Told], state: CustomerState | None = None) -> CustomerState:
    state = state or CustomerState()
    for part in parts:
        if part.ticket_id:
            state.meet(part.ticket_id, part.course(), WHO, NAMES)
        else:
            state.learn(part.own)
    return state


def _courses(parts: list[Told]) -> dict[str, set[Copy]]:
    """Return all that is known of the course of each ticket."""
    courses: dict[str, set[Copy]] = {}
    for part in parts:
        copies = {copy_of_event(event) for event in decoded(*part.events)}
        if part.ticket_id:
            told = {copy.event_id for copy in copies if copy.what in (OPENED, STATUS)}
            courses.setdefault(part.ticket_id, set()).update(copy for copy in copies if copy.event_id in told)
    return {ticket_id: bounded(copies) for ticket_id, copies in courses.items() if copies}


def _equal(state: CustomerState, parts: list[Told]) -> None:
    own = reduce(merge_customers, [part.own for part in parts], NOBODY)
    courses = _courses(parts)
    assert state.own == own
    known = {each.ticket_id: each for each in state.contacts if each.course}
    assert {name: set(map(copy_of, rows_of(each.course))) for name, each in known.items()} == courses
    for ticket_id, each in known.items():
        assert each.ticket() == settled(courses[ticket_id])
        assert each.records == records(settled(courses[ticket_id]), NAMES, WHO)
        assert each.last_us == max((copy.at_us for copy in _counting(courses[ticket_id])), default=0)


def _counting(copies: set[Copy]) -> list[Copy]:
    ticket = settled(copies)
    times = [each.at_us for each in (*ticket.messages, *ticket.statuses, *ticket.writes)]
    times += [] if ticket.opening is None else [ticket.opening.at_us]
    return [copy for copy in copies if copy.at_us in times]


def _read(value: bytes, state: CustomerState | None = None) -> CustomerState:
    state = state or CustomerState()
    state.load(value, WHO, NAMES)
    assert not state.load(value, WHO, NAMES), "what is known is not new"
    return state


def _written_earlier(parts: list[Told]) -> bytes:
    """Write a customer as earlier versions did."""
    own = reduce(merge_customers, [part.own for part in parts], NOBODY)
    contacts = [(name, settled(copies)) for name, copies in sorted(_courses(parts).items())]
    return orjson.dumps((*own[:3], contacts, *own[3:5]), default=tuple)


@given(TOLD, st.randoms(use_true_random=False))
@settings(max_examples=tries(60))
def test_any_order_and_any_duplicates_give_the_same_customer(parts, chance):
    _equal(_told(parts), parts)
    again = parts + [part for part in parts if chance.random() < 0.5]
    chance.shuffle(again)
    state = CustomerState()
    for part in again:
        _told([part], state)
        if chance.random() < 0.3:
            state = _read(state.dump())
    _equal(state, parts)


@given(TOLD, TOLD, st.booleans())
@settings(max_examples=tries(60))
def test_what_was_written_by_any_version_is_merged(here, there, earlier):
    if earlier:  # when there were no refunds
        there = [part for part in there if not part.own.refunds]
    written = _written_earlier(there) if earlier else _told(there).dump()
    _equal(_read(written), there)
    _equal(_read(written, _told(here)), here + there)
    _equal(_read(_told(here).dump(), _read(written)), here + there)


@given(TOLD)
@settings(max_examples=tries(60))
def test_what_other_partitions_tell_comes_to_the_same_as_what_is_known_here(parts):
    state = CustomerState()
    for part in parts:
        if part.ticket_id and part.course():
            _read(told(part.ticket_id, part.course()), state)
        elif not part.ticket_id:
            _read(told_own(part.own), state)
    _equal(state, parts)


@given(TOLD, st.integers(-1, 6_000))
@settings(max_examples=tries(60))
def test_pruning_forgets_what_was_before_and_is_not_open_and_it_merges_back(parts, seconds):
    before_us = NOON_US + seconds * 1_000_000
    state = _told(parts)
    own, contacts = state.own, state.contacts
    pruned = state.prune(before_us)
    assert pruned == ((state.own, state.contacts) != (own, contacts))
    assert not state.prune(before_us)
    assert {each for each in contacts if each not in state.contacts} == {
        each for each in contacts if each.last_us < before_us and not is_open(each.ticket())
    }
    assert (state.own.changes, state.own.answer) == (own.changes, own.answer)
    _equal(_told(parts, state), parts)


@given(st.lists(ONE, max_size=10), st.randoms(use_true_random=False))
@settings(max_examples=tries(60))
def test_an_answer_is_told_the_same_however_its_copies_come(events, chance):
    """Told after each event, of the copies that are known by then."""
    copies = [copy_of_event(event) for event in decoded(*events)]

    def told_in(order: list[int]) -> Customer:
        state = CustomerState()
        for done in range(1, len(order) + 1):
            for event_id in "abc":
                known = {copies[i] for i in order[:done]}
                theirs = [copy for copy in known if (copy.what, copy.event_id) == (ANSWERED, event_id)]
                if any(copy.said[-1] == WHO for copy in theirs):
                    state.learn(answered("t:T", theirs, WHO))
        return state.own

    order = list(range(len(copies)))
    shuffled = chance.sample(order, len(order))
    assert told_in(order).answer == told_in(shuffled).answer


@given(st.permutations(range(KEPT_CONTACTS + 20)))
@settings(max_examples=tries(10))
def test_of_endless_tickets_those_with_the_last_ids_are_kept_however_they_come(order):
    parts = [Told(ticket_id=str(i), events=(opened(str(i), i),)) for i in order]
    state = _told(parts)
    assert [int(each.ticket_id) for each in state.contacts] == list(range(20, KEPT_CONTACTS + 20))
    assert not state.meet("0", parts[order.index(0)].course(), WHO, NAMES)


def test_a_course_of_which_a_copy_says_something_else_is_met_as_all_copies() -> None:
    one = Told(ticket_id="T", events=(opened("T", 0), status("T", 9, "resolved", event_id="x")))
    other = Told(ticket_id="T", events=(status("T", 5, "closed", event_id="x"),))
    _equal(_told([one, other]), [one, other])
    _equal(_told([other, one]), [one, other])
