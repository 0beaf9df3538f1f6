"""Records that are huge once they are unpacked: only their beginning is kept, from the moment they are unpacked.

A few hundred kilobytes may unpack to a hundred megabytes, and a fetch may hold many of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from aiokafka import ConsumerRecord
from aiokafka.consumer.fetcher import FetchResult
from faust.transport.drivers import aiokafka as driver
from faust.types import TP

if TYPE_CHECKING:
    from aiokafka import AIOKafkaConsumer

# What is unpacked in one go, at most one record more. Enough for tens of thousands of events.
UNPACKED_BYTES = 16 << 20
# What is kept of a record that is cut.
KEPT_BYTES = 524_288


@dataclass
class CutRecord(ConsumerRecord):  # type: ignore[misc]  # aiokafka is untyped
    """A record of which only the beginning of key and value is kept; serialized_value_size is of the whole value."""


def take(records: Iterable[ConsumerRecord], most: int, room: int, taken: list[ConsumerRecord]) -> int:
    """Unpack records into `taken` until `room` bytes are unpacked; returns how much room is left.

    most: a record of more bytes is cut.
    """
    for record in records:
        key, value = record.key, record.value
        size = (len(value) if value else 0) + (len(key) if key else 0)
        if record.headers:
            size += sum(len(name) + len(value or b"") for name, value in record.headers)
        room -= size
        taken.append(cut(record) if size > most else record)
        if room <= 0:
            break
    return room


def cut(record: ConsumerRecord) -> CutRecord:
    """Return the beginning of a record, without its headers."""
    kept = {field.name: getattr(record, field.name) for field in fields(ConsumerRecord)}
    kept["key"] = None if record.key is None else record.key[: KEPT_BYTES // 4]
    kept["value"] = None if record.value is None else record.value[:KEPT_BYTES]
    return CutRecord(**kept | {"headers": ()})


class UnpackingThread(driver.AIOKafkaConsumerThread):  # type: ignore[misc]  # faust ships no types that strict mypy can follow
    """Faust's consumer, which unpacks so much at a time, one partition after the other, and cuts what is too large.

    The client unpacks all that a fetch brought at once, and takes no bound but a number of records.
    """

    async def fetch_unpacked(
        self, consumer: AIOKafkaConsumer, active_partitions: set[TP], *args: Any, **options: Any
    ) -> Mapping[TP, list[ConsumerRecord]]:
        """Return records of some partitions, as Faust's `_fetch_records` does."""
        first = await super()._fetch_records(consumer, active_partitions, *args, **options | {"max_records": 1})
        waiting = consumer._fetcher._records
        taken: dict[TP, list[ConsumerRecord]] = {}
        room = UNPACKED_BYTES
        for tp, records in first.items():
            room = take(records, self._most(tp), room, taken.setdefault(tp, []))
        for tp in [tp for tp in waiting if tp in active_partitions] if taken else ():
            if room <= 0:
                break
            if type(waiting[tp]) is FetchResult:
                room = self._take_more(consumer, tp, room, taken)
        for tp in taken:
            if tp in waiting:
                waiting[tp] = waiting.pop(tp)  # it is the others' turn next time
        return taken

    def _take_more(self, consumer: AIOKafkaConsumer, tp: TP, room: int, taken: dict[TP, list[ConsumerRecord]]) -> int:
        """Take more of what a fetch brought of a partition, as the client's `getall` does; returns the room left."""
        fetcher = consumer._fetcher
        result = fetcher._records[tp]
        if result.check_assignment(tp) and result.has_more():
            records = taken.get(tp, [])
            room = take(result._partition_records, self._most(tp), room, records)
            result._update_position()
            if room > 0:
                result._partition_records = None
            if records:
                taken[tp] = records
        if not result.has_more():
            del fetcher._records[tp]
            fetcher._notify(fetcher._wait_consume_future)
        return room

    def _most(self, tp: TP) -> int:
        """Return from how many bytes on a record is cut: no record of a changelog is."""
        return self.app.largest_record_bytes if self.app.topics.acks_enabled_for(tp.topic) else 1 << 62
