"""Whatever comes when, is forgotten, leaves or comes back: what is counted is the fold of the states that are held."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from stream.core.facts import BACKLOG_STATES, FIRST, REPLY
from stream.core.labels import Labels
from stream.core.policy import Policy
from stream.core.snapshot import Totals
from stream.core.standing import (
    AGES_US,
    BANDS_US,
    LATELY_US,
    SLA_STATES,
    OpenTicket,
    Queue,
    Wait,
    Waiting,
    sla_state,
)
from stream.core.windows import DAY_US, HOUR_US, SECOND_US
from stream.numbers.registry import NUMBERS
from stream.partition.books import Books
from stream.partition.partition import Partition
from tests.columns import crowds, policies
from tests.events import NOON_US, acquired, decoded, desk_events, opened
from tests.property.crowd import BASE_US
from tests.tries import tries

PARTITIONS = range(2)
Event = dict[str, Any]


class _Worker:
    """Partitions that are counted together; dumped is what each held when it left."""

    def __init__(self, policy: Policy, numbers: list[int]) -> None:
        self.books = Books(policy)
        self.partitions = {number: Partition(number, self.books) for number in numbers}

    def hear(self, events: list[Event], now_us: int) -> None:
        for number, partition in self.partitions.items():
            its = [event for event in events if _home(event) == number]
            partition.apply("t", decoded(*its), now_us)

    def forget(self, chance: random.Random) -> None:
        """Forget a ticket and a customer, if there are any."""
        for number, partition in self.partitions.items():
            tickets, clientele = partition._tickets, partition._clientele
            if tickets.states and chance.random() < 0.3:
                self.books.forget_tickets(tickets.pop(number, [chance.choice(sorted(tickets.states))]))
            if clientele.states and chance.random() < 0.3:
                self.books.forget_customers(clientele.pop(number, [chance.choice(sorted(clientele.states))]))

    def move(self, number: int, now_us: int) -> None:
        """Let a partition leave, and come back with all that it held."""
        states = _held(self.partitions[number])
        self.partitions[number].leave()
        self.load(number, states, now_us)

    def load(self, number: int, states: list[tuple[bytes, bytes]], now_us: int) -> None:
        partition = self.partitions[number] = Partition(number, self.books)
        for key, value in states:
            partition.load(key, value, now_us)

    def snapshots(self, now_us: int) -> list[Totals]:
        for partition in self.partitions.values():
            partition.advance(now_us)
        return [self.partitions[number].snapshot() for number in PARTITIONS]


def _home(event: Event) -> int:
    name = event.get("ticket_id") or event.get("survey_id") or event["customer_id"]
    return sum(name.encode()) % len(PARTITIONS)


def _held(partition: Partition) -> list[tuple[bytes, bytes]]:
    keys = [*partition._tickets.states, *partition._clientele.states]
    return [(key, partition.dump(key)) for key in keys]


def _numbers(totals: Totals) -> dict[str, Any]:
    """Return what was counted; what stands empty is shown as long as there once was something."""
    agents = {name: sums.cells for name, sums in (totals.agents or {}).items() if sums.cells}
    queues = {labels: queue for labels, queue in totals.queues.items() if any(queue.states.values())}
    books = {"tickets": totals.tickets, "surveys": totals.surveys, "customers": totals.customers}
    return {
        **{name: {window: sums.cells for window, sums in book.items()} for name, book in books.items()},
        "agents": agents,
        "queues": queues,
        "tenure": totals.tenure,
        "weeks": totals.history.weeks,
        "counts": totals.counts,
    }


def _anew(worker: _Worker, now_us: int, chance: random.Random) -> _Worker:
    """Return a worker that counts all that another holds in one go, in another order."""
    numbers = list(worker.partitions)
    fresh = _Worker(worker.books.policy, numbers[::-1])
    for number in numbers:
        states = _held(worker.partitions[number])
        chance.shuffle(states)
        fresh.load(number, states, now_us)
    return fresh


@given(crowds(8) | desk_events(), policies(), st.integers(0, 1 << 32))
@settings(max_examples=tries(20))
def test_any_batches_at_any_times_come_to_what_all_states_come_to_at_once(events, policy, seed):
    chance = random.Random(seed)
    policy = replace(policy, label_limit=50)  # else who came first has a name
    worker = _Worker(policy, list(PARTITIONS))
    told, now_us = list(events), chance.choice((BASE_US, NOON_US)) - HOUR_US
    while told:
        n = chance.choice((1, 10, 60))
        batch, told = told[:n], told[n:]
        worker.hear(batch, now_us)
        worker.books.settle()
        if chance.random() < 0.3:
            worker.forget(chance)
        if chance.random() < 0.2:
            worker.move(chance.choice(PARTITIONS), now_us)
        now_us += chance.choice((0, SECOND_US, HOUR_US, HOUR_US, 20 * HOUR_US, 8 * DAY_US))
        found = worker.snapshots(now_us)
        if chance.random() < 0.3 or not told:
            expected = _anew(worker, now_us, chance).snapshots(now_us)
            for one, other in zip(map(_numbers, found), map(_numbers, expected), strict=True):
                for name, counted in one.items():
                    assert counted == other[name], name


@given(crowds(8) | desk_events(), policies())
@settings(max_examples=tries(20))
def test_what_stands_open_is_what_each_open_ticket_says(events, policy):
    worker = _Worker(policy, list(PARTITIONS))
    now_us = BASE_US + 30 * HOUR_US
    worker.hear([event for event in events if event["type"].startswith("ticket.")], now_us)
    for number, totals in enumerate(worker.snapshots(now_us)):
        states = list(worker.partitions[number]._tickets.states.values())
        found: dict[Labels, list[OpenTicket]] = {}
        for each in worker.books.each_ticket(states, NUMBERS["backlog"]).open():
            if each is not None:
                found.setdefault(each.labels, []).append(each)
        shown = {labels: queue for labels, queue in totals.queues.items() if any(queue.states.values())}
        assert shown == {labels: _queue(each, now_us, policy) for labels, each in found.items()}


def test_what_was_read_back_is_told_also_if_another_partition_was_asked_first_at_that_instant():
    now_us = NOON_US + HOUR_US
    before = _Worker(Policy(), list(PARTITIONS))
    before.hear([opened("A", 0), opened("B", 0), acquired("C", 0), acquired("D", 0)], now_us)
    expected = before.snapshots(now_us)
    assert (
        [totals.counts["opened"] for totals in expected] == [totals.tenure.customers for totals in expected] == [1, 1]
    )
    assert list(map(_numbers, _anew(before, now_us, random.Random(1)).snapshots(now_us))) == list(
        map(_numbers, expected)
    )


def _queue(tickets: list[OpenTicket], now_us: int, policy: Policy) -> Queue:
    """Count tickets one by one."""
    ages = [max(0, now_us - each.opened_us) for each in tickets]
    waits = [each.wait for each in tickets if each.wait is not None]
    return Queue(
        states={name: sum(each.state == name for each in tickets) for name in BACKLOG_STATES},
        ages={name: sum(low <= age < (high or 1 << 62) for age in ages) for name, low, high in AGES_US},
        longer_than={name: sum(age > us for age in ages) for name, us in policy.longer_than},
        first=_waiting([wait for wait in waits if wait.kind == FIRST], now_us, policy),
        reply=_waiting([wait for wait in waits if wait.kind == REPLY], now_us, policy),
    )


def _waiting(waiting: list[Wait], now_us: int, policy: Policy) -> Waiting:
    waits = [max(0, now_us - each.since_us) for each in waiting]
    buckets = Counter(map(policy.buckets.index, waits))
    due_us = [each.due.deadline_us for each in waiting if each.due is not None]
    lately = [at for at in due_us if now_us - LATELY_US <= at < now_us]
    sla = Counter(sla_state(each.due, now_us) for each in waiting)
    ends = [low for _, low in BANDS_US[1:]] + [1 << 62]
    return Waiting(
        n=len(waiting),
        waited_us=sum(waits),
        oldest_us=max(waits, default=None),
        waits=dict(buckets),
        wait_le=dict(policy.buckets.cumulative(buckets)),
        bands={name: sum(low <= wait < end for wait in waits) for (name, low), end in zip(BANDS_US, ends, strict=True)},
        sla={name: sla[name] for name in SLA_STATES},
        lately_breached=dict(Counter(at // SECOND_US for at in lately)),
    )
