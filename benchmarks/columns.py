"""What numbers in columns cost: an event, by how many come between two ticks, and a tick of a full desk.

    python -m benchmarks.columns [--events 60000] [--open 200000 1000000] [--recovery 200000]

The events are those of a simulated desk, in four partitions of a worker. Measured is what learns them, what moves the
numbers once a tick, and what looks at all of these; then what it takes to read tickets back. Times are CPU seconds, as
others may use the machine too.
"""

from __future__ import annotations

import argparse
import gc
import os
import random
import statistics
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import NamedTuple, cast

import orjson

from schemas.codec import Limits, decode, key_of
from schemas.events import Event
from stream.core.partitioner import partition_of
from stream.core.policy import AgentOpened, Partitioner, Policy
from stream.core.windows import DAY_US, SECOND_US
from stream.model.wire import text
from stream.partition.books import Books
from stream.partition.partition import Partition
from stream.simulate import Desk as SimulatedDesk

PARTITIONS = 4
TICKS = (200, 1_000, 6_000, 40_000)
TIMES = 15


class Desk:
    """A worker that owns all partitions."""

    def __init__(self, policy: Policy | None = None) -> None:
        self.books = Books(policy or Policy(partitions=PARTITIONS))
        self.partitions = [Partition(number, self.books) for number in range(PARTITIONS)]

    def learn(self, events: list[Event], now_us: int) -> None:
        """Take in events."""
        by_partition: list[list[Event]] = [[] for _ in self.partitions]
        for event in events:
            by_partition[partition_of(key_of(event).encode(), PARTITIONS, Partitioner.MURMUR2) or 0].append(event)
        for partition, some in zip(self.partitions, by_partition, strict=True):
            partition.apply("t", some, now_us)

    def tick(self, now_us: int) -> None:
        """Move the windows, and look at what they hold and what stands open."""
        for partition in self.partitions:
            partition.advance(now_us)
            partition.snapshot()


def events(count: int) -> list[Event]:
    """Return events of tickets and surveys of a simulated desk."""
    desk = SimulatedDesk(start=datetime(2026, 3, 2, tzinfo=UTC), seed=3, tickets_per_day=20_000, leftovers=300)
    told = (event for event in desk.events() if not event["type"].startswith("customer."))
    values = [orjson.dumps(event) for event in islice(told, count)]
    return cast(
        list[Event],
        decode(values, limits=Limits(), now_us=int(datetime(2027, 1, 1, tzinfo=UTC).timestamp()) * SECOND_US),
    )


def in_columns(told: list[Event], each: int, policy: Policy | None = None) -> tuple[float, float, float]:
    """Return the microseconds of an event: what learns it, what moves the numbers, and what looks at them."""
    desk, learned, moved, looked = Desk(policy), 0.0, 0.0, 0.0
    for i in range(0, len(told), each):
        some = told[i : i + each]
        now_us = max(event.at_us for event in some)
        learned += _seconds(lambda some=some, now_us=now_us: desk.learn(some, now_us))
        moved += _seconds(desk.books.settle)
        looked += _seconds(lambda now_us=now_us: desk.tick(now_us))
    return learned / len(told) * 1e6, moved / len(told) * 1e6, looked / len(told) * 1e6


def open_tickets(n: int) -> tuple[float, float]:
    """Return the seconds of a tick of so many open tickets, the median and the longest.

    They are up to 30 days old, under 50 combinations of labels, and two in three had a response.
    """
    desk, chance = Desk(), random.Random(5)
    now_us = int(datetime(2026, 3, 2, 12, tzinfo=UTC).timestamp()) * SECOND_US
    made = [_open_ticket(i, now_us, chance) for i in range(min(n, 20_000))]  # as many different ones
    for i in range(n):
        desk.partitions[i % PARTITIONS].load(b"t:T%d" % i, made[i % len(made)], now_us)
    for partition in desk.partitions:
        partition.apply("t", [], now_us)  # what was read back is whole
    desk.tick(now_us)
    taken = [_seconds(lambda at=now_us + i * SECOND_US: desk.tick(at)) for i in range(1, TIMES + 1)]
    return statistics.median(taken), max(taken)


class Recovery(NamedTuple):
    """What it took to read tickets back: seconds of CPU, and bytes of memory a ticket with its customer."""

    loaded: float
    counted: float
    policy: float
    memory: float


