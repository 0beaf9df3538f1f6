"""The log that all read: tickets of the last two hours and their surveys, in order, or shuffled with each twice."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import orjson
from aiokafka import AIOKafkaProducer
from aiokafka.partitioner import murmur2

from benchmarks.throughput import events as benchmark_events
from schemas.codec import topic_for

TOPICS: Final = ("ticket-opened", "ticket-response", "ticket-status", "survey")
MOMENT: Final = "%Y-%m-%dT%H:%M:%S.%fZ"
"""How an event says when it happened: always as long, so it can be sorted as text."""
# The benchmark's last events lie some minutes ahead.
BACK: Final = timedelta(minutes=15)
BATCH: Final = 2000

Event = dict[str, Any]


def in_order(count: int) -> list[Event]:
    """Return the benchmark's events and what else happens to some tickets, sorted by time.

    Of the tickets that are answered a third are answered twice. Of those that are resolved one in ten is opened once
    more, and a third answers a survey.
    """
    chance = random.Random(5)
    found: list[Event] = []
    for event in benchmark_events(count, anonymous=False):
        found.extend(_with_sequel(event, chance))
        if len(found) >= count:
            break
    return sorted(found[:count], key=lambda event: (event["occurred_at"], event["event_id"]))


def disordered(events: Sequence[Event]) -> list[Event]:
    """Return every event twice, wholly shuffled."""
    twice = [*events, *events]
    random.Random(11).shuffle(twice)
    return twice


def _with_sequel(event: Event, chance: random.Random) -> Iterator[Event]:
    at = datetime.fromisoformat(event["occurred_at"]) - BACK
    yield event | {"occurred_at": _moment(at)}
    ticket = {"version": 1, "ticket_id": event["ticket_id"]}
    if event["type"] == "ticket.responded" and chance.random() < 0.33:
        again = {"event_id": event["event_id"] + "-2", "occurred_at": _moment(at + timedelta(seconds=100))}
        yield event | again
    elif event["type"] == "ticket.status" and chance.random() < 0.1:
        again = {"event_id": event["event_id"] + "-2", "occurred_at": _moment(at + timedelta(seconds=30))}
        yield event | again | {"status": "reopened"}
    elif event["type"] == "ticket.status" and chance.random() < 0.33:
        yield ticket | {
            "type": "survey.answered",
            "event_id": event["event_id"] + "-survey",
            "survey_id": "S" + event["ticket_id"],
            "occurred_at": _moment(at + timedelta(seconds=60)),
            "instrument": "nps",
            "score": chance.choice([10, 10, 9, 9, 9, 8, 7, 6, 3, 0]),
            "scale_max": 10,
        }


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime(MOMENT)


async def send(broker: str, prefix: str, partitions: int, events: Iterable[Event]) -> None:
    """Write the events to their topics under this prefix, in batches; a record's time is that of its event."""
    producer = AIOKafkaProducer(bootstrap_servers=broker, max_batch_size=900_000, max_request_size=1 << 24)
    await producer.start()
    try:
        batches: dict[tuple[str, int], Any] = {}
        sent = []
        for event in events:
            key, value = event["ticket_id"].encode(), orjson.dumps(event)
            at_ms = int(datetime.fromisoformat(event["occurred_at"]).timestamp() * 1000)
            place = prefix + topic_for(event["type"]).replace("_", "-"), (murmur2(key) & 0x7FFFFFFF) % partitions
            batch = batches.setdefault(place, producer.create_batch())
            if batch.record_count() == BATCH or batch.append(key=key, value=value, timestamp=at_ms) is None:
                sent.append(await producer.send_batch(batches.pop(place), place[0], partition=place[1]))
                batch = batches[place] = producer.create_batch()
                batch.append(key=key, value=value, timestamp=at_ms)
        for (topic, partition), batch in batches.items():
            sent.append(await producer.send_batch(batch, topic, partition=partition))
        await asyncio.gather(*sent)
    finally:
        await producer.stop()


def save(events: Iterable[Event], path: Path) -> None:
    """Write the events to a file, one a line."""
    with path.open("wb") as file:
        file.writelines(orjson.dumps(event) + b"\n" for event in events)
