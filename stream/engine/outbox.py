"""The worker's one Kafka producer: everything it writes goes through here, acknowledged by all replicas."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, KafkaTimeoutError

# Under the brokers' default message.max.bytes of 1,048,588, with room for the batch header.
BATCH_BYTES = 900_000
# The client's own limit is lifted far above what brokers accept: whether a record is too large is theirs to say.
REQUEST_BYTES = 1 << 28
ACKNOWLEDGE_SECONDS = 20.0
FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 5.0

Headers = list[tuple[str, bytes]]  # a list and no tuple: aiokafka's encoder takes nothing else

log = logging.getLogger("deskpulse.engine")


class Outgoing(NamedTuple):
    """A record to be written; timestamp_ms None lets the client's clock decide. A tuple, as every state makes one."""

    key: bytes | None
    value: bytes | None
    headers: Headers
    timestamp_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Landed:
    """Where a batch landed: `count` records from offset `base` on."""

    base: int
    count: int


def passes(error: BaseException) -> bool:
    """Return True for errors that go away by themselves: the broker is slow, gone, or electing a leader."""
    return isinstance(error, KafkaTimeoutError) or (isinstance(error, KafkaError) and bool(error.retriable))


class Pauses:
    """Growing pauses between attempts, said once in the log and then only when they get long."""

    def __init__(self, what: str) -> None:
        """Name what is attempted, for the log."""
        self._what = what
        self._next_seconds = FIRST_PAUSE_SECONDS
        self._told = False

    async def wait(self, error: BaseException) -> None:
        """Wait before the next attempt."""
        if not self._told:
            log.warning("%s failed (%s); trying again until it works", self._what, error or type(error).__name__)
            self._told = True
        await asyncio.sleep(self._next_seconds)
        self._next_seconds = min(self._next_seconds * 2, LONGEST_PAUSE_SECONDS)

    def over(self) -> None:
        """Say that it works again, if it was said that it did not."""
        if self._told:
            log.info("%s works again", self._what)


class Outbox:
    """Writes records; every method returns only after the broker has acknowledged."""

    def __init__(self, client_options: dict[str, Any], client_id: str) -> None:
        """client_options: what `Settings.kafka_client_options` returns."""
        self._options = {**client_options, "client_id": client_id}
        self._producer: AIOKafkaProducer | None = None

    async def start(self) -> None:
        """Connect. Raises KafkaConnectionError when no broker answers."""
        producer = AIOKafkaProducer(
            **self._options,
            acks="all",
            enable_idempotence=False,  # states are merged, so a repeated write changes nothing
            linger_ms=0,
            max_batch_size=BATCH_BYTES,
            max_request_size=REQUEST_BYTES,
            request_timeout_ms=int(ACKNOWLEDGE_SECONDS * 1000),
        )
        try:
            await producer.start()
        except BaseException:
            await producer.stop()
            raise
        self._producer = producer

    async def stop(self) -> None:
        """Disconnect, without waiting for what nobody waits for."""
        producer, self._producer = self._producer, None
        if producer is not None:
            await producer.stop()

    async def send(self, topic: str, record: Outgoing, partition: int | None = None) -> asyncio.Future[Any]:
        """Queue one record; the future returned is done when it is acknowledged."""
        if record.key is None and record.value is None:
            # Kafka carries such a record, and so it may come in, but the client sends it only in a batch.
            batch = self._connected().create_batch()
            _append(batch, record)
            return await self._send_batch(batch, topic, partition or 0)
        return await self._connected().send(  # type: ignore[no-any-return]  # aiokafka is untyped
            topic,
            value=record.value,
            key=record.key,
            partition=partition,
            timestamp_ms=record.timestamp_ms,
            headers=record.headers,
        )

    async def append(self, topic: str, partition: int, records: Sequence[Outgoing]) -> list[Landed]:
        """Write records in order, in as few batches as their size allows; returns where each batch landed.

        Raises KafkaError; some of the batches may have landed then.
        """
        producer = self._connected()
        sent: list[tuple[asyncio.Future[Any], int]] = []
        batch = producer.create_batch()
        for record in records:
            if _append(batch, record):
                continue
            sent.append((await self._send_batch(batch, topic, partition), batch.record_count()))
            batch = producer.create_batch()
            if not _append(batch, record):
                raise AssertionError("an empty batch takes any record")
        sent.append((await self._send_batch(batch, topic, partition), batch.record_count()))
        results = await asyncio.gather(*(future for future, _ in sent), return_exceptions=True)
        landed: list[Landed] = []
        for result, (_, count) in zip(results, sent, strict=True):
            if isinstance(result, BaseException):
                raise result
            landed.append(Landed(result.offset, count))
        return landed

    async def _send_batch(self, batch: Any, topic: str, partition: int) -> asyncio.Future[Any]:
        batch.close()
        return await self._connected().send_batch(batch, topic, partition=partition)  # type: ignore[no-any-return]  # as above

    def _connected(self) -> AIOKafkaProducer:
        if self._producer is None:
            raise KafkaError("the producer is not running")
        return self._producer


def _append(batch: Any, record: Outgoing) -> bool:
    appended = batch.append(key=record.key, value=record.value, timestamp=record.timestamp_ms, headers=record.headers)
    return appended is not None
