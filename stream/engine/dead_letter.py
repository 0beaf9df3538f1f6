"""Records that are no event go to the dead-letter topic, byte for byte, with the reason and where they came from."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from aiokafka import ConsumerRecord
from aiokafka.errors import MessageSizeTooLargeError

from schemas.rejected import Rejected
from stream.engine.counters import Counters
from stream.engine.delivery import Parcel, deliver
from stream.engine.outbox import Outbox, Outgoing

REASON_HEADER = "deskpulse.reason"
DETAIL_HEADER = "deskpulse.detail"
TOPIC_HEADER = "deskpulse.topic"
PARTITION_HEADER = "deskpulse.partition"
OFFSET_HEADER = "deskpulse.offset"
TIMESTAMP_HEADER = "deskpulse.timestamp"
TRUNCATED_HEADER = "deskpulse.truncated"

# What is kept of an original that the broker refuses for its size: half of the brokers' default limit.
TRUNCATED_BYTES = 524_288

log = logging.getLogger("deskpulse.engine")


class DeadLetters:
    """Writes rejected records to the dead-letter topic.

    Key, value and headers are the original's, and so is the time. Added headers (UTF-8): deskpulse.reason,
    deskpulse.detail, deskpulse.topic, .partition, .offset, .timestamp (milliseconds), and deskpulse.truncated with
    the original size in bytes if the broker did not take the whole of it.
    """

    def __init__(self, topic: str, outbox: Outbox, counters: Counters) -> None:
        """topic: name of the dead-letter topic."""
        self._topic = topic
        self._outbox = outbox
        self._counters = counters

    async def deliver(self, rejects: Sequence[tuple[ConsumerRecord, Rejected]]) -> None:
        """Write these; returns when all are acknowledged, repeating as long as the broker is away.

        Raises KafkaError if the topic cannot be written at all.
        """
        parcels = [Parcel(_letter(record, rejected), None, record) for record, rejected in rejects]
        await deliver(self._outbox, self._topic, parcels, what="writing dead letters", too_large=self._truncate)
        self._counters.dead_letters += len(rejects)

    def _truncate(self, parcel: Parcel) -> Parcel:
        letter, origin = parcel.record, parcel.origin
        if any(name == TRUNCATED_HEADER for name, _ in letter.headers):
            raise MessageSizeTooLargeError(f"topic {self._topic} does not even take {TRUNCATED_BYTES} bytes")
        size = len(origin.value or b"")
        log.warning(
            "dead letter from %s-%d offset %d is too large for the broker: kept %d of %d bytes",
            origin.topic,
            origin.partition,
            origin.offset,
            TRUNCATED_BYTES,
            size,
        )
        self._counters.dead_letters_truncated += 1
        headers = [header for header in letter.headers if header[0].startswith("deskpulse.")]
        headers.append((TRUNCATED_HEADER, b"%d" % size))
        key = None if letter.key is None else letter.key[:TRUNCATED_BYTES]
        value = None if letter.value is None else letter.value[:TRUNCATED_BYTES]
        return Parcel(Outgoing(key, value, headers, letter.timestamp_ms), None, origin)


def _letter(record: ConsumerRecord, rejected: Rejected) -> Outgoing:
    headers = [
        *record.headers,
        (REASON_HEADER, str(rejected.reason).encode()),
        (DETAIL_HEADER, rejected.detail.encode(errors="replace")),
        (TOPIC_HEADER, record.topic.encode()),
        (PARTITION_HEADER, b"%d" % record.partition),
        (OFFSET_HEADER, b"%d" % record.offset),
        (TIMESTAMP_HEADER, b"%d" % record.timestamp),
    ]
    return Outgoing(record.key, record.value, headers, max(0, record.timestamp))
