"""The live-counts topic: each worker writes the numbers of its partitions, and reads those of the others."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import TypeVar

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import KafkaError, MessageSizeTooLargeError, RecordListTooLargeError

from stream.core.live_counts import live_counts_to_json
from stream.core.policy import Policy
from stream.core.snapshot import Totals
from stream.engine.counters import Counters
from stream.engine.desk import Neighbours
from stream.engine.fatal import end_process
from stream.engine.outbox import ACKNOWLEDGE_SECONDS, REQUEST_BYTES, Pauses
from stream.engine.view import WorkerView
from stream.settings import Settings

# Says whose record it is, so that those of another desk on the same topic need not be read to be left alone.
DESK_HEADER = "deskpulse-desk"
# Of the time, the part that writing may take at most: on a desk with very many series it is done less often.
LARGEST_SHARE = 0.1

log = logging.getLogger("deskpulse.engine")

Client = TypeVar("Client")


class LiveWriter:
    """Writes a record for each partition that this worker shows, once in a period.

    Apart from the outbox: what is late is worthless, so nothing waits here and nothing is repeated.
    """

    def __init__(self, view: WorkerView, settings: Settings, counters: Counters) -> None:
        """Write what this view shows, once `run`."""
        self._view = view
        self._desk = settings.app_id
        self._topic = settings.topic_live_counts
        self._period_seconds = settings.live_counts_seconds
        self._options = settings.kafka_client_options()
        self._counters = counters
        self._news = asyncio.Event()
        self._too_large: set[int] = set()
        view.on_shown(self._news.set)

    async def run(self) -> None:
        """Write on and on, until cancelled; while the broker is away the numbers of then are not written."""
        await _keep_at("writing live counts", self._producer, self._write_on)

    def _producer(self) -> AIOKafkaProducer:
        return AIOKafkaProducer(
            **self._options,
            acks=1,
            compression_type="zstd",
            max_batch_size=REQUEST_BYTES,
            max_request_size=REQUEST_BYTES,
            request_timeout_ms=int(ACKNOWLEDGE_SECONDS * 1000),
        )

    async def _write_on(self, producer: AIOKafkaProducer) -> None:
        due = time.monotonic()
        while True:
            await self._news.wait()
            self._news.clear()
            if time.monotonic() < due or not (parts := self._view.own_parts()):
                continue
            began, spent = time.monotonic(), 0.0
            for part in parts:
                value, seconds = await asyncio.to_thread(self._encoded, part, self._view.policy)
                spent += seconds
                await self._write(producer, part.partitions[0], value)
            # Half a tick early, as ticks are not to the millisecond.
            due = began + max(self._period_seconds - 0.5, spent / LARGEST_SHARE)

    async def _write(self, producer: AIOKafkaProducer, partition: int, value: bytes) -> None:
        try:
            await producer.send_and_wait(
                self._topic, value, key=str(partition).encode(), headers=[(DESK_HEADER, self._desk.encode())]
            )
        except (MessageSizeTooLargeError, RecordListTooLargeError) as error:
            self._counters.live_counts["refused"] += 1
            if partition not in self._too_large:
                self._too_large.add(partition)
                log.warning(
                    "live counts of partition %d are %s bytes, more than the broker takes (%s): other workers and "
                    "boards do without them; raise max.message.bytes of topic %s, or have fewer DESKPULSE_LABELS",
                    partition,
                    f"{len(value):,}",
                    error or type(error).__name__,
                    self._topic,
                )
        else:
            self._counters.live_counts["written"] += 1
            self._counters.live_counts_bytes += len(value)

    def _encoded(self, part: Totals, policy: Policy) -> tuple[bytes, float]:
        began = time.thread_time()
        return live_counts_to_json(part, policy, self._desk, self._view.worker), time.thread_time() - began


async def _keep_at(
    what: str, connect: Callable[[], AbstractAsyncContextManager[Client]], work: Callable[[Client], Awaitable[None]]
) -> None:
    """Connect and work, and again whenever the broker was away; any other error ends the process."""
    pauses = Pauses(what)
    try:
        while True:
            try:
                async with connect() as client:
                    pauses.over()
                    pauses = Pauses(what)
                    await work(client)
            except (KafkaError, OSError) as error:
                await pauses.wait(error)
    except Exception as error:  # noqa: BLE001 - the end of the process, see fatal.py
        end_process(f"while {what}", error)


class LiveReader:
    """Hears what the other workers write, from now on."""

    def __init__(self, neighbours: Neighbours, settings: Settings, counters: Counters) -> None:
        """Tell it to the neighbours, once `run`."""
        self._neighbours = neighbours
        self._desk = settings.app_id.encode()
        self._topic = settings.topic_live_counts
        self._options = settings.kafka_client_options()
        self._counters = counters

    async def run(self) -> None:
        """Read on and on, until cancelled; while the broker is away nobody is heard."""
        await _keep_at("reading live counts", self._consumer, self._read_on)

    def _consumer(self) -> AIOKafkaConsumer:
        """Without a group every worker hears everybody."""
        return AIOKafkaConsumer(
            self._topic, **self._options, auto_offset_reset="latest", max_partition_fetch_bytes=REQUEST_BYTES
        )

    async def _read_on(self, consumer: AIOKafkaConsumer) -> None:
        async for record in consumer:
            if record.value is None or dict(record.headers).get(DESK_HEADER, self._desk) != self._desk:
                continue
            try:
                partition = int(record.key)
            except (TypeError, ValueError):
                self._counters.live_counts["unreadable"] += 1
                continue
            self._neighbours.hear(partition, record.value)
