"""The record before a committed offset: what tells the log that was read from another one of the same name.

A topic that was deleted, created again and filled again has other records at the same offsets, and so has one that was
truncated and written on. The offset is committed with what the record before it was, and where reading goes on that
record is read once more and compared.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import NamedTuple

from aiokafka import ConsumerRecord

# Of a larger key or value only the beginning and the size are compared: no more is kept of a record that is cut.
COMPARED_BYTES = 65_536


class LastRecord(NamedTuple):
    """Where the record is, and a digest of what it is."""

    offset: int
    digest: str

    @staticmethod
    def of(record: ConsumerRecord) -> LastRecord:
        """Return what has to be the same when it is read again."""
        key, value = record.key or b"", record.value or b""
        sizes = b"%d %d %d " % (record.timestamp, record.serialized_key_size, record.serialized_value_size)
        hashed = blake2b(sizes, digest_size=8)
        hashed.update(key[:COMPARED_BYTES])
        hashed.update(value[:COMPARED_BYTES])
        return LastRecord(record.offset, hashed.hexdigest())


@dataclass(frozen=True, slots=True)
class Resumption:
    """Where reading goes on after a commit: at the committed offset, once the record before it was compared."""

    committed: int
    before: LastRecord

    def start(self, log_end: int | None) -> int:
        """Return the offset to read from first.

        log_end: where the broker said that the log ends, None before it has. Where that is before the record to
        compare, only asking for the committed offset tells a log that is too short from a leader that was just elected
        and does not know its end yet.
        """
        return self.committed if log_end is not None and log_end <= self.before.offset else self.before.offset

    def is_same(self, first: ConsumerRecord) -> bool:
        """Say whether the log is the one that was read. first: the first record from `before` on.

        A record that is gone says nothing: compaction may have removed it.
        """
        if first.offset == self.before.offset:
            return LastRecord.of(first) == self.before
        return bool(first.offset >= self.committed)
