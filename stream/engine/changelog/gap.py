"""Reading a stretch of a changelog partition again, when somebody else turns out to have written there."""

from __future__ import annotations

from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

POLL_MS = 500


async def read_gap(
    client_options: dict[str, Any], topic: str, partition: int, start: int, end: int
) -> list[ConsumerRecord]:
    """Return the records with offsets in [start, end), without those that compaction has removed.

    There must be a record at or after `end`, which is how the end is known. Raises KafkaError.
    """
    consumer = AIOKafkaConsumer(**client_options, group_id=None, enable_auto_commit=False)
    await consumer.start()
    try:
        tp = TopicPartition(topic, partition)
        consumer.assign([tp])
        consumer.seek(tp, start)
        found: list[ConsumerRecord] = []
        while await consumer.position(tp) < end:
            batches = await consumer.getmany(tp, timeout_ms=POLL_MS)
            found += [record for record in batches.get(tp, ()) if start <= record.offset < end]
        return found
    finally:
        await consumer.stop()
