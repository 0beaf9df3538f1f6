"""Marks: tickets that are opened at moments that are known, among so many others, and how soon they are seen."""

from __future__ import annotations

import asyncio
import random
import time
from datetime import UTC, datetime
from itertools import count
from typing import Any

import orjson
from aiokafka import AIOKafkaProducer

from benchmarks.throughput import PARTITIONS
from stream.core.partitioner import partition_of
from stream.core.policy import Partitioner
from stream.settings import Settings

MARKS = "marks"
"""Their queue."""
MARKS_PER_SECOND = 20
BATCH_SECONDS = 0.05


async def produce(settings: Settings, rate: int, seconds: float) -> None:
    """Send events of now at a steady rate, and print when each mark was sent."""
    producer = AIOKafkaProducer(bootstrap_servers=settings.broker, max_batch_size=900_000, linger_ms=0)
    await producer.start()
    marks = asyncio.create_task(_mark(producer, settings, seconds))
    topics = [settings.topic_ticket_opened, settings.topic_ticket_response, settings.topic_ticket_status]
    numbers = count()
    started, sent = time.perf_counter(), 0
    while (passed := time.perf_counter() - started) < seconds:
        due = int(passed * rate) - sent
        moment = datetime.now(UTC).isoformat()
        batches: dict[tuple[str, int], Any] = {}
        for _ in range(due // 3):
            key, bodies = _ticket(next(numbers), moment)
            partition = partition_of(key, PARTITIONS, Partitioner.MURMUR2) or 0
            for topic, body in zip(topics, bodies, strict=True):
                batch = batches.get((topic, partition)) or batches.setdefault(
                    (topic, partition), producer.create_batch()
                )
                batch.append(key=key, value=body, timestamp=None)
                sent += 1
        await asyncio.gather(*[await producer.send_batch(batches[at], at[0], partition=at[1]) for at in batches])
        await asyncio.sleep(max(0.0, BATCH_SECONDS - (time.perf_counter() - started - passed)))
    await marks
    await producer.stop()
    print(f"SENT {sent} {time.perf_counter() - started}", flush=True)


def _ticket(number: int, moment: str) -> tuple[bytes, tuple[bytes, bytes, bytes]]:
    """Return the key and the events of a ticket that is answered and resolved as soon as it is opened."""
    ticket = f"T{number:010d}"
    channel = ("email", "chat", "phone", "form")[number % 4]
    common = f'"version":1,"occurred_at":"{moment}","ticket_id":"{ticket}","event_id":"{number}'
    opened = f'{{"type":"ticket.opened",{common}-o","channel":"{channel}","priority":"normal","queue":"billing"}}'
    responded = f'{{"type":"ticket.responded",{common}-r","author":"agent"}}'
    resolved = f'{{"type":"ticket.status",{common}-s","status":"resolved"}}'
    return ticket.encode(), (opened.encode(), responded.encode(), resolved.encode())


async def _mark(producer: AIOKafkaProducer, settings: Settings, seconds: float) -> None:
    """Open marks, all in one partition, so that they are counted in their order."""
    chance = random.Random(7)
    ids = (f"M{i}" for i in count() if partition_of(f"M{i}".encode(), PARTITIONS, Partitioner.MURMUR2) == 0)
    give_up = time.perf_counter() + seconds
    while time.perf_counter() < give_up:
        await asyncio.sleep(chance.uniform(0, 2 / MARKS_PER_SECOND))
        ticket, at = next(ids), time.time()
        moment = datetime.fromtimestamp(at, UTC).isoformat()
        event = {"type": "ticket.opened", "version": 1, "event_id": ticket, "occurred_at": moment, "ticket_id": ticket}
        await producer.send(
            settings.topic_ticket_opened, orjson.dumps(event | {"queue": MARKS}), key=ticket.encode(), partition=0
        )
        print(f"MARK {at}", flush=True)


def latencies(heard: list[tuple[float, int]], sent_at: list[float]) -> list[float]:
    """Return for each mark how long it took until a message counted it."""
    found, arrived = [], 0
    for now, counted in heard:
        while arrived < min(counted, len(sent_at)):
            found.append(now - sent_at[arrived])
            arrived += 1
    return found


def spread(values: list[float]) -> str:
    """Write the median and the 99th percentile of seconds."""
    ordered = sorted(values)
    median, most = (ordered[min(len(ordered) - 1, int(q * len(ordered)))] for q in (0.5, 0.99))
    return f"p50 {median:.3f} s  p99 {most:.3f} s"
