"""What the agent does with a chunk of records: decode, apply, and hand on what does not belong here."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from aiokafka import ConsumerRecord
from faust.types import TP, EventT

from schemas.codec import Limits, decode, key_of
from schemas.events import Event
from schemas.rejected import Reason, Rejected
from stream.core.policy import Partitioner
from stream.engine.changelog.lane import Lane, Receipt
from stream.engine.ownership.custody import Custody
from stream.engine.ownership.unwalked import Unwalked
from stream.engine.process.clock import Clock
from stream.engine.process.counters import Counters
from stream.engine.process.fatal import end_process
from stream.engine.reading.cutting import CutRecord
from stream.engine.reading.delivered import Chunk
from stream.engine.sending.dead_letter import DeadLetters
from stream.engine.sending.notices import Notices, as_notice
from stream.engine.sending.repartition import Repartition
from stream.partition.notices import Notice
from stream.partition.partition import Partition


@dataclass(slots=True)
class _Sorted:
    """The records of a chunk by what becomes of them."""

    events: list[Event] = field(default_factory=list)
    records: list[ConsumerRecord] = field(default_factory=list)
    rejects: list[tuple[ConsumerRecord, Rejected]] = field(default_factory=list)
    strays: list[tuple[ConsumerRecord, bytes]] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    noticed: list[ConsumerRecord] = field(default_factory=list)


class LostChunkError(Exception):
    """A chunk was delivered, and the one before it has not arrived."""


class Intake:
    """Takes chunks from the source topics into the partitions. Nothing is ever raised into Faust."""

    def __init__(
        self,
        *,
        custody: Custody,
        dead_letters: DeadLetters,
        repartition: Repartition,
        notices: Notices,
        counters: Counters,
        clock: Clock,
        limits: Limits,
        partitioner: Partitioner,
        logical_topics: dict[str, str],
        repartition_topic: str,
    ) -> None:
        """logical_topics: topic name -> logical name, with the repartition topic among them."""
        self._custody = custody
        self._dead_letters = dead_letters
        self._repartition = repartition
        self._notices = notices
        self._counters = counters
        self._clock = clock
        self._limits = limits
        self._checks_keys = partitioner is not Partitioner.TRUST
        self._logical_topics = logical_topics
        self._repartition_topic = repartition_topic
        self._unwalked = Unwalked()
        self._taken: dict[TP, int] = {}
        """The number of the last chunk of each partition."""
        self._waiting: set[asyncio.Task[None]] = set()
        self.newest_of_chunks: list[int] = []
        """Newest event time of each chunk since the last snapshot, in microseconds."""

    async def take(self, event: EventT, generation: int) -> None:
        """Take one chunk in; generation: the present one of the consumer group."""
        message = event.message
        lane = self._custody.lane(message.partition)
        if message.generation_id != generation or lane is None:
            return  # left over from before a rebalance: not acknowledged, so it will be read again
        self._custody.begin_chunk(message.partition)
        if not lane.applying.locked():
            await self._take(event, lane)
            return
        # Its partition is busy with something else, which the chunks of other partitions do not wait for.
        task = asyncio.create_task(self._take(event, lane), name=f"intake-{message.partition}")
        self._waiting.add(task)
        task.add_done_callback(self._waiting.discard)

    async def _take(self, event: EventT, lane: Lane) -> None:
        message = event.message
        chunk: Chunk = message.value
        records = chunk.records
        try:
            async with lane.applying:
                if lane.closed:
                    self._custody.settle_chunks(message.partition, 1)
                    return
                self._check_order(message.tp, chunk)
                started = time.perf_counter()
                with self._unwalked.making(len(records)):
                    dirty, deliveries = self._apply(message.topic, records, lane)
                self._counters.applied_offsets[message.topic, message.partition] = message.offset
            self._counters.chunk_seconds.observe(time.perf_counter() - started)
            # It may be long until it is acknowledged, and what is needed of its records is kept elsewhere.
            event.value = message.value = None
            sending = [asyncio.ensure_future(each) for each in deliveries]
            if lane.closed:
                self._custody.settle_chunks(message.partition, 1)
                return
            lane.submit(dirty, Receipt(event.ack, sending))
        except asyncio.CancelledError:
            raise
        except Exception as error:  # noqa: BLE001 - the end of the process, see fatal.py
            first, last = chunk.start, message.offset
            end_process(f"while applying {message.topic}-{message.partition} offsets {first} to {last}", error)

    def _check_order(self, tp: TP, chunk: Chunk) -> None:
        """See that nothing was lost on the way from the consumer to here. Raises LostChunkError."""
        expected = self._taken.get(tp, -1) + 1
        if chunk.number not in (0, expected):
            raise LostChunkError(f"chunk {chunk.number} since the partition was begun came instead of {expected}")
        self._taken[tp] = chunk.number

    def _apply(
        self, topic: str, records: Sequence[ConsumerRecord], lane: Lane
    ) -> tuple[set[bytes], list[Coroutine[Any, Any, None]]]:
        counters = self._counters
        parts = self._sort(topic, records)
        partition = lane.held.partition
        outcome = partition.apply(self._logical_topics[topic], parts.events, self._clock.wall_us())
        counters.misunderstood.look(parts.events, partition.policy.definitions.values)
        for index in outcome.foreign:
            parts.strays.append((parts.records[index], key_of(parts.events[index]).encode()))
        for index in outcome.reused:
            record = parts.records[index]
            counters.reused[topic] += 1
            counters.reused_last[topic] = record.partition, record.offset
        dirty = outcome.dirty | self._tell_customers(parts, partition) if parts.notices else outcome.dirty
        counters.records[topic] += len(records)
        if records:
            counters.applied_ms[topic, partition.number] = records[-1].timestamp
        counters.applied += outcome.applied
        counters.duplicates += outcome.duplicates
        counters.late += outcome.late
        counters.late_dropped += outcome.late_dropped
        if outcome.newest_us is not None:
            self.newest_of_chunks.append(outcome.newest_us)
        deliveries: list[Coroutine[Any, Any, None]] = []
        if parts.rejects:
            for record, rejected in parts.rejects:
                counters.reject(topic, record.partition, record.offset, str(rejected.reason))
            deliveries.append(self._dead_letters.deliver(parts.rejects))
        if parts.strays:
            counters.rekeyed[topic] += len(parts.strays)
            deliveries.append(self._repartition.deliver(parts.strays))
        if outcome.notices:
            deliveries.append(self._notices.deliver(outcome.notices))
        return dirty, deliveries

    def _tell_customers(self, parts: _Sorted, partition: Partition) -> set[bytes]:
        """Let customers of this partition know what others tell them; returns the changelog keys that changed."""
        outcome = partition.notice(parts.notices)
        for index, why in outcome.malformed:
            parts.rejects.append((parts.noticed[index], Rejected(Reason.BAD_NOTICE, why)))
        for index in outcome.foreign:
            why = f"customer {parts.notices[index].customer_id!r} does not belong to partition {partition.number}"
            parts.rejects.append((parts.noticed[index], Rejected(Reason.BAD_NOTICE, why)))
        return outcome.dirty

    def _sort(self, topic: str, records: Sequence[ConsumerRecord]) -> _Sorted:
        if topic == self._repartition_topic:
            return self._sort_repartitioned(topic, records)
        return self._sort_events(topic, records)

    def _sort_repartitioned(self, topic: str, records: Sequence[ConsumerRecord]) -> _Sorted:
        """Tell notices from events; elsewhere their headers mean nothing."""
        others: list[ConsumerRecord] = []
        told = _Sorted()
        for record in records:
            notice = as_notice(record) if record.headers else None  # one that was cut has none
            if notice is None:
                others.append(record)
            elif isinstance(notice, Rejected):
                told.rejects.append((record, notice))
            else:
                told.notices.append(notice)
                told.noticed.append(record)
        parts = self._sort_events(topic, others)
        parts.rejects += told.rejects
        parts.notices, parts.noticed = told.notices, told.noticed
        return parts

    def _sort_events(self, topic: str, records: Sequence[ConsumerRecord]) -> _Sorted:
        headers = [record.headers for record in records] if any(record.headers for record in records) else None
        decoded = decode(
            [record.value for record in records],
            headers=headers,
            limits=self._limits,
            now_us=self._clock.wall_us(),
            written_us=lambda i: records[i].timestamp * 1_000,
        )
        if CutRecord in set(map(type, records)):
            decoded = [
                _too_large(record) if isinstance(record, CutRecord) else result
                for record, result in zip(records, decoded, strict=True)
            ]
        # What comes from the repartition topic was keyed here; looking again could only send it round in circles.
        checks_keys = self._checks_keys and topic != self._repartition_topic
        if Rejected not in set(map(type, decoded)):
            events = cast(list[Event], decoded)
            if not checks_keys or [key_of(event).encode() for event in events] == [record.key for record in records]:
                return _Sorted(events, list(records))  # nearly always, and at a fraction of the cost
        parts = _Sorted()
        for record, result in zip(records, decoded, strict=True):
            if isinstance(result, Rejected):
                parts.rejects.append((record, result))
                continue
            if checks_keys and record.key != (key := key_of(result).encode()):
                parts.strays.append((record, key))
                continue
            parts.events.append(result)
            parts.records.append(record)
        return parts


def _too_large(record: CutRecord) -> Rejected:
    return Rejected(
        Reason.TOO_LARGE,
        f"{max(record.serialized_value_size, record.serialized_key_size)} bytes, or as many in its headers; accepts up "
        "to max_record_bytes",
    )
