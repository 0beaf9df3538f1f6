"""What a million open tickets cost: memory, a tick, adding up, a scrape, and another policy.

    python -m benchmarks.scrape [--tickets 1000000]

Four partitions in this process and no broker. Tickets are open and up to 30 days old, under 50 combinations of channel,
priority and queue; two in three had a response, one in fifty a survey with an answer. Events are decoded as a worker
decodes them, so a state holds what it holds there. Times are CPU seconds, as others may use the machine too.
"""

from __future__ import annotations

import argparse
import gc
import gzip
import os
import random
import statistics
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice, product
from pathlib import Path
from typing import Any, cast

import orjson
from rich.console import Console
from rich.table import Table

from schemas.codec import Limits, decode, key_of
from schemas.events import Event
from stream.core.partitioner import partition_of
from stream.core.policy import Partitioner, Policy
from stream.core.windows import DAY_US, SECOND_US
from stream.engine.desk.view import Phase, WorkerView
from stream.engine.ownership.ownership import Ownership
from stream.engine.process.clock import Clock
from stream.engine.process.counters import Counters
from stream.engine.work.alerts import AT_ONCE
from stream.engine.work.milestones import GC_THRESHOLD
from stream.partition.books import Books
from stream.partition.partition import Partition
from stream.report.document import report
from stream.serve.metrics.collector import metrics
from stream.settings import Settings

PARTITIONS = 4
CHANNELS = ("phone", "chat", "email", "form", "social")
PRIORITIES = ("normal", "high")
QUEUES = ("billing", "sales", "technical", "returns", "accounts")
COMBINATIONS = tuple(product(CHANNELS, PRIORITIES, QUEUES))
CHUNK = 1000
TIMES = 15
EVENTS_A_SECOND = 1000
# Looking for alerts takes less when none is due.
QUIET_SECONDS = 0.005


def events(tickets: int, now: datetime) -> Iterator[dict[str, Any]]:
    """Write the events of so many tickets that are all open now, the oldest 30 days old; ages are mostly short."""
    chance = random.Random(5)
    for i in range(tickets):
        channel, priority, queue = COMBINATIONS[i % len(COMBINATIONS)]
        age_seconds = 30 * 86_400 * chance.random() ** 3
        ticket = {"version": 1, "ticket_id": f"T{i:09d}"}

        def at(after: float, of: float = age_seconds) -> str:
            return (now - timedelta(seconds=of - after)).isoformat()

        labels = {"channel": channel, "priority": priority, "queue": queue, "customer_id": f"C{i // 3:08d}"}
        yield {"type": "ticket.opened", "event_id": f"{i:09d}-o", "occurred_at": at(0), **ticket, **labels}
        if i % 3:
            answered = {"author": "agent", "agent_id": f"A{i % 400:03d}"}
            after = age_seconds * chance.random()
            yield {"type": "ticket.responded", "event_id": f"{i:09d}-r", "occurred_at": at(after), **ticket, **answered}
        if i % 50 == 0:
            answer = {"survey_id": f"S{i:09d}", "score": chance.randint(0, 10)}
            yield {
                "type": "survey.answered",
                "event_id": f"{i:09d}-s",
                "occurred_at": at(age_seconds),
                **ticket,
                **answer,
            }


def fill(partitions: list[Partition], tickets: int, now: datetime) -> int:
    """Apply the events, as a worker that holds all partitions would; returns how many there were."""
    count, now_us = 0, int(now.timestamp() * SECOND_US)
    coming = events(tickets, now)
    while chunk := list(islice(coming, CHUNK)):
        apply(partitions, [orjson.dumps(event) for event in chunk], now_us)
        count += len(chunk)
    return count


def apply(partitions: list[Partition], values: list[bytes], now_us: int) -> None:
    """Bring events to their partitions, and what customers are told to theirs."""
    of_partition: list[list[Event]] = [[] for _ in partitions]
    for event in cast(list[Event], decode(values, limits=Limits(), now_us=now_us + DAY_US)):
        number = partition_of(key_of(event).encode(), PARTITIONS, Partitioner.MURMUR2) or 0
        of_partition[number].append(event)
        assert event.at_us <= now_us
    for partition, own in zip(partitions, of_partition, strict=True):
        for notice in partition.apply("ticket_opened", own, now_us).notices:
            home = partition_of(notice.customer_id.encode(), PARTITIONS, Partitioner.MURMUR2) or 0
            partitions[home].notice([notice])


