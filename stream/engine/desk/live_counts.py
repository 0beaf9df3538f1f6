"""The live-counts topic: each worker writes the numbers of its partitions, and reads those of the others."""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from typing import NamedTuple, TypeVar

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import KafkaError, MessageSizeTooLargeError, RecordListTooLargeError

from stream.core.labels import Labels
from stream.core.partitioner import partition_of
from stream.core.policy import Partitioner, Policy
from stream.core.snapshot import Totals
from stream.core.waiting import WaitingTicket
from stream.engine.desk.neighbours import Neighbours
from stream.engine.desk.view import WorkerView
from stream.engine.process.counters import Counters, Work
from stream.engine.process.fatal import end_process
from stream.engine.process.pauses import Pauses
from stream.engine.reading.remaining import FETCH_WAIT_SECONDS
from stream.engine.sending.outbox import ACKNOWLEDGE_SECONDS, REQUEST_BYTES
from stream.engine.sending.size_limits import SizeLimits
from stream.partition.live_counts import Author, counted_by, live_counts_to_json
from stream.partition.partition import Partition
from stream.settings import Settings

# Says whose record it is, so that those of another desk on the same topic need not be read to be left alone.
DESK_HEADER = "deskpulse-desk"
# Says within how many seconds the writer means to write the next of this partition.
PERIOD_HEADER = "deskpulse-period-seconds"
# Says under which epoch its writer owns the partition (the offset of its claim in the changelog), and who that is.
EPOCH_HEADER = "deskpulse-epoch"
WORKER_HEADER = "deskpulse-worker"
# In digits. Python refuses to read numbers of thousands of them.
LONGEST_OFFSET = 19
# Nobody is believed to be silent for longer than this on purpose.
LONGEST_PERIOD_SECONDS = 600.0
# Of the time, the part that writing may take at most: on a desk with very many series it is done less often.
LARGEST_SHARE = 0.1
# How often the broker is asked what the topic takes while live counts are larger.
ASK_SECONDS = 30.0

log = logging.getLogger("deskpulse.engine")

Client = TypeVar("Client")


class Part(NamedTuple):
    """What is to be written of a partition: its numbers, and who waited longest at that moment (None: not told)."""

    totals: Totals
    policy: Policy
    waiting: list[WaitingTicket] | None


