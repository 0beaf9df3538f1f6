"""Reading a changelog back: every record is merged, and what a replaced worker wrote is told apart."""

from __future__ import annotations

from aiokafka import ConsumerRecord

from stream.core.partition import Partition
from stream.engine.owner_record import EPOCH_HEADER, OWNER_KEY, epoch_of

META_PREFIX = b"m:"


class Replay:
    """Loads changelog records of one partition in log order.

    A record with a smaller epoch than one before it was written by a worker that had been replaced: it was paused,
    woke up and wrote once more. Its states are merged like any other (a merge cannot do harm), but as it stands
    behind the owner's richer state in the log, compaction would keep the poorer one. `rewrite` collects the keys
    for which that is so; the owner writes them again. Its tombstones and seals are not its to write: skipped.
    """

    def __init__(self, partition: Partition) -> None:
        """Load into this partition."""
        self._partition = partition
        self._epoch_bytes = b""
        self.epoch = -1
        self.rewrite: set[bytes] = set()
        self.foreign = 0

    def apply(self, record: ConsumerRecord) -> None:
        """Load one record."""
        key, value = record.key, record.value
        if key == OWNER_KEY:
            epoch = epoch_of(record)
            if epoch > self.epoch:
                self.epoch, self._epoch_bytes = epoch, b""
            return
        headers = record.headers
        if headers and headers[0][1] == self._epoch_bytes and headers[0][0] == EPOCH_HEADER:
            self._partition.load(key, value, record.timestamp * 1000)
            return
        epoch = epoch_of(record)
        if epoch >= self.epoch:
            self.epoch = epoch
            self._epoch_bytes = b"%d" % epoch
            self._partition.load(key, value, record.timestamp * 1000)
        else:
            self._merge_stale(key, value, record.timestamp * 1000)

    def _merge_stale(self, key: bytes, value: bytes | None, timestamp_us: int) -> None:
        self.foreign += 1
        if value is not None and not key.startswith(META_PREFIX):
            self._partition.load(key, value, timestamp_us)
        elif not self._holds(key):
            return
        self.rewrite.add(key)

    def _holds(self, key: bytes) -> bool:
        try:
            self._partition.dump(key)
        except KeyError:
            return False
        return True
