"""Producers and consumers as the tests use them, opened and closed in order."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.structs import ConsumerRecord

from stream.settings import Settings


@contextlib.asynccontextmanager
async def producer(settings: Settings) -> AsyncIterator[AIOKafkaProducer]:
    """Open a producer whose records are acknowledged by all replicas."""
    client = AIOKafkaProducer(
        **settings.kafka_client_options(), acks="all", max_request_size=2 * settings.max_record_bytes, linger_ms=20
    )
    await client.start()
    try:
        yield client
    finally:
        await client.stop()


@contextlib.asynccontextmanager
async def member(settings: Settings, *topics: str) -> AsyncIterator[AIOKafkaConsumer]:
    """Open a consumer that is a member of the desk's group and commits only when told."""
    client = AIOKafkaConsumer(
        *topics,
        **settings.kafka_client_options(),
        group_id=settings.app_id,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        session_timeout_ms=int(settings.session_timeout_seconds * 1000),
        heartbeat_interval_ms=300,
    )
    await client.start()
    try:
        yield client
    finally:
        await client.stop()


@contextlib.asynccontextmanager
async def reader(settings: Settings, *topics: str) -> AsyncIterator[AIOKafkaConsumer]:
    """Open a consumer of no group, which reads all partitions from the beginning at once."""
    client = AIOKafkaConsumer(*topics, **settings.kafka_client_options(), auto_offset_reset="earliest")
    await client.start()
    try:
        yield client
    finally:
        await client.stop()


async def produce(settings: Settings, topic: str, records: Iterable[tuple[bytes, bytes | None]]) -> None:
    """Send records of key and value and wait until they are acknowledged."""
    async with producer(settings) as client:
        sent = [await client.send(topic, value, key=key) for key, value in records]
        await asyncio.gather(*sent)


async def consume(client: AIOKafkaConsumer, count: int, seconds: float = 20) -> list[ConsumerRecord[bytes, bytes]]:
    """Read until `count` records have come; raises TimeoutError when they do not."""
    records: list[ConsumerRecord[bytes, bytes]] = []
    async with asyncio.timeout(seconds):
        while len(records) < count:
            for some in (await client.getmany(timeout_ms=200)).values():
                records += some
    return records
