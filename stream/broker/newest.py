"""The newest records of topics, as many as can be looked at in passing."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Final

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from stream.broker.connection import client_options
from stream.broker.errors import BrokerUnavailable
from stream.broker.lag import offsets
from stream.settings import Settings

MOST_RECORDS: Final = 1_000
"""Read of one partition, the newest."""
MOST_BYTES: Final = 64 * 1024 * 1024
MOST_SECONDS: Final = 10.0

See = Callable[[ConsumerRecord[bytes, bytes]], None]


async def read_newest(
    settings: Settings, places: Sequence[TopicPartition], see: See, since_ms: int | None = None
) -> bool:
    """Show the newest records of partitions, of those that are not older than an instant if one is given.

    Returns whether all of these were shown: it is bounded in records, bytes and time. Raises BrokerUnavailable.
    """
    begin, end = await offsets(settings, list(places))
    if begin == end:
        return True
    complete = True
    consumer = AIOKafkaConsumer(
        **client_options(settings),
        enable_auto_commit=False,
        isolation_level="read_committed",
        max_partition_fetch_bytes=settings.max_record_bytes,
        fetch_max_bytes=MOST_BYTES // 4,
        fetch_max_wait_ms=100,
    )
    try:
        await consumer.start()
        consumer.assign(list(end))
        first = dict(begin)
        if since_ms is not None:
            found = await consumer.offsets_for_times(dict.fromkeys(end, since_ms))
            first = {tp: at.offset for tp, at in found.items() if at is not None}
        left = {tp for tp, offset in first.items() if offset < end[tp]}
        for tp in left:
            start = max(begin[tp], first[tp])
            if start < end[tp] - MOST_RECORDS:
                start, complete = end[tp] - MOST_RECORDS, False
            consumer.seek(tp, start)
        consumer.pause(*(set(end) - left))
        complete &= await _read(consumer, left, end, see)
    except KafkaError as error:
        topics = ", ".join(sorted({tp.topic for tp in places}))
        raise BrokerUnavailable(f"topic {topics} cannot be read: {error}") from error
    finally:
        await consumer.stop()
    return complete


async def _read(
    consumer: AIOKafkaConsumer, left: set[TopicPartition], end: dict[TopicPartition, int], see: See
) -> bool:
    deadline = time.monotonic() + MOST_SECONDS
    size = 0
    while left:
        if time.monotonic() > deadline or size > MOST_BYTES:
            return False
        for records in (await consumer.getmany(*left, timeout_ms=100)).values():
            for record in records:
                size += len(record.value or b"") + len(record.key or b"")
                see(record)
        for tp in list(left):
            if await consumer.position(tp) >= end[tp]:
                left.remove(tp)
                consumer.pause(tp)
    return True
