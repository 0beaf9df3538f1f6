"""The worker's Kafka producers: what they write is acknowledged by all replicas, and never too large."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, MessageSizeTooLargeError, RecordListTooLargeError
from aiokafka.record.default_records import DefaultRecordBatchBuilder

from stream.engine.process.clock import Clock
from stream.engine.sending.size_limits import SizeLimits

ACKNOWLEDGE_SECONDS = 20.0
# The client's own limit is lifted: what a topic takes is said by `SizeLimits`.
REQUEST_BYTES = 1 << 28

Headers = list[tuple[str, bytes]]  # a list and no tuple: aiokafka's encoder takes nothing else


class Outgoing(NamedTuple):
    """A record to be written; timestamp_ms None is now. A tuple, as every state makes one."""

    key: bytes | None
    value: bytes | None
    headers: Headers
    timestamp_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Landed:
    """Where a batch landed: `count` records from offset `base` on."""

    base: int
    count: int


class TooLargeError(MessageSizeTooLargeError):  # type: ignore[misc]  # aiokafka is untyped
    """A record is larger than its topic takes; it was not sent."""

    def __init__(self, topic: str, size: int, limit: int) -> None:
        """size and limit in bytes, with the batch around the record."""
        super().__init__(f"{size:,} bytes; topic {topic} takes up to {limit:,} (max.message.bytes)")
        self.size = size


def size_of(record: Outgoing) -> int:
    """Return how many bytes a batch has at most that holds this record alone."""
    return DefaultRecordBatchBuilder.estimate_size_in_bytes(record.key, record.value, record.headers)  # type: ignore[no-any-return]  # as above


class Outbox:
    """Writes records, none of which is larger than its topic takes.

    A request has at most one batch of each partition. Usual batches may go together; large ones take turns, so that
    together they do not outgrow what a broker takes in one request.
    """

    def __init__(self, client_options: dict[str, Any], client_id: str, limits: SizeLimits, clock: Clock) -> None:
        """client_options: what `Settings.kafka_client_options` returns. clock: the time of what is written."""
        self._options = {**client_options, "client_id": client_id}
        self.limits = limits
        self._clock = clock
        self._usual_bytes = 0
        self._large = asyncio.Lock()
        self._producer: AIOKafkaProducer | None = None

    async def start(self) -> None:
        """Connect. Raises KafkaConnectionError when no broker answers."""
        self._usual_bytes = self.limits.usual_batch_bytes
        producer = AIOKafkaProducer(
            **self._options,
            acks="all",
            enable_idempotence=False,  # states are merged, so a repeated write changes nothing
            linger_ms=0,
            max_batch_size=self._usual_bytes,
            max_request_size=REQUEST_BYTES,
            request_timeout_ms=int(ACKNOWLEDGE_SECONDS * 1000),
        )
        try:
            await producer.start()
        except BaseException:
            await producer.stop()
            raise
        self._producer = producer

    def now_ms(self) -> int:
        """Return the time that a record written now has."""
        return self._clock.wall_us() // 1000

    async def stop(self) -> None:
        """Disconnect, without waiting for what nobody waits for."""
        producer, self._producer = self._producer, None
        if producer is not None:
            await producer.stop()

    def fits(self, topic: str, record: Outgoing) -> bool:
        """Say whether a topic takes a record of this size."""
        return size_of(record) <= self.limits.of(topic)

    async def send(self, topic: str, record: Outgoing, partition: int | None = None) -> asyncio.Future[Any]:
        """Queue one record; the future returned is done when it is acknowledged.

        Raises TooLargeError, and KafkaError.
        """
        producer = self._connected()
        size = self._checked(topic, record)
        if record.key is None and record.value is None:
            # Kafka carries such a record, and so it may come in, but the client sends it only in a batch.
            batch = producer.create_batch()
            _append(batch, record, self.now_ms())
            return await self._send_batch(batch, topic, partition or 0)
        if size > self._usual_bytes:
            return asyncio.ensure_future(self._send_large(topic, record, partition))
        return await self._queue(topic, record, partition)

    async def append(self, topic: str, partition: int, records: Sequence[Outgoing]) -> list[Landed]:
        """Write records in order, in as few batches as their size allows; returns where each batch landed.

        Raises TooLargeError, before anything is sent; KafkaError, and some of the batches may have landed then.
        """
        batches = self._batches(topic, records)
        if any(batch.size() > self._usual_bytes for batch in batches):
            async with self._large:
                return await self._send_batches(topic, partition, batches)
        return await self._send_batches(topic, partition, batches)

    def _batches(self, topic: str, records: Sequence[Outgoing]) -> list[Any]:
        producer, most, limit = self._connected(), self.limits.of_batch(topic), self.limits.of(topic)
        now_ms = self.now_ms()
        batch = producer.create_batch()
        batches = [batch]
        for record in records:
            size = size_of(record)
            if size > limit:
                raise TooLargeError(topic, size, limit)
            is_full = batch.size() + size > most and batch.record_count()
            if not is_full and _append(batch, record, now_ms):
                continue
            batch = producer.create_batch()
            batches.append(batch)
            if not _append(batch, record, now_ms):
                raise AssertionError("an empty batch takes any record")
        return batches

    async def _send_batches(self, topic: str, partition: int, batches: Sequence[Any]) -> list[Landed]:
        sent = [await self._send_batch(batch, topic, partition) for batch in batches]
        results = await asyncio.gather(*sent, return_exceptions=True)
        landed: list[Landed] = []
        for result, batch in zip(results, batches, strict=True):
            if isinstance(result, MessageSizeTooLargeError | RecordListTooLargeError):
                self.limits.refused(topic, batch.size(), batch.record_count())
            if isinstance(result, BaseException):
                raise result
            landed.append(Landed(result.offset, batch.record_count()))
        return landed

    async def _send_large(self, topic: str, record: Outgoing, partition: int | None) -> Any:
        """Send a record as the only large one on its way. Cancelled work leaves the turn to the next."""
        async with self._large:
            return await (await self._queue(topic, record, partition))

    async def _queue(self, topic: str, record: Outgoing, partition: int | None) -> asyncio.Future[Any]:
        return await self._connected().send(  # type: ignore[no-any-return]  # as above
            topic,
            value=record.value,
            key=record.key,
            partition=partition,
            timestamp_ms=_not_after(record, self.now_ms()),
            headers=record.headers,
        )

    def _checked(self, topic: str, record: Outgoing) -> int:
        size, limit = size_of(record), self.limits.of(topic)
        if size > limit:
            raise TooLargeError(topic, size, limit)
        return size

    async def _send_batch(self, batch: Any, topic: str, partition: int) -> asyncio.Future[Any]:
        batch.close()
        return await self._connected().send_batch(batch, topic, partition=partition)  # type: ignore[no-any-return]  # as above

    def _connected(self) -> AIOKafkaProducer:
        if self._producer is None:
            raise KafkaError("the producer is not running")
        return self._producer


def _not_after(record: Outgoing, now_ms: int) -> int:
    """Return the record's timestamp. Brokers refuse records of the future, and some of those sent on claim to be."""
    return now_ms if record.timestamp_ms is None else min(record.timestamp_ms, now_ms)


def _append(batch: Any, record: Outgoing, now_ms: int) -> bool:
    timestamp_ms = _not_after(record, now_ms)
    appended = batch.append(key=record.key, value=record.value, timestamp=timestamp_ms, headers=record.headers)
    return appended is not None
