"""Customers live where their own key leads, tickets where theirs does: what a customer is told goes from one to the
other on the repartition topic.

A notice is a record under the customer's key, marked by a header, whose value is a customer's state that knows one
ticket or one answer. It is merged like a changelog record, so it may come twice, late, or in any order. It goes one
way only: one that arrives where its customer does not live is a dead letter and is never sent on.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence

from aiokafka import ConsumerRecord
from aiokafka.errors import KafkaError, MessageSizeTooLargeError, RecordListTooLargeError

from schemas.rejected import Reason, Rejected
from stream.core.partitioner import meeting_place
from stream.core.policy import Partitioner
from stream.engine.process.counters import Counters, Work
from stream.engine.process.pauses import Pauses, passes
from stream.engine.sending.delivery import Parcel, deliver
from stream.engine.sending.outbox import Outbox, Outgoing
from stream.partition.notices import Notice

log = logging.getLogger("deskpulse.engine")

HEADERS = {"deskpulse-contact": "contact", "deskpulse-answer": "answer"}
_HEADER_OF = {kind: name for name, kind in HEADERS.items()}


class Notices:
    """Sends notices to the partitions of their customers."""

    def __init__(
        self, topic: str, partitions: int, partitioner: Partitioner, outbox: Outbox, counters: Counters
    ) -> None:
        """topic: name of the repartition topic; partitions: how many it has."""
        self._topic = topic
        self._partitions = partitions
        self._partitioner = partitioner
        self._outbox = outbox
        self._counters = counters

    async def deliver(self, notices: Sequence[Notice]) -> None:
        """Send these; returns when all are acknowledged, repeating as long as the broker is away.

        Of several of one ticket the last is sent: the states grow, so it knows what the others know. Raises
        KafkaError for what does not pass.
        """
        latest = {(each.customer_id, each.kind, each.subject): each for each in notices}
        by_partition: dict[int, list[Outgoing]] = {}
        now_ms = self._outbox.now_ms()
        for notice in latest.values():
            key = notice.customer_id.encode()
            record = Outgoing(key, notice.value, [(_HEADER_OF[notice.kind], notice.subject.encode())], now_ms)
            home = meeting_place(key, self._partitions, self._partitioner)
            by_partition.setdefault(home, []).append(record)
        for partition, records in by_partition.items():
            await self._append(partition, records)
        for notice in latest.values():
            self._counters.notices[notice.kind] += 1

    async def _append(self, partition: int, records: Sequence[Outgoing]) -> None:
        """Write records as a few batches, a tenth of the cost of single ones."""
        with Pauses(Work.NOTICES, "telling customers of their tickets", self._counters) as pauses:
            while True:
                try:
                    await self._outbox.append(self._topic, partition, records)
                except (MessageSizeTooLargeError, RecordListTooLargeError):
                    break
                except KafkaError as error:
                    if not passes(error):
                        raise
                    await pauses.wait(error)
                else:
                    return
        await self._deliver_singly(partition, records)

    async def _deliver_singly(self, partition: int, records: Iterable[Outgoing]) -> None:
        """Write records one by one where the topic takes small batches only, and leave out what is too large."""

        def leave_out(parcel: Parcel) -> None:
            self._counters.notices_refused += 1
            log.warning(
                "customer %r is not told of a ticket: %d bytes are more than topic %s takes (max.message.bytes)",
                (parcel.record.key or b"").decode(errors="replace"),
                len(parcel.record.value or b""),
                self._topic,
            )

        parcels = [Parcel(record, partition, None) for record in records]
        pauses = Pauses(Work.NOTICES, "telling customers of their tickets", self._counters)
        await deliver(self._outbox, self._topic, parcels, pauses=pauses, too_large=leave_out)


def as_notice(record: ConsumerRecord) -> Notice | Rejected | None:
    """Read a record of the repartition topic; None if it does not claim to be a notice."""
    for name, subject in record.headers:
        if (kind := HEADERS.get(name)) is not None:
            if not record.key:
                return Rejected(Reason.BAD_NOTICE, "the record has no key; accepts the customer's id")
            try:
                return Notice(record.key.decode(), kind, (subject or b"").decode(), record.value or b"")
            except UnicodeDecodeError:
                return Rejected(Reason.BAD_NOTICE, f"key and header {name}: accepts UTF-8")
    return None