def memory_bytes() -> int:
    """Return the memory of this process that is in use now (Linux)."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def seconds(work: Callable[[], object], times: int = TIMES) -> tuple[float, float]:
    """Return the median and the longest CPU time that work takes, in seconds."""
    taken = []
    for _ in range(times):
        began = time.process_time()
        work()
        taken.append(time.process_time() - began)
    return statistics.median(taken), max(taken)


def _behind_each(prepare: Callable[[], object], work: Callable[[], object]) -> tuple[float, float]:
    """Return the same of work alone, where something has to be prepared each time."""
    taken = []
    for _ in range(TIMES):
        prepare()
        taken.append(seconds(work, 1)[0])
    return statistics.median(taken), max(taken)


class Desk:
    """Partitions and what a worker shows of them."""

    def __init__(self, policy: Policy, settings: Settings) -> None:
        """Start empty."""
        self.policy = policy
        books = Books(policy)
        self.partitions = [Partition(n, books, settings.source_topics()) for n in range(PARTITIONS)]
        ownership = Ownership(session_seconds=3600)
        ownership.publish(range(PARTITIONS), ownership.term)
        self.view = WorkerView(
            settings=settings,
            policy=policy,
            counters=Counters(),
            ownership=ownership,
            clock=Clock("wall"),
            worker="bench",
            started_at=0,
        )
        self.view.phase = Phase.READY
        self.now_us = 0

    def tick(self, forward_seconds: float = 1) -> None:
        """Do what a worker does once a second."""
        self.now_us += int(forward_seconds * SECOND_US)
        parts = []
        for partition in self.partitions:
            partition.advance(self.now_us)
            parts.append(partition.snapshot())
        self.view.show(parts, self.policy)

    def look_at_all(self) -> None:
        """Have all that is shown added up, as somebody does who looks at everything."""
        totals = self.view.totals
        assert totals is not None
        for sums in (*totals.tickets.values(), *totals.surveys.values(), *totals.customers.values()):
            assert sums.measures is not None

    def answer(self, numbers: Iterable[int]) -> None:
        """Have tickets answered now."""
        moment = datetime.fromtimestamp(self.now_us / SECOND_US, UTC).isoformat()
        answers = [
            {
                "type": "ticket.responded",
                "version": 1,
                "event_id": f"{i:09d}-{self.now_us}",
                "author": "agent",
                "occurred_at": moment,
                "ticket_id": f"T{i:09d}",
                "agent_id": f"A{i % 400:03d}",
            }
            for i in numbers
        ]
        apply(self.partitions, [orjson.dumps(answer) for answer in answers], self.now_us)

    def ask_for_alerts(self) -> int:
        """Do what a worker does five times a second, but for the sending; returns how many alerts were due."""
        count = 0
        for partition in self.partitions:
            partition.watermark.read_until_us = dict.fromkeys(self.view.settings.source_topics(), self.now_us)
            due = partition.due_alerts(self.now_us, AT_ONCE)
            partition.sent(due)
            count += len(due)
        return count

    def send_alerts(self) -> int:
        """Go on until there is nothing to look through any more; returns how many alerts were due."""
        count, busy = 0, True
        while busy:
            began = time.process_time()
            count += self.ask_for_alerts()
            busy = time.process_time() - began > QUIET_SECONDS
        return count

    def adopt(self, policy: Policy) -> None:
        """Count under another policy."""
        self.policy = policy
        for partition in self.partitions:
            adoption = partition.adoption(policy)
            for _ in adoption.steps():
                pass
            assert partition.adopt(adoption)


def measure(tickets: int) -> Table:
    """Fill a desk and measure."""
    table = Table(
        "what",
        "CPU, median",
        "longest",
        "size",
        title=f"{tickets:,} open tickets, {len(COMBINATIONS)} label combinations",
    )
    settings = Settings(partitions=PARTITIONS, web_port=0)
    desk = Desk(settings.policy(), settings)
    now = datetime.now(UTC)
    desk.now_us = int(now.timestamp() * SECOND_US)
    gc.collect()
    before, began = memory_bytes(), time.process_time()
    gc.set_threshold(*GC_THRESHOLD)
    count = fill(desk.partitions, tickets, now)
    filled = time.process_time() - began
    gc.collect()
    held = memory_bytes() - before
    gc.freeze()
    table.add_row(
        f"fill ({count:,} events)", f"{filled:.0f} s", "", f"{held / 2**20:,.0f} MiB, {held / tickets:,.0f} B a ticket"
    )

    def row(what: str, taken: tuple[float, float], size: str = "") -> None:
        table.add_row(what, *(f"{each * 1000:,.0f} ms" for each in taken), size)

    desk.tick()
    row("tick, a second on", seconds(desk.tick))

    row("adding up partitions, when asked once", seconds(desk.look_at_all, 1))
    row("adding up partitions, when asked each tick", _behind_each(desk.tick, desk.look_at_all))
    chance = random.Random(6)

    def busy_second() -> None:
        desk.answer(chance.sample(range(tickets), min(tickets, EVENTS_A_SECOND)))
        desk.tick()

    row(f"the same with {EVENTS_A_SECOND:,} events each second", _behind_each(busy_second, desk.look_at_all))
    row("tick, an hour on", seconds(lambda: desk.tick(3600), 3))
    began = time.process_time()
    alerts = desk.send_alerts()
    row(f"{alerts:,} alerts due, and those that are too old", (time.process_time() - began,) * 2)
    row("looking for alerts, none is due", seconds(desk.ask_for_alerts))
    for name, openmetrics in (("text", False), ("OpenMetrics", True)):
        body = metrics(desk.view, openmetrics=openmetrics)
        series = sum(not line.startswith(b"#") for line in body.splitlines())
        taken = seconds(lambda form=openmetrics: metrics(desk.view, openmetrics=form))
        row(f"scrape, {name}, {series:,} samples", taken, f"{len(body) / 1e6:.2f} MB")
        packed = gzip.compress(body, 6)
        row("  and gzip", seconds(lambda plain=body: gzip.compress(plain, 6), 5), f"{len(packed) / 1e6:.2f} MB")
    totals = desk.view.totals
    assert totals is not None
    body = orjson.dumps(report(totals, desk.policy))
    row("/api/v1/live", seconds(lambda: orjson.dumps(report(totals, desk.policy)), 5), f"{len(body) / 1e6:.2f} MB")
    other = replace(desk.policy, definitions=replace(desk.policy.definitions, at_risk_percent=30))
    row("another policy, all partitions", seconds(lambda: desk.adopt(other), 1))
    desk.tick()
    return table


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--tickets", type=int, default=1_000_000, help="how many are open (default 1000000)")
    Console(width=120).print(measure(parser.parse_args().tickets))


if __name__ == "__main__":
    main()
