"""Records that are no event go to the dead-letter topic, byte for byte, with the reason and where they came from."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import NamedTuple

from aiokafka import ConsumerRecord
from aiokafka.errors import MessageSizeTooLargeError

from schemas.dead_letter import (
    DETAIL_HEADER,
    OFFSET_HEADER,
    PARTITION_HEADER,
    REASON_HEADER,
    TIMESTAMP_HEADER,
    TOPIC_HEADER,
    TRUNCATED_HEADER,
)
from schemas.rejected import Rejected
from stream.engine.process.counters import Counters, Work
from stream.engine.process.pauses import Pauses
from stream.engine.reading.cutting import CutRecord
from stream.engine.sending.delivery import Parcel, deliver
from stream.engine.sending.outbox import Outbox, Outgoing

_OWN_HEADERS = frozenset(
    {
        *(REASON_HEADER, DETAIL_HEADER, TOPIC_HEADER, PARTITION_HEADER, OFFSET_HEADER, TIMESTAMP_HEADER),
        TRUNCATED_HEADER,
    }
)

# What is kept of an original that is too large: half of the brokers' default limit, and room for headers and batch.
TRUNCATED_BYTES = 524_288
ENVELOPE_BYTES = 8_192
LONGEST_DETAIL = 1_000

log = logging.getLogger("deskpulse.engine")


class DeadLetters:
    """Writes rejected records to the dead-letter topic.

    Key, value and headers are the original's, and so is the time. Added headers (UTF-8): deskpulse.reason,
    deskpulse.detail, deskpulse.topic, .partition, .offset, .timestamp (milliseconds), and deskpulse.truncated with
    the original size of the value in bytes if key and value are only the beginning of the original's. Such a letter has
    none of the original's headers.
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
        parcels = [self._parcel(record, rejected) for record, rejected in rejects]
        pauses = Pauses(Work.DEAD_LETTERS, "writing dead letters", self._counters)
        await deliver(self._outbox, self._topic, parcels, pauses=pauses, too_large=self._truncated)
        self._counters.dead_letters += len(rejects)

    def _parcel(self, record: ConsumerRecord, rejected: Rejected) -> Parcel:
        """Make a letter that keeps no hold of a record it has only the beginning of."""
        origin = Origin(record.topic, record.partition, record.offset, len(record.value or b""))
        letter = _letter(record, rejected)
        if isinstance(record, CutRecord):
            origin = origin._replace(size=record.serialized_value_size)
        parcel = Parcel(letter, None, origin)
        if isinstance(record, CutRecord) or not self._outbox.fits(self._topic, letter):
            return self._truncated(parcel)
        return parcel

    def _truncated(self, parcel: Parcel) -> Parcel:
        letter, origin = parcel.record, parcel.origin
        headers = [header for header in letter.headers if header[0] in _OWN_HEADERS]
        room = min(TRUNCATED_BYTES, max(0, self._outbox.limits.of(self._topic) - ENVELOPE_BYTES))
        if not any(name == TRUNCATED_HEADER for name, _ in headers):
            self._counters.dead_letters_truncated += 1
            headers.append((TRUNCATED_HEADER, b"%d" % origin.size))
        elif len(letter.key or b"") + len(letter.value or b"") <= room:
            room = 0  # the topic takes not even this, whatever it said: the headers alone still tell where it was
        if not room and not letter.key and not letter.value:
            raise MessageSizeTooLargeError(f"topic {self._topic} does not even take a dead letter without the record")
        key = None if letter.key is None else letter.key[: room // 4]
        value = None if letter.value is None else letter.value[: room - len(key or b"")]
        log.warning(
            "dead letter from %s-%d offset %d is too large: kept %d of %d bytes",
            *origin[:3],
            len(value or b""),
            origin.size,
        )
        return Parcel(Outgoing(key, value, headers, letter.timestamp_ms), None, origin)


class Origin(NamedTuple):
    """Where a rejected record came from, and how many bytes its value had."""

    topic: str
    partition: int
    offset: int
    size: int


def _letter(record: ConsumerRecord, rejected: Rejected) -> Outgoing:
    headers = [
        *record.headers,
        (REASON_HEADER, str(rejected.reason).encode()),
        (DETAIL_HEADER, rejected.detail[:LONGEST_DETAIL].encode(errors="replace")),
        (TOPIC_HEADER, record.topic.encode()),
        (PARTITION_HEADER, b"%d" % record.partition),
        (OFFSET_HEADER, b"%d" % record.offset),
        (TIMESTAMP_HEADER, b"%d" % record.timestamp),
    ]
    return Outgoing(record.key, record.value, headers, max(0, record.timestamp))
