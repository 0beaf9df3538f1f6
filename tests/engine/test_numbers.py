"""Events in, numbers out: what a worker shows equals what the oracle makes of the same events."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from stream.verify.compare import Difference, compare
from stream.verify.instant import microseconds
from stream.verify.options import Options
from stream.verify.oracle import Oracle
from tests.engine.desk import Desk, Shown
from tests.events import answered, opened, responded, sent, status


def story(tickets: int, seed: int = 1, since_noon: float = 0) -> list[dict[str, Any]]:
    """Write events of so many tickets opened within an hour, with something of everything."""
    chance = random.Random(seed)
    events = []
    for i in range(tickets):
        ticket, start = f"T{seed}-{i}", since_noon + chance.uniform(0, 3600)
        events.append(opened(ticket, start, channel=chance.choice(["email", "chat"]), priority="high", queue="billing"))
        if chance.random() < 0.7:
            events.append(responded(ticket, start + chance.uniform(5, 900), agent_id=f"A{i % 9}"))
        if chance.random() < 0.4:
            events.append(status(ticket, start + 1000, chance.choice(["resolved", "pending", "spam"])))
        if chance.random() < 0.4:
            events.append(sent(f"S{seed}-{i}", start + 1200, ticket_id=ticket))
            events.append(answered(f"S{seed}-{i}", start + 1300, chance.randint(0, 10), ticket_id=ticket))
    return events


def assert_exact(
    events: Iterable[dict[str, Any]],
    shown: Shown,
    folder: Path,
    expected: Callable[[Difference], bool] = lambda _: False,
) -> None:
    """Compare what a worker shows with the oracle's numbers of the events, at the same instant.

    expected: says of a difference whether it is one that has to be there.
    """
    report = shown["report"]
    oracle = Oracle([write_events(events, folder)], microseconds(report["as_of"]), Options.of_snapshot(report))
    found = compare(oracle.report(), report)
    assert found.numbers > 100
    differences = [each for each in found.differences if not expected(each)]
    assert not differences, differences[:5]


def write_events(events: Iterable[dict[str, Any]], folder: Path) -> Path:
    """Write events to a file, as the oracle reads them."""
    lines = folder / "events.jsonl"
    lines.write_bytes(b"".join(orjson.dumps(event) + b"\n" for event in events))
    return lines


async def test_numbers_equal_the_batch_recomputation_of_shuffled_and_doubled_events(desk: Desk) -> None:
    events = story(300)
    records = events + events[::3]
    random.Random(2).shuffle(records)
    worker = desk.start()
    await desk.send(records)
    shown = await worker.until_caught_up()
    assert shown["counters"]["applied"] == len(events)
    assert shown["counters"]["duplicates"] == len(records) - len(events)
    assert_exact(events, shown, desk.folder)


async def test_the_newest_event_and_the_freshness_are_told(desk: Desk) -> None:
    worker = desk.start()
    await desk.send([opened("T1", 0), opened("T2", 60)])
    shown = await worker.until_caught_up()
    newest = datetime.fromisoformat("2026-03-02T12:01:00+00:00").timestamp() * 1e6
    assert shown["counters"]["newest_event_us"] == newest
    assert shown["counters"]["freshness"] > 0
