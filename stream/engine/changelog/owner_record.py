"""The record by which a worker takes a changelog partition over, and the token every later record carries.

The offset of a claim is the epoch of its owner: a later claim has a larger offset, so of two writers the one with
the larger epoch is right, and a paused worker that writes after it was replaced is recognised by every reader.
"""

from __future__ import annotations

from dataclasses import dataclass

import orjson
from aiokafka import ConsumerRecord

OWNER_KEY = b"m:owner"
EPOCH_HEADER = "e"


@dataclass(frozen=True, slots=True)
class OwnerRecord:
    """Who owns a changelog partition since when; `epoch` is None in a claim and set when a claim is repeated."""

    worker: str
    at_us: int
    epoch: int | None = None

    def encode(self) -> bytes:
        """Return the value of the record."""
        return orjson.dumps({"worker": self.worker, "at_us": self.at_us, "epoch": self.epoch})

    @staticmethod
    def decode(value: bytes) -> OwnerRecord:
        """Read a value that `encode` made."""
        fields = orjson.loads(value)
        return OwnerRecord(fields["worker"], fields["at_us"], fields["epoch"])


def epoch_headers(epoch: int) -> list[tuple[str, bytes]]:
    """Return the headers of a record that the owner with this epoch writes."""
    return [(EPOCH_HEADER, b"%d" % epoch)]


def epoch_of(record: ConsumerRecord) -> int:
    """Return the epoch under which a changelog record was written; a claim's own offset is its epoch."""
    if record.key == OWNER_KEY and record.value is not None:
        epoch = OwnerRecord.decode(record.value).epoch
        return record.offset if epoch is None else epoch
    for name, value in record.headers:
        if name == EPOCH_HEADER:
            return int(value)
    return -1
