"""What numbers in columns cost: an event, by how many come between two ticks, and a tick of a full desk.

    python -m benchmarks.columns [--events 60000] [--open 200000 1000000] [--core]

The events are those of a simulated desk, merged into states beforehand, of four partitions. Measured is what moves the
numbers: the fold of the tickets that changed, as they are and as they were, and the ledgers, with a look at each tick
at what stands open. --core: what the core takes to count the same changes one by one. Times are CPU seconds, as others
may use the machine too.
"""

from __future__ import annotations

import argparse
import gc
import random
import statistics
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Any, NamedTuple, cast

import numpy as np
import orjson

from schemas.codec import Limits, decode, key_of
from schemas.events import Event
from stream.core.labels import LabelBook
from stream.core.partitioner import partition_of
from stream.core.policy import Partitioner, Policy
from stream.core.ticket import EMPTY, Message, Opening, Ticket, Write, lift
from stream.core.ticket_merge import merge
from stream.core.windows import DAY_US, SECOND_US
from stream.counting.standing import Standing
from stream.counting.ticket_books import Kept, TicketBooks
from stream.model.names import Names
from stream.model.records import records
from stream.model.survey_records import survey_records
from stream.numbers.registry import FOLDS
from stream.partition.tickets import Tickets
from stream.simulate import Desk as SimulatedDesk

PARTITIONS = 4
TICKS = (200, 1_000, 6_000, 40_000)
TIMES = 15


class Change(NamedTuple):
    """A ticket that changed between two ticks."""

    key: bytes
    partition: int
    old: Ticket
    new: Ticket


class Tick(NamedTuple):
    """What changed up to an instant."""

    now_us: int
    changes: list[Change]


class Desk:
    """Numbers in columns, with what they need of each ticket."""

    def __init__(self, policy: Policy) -> None:
        self.names = Names(policy, LabelBook(policy.labels, policy.label_limit))
        self.books = TicketBooks(policy, self.names, FOLDS)
        self.standing = Standing(policy, self.names)
        self._places: dict[bytes, int] = {}
        self._counted: dict[bytes, Kept] = {}

    def prepared(self, changes: list[Change]) -> tuple[Any, ...]:
        """Return what the fold is made from; a state in columns has it ready."""
        partition = np.array([change.partition for change in changes], np.int64)
        new = [
            Kept(records(change.new, self.names), survey_records(change.new.surveys, self.names)) for change in changes
        ]
        old = [self._counted.get(change.key, Kept()) for change in changes]
        places = [self._places.setdefault(change.key, len(self._places)) for change in changes]
        self._counted.update(zip((change.key for change in changes), new, strict=True))
        return partition, new, old, np.array(places, np.int64)

    def count(self, partition: Any, new: list[Kept], old: list[Kept], places: Any) -> None:
        """Move the numbers."""
        self.standing.replace(places, partition, self.books.settle(partition, new, old))

    def tick(self, now_us: int) -> None:
        """Move the windows, and look at what they hold and what stands open."""
        self.books.advance(now_us)
        self.books.tickets.vectors()
        self.standing.look(now_us)


def events(count: int) -> list[Event]:
    """Return events of tickets and surveys of a simulated desk."""
    desk = SimulatedDesk(start=datetime(2026, 3, 2, tzinfo=UTC), seed=3, tickets_per_day=20_000, leftovers=300)
    told = (event for event in desk.events() if not event["type"].startswith("customer."))
    values = [orjson.dumps(event) for event in islice(told, count)]
    return cast(
        list[Event],
        decode(values, limits=Limits(), now_us=int(datetime(2027, 1, 1, tzinfo=UTC).timestamp()) * SECOND_US),
    )


def ticks(told: list[Event], each: int) -> Iterator[Tick]:
    """Cut events into ticks of so many, and merge them into the states of tickets."""
    states: dict[bytes, Ticket] = {}
    for i in range(0, len(told), each):
        before: dict[bytes, Ticket] = {}
        for event in told[i : i + each]:
            key = key_of(event).encode()
            old = states.get(key, EMPTY)
            before.setdefault(key, old)
            states[key] = merge(old, lift(event))
        changes = [
            Change(key, partition_of(key, PARTITIONS, Partitioner.MURMUR2) or 0, old, states[key])
            for key, old in before.items()
            if states[key] is not old
        ]
        yield Tick(max(event.at_us for event in told[i : i + each]), changes)


