"""Customers counted in columns, many at once, come to what the core counts of them one by one."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.events import (
    CustomerAcquired,
    CustomerLost,
    CustomerPurchased,
    CustomerSignal,
    Event,
    SurveyAnswered,
    TicketOpened,
    TicketResponded,
    TicketStatus,
)
from stream.core.customer import NOBODY, Customer, LastAnswer, lift_customer
from stream.core.customer_share import customer_share
from stream.core.customer_told import contact
from stream.core.labels import LabelBook
from stream.core.policy import Policy
from stream.core.ticket import EMPTY, Ticket, lift
from stream.core.ticket_merge import merge
from stream.core.windows import DAY_US, HOUR_US, SECOND_US
from stream.counting.customer_books import CustomerBooks, KeptCustomer
from stream.counting.tenure import Tenure
from stream.model.customer_records import contact_records, customer_records
from stream.model.names import Names
from stream.numbers.registry import CUSTOMER_FOLDS
from stream.partition.clientele import CUSTOMER, Clientele
from tests.columns import crowds, policies
from tests.events import decoded
from tests.property.crowd import BASE_US
from tests.tries import tries

PARTITIONS = range(2)


class _Desk:
    """The same customers in the core and in columns, partition by partition."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.book = LabelBook(policy.labels, policy.label_limit)
        self.names = Names(policy, self.book)
        self.books, self.tenure = CustomerBooks(policy, self.names, CUSTOMER_FOLDS), Tenure()
        self.plain = [Clientele(policy, self.book) for _ in PARTITIONS]
        self._tickets: dict[str, Ticket] = {}
        self._states: dict[str, Customer] = {}
        self._counted: dict[str, KeptCustomer] = {}
        self._places: dict[str, int] = {}

    def hear(self, events: list[Any]) -> None:
        """Learn what customers are told by events, and count those who were told something."""
        dirty: dict[str, int] = {}
        for event in events:
            for customer_id, news in self._told(event):
                dirty[customer_id] = partition = sum(customer_id.encode()) % len(PARTITIONS)
                self.plain[partition].learn(CUSTOMER + customer_id.encode(), news)
        for customer_id, partition in dirty.items():  # the core may have forgotten what is old
            for _, state, _ in self.plain[partition].look([CUSTOMER + customer_id.encode()]):
                self._states[customer_id] = state
        self._settle(dirty)

    def _told(self, event: Event) -> list[tuple[str, Customer]]:
        match event:
            case TicketOpened() | TicketResponded() | TicketStatus():
                name = event.ticket_id
                ticket = self._tickets[name] = merge(self._tickets.get(name, EMPTY), lift(event))
                whose = {write.values["customer_id"] for write in ticket.writes if "customer_id" in write.values}
                return [(customer_id, contact(name, ticket)) for customer_id in sorted(whose)]
            case SurveyAnswered(customer_id=str() as customer_id):
                if (event.instrument or "nps") == "nps":
                    answer = LastAnswer(event.at_us, event.event_id, "s:" + event.survey_id, event.score)
                    return [(customer_id, Customer(answer=answer))]
            case CustomerAcquired() | CustomerLost() | CustomerPurchased() | CustomerSignal():
                return [(event.customer_id, lift_customer(event))]
        return []

    def forget(self, customer_id: str) -> None:
        """Forget a customer."""
        partition = sum(customer_id.encode()) % len(PARTITIONS)
        self.plain[partition].forget([CUSTOMER + customer_id.encode()])
        del self._states[customer_id]
        self._settle({customer_id: partition})

    def held(self) -> list[str]:
        return sorted(self._states)

    def _settle(self, dirty: dict[str, int]) -> None:
        partition = np.array([*dirty.values()], np.int64)
        new = [self._kept(name) for name in dirty]
        frame = self.books.settle(partition, new, [self._counted.get(name, KeptCustomer()) for name in dirty])
        places = [self._places.setdefault(name, len(self._places)) for name in dirty]
        self.tenure.replace(np.array(places, np.int64), partition, frame)
        self._counted.update(zip(dirty, new, strict=True))

    def _kept(self, name: str) -> KeptCustomer:
        state = self._states.get(name, NOBODY)
        return KeptCustomer(customer_records(state), contact_records(name, state, self.names))

    def advance(self, now_us: int) -> None:
        self.books.advance(now_us)
        for plain in self.plain:
            plain.advance(now_us)

    def compare(self, now_us: int) -> None:
        years = self.policy.definitions.long_tenure_years
        tenures = self.tenure.look(now_us, years, len(PARTITIONS))
        for partition, plain in enumerate(self.plain):
            counted = {name: dict(window.cells) for name, window in plain.sums().items()}
            assert self.books.customers.cells(self.books.cells, partition) == counted
            assert tenures[partition] == plain.tenure()


@given(crowds(8), policies(), st.integers(0, 1 << 32))
@settings(max_examples=tries(25))
def test_any_batches_at_any_times_come_to_what_the_core_counts_of_customers(events, policy, seed):
    chance = random.Random(seed)
    desk = _Desk(policy)
    now_us = BASE_US - HOUR_US
    desk.advance(now_us)
    told = list(events)
    while told:
        n = chance.choice((1, 10, 60))
        batch, told = told[:n], told[n:]
        desk.hear(decoded(*batch))
        if desk.held() and chance.random() < 0.1:
            desk.forget(chance.choice(desk.held()))
        now_us += chance.choice((0, SECOND_US, HOUR_US, HOUR_US, 20 * HOUR_US, 3 * DAY_US))
        desk.advance(now_us)
        desk.compare(now_us)


@given(crowds(12), policies())
@settings(max_examples=tries(25))
def test_each_customer_adds_what_the_core_says(events, policy):
    desk = _Desk(policy)
    desk.hear(decoded(*events))
    for name in desk.held():
        alone = CustomerBooks(policy, desk.names, CUSTOMER_FOLDS)
        alone.settle(np.zeros(1, np.int64), [desk._kept(name)], [KeptCustomer()])
        expected: dict[Any, int] = {}
        for _, cell, amount in customer_share(name, desk._states[name], policy, desk.book).contributions:
            expected[cell] = expected.get(cell, 0) + amount
        assert alone.customers.cells(alone.cells, 0)["all"] == {cell: n for cell, n in expected.items() if n}
