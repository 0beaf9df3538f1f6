"""Reading a changelog back: every record is merged, and what a replaced worker wrote is told apart."""

from __future__ import annotations

import logging
from dataclasses import dataclass

import orjson
from aiokafka import ConsumerRecord

from stream.engine.changelog.log_identity import LOG_KEY, LogIdentity
from stream.engine.changelog.owner_record import EPOCH_HEADER, OWNER_KEY, epoch_of
from stream.partition.keys import CUSTOMER, SEAL_KEY, SURVEY, TICKET
from stream.partition.partition import Partition

META_PREFIX = b"m:"
# Names the offsets of bad records that were dealt with, see repair.py.
REPAIRED_KEY = b"m:repaired"
STATE_PREFIXES = (TICKET, SURVEY, CUSTOMER)
REASON_CHARACTERS = 200

log = logging.getLogger("deskpulse.engine")


@dataclass(frozen=True, slots=True)
class BadRecord:
    """A record of a changelog that cannot be read: where it is, its key, and why."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    reason: str


class Replay:
    """Loads changelog records of one partition in log order.

    A record with a smaller epoch than one before it was written by a worker that had been replaced: it was paused,
    woke up and wrote once more. Its states are merged like any other (a merge cannot do harm), but as it stands
    behind the owner's richer state in the log, compaction would keep the poorer one. `rewrite` collects the keys
    for which that is so; the owner writes them again. Its tombstones and seals are not its to write: skipped.

    A record that cannot be read is set aside in `bad`, so that one record does not keep a desk from its numbers.
    """

    def __init__(self, partition: Partition) -> None:
        """Load into this partition."""
        self._partition = partition
        self._epoch_bytes = b""
        self.epoch = -1
        self.rewrite: set[bytes] = set()
        self.foreign = 0
        self.records = 0
        """Records other than owner records."""
        self.identity: LogIdentity | None = None
        self.bad: dict[int, BadRecord] = {}
        """Records set aside and not repaired, by offset."""
        self.repaired: frozenset[int] = frozenset()

    def apply(self, record: ConsumerRecord) -> None:
        """Load one record, or set it aside."""
        if record.offset in self.repaired:
            return
        try:
            self._apply(record)
        except MemoryError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever a record makes the core raise: else no worker could start
            reason = " ".join(f"{type(error).__name__}: {error}".split())[:REASON_CHARACTERS]
            bad = BadRecord(record.topic, record.partition, record.offset, record.key, reason)
            self.bad[record.offset] = bad

    def _apply(self, record: ConsumerRecord) -> None:
        key, value = record.key, record.value
        if key == OWNER_KEY:
            epoch = _believable_epoch(record)
            if epoch > self.epoch:
                self.epoch, self._epoch_bytes = epoch, b""
            return
        self.records += 1
        if key is None or not key.startswith(STATE_PREFIXES):
            self._apply_meta(record)
            return
        key.decode()  # what is no text would be refused when a number is made of it, long after
        headers = record.headers
        if headers and headers[0][1] == self._epoch_bytes and headers[0][0] == EPOCH_HEADER:
            self._partition.load(key, value, record.timestamp * 1000)
            return
        epoch = _believable_epoch(record)
        if epoch >= self.epoch:
            self.epoch = epoch
            self._epoch_bytes = b"%d" % epoch
            self._partition.load(key, value, record.timestamp * 1000)
        else:
            self._merge_stale(key, value, record.timestamp * 1000)

    def _apply_meta(self, record: ConsumerRecord) -> None:
        key, value, epoch = record.key, record.value, _believable_epoch(record)
        if key not in (SEAL_KEY, LOG_KEY, REPAIRED_KEY):
            if value is not None:  # a tombstone of it takes nothing away
                raise ValueError("no key of a changelog: it is garbage, or was written by a later version")
            return
        if epoch < self.epoch:
            self._merge_stale(key, value, record.timestamp * 1000)
            return
        if epoch > self.epoch:
            self.epoch, self._epoch_bytes = epoch, b""
        if key == SEAL_KEY:
            self._partition.load(key, value, record.timestamp * 1000)
        elif value is not None and key == LOG_KEY:
            self.identity = LogIdentity.decode(value)
        elif value is not None:
            self.repaired = frozenset(map(int, orjson.loads(value)["offsets"]))
            self.bad = {offset: bad for offset, bad in self.bad.items() if offset not in self.repaired}

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


def _believable_epoch(record: ConsumerRecord) -> int:
    """Return the epoch, ValueError for one that no owner can have: it is the offset of a record that stands before."""
    epoch = epoch_of(record)
    if epoch > record.offset:
        raise ValueError(f"its epoch {epoch} is larger than its own offset")
    return epoch