def in_columns(told: list[Event], each: int, policy: Policy) -> tuple[float, float]:
    """Return the microseconds of an event: what moves the numbers, and what looks at them."""
    desk, moved, looked = Desk(policy), 0.0, 0.0
    for tick in ticks(told, each):
        prepared = desk.prepared(tick.changes)
        moved += _seconds(lambda ready=prepared: desk.count(*ready))
        looked += _seconds(lambda now_us=tick.now_us: desk.tick(now_us))
    return moved / len(told) * 1e6, looked / len(told) * 1e6


def in_the_core(told: list[Event], each: int, policy: Policy) -> tuple[float, float]:
    """Return the same of the core."""
    book = LabelBook(policy.labels, policy.label_limit)
    partitions, moved, looked = [Tickets(policy, book) for _ in range(PARTITIONS)], 0.0, 0.0

    def count(changes: list[Change]) -> None:
        for key, partition, old, new in changes:
            partitions[partition].put(key, old, new, None)

    def look(now_us: int) -> None:
        for tickets in partitions:
            tickets.advance(now_us)
            tickets.sums()
            tickets.queues(now_us)

    for tick in ticks(told, each):
        moved += _seconds(lambda changes=tick.changes: count(changes))
        looked += _seconds(lambda now_us=tick.now_us: look(now_us))
    return moved / len(told) * 1e6, looked / len(told) * 1e6


def open_tickets(n: int, policy: Policy) -> tuple[float, float, float]:
    """Return the seconds of a tick of so many open tickets (median and longest), and those of counting them all anew.

    They are up to 30 days old, under 50 combinations of labels, and two in three had a response.
    """
    desk, chance = Desk(policy), random.Random(5)
    now = datetime(2026, 3, 2, 12, tzinfo=UTC)
    now_us = int(now.timestamp()) * SECOND_US
    partition = np.arange(n) % PARTITIONS
    made: list[bytes] = []
    for i in range(min(n, 20_000)):  # as many different ones
        opened_us = now_us - int(30 * DAY_US * chance.random() ** 3)
        made.append(records(_open_ticket(i, opened_us, now_us, chance), desk.names))
    packed = [Kept(made[i % len(made)]) for i in range(n)]
    counted = _seconds(lambda: desk.count(partition, packed, [Kept()] * n, np.arange(n)))
    taken = [_seconds(lambda at=now_us + i * SECOND_US: desk.tick(at)) for i in range(TIMES)]
    return statistics.median(taken), max(taken), counted


def _open_ticket(i: int, opened_us: int, now_us: int, chance: random.Random) -> Ticket:
    values = {"channel": f"c{i % 5}", "priority": f"p{i % 2}", "queue": f"q{i // 10 % 5}"}
    answered_us = opened_us + int((now_us - opened_us) * chance.random())
    answer = Message(answered_us, f"{i}-1", "agent", f"A{i % 400:03d}")
    return Ticket(
        opening=Opening(opened_us, f"{i}-0", "customer"),
        messages=(answer,) if i % 3 else (),
        writes=(Write(opened_us, f"{i}-0", values),),
    )


def _seconds(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def main() -> None:
    """Print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=60_000)
    parser.add_argument("--open", type=int, nargs="*", default=[200_000, 1_000_000])
    parser.add_argument("--core", action="store_true", help="measure the core too")
    arguments = parser.parse_args()
    policy, told = Policy(), events(arguments.events)
    gc.freeze()
    print(f"{len(told):,} events; microseconds an event: moving the numbers, looking at them")
    for each in TICKS:
        some = told if each > 1_000 else told[: each * 60]
        line = "{:.1f} {:.1f}".format(*in_columns(some, each, policy))
        if arguments.core:
            line += "   core {:.1f} {:.1f}".format(*in_the_core(some, each, policy))
        print(f"  {each:6,} a tick: {line}", flush=True)
    for n in arguments.open:
        median, longest, counted = open_tickets(n, policy)
        print(
            f"{n:,} open tickets: a tick {median * 1e3:.0f} ms, at most {longest * 1e3:.0f} ms; "
            f"counted anew in {counted:.1f} s, {counted / n * 1e6:.1f} us a ticket"
        )


if __name__ == "__main__":
    main()
