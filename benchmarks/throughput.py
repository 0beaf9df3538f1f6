"""How many events a worker takes in a second on one core, beside stock Faust on the same records.

    python -m benchmarks.throughput [--events 400000] [--runs 3] [--anonymous]

Both read the same pre-filled topics of an embedded broker, each pinned to core 0 while the broker has the others; the
first fifth of the records is warm-up. A customer has two tickets, unless all are anonymous. The worker does all of its
work: decoding, validation, states of tickets and customers, windows, alerts, a snapshot every second, and a changelog
that is acknowledged before the records are. Stock Faust is one agent with a `faust.Record` that counts events and keeps
no state at all.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import faust
import orjson
from aiokafka import AIOKafkaProducer
from mode import Service

from schemas.codec import topic_for
from stream.broker.embedded import EmbeddedBroker
from stream.broker.topics import ensure
from stream.core.partitioner import partition_of
from stream.core.policy import Partitioner
from stream.engine.desk.view import WorkerView
from stream.engine.worker import ServiceFactory, run
from stream.settings import Settings

PARTITIONS = 4
WARM_UP = 0.2
CORE = {0}
STOCK_SHARE = 5  # stock Faust is so much slower that a fifth of the records tells enough


def events(count: int, *, anonymous: bool) -> Iterator[dict[str, Any]]:
    """Write events of the last two hours: an opening, and for most tickets a response and a status."""
    chance = random.Random(3)
    start = datetime.now(UTC) - timedelta(hours=2)
    written = 0
    for i in range(count):
        at = start + timedelta(seconds=7000 * written / count)
        ticket = {"version": 1, "ticket_id": f"T{i:010d}"}
        channel = chance.choice(["email", "chat", "phone", "form"])
        labels = {"channel": channel, "priority": "normal", "queue": "billing", "language": "en"}
        whose = {} if anonymous else {"customer_id": f"C{i // 2:09d}"}
        rows: list[tuple[str, float, dict[str, str]]] = [("ticket.opened", 0, labels | whose)]
        if chance.random() < 0.8:
            rows.append(
                ("ticket.responded", chance.uniform(5, 200), {"author": "agent", "agent_id": f"A{i % 400:04d}"})
            )
        if chance.random() < 0.6:
            rows.append(("ticket.status", 200, {"status": "resolved", "agent_id": f"A{i % 400:04d}"}))
        for kind, after, fields in rows:
            moment = (at + timedelta(seconds=after)).isoformat()
            yield {"type": kind, "event_id": f"{i:012d}-{kind}", "occurred_at": moment, **ticket, **fields}
            written += 1
            if written == count:
                return


async def fill(settings: Settings, count: int, *, anonymous: bool) -> int:
    """Send the events in batches, as fast as it goes; returns their size in bytes."""
    await ensure(settings)
    topics = settings.source_topics()
    producer = AIOKafkaProducer(bootstrap_servers=settings.broker, max_batch_size=900_000, max_request_size=1 << 24)
    await producer.start()
    batches: dict[tuple[str, int], Any] = {}
    sent, size = [], 0
    for event in events(count, anonymous=anonymous):
        key, value = event["ticket_id"].encode(), orjson.dumps(event)
        size += len(value)
        place = topics[topic_for(event["type"])], partition_of(key, PARTITIONS, Partitioner.MURMUR2) or 0
        batch = batches.setdefault(place, producer.create_batch())
        if batch.record_count() == 2000 or batch.append(key=key, value=value, timestamp=None) is None:
            sent.append(await producer.send_batch(batches.pop(place), place[0], partition=place[1]))
            batch = batches[place] = producer.create_batch()
            batch.append(key=key, value=value, timestamp=None)
    for (topic, partition), batch in batches.items():
        sent.append(await producer.send_batch(batch, topic, partition=partition))
    await asyncio.gather(*sent)
    await producer.stop()
    return size


class Stopwatch:
    """Takes wall and CPU time from the end of the warm-up to the last event, prints it, and ends the process."""

    def __init__(self, count: int) -> None:
        """count: how many events there are."""
        self._first, self._last = int(count * WARM_UP), count
        self._began: tuple[int, float, float] | None = None

    def at(self, seen: int) -> None:
        """Note how many events were seen by now."""
        if self._began is None:
            if seen >= self._first:
                self._began = seen, time.perf_counter(), time.process_time()
        elif seen >= self._last:
            seen_first, wall, cpu = self._began
            result = {"events": seen - seen_first, "wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}
            os.write(1, f"RESULT {json.dumps(result)}\n".encode())  # not print: Faust takes sys.stdout for its log
            os._exit(0)


def run_worker(settings: Settings, count: int, *services: ServiceFactory) -> None:
    """Run the real worker with these services, and watch its counters."""
    stopwatch = Stopwatch(count)

    class Watch(Service):  # type: ignore[misc]  # mode ships no types that strict mypy can follow
        def __init__(self, view: WorkerView) -> None:
            super().__init__()
            self._view = view

        async def on_start(self) -> None:
            self.add_future(self._watch())

        async def _watch(self) -> None:
            counters = self._view.counters
            while True:
                stopwatch.at(counters.applied + counters.duplicates)
                await asyncio.sleep(0.005)

    run(settings, [*services, Watch])


def run_stock(settings: Settings, count: int) -> None:
    """Run an ordinary Faust agent over the same topics."""
    app = faust.App(
        settings.app_id, broker=f"kafka://{settings.broker}", web_enabled=False, topic_allow_declare=False,
        topic_disable_leader=True, datadir=str(settings.data_dir), broker_session_timeout=6.0,
        broker_heartbeat_interval=1.0, broker_rebalance_timeout=6.0,
    )  # fmt: skip

    class Event(faust.Record, serializer="json"):  # type: ignore[misc,call-arg]  # as above
        type: str
        version: int
        event_id: str
        occurred_at: str
        ticket_id: str

    stopwatch = Stopwatch(count // STOCK_SHARE)
    seen = 0

    @app.agent(app.topic(*settings.source_topics().values(), value_type=Event))  # type: ignore[untyped-decorator]  # as above
    async def agent(stream: Any) -> None:
        nonlocal seen
        async for _ in stream:
            seen += 1
            if seen % 100 == 0:
                stopwatch.at(seen)

    sys.argv = ["stock", "worker", "-l", "error", "--without-web"]
    app.main()


ROLES: dict[str, Callable[[Settings, int], None]] = {"worker": run_worker, "stock": run_stock}


def measure(role: str, settings: Settings, count: int) -> dict[str, float]:
    """Run one of the two in a process of its own, pinned to one core."""
    options = settings.model_dump_json(exclude_unset=True)
    command = [
        sys.executable,
        "-m",
        "benchmarks.throughput",
        "--role",
        role,
        "--options",
        options,
        "--events",
        str(count),
    ]
    process = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    for line in process.stdout.splitlines():
        if line.startswith("RESULT "):
            result: dict[str, float] = json.loads(line.removeprefix("RESULT "))
            return result
    raise RuntimeError(f"{role} gave no result:\n{process.stdout}\n{process.stderr}")


def compare(count: int, runs: int, *, anonymous: bool) -> None:
    """Print both, and their ratio."""
    per_cpu: dict[str, list[float]] = {role: [] for role in ROLES}
    for run_number in range(runs):
        for role in list(ROLES) if run_number % 2 == 0 else reversed(ROLES):  # the machine's speed drifts
            taken, size = alone(role, count, anonymous=anonymous)
            if not any(per_cpu.values()):
                print(f"{count:,} events of {size / count:.0f} bytes, {PARTITIONS} partitions, {os.cpu_count()} cores")
            wall, cpu = taken["events"] / taken["wall"], taken["events"] / taken["cpu"]
            per_cpu[role].append(cpu)
            print(f"  {role:7} {wall:>9,.0f} events/s  {cpu:>9,.0f} events per CPU second", flush=True)
    worker, stock = (statistics.median(per_cpu[role]) for role in ROLES)
    print(f"median per CPU second: worker {worker:,.0f}, stock Faust {stock:,.0f}, ratio {worker / stock:.1f}")


def alone(role: str, count: int, *, anonymous: bool) -> tuple[dict[str, float], int]:
    """Measure one of the two with a broker of its own; returns the size of the events too.

    The embedded broker becomes slower by what earlier runs have left on it, and a worker that waits does what it does
    each second for fewer events.
    """
    others = set(range(os.cpu_count() or 1)) - CORE
    with EmbeddedBroker() as broker, tempfile.TemporaryDirectory() as folder:
        if others:
            os.sched_setaffinity(broker.pid, others)
        settings = Settings(
            broker=broker.address, partitions=PARTITIONS, web_port=0, session_timeout_seconds=6,
            app_id=f"bench-{role}", data_dir=Path(folder),
        )  # fmt: skip
        size = asyncio.run(fill(settings, count, anonymous=anonymous))
        return measure(role, settings, count), size


def main() -> None:
    """Compare, or be one of the two."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--events", type=int, default=400_000, help="how many events to send (default 400000)")
    parser.add_argument("--runs", type=int, default=3, help="how often to run each (default 3)")
    parser.add_argument("--anonymous", action="store_true", help="leave customers out")
    parser.add_argument("--role", choices=list(ROLES), help=argparse.SUPPRESS)
    parser.add_argument("--options", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.role:
        os.sched_setaffinity(0, CORE)
        ROLES[arguments.role](Settings(**json.loads(arguments.options)), arguments.events)
    else:
        compare(arguments.events, arguments.runs, anonymous=arguments.anonymous)


if __name__ == "__main__":
    main()
