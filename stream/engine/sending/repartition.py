"""Records under a wrong key, or in a wrong partition, are sent on to where their ticket lives."""

from __future__ import annotations

from collections.abc import Sequence

from aiokafka import ConsumerRecord

from schemas.rejected import Reason, Rejected
from stream.core.partitioner import partition_of
from stream.core.policy import Partitioner
from stream.engine.process.counters import Counters, Work
from stream.engine.process.pauses import Pauses
from stream.engine.sending.dead_letter import DeadLetters
from stream.engine.sending.delivery import Parcel, deliver
from stream.engine.sending.notices import HEADERS
from stream.engine.sending.outbox import Outbox, Outgoing


class Repartition:
    """Writes records to the repartition topic under their right key, otherwise byte for byte as they came.

    Headers by which notices are known there (see notices.py) are left out: a record from outside is none.

    The topic has as many partitions as the sources, so partition n is read by the worker that holds the tickets of
    partition n. A record that its own topic took and that is too large for this one (max.message.bytes) becomes a dead
    letter.
    """

    def __init__(
        self,
        topic: str,
        partitions: int,
        partitioner: Partitioner,
        *,
        outbox: Outbox,
        dead_letters: DeadLetters,
        counters: Counters,
    ) -> None:
        """topic: name of the repartition topic; partitions: how many it and the sources have."""
        self._topic = topic
        self._partitions = partitions
        self._partitioner = partitioner
        self._outbox = outbox
        self._dead_letters = dead_letters
        self._counters = counters

    async def deliver(self, strays: Sequence[tuple[ConsumerRecord, bytes]]) -> None:
        """Send records on under the keys given; returns when all are acknowledged. Raises KafkaError."""
        refused: list[ConsumerRecord] = []

        def leave_out(parcel: Parcel) -> None:
            refused.append(parcel.origin)

        parcels = [self._parcel(record, key) for record, key in strays]
        pauses = Pauses(Work.REPARTITION, "re-keying records", self._counters)
        await deliver(self._outbox, self._topic, parcels, pauses=pauses, too_large=leave_out)
        if refused:
            for record in refused:
                self._counters.reject(record.topic, record.partition, record.offset, str(Reason.TOO_LARGE))
            reason = Rejected(Reason.TOO_LARGE, f"larger than topic {self._topic} takes (max.message.bytes)")
            await self._dead_letters.deliver([(record, reason) for record in refused])

    def _parcel(self, record: ConsumerRecord, key: bytes) -> Parcel:
        headers = [header for header in record.headers if header[0] not in HEADERS]
        outgoing = Outgoing(key, record.value, headers, max(0, record.timestamp))
        return Parcel(outgoing, partition_of(key, self._partitions, self._partitioner), record)