class LiveWriter:
    """Writes a record for each partition that this worker shows, once in a period.

    Apart from the outbox: what is late is worthless, so nothing waits here and nothing is repeated.
    """

    def __init__(
        self,
        view: WorkerView,
        settings: Settings,
        counters: Counters,
        epoch: Callable[[int], int | None],
        limits: SizeLimits,
    ) -> None:
        """Write what this view shows, once `run`. epoch: tells under which epoch a partition is owned."""
        self._limits = limits
        self._asked_at = -math.inf
        self._epoch = epoch
        self._view = view
        self._desk = settings.app_id
        self._topic = settings.topic_live_counts
        self._period_seconds = settings.live_counts_seconds
        self._tickets = settings.live_waiting_tickets
        self._agents = settings.live_agents
        self._options = settings.kafka_client_options()
        self._counters = counters
        self._news = asyncio.Event()
        self._due = math.inf
        self._parts: list[Part] = []
        self._too_large: set[int] = set()
        view.on_shown(self._on_shown)

    async def run(self) -> None:
        """Write on and on, until cancelled; while the broker is away the numbers of then are not written."""
        await _keep_at("writing live counts", self._counters, self._producer, self._write_on)

    def _producer(self) -> AIOKafkaProducer:
        return AIOKafkaProducer(
            **self._options,
            acks=1,
            compression_type="zstd",
            max_batch_size=REQUEST_BYTES,
            max_request_size=REQUEST_BYTES,
            request_timeout_ms=int(ACKNOWLEDGE_SECONDS * 1000),
        )

    def _on_shown(self) -> None:
        """Take what is to be written, as long as the tickets are what the numbers say."""
        if time.monotonic() < self._due:
            return
        held, policy = self._view.held(), self._view.policy
        self._parts = [Part(part, policy, self._waiting(held[part.partitions[0]])) for part in self._view.own_parts()]
        self._news.set()

    def _waiting(self, partition: Partition) -> list[WaitingTicket] | None:
        return partition.longest_waiting(_any, self._tickets) if self._tickets else None

    async def _write_on(self, producer: AIOKafkaProducer) -> None:
        self._due, period_seconds = time.monotonic(), self._period_seconds
        while True:
            await self._news.wait()
            self._news.clear()
            parts, self._parts, self._due = self._parts, [], math.inf
            began, spent = time.monotonic(), 0.0
            for part in parts:
                value, seconds = await asyncio.to_thread(self._encoded, part)
                spent += seconds
                await self._write(producer, part.totals.partitions[0], value, period_seconds)
            rest = spent / LARGEST_SHARE
            period_seconds = max(self._period_seconds, math.floor(rest) + 1)  # at a full second
            # Half a tick early, as ticks are not to the millisecond.
            self._due = began + max(self._period_seconds - 0.5, rest)

    async def _write(self, producer: AIOKafkaProducer, partition: int, value: bytes, period_seconds: float) -> None:
        headers = [(DESK_HEADER, self._desk.encode()), (PERIOD_HEADER, f"{period_seconds:.3f}".encode())]
        if (epoch := self._epoch(partition)) is not None:
            headers += [(EPOCH_HEADER, b"%d" % epoch), (WORKER_HEADER, self._view.worker.encode())]
        key = str(partition).encode()
        batch = producer.create_batch()
        batch.append(key=key, value=value, headers=headers, timestamp=self._view.clock.wall_us() // 1000)
        await asyncio.to_thread(batch._build)  # only packed it has the size that the topic bounds
        size, limit = batch.size(), self._limits.of(self._topic)
        if size > limit:
            await self._refuse(partition, f"{size:,} bytes packed, and topic {self._topic} takes up to {limit:,}")
            return
        count = len(await producer.partitions_for(self._topic))
        place = partition_of(key, count, Partitioner.MURMUR2) or 0
        try:
            await (await producer.send_batch(batch, self._topic, partition=place))
        except (MessageSizeTooLargeError, RecordListTooLargeError) as error:
            self._limits.refused(self._topic, size, 1)
            await self._refuse(partition, f"{size:,} bytes packed ({error or type(error).__name__})")
        else:
            self._counters.live_counts["written"] += 1
            self._counters.live_counts_bytes += len(value)

    async def _refuse(self, partition: int, why: str) -> None:
        """Count live counts that are not sent, say so once, and ask now and then whether the topic takes them."""
        self._counters.live_counts["refused"] += 1
        if partition not in self._too_large:
            self._too_large.add(partition)
            log.warning(
                "live counts of partition %d are too large: %s. Other workers and boards do without them; raise "
                "max.message.bytes of topic %s, or have fewer DESKPULSE_LABELS",
                partition,
                why,
                self._topic,
            )
        if time.monotonic() - self._asked_at > ASK_SECONDS:
            self._asked_at = time.monotonic()
            await self._limits.ask()

    def _encoded(self, part: Part) -> tuple[bytes, float]:
        began = time.thread_time()
        author = Author(self._desk, self._view.worker, counted_by(part.policy))
        totals = part.totals if self._agents else replace(part.totals, agents=None)
        return live_counts_to_json(totals, part.policy, author, part.waiting), time.thread_time() - began


def _any(_labels: Labels) -> bool:
    return True


async def _keep_at(
    what: str,
    counters: Counters,
    connect: Callable[[], AbstractAsyncContextManager[Client]],
    work: Callable[[Client], Awaitable[None]],
) -> None:
    """Connect and work, and again whenever the broker was away; any other error ends the process."""
    pauses = Pauses(Work.LIVE_COUNTS, what, counters)
    try:
        while True:
            try:
                async with connect() as client:
                    pauses.over()
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
        self._partitions = settings.partitions
        self._options = settings.kafka_client_options()
        self._counters = counters
        self._unnamed = settings.app_id == Settings.model_fields["app_id"].default
        """Whether to warn of another desk: with the usual name the next one would share our group and changelog."""

    async def run(self) -> None:
        """Read on and on, until cancelled; while the broker is away nobody is heard."""
        await _keep_at("reading live counts", self._counters, self._consumer, self._read_on)

    def _consumer(self) -> AIOKafkaConsumer:
        """Without a group every worker hears everybody."""
        return AIOKafkaConsumer(
            self._topic,
            **self._options,
            auto_offset_reset="latest",
            max_partition_fetch_bytes=REQUEST_BYTES,
            fetch_max_wait_ms=round(FETCH_WAIT_SECONDS * 1000),
        )

    async def _read_on(self, consumer: AIOKafkaConsumer) -> None:
        async for record in consumer:
            headers = dict(record.headers)
            if record.value is None:
                continue
            if (desk := headers.get(DESK_HEADER, self._desk)) != self._desk:
                self._warn_of(desk)
                continue
            try:
                partition = int(record.key)
            except (TypeError, ValueError):
                self._counters.live_counts["unreadable"] += 1
                continue
            if not 0 <= partition < self._partitions:
                self._neighbours.forged(record.key, f"the desk has partitions 0 to {self._partitions - 1}")
                continue
            author = _author(headers.get(EPOCH_HEADER), headers.get(WORKER_HEADER))
            self._neighbours.hear(partition, record.value, _period_seconds(headers.get(PERIOD_HEADER)), author)

    def _warn_of(self, desk: bytes) -> None:
        if self._unnamed:
            self._unnamed = False  # once is enough
            log.warning(
                "desk %s writes to topic %s too, and this one has the default name: give each desk its own "
                "DESKPULSE_APP_ID, as desks of one name share a consumer group and a changelog",
                desk.decode(errors="replace"),
                self._topic,
            )


def _author(epoch: bytes | None, worker: bytes | None) -> tuple[int, str] | None:
    """Return under which epoch who owns the partition; None if a record does not say so, as those of older workers."""
    if epoch is None or worker is None or not epoch.isdigit() or len(epoch) > LONGEST_OFFSET:
        return None
    return int(epoch), worker.decode(errors="replace")


def _period_seconds(header: bytes | None) -> float | None:
    """Return the period that a record tells, None if it tells none that can be."""
    try:
        seconds = float(header or b"")
    except ValueError:
        return None
    return seconds if 0 < seconds <= LONGEST_PERIOD_SECONDS else None
