"""Tickets counted in columns, many at once, come to what the core counts of them one by one."""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.codec import key_of
from stream.core.cells import Cells as Named
from stream.core.labels import LabelBook, Labels
from stream.core.policy import Policy
from stream.core.sums import Sums
from stream.core.ticket import EMPTY, Ticket, lift
from stream.core.ticket_merge import merge
from stream.core.windows import ALL, DAY_US, HOUR_US, SECOND_US
from stream.counting.standing import Standing
from stream.counting.ticket_books import Kept, TicketBooks
from stream.model.names import Names
from stream.numbers import baseline
from stream.numbers.registry import FOLDS
from stream.partition.tickets import Tickets
from tests.columns import crowds, kept, policies
from tests.events import NOON_US, decoded, desk_events
from tests.property.crowd import BASE_US
from tests.tries import tries

PARTITIONS = range(2)


class _Desk:
    """The same tickets in the core and in columns, partition by partition."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.book = LabelBook(policy.labels, policy.label_limit)
        self.names = Names(policy, self.book)
        self.books = TicketBooks(policy, self.names, FOLDS)
        self.standing = Standing(policy, self.names)
        self.plain = [Tickets(policy, self.book) for _ in PARTITIONS]
        self._places: dict[bytes, int] = {}
        self._counted: dict[bytes, Kept] = {}

    def hear(self, events: list[Any]) -> None:
        """Merge events into tickets, and count those that changed."""
        dirty: dict[bytes, int] = {}
        for event in events:
            key = _key(event)
            partition = sum(key) % len(PARTITIONS)
            self._put(key, partition, merge(self.plain[partition].states.get(key, EMPTY), lift(event)))
            dirty[key] = partition
        self._settle(dirty)

    def held(self) -> list[bytes]:
        """Return the keys of the tickets that are there."""
        return sorted(key for plain in self.plain for key in plain.states)

    def forget(self, keys: Iterable[bytes]) -> None:
        """Forget tickets."""
        dirty = {key: sum(key) % len(PARTITIONS) for key in keys}
        for key, partition in dirty.items():
            self._put(key, partition, EMPTY)
        self._settle(dirty)

    def _put(self, key: bytes, partition: int, ticket: Ticket) -> None:
        plain = self.plain[partition]
        plain.put(key, plain.states.get(key, EMPTY), ticket, None)

    def _settle(self, dirty: dict[bytes, int]) -> None:
        partition = np.array([*dirty.values()], np.int64)
        known = [self.plain[of].states.get(key, EMPTY) for key, of in dirty.items()]
        new = [kept(ticket, self.names) for ticket in known]
        frame = self.books.settle(partition, new, [self._counted.get(key, Kept()) for key in dirty])
        places = [self._places.setdefault(key, len(self._places)) for key in dirty]
        self.standing.replace(np.array(places, np.int64), partition, frame)
        self._counted.update(zip(dirty, new, strict=True))

    def advance(self, now_us: int) -> None:
        self.books.advance(now_us)
        for plain in self.plain:
            plain.advance(now_us)

    def compare(self, now_us: int) -> None:
        cells = self.books.cells
        looked = self.standing.look(now_us)
        for partition, plain in enumerate(self.plain):
            assert self.books.tickets.cells(cells, partition) == _named(plain.sums())
            assert self.books.surveys.cells(cells, partition) == _named(plain.survey_sums())
            nobody: dict[str, Named] = {window.name: {} for window in self.policy.agent_windows}
            at_work = {name: held for name, held in _named(plain.agent_sums()).items() if name != ALL}
            assert self.books.agents.cells(cells, partition) == (at_work or nobody)
            self._compare_history(plain, self.books.history.cells(cells, partition))
            assert _shown(self.standing.queues(looked, partition)) == _shown(plain.queues(now_us))

    def _compare_history(self, plain: Tickets, held: dict[str, Named]) -> None:
        for i, week in enumerate(plain.history(-1).weeks):
            hour, since = held[f"hour {i}"], held[f"since {i}"]
            assert sum(n for (measure, _, _), n in hour.items() if measure == baseline.INFLOW) == week.inflow
            assert sum(n for (measure, _, _), n in since.items() if measure == baseline.CHANGE) == week.change_since
            responses = {bucket: n for (measure, _, bucket), n in hour.items() if measure == baseline.RESPONSE}
            assert responses == week.responses

    def longest(self, partition: int, limit: int) -> list[tuple[int, bytes]]:
        """Who waits longest, by what the columns say."""
        keys = {place: key for key, place in self._places.items() if sum(key) % len(PARTITIONS) == partition}
        wanted = np.ones(len(self.names.labels), bool)
        places = [place for place in self.standing.longest_waiting(wanted, 1_000).tolist() if place in keys]
        return sorted((int(self.standing._opened[place]), keys[place]) for place in places)[:limit]


def _key(event: Any) -> bytes:
    return (b"s:" if event.ticket_id is None else b"t:") + key_of(event).encode()


def _named(sums: dict[str, Sums]) -> dict[str, Named]:
    return {name: dict(window.cells) for name, window in sums.items()}


def _shown(queues: dict[Labels, Any]) -> dict[Labels, Any]:
    """Queues of nobody are shown by either as long as there was somebody once, which may be seen in between only."""
    return {labels: queue for labels, queue in queues.items() if any(queue.states.values())}


@given(crowds(8) | desk_events(), policies(), st.integers(0, 1 << 32))
@settings(max_examples=tries(25))
def test_any_batches_at_any_times_come_to_what_the_core_counts(events, policy, seed):
    chance = random.Random(seed)
    desk = _Desk(policy)
    told = [event for event in events if not event["type"].startswith("customer.")]
    now_us = chance.choice((BASE_US, NOON_US)) - HOUR_US
    desk.advance(now_us)
    while told:
        n = chance.choice((1, 5, 30))
        batch, told = told[:n], told[n:]
        desk.hear(decoded(*batch))
        if chance.random() < 0.2:
            desk.forget(chance.sample(desk.held(), 1))
        now_us += chance.choice((0, SECOND_US, HOUR_US, HOUR_US, 20 * HOUR_US, 8 * DAY_US))
        desk.advance(now_us)
        desk.compare(now_us)
    for partition, plain in enumerate(desk.plain):
        longest = [
            (waiting.opened_us, b"t:" + waiting.ticket_id.encode()) for waiting in plain.longest_waiting(_any, 3)
        ]
        assert desk.longest(partition, 3) == longest


def _any(_labels: Labels) -> bool:
    return True


@given(crowds(12), policies())
@settings(max_examples=tries(20))
def test_another_policy_counts_all_anew_in_one_go(events, policy):
    told = decoded(*(event for event in events if not event["type"].startswith("customer.")))
    at_once, one_by_one = _Desk(policy), _Desk(policy)
    for desk in (at_once, one_by_one):
        desk.advance(BASE_US)
    at_once.hear(told)
    for event in told:
        one_by_one.hear([event])
    for desk in (at_once, one_by_one):
        desk.advance(BASE_US + 30 * HOUR_US)
        desk.compare(BASE_US + 30 * HOUR_US)
    for partition in PARTITIONS:
        first, second = (desk.books.tickets.cells(desk.books.cells, partition) for desk in (at_once, one_by_one))
        if policy.label_limit == 50:  # else who came first has the name
            assert first == second