def recovery(n: int) -> Recovery:
    """Read back so many open tickets of two states each, and half as many customers, and count them."""
    desk, chance = Desk(), random.Random(5)
    now_us = int(datetime(2026, 3, 2, 12, tzinfo=UTC).timestamp()) * SECOND_US
    gc.collect()
    gc.freeze()
    before = _resident()
    loaded = 0.0
    for start in range(0, n, PARTITIONS * 1_000):
        records = [
            record for i in range(start, min(n, start + PARTITIONS * 1_000)) for record in _states(i, now_us, chance)
        ]
        gc.disable()
        loaded += _seconds(lambda records=records: _load(desk, records, now_us))
        gc.freeze()
        gc.enable()
    steps = [partition.count() for partition in desk.partitions]
    counted = _seconds(lambda: [list(each) for each in steps])
    desk.tick(now_us)
    memory = _resident() - before
    adoption = desk.books.adoption(Policy(partitions=PARTITIONS, agent_opened=AgentOpened.NEXT_PUBLIC))
    policy = _seconds(lambda: list(adoption.steps()))
    return Recovery(loaded, counted, policy, memory / n)


def _load(desk: Desk, records: list[tuple[int, bytes, bytes]], now_us: int) -> None:
    for number, key, value in records:
        desk.partitions[number].load(key, value, now_us)


def _states(i: int, now_us: int, chance: random.Random) -> Iterator[tuple[int, bytes, bytes]]:
    """Yield what the changelog has of a ticket and its customer: partition, key and value."""
    number, customer = i % PARTITIONS, f"C{i // 2 // PARTITIONS * PARTITIONS + i % PARTITIONS:09d}"
    opened_us = now_us - int(30 * DAY_US * chance.random() ** 3)
    said = ("customer", f"c{i % 5}", f"p{i % 2}", f"q{i // 10 % 5}", None, None, None, customer)
    opening = text("o", opened_us, f"{i:012d}-ticket.opened", said)
    answer = text("r", opened_us + SECOND_US, f"{i:012d}-ticket.responded", ("agent", f"A{i % 400:04d}"))
    yield number, b"t:T%010d" % i, b'{"events":[%b]}' % opening
    yield number, b"t:T%010d" % i, b'{"events":[%b,%b]}' % (opening, answer)
    yield number, b"c:" + customer.encode(), b'{"contacts":{"T%010d":[%b]}}' % (i, opening)


def _resident() -> int:
    """Return how much memory the process has, in bytes."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _open_ticket(i: int, now_us: int, chance: random.Random) -> bytes:
    """Return a value of the changelog."""
    opened_us = now_us - int(30 * DAY_US * chance.random() ** 3)
    answered_us = opened_us + int((now_us - opened_us) * chance.random())
    copies = [text("o", opened_us, f"{i}-0", ("customer", f"c{i % 5}", f"p{i % 2}", f"q{i // 10 % 5}"))]
    if i % 3:
        copies.append(text("r", answered_us, f"{i}-1", ("agent", f"A{i % 400:03d}")))
    return b'{"events":[%b]}' % b",".join(copies)


def _seconds(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def main() -> None:
    """Print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=60_000)
    parser.add_argument("--open", type=int, nargs="*", default=[200_000, 1_000_000])
    parser.add_argument("--recovery", type=int, nargs="*", default=[200_000])
    arguments = parser.parse_args()
    told = events(arguments.events)
    gc.freeze()
    print(f"{len(told):,} events; microseconds an event: learning it, moving the numbers, looking at them")
    for each in TICKS:
        some = told if each > 1_000 else told[: each * 60]
        print(f"  {each:6,} a tick: " + "{:.1f} {:.1f} {:.1f}".format(*in_columns(some, each)), flush=True)
    for n in arguments.open:
        median, longest = open_tickets(n)
        print(f"{n:,} open tickets: a tick {median * 1e3:.0f} ms, at most {longest * 1e3:.0f} ms")
    for n in arguments.recovery:
        took = recovery(n)
        print(
            f"{n:,} tickets of two states each, read back with their customers: {took.loaded:.1f} s, counted in "
            f"{took.counted:.1f} s; {(took.loaded + took.counted) / n * 1e6:.1f} us a ticket; another policy "
            f"{took.policy:.1f} s; {took.memory:,.0f} bytes a ticket with its customer"
        )


if __name__ == "__main__":
    main()
