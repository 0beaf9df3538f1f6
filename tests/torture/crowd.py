"""Two workers under attack: events that keep coming, a watcher that samples what they show, and the final check."""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass, field
from typing import Any

import orjson

from schemas.codec import topic_for
from stream.verify.compare import compare_sum
from stream.verify.instant import microseconds
from stream.verify.load import load
from stream.verify.options import Options
from stream.verify.oracle import Oracle
from stream.verify.summed import summed
from tests.engine.desk import MARGIN_SECONDS, Desk, Shown, WorkerProcess, as_of, key
from tests.engine.test_numbers import story
from tests.events import NOON

# What is older than this was not shown by a living worker at the moment of the sample.
FRESH_SECONDS = 1.0


def hard_day(tickets: int, seed: int, shuffled: int = 3000, doubled: float = 0.05) -> list[dict[str, Any]]:
    """Write the events of the last hour and a half: out of order within `shuffled` places, some of them twice."""
    chance = random.Random(seed)
    since_noon = time.time() - NOON.timestamp() - 5000
    events = story(tickets, seed, since_noon)
    events.sort(key=lambda event: str(event["occurred_at"]))
    events += [event for event in events if chance.random() < doubled]
    for start in range(0, len(events), shuffled):
        block = events[start : start + 2 * shuffled]
        chance.shuffle(block)
        events[start : start + 2 * shuffled] = block
    return events


@dataclass(slots=True)
class Sample:
    """What all living workers showed at one moment."""

    at: float
    shown: list[Shown]

    @property
    def twice(self) -> set[int]:
        """Partitions that more than one worker spoke for."""
        owned = [number for shown in self.shown for number in shown["owned"]]
        return {number for number in owned if owned.count(number) > 1}

    @property
    def tickets(self) -> int:
        """Tickets counted, over all workers."""
        reports = [shown["report"] for shown in self.shown if shown["report"]]
        return sum(
            report["tickets"]["opened"] + report["tickets"]["without_opening"] + report["tickets"]["retracted"]
            for report in reports
        )


@dataclass
class Crowd:
    """The workers of a desk by name, and every sample of them."""

    desk: Desk
    workers: dict[str, WorkerProcess] = field(default_factory=dict)
    samples: list[Sample] = field(default_factory=list)
    foreign: int = 0

    def start(self, name: str) -> None:
        """Start a worker, or start it anew."""
        self.workers[name] = self.desk.start(name, period_seconds=0.25)

    def sample(self) -> Sample:
        """Look at all workers now."""
        now = time.time()
        shown = [worker.shown() for worker in self.workers.values() if worker.running]
        sample = Sample(now, [each for each in shown if each and now - each["time"] < FRESH_SECONDS])
        self.samples.append(sample)
        return sample

    async def watch(self) -> None:
        """Sample four times a second until cancelled."""
        while True:
            self.sample()
            await asyncio.sleep(0.25)

    async def feed(self, events: list[dict[str, Any]], rate: float) -> None:
        """Send the events at a steady rate, in events a second."""
        topics = self.desk.settings.source_topics()
        started = time.monotonic()
        async with self.desk.producer() as producer:
            for i, event in enumerate(events):
                await producer.send(topics[topic_for(event["type"])], orjson.dumps(event), key=key(event))
                ahead = i / rate - (time.monotonic() - started)
                if ahead > 0.02:
                    await asyncio.sleep(ahead)

    async def settled(self, seconds: float = 90) -> Sample:
        """Wait until the living workers together have every partition and nothing left to read."""
        give_up_at = time.monotonic() + seconds
        asked_at = time.time() + MARGIN_SECONDS
        everything = list(range(self.desk.settings.partitions))
        while time.monotonic() < give_up_at:
            sample = self.sample()
            owned = sorted(number for shown in sample.shown for number in shown["owned"])
            done = owned == everything and all(
                shown["caught_up"] and shown["report"] and as_of(shown) > asked_at for shown in sample.shown
            )
            if done and all(s["report"]["windows"] == sample.shown[0]["report"]["windows"] for s in sample.shown):
                return sample
            await asyncio.sleep(0.25)
        logs = "\n".join(f"--- {name}\n{worker.log[-3000:]}" for name, worker in self.workers.items())
        raise AssertionError(f"not settled within {seconds} s: {self.sample().shown}\n{logs}")

    def assert_exact(self, events: list[dict[str, Any]], sample: Sample) -> int:
        """Compare the sum of the workers with the oracle; returns how many numbers were compared."""
        lines = self.desk.folder / "events.jsonl"
        lines.write_bytes(b"".join(orjson.dumps(event) + b"\n" for event in events))
        reports = [shown["report"] for shown in sample.shown if shown["report"]]
        actual = summed(reports)
        loaded = load([lines])
        options = Options.of_snapshot(reports[0])
        instants = [microseconds(report["as_of"]) for report in reports]
        first, last = (Oracle(loaded, instant, options).report() for instant in (min(instants), max(instants)))
        found = compare_sum(first, last, actual)
        assert not found.differences, found.differences[:5]
        return found.numbers

    def assert_never_twice(self, tickets: int) -> None:
        """No sample has a partition twice, and none counts more tickets than there are."""
        twice = [(sample.at, sample.twice) for sample in self.samples if sample.twice]
        assert not twice, f"shown by two workers: {twice}"
        over = [sample.tickets for sample in self.samples if sample.tickets > tickets]
        assert not over, f"{len(over)} samples count more than the {tickets} tickets there are: {over[:5]}"
