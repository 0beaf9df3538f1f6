"""What the other workers report of their partitions, and whether it can be added to our own numbers."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

from stream.core.policy import Policy
from stream.core.snapshot import Totals
from stream.engine.desk.shape import Shape
from stream.engine.process.counters import Counters
from stream.numbers.meaning import differences
from stream.numbers.registry import meanings
from stream.partition.live_counts import LiveCounts, counted_by, live_counts_from_json

# Who is silent for this long, or for so many of the periods in which they write, is not counted any more; and numbers
# that are older than that are stale.
SILENT_SECONDS = 5.0
SILENT_PERIODS = 2.5
# Of so many seconds the numbers are kept, to add up those of one instant.
KEPT = 3

# Records come when they are made, sent and read, one time sooner than another.
EARLY_SECONDS = 0.5

log = logging.getLogger("deskpulse.engine")


class Incomparable(NamedTuple):
    """A partition whose numbers cannot be added to ours: who counts it, and in what it differs (`DIFFERENCES`).

    differing: which numbers are counted by another version of their meaning, and by which; empty if none is.
    """

    partition: int
    worker: str
    reason: str
    differing: str

    def __str__(self) -> str:
        """Say it to people."""
        why = "other settings than this worker (definitions, variants, windows, buckets or partitions)"
        if self.reason == "meaning":
            why = f"other definitions: {self.differing}"
        return f"partition {self.partition} is counted by {self.worker} by {why}: it is not added up"


# Why numbers cannot be added up.
DIFFERENCES = ("meaning", "settings")


class Candidate(NamedTuple):
    """Numbers of a partition that may be taken: by whom, how long they are good for, and the record they came by."""

    worker: str
    totals: Totals
    valid_seconds: float = SILENT_SECONDS
    record: LiveCounts | None = None


class Neighbours:
    """What the other workers reported recently of each partition. It may be asked in any thread."""

    def __init__(
        self, worker: str, period_seconds: float, counters: Counters, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        """worker: who is no neighbour, but we. period_seconds: how often they tell who do not say how often."""
        self._worker = worker
        self._period_seconds = period_seconds
        self._counters = counters
        self._monotonic = monotonic
        self._heard: dict[int, deque[_Heard]] = {}
        self._authors: dict[int, tuple[int, str]] = {}
        self._said: set[tuple[object, str]] = set()
        self._shape: tuple[str, Shape] | None = None
        self.on_heard: Callable[[], None] = lambda: None
        """Called whenever there is something new."""

    def hear(
        self,
        partition: int,
        value: bytes,
        period_seconds: float | None = None,
        author: tuple[int, str] | None = None,
    ) -> None:
        """Note a record; it is read when somebody asks. period_seconds: how often its writer says to tell.

        author: the epoch under which its writer owns the partition, and the writer's name, as far as it says so. While
        the owner is heard, nobody else is listened to but one with a newer epoch; one epoch has one owner.
        """
        known, records = self._authors.get(partition), self._heard.get(partition)
        heard = known is not None and records is not None and records[-1].until >= self._monotonic()
        if heard and known is not None and known != author and (author is None or author[0] <= known[0]):
            self._forged(partition, f"it is by {_named(author)}, and the owner is {_named(known)}")
            return
        if author is None:
            self._authors.pop(partition, None)
        else:
            self._authors[partition] = author
        if records is None:
            records = self._heard[partition] = deque(maxlen=KEPT)
        records.append(_Heard(value, self._monotonic(), period_seconds or self._period_seconds))
        self.on_heard()

    def forged(self, partition: bytes | None, why: str) -> None:
        """Count a record that is not what it claims to be."""
        self._forged(repr(partition), why)

    def _forged(self, partition: object, why: str) -> None:
        self._counters.live_counts["forged"] += 1
        if (said := (partition, why)) not in self._said:
            self._said.add(said)
            log.warning("live counts of partition %s are ignored: %s", partition, why)

    def incomparable(self, own: Collection[int], policy: Policy) -> tuple[Incomparable, ...]:
        """Return the partitions that others reported last in numbers that cannot be added to ours."""
        digest = counted_by(policy)
        found: list[Incomparable] = []
        for partition, records in sorted(self._lately().items()):
            record = None if partition in own else self._read(partition, records[-1])
            if record is not None and record.counted_by != digest and record.worker != self._worker:
                differing = differences(record.meanings, meanings(policy))
                reason = "meaning" if differing else "settings"
                found.append(Incomparable(partition, record.worker, reason, differing))
        for each in found:
            if (said := (each.partition, str(each))) not in self._said:
                self._said.add(said)
                log.warning("%s", each)
        return tuple(found)

    def awaited(self, own: Collection[int], since: float) -> bool:
        """Say whether one that is due to report has not done so since an instant of the monotonic clock."""
        return any(
            records[-1].at < since and records[-1].at + records[-1].period_seconds <= since + EARLY_SECONDS
            for partition, records in self._lately().items()
            if partition not in own
        )

    def silent(self, partitions: int, own: Sequence[int]) -> list[int]:
        """Return the partitions that are neither our own nor were heard of lately."""
        return sorted(set(range(partitions)).difference(own, self._lately()))

    def reported(self, own: Sequence[int], policy: Policy) -> dict[int, list[Candidate]]:
        """Return what can be added to numbers of our own partitions, counted by this policy: the newest last."""
        digest = counted_by(policy)
        found: dict[int, list[Candidate]] = {}
        for partition, records in sorted(self._lately().items()):
            if partition in own:
                continue
            read = [(record, heard) for heard in records if (record := self._read(partition, heard)) is not None]
            if not read:
                continue
            newest, _ = read[-1]
            if newest.counted_by == digest and newest.worker != self._worker and self._fits(newest, digest, policy):
                found[partition] = [
                    Candidate(record.worker, record.totals, heard.valid_seconds, record)
                    for record, heard in read
                    if record.worker == newest.worker
                ]
        return found

    def _fits(self, record: LiveCounts, digest: str, policy: Policy) -> bool:
        if self._shape is None or self._shape[0] != digest:
            self._shape = digest, Shape(policy)
        if why := self._shape[1].misfit(record.totals):
            self._forged(record.totals.partitions[0], why)
        return not why

    def _lately(self) -> dict[int, list[_Heard]]:
        now = self._monotonic()
        lately = {partition: list(records) for partition, records in self._heard.copy().items()}
        return {partition: records for partition, records in lately.items() if records[-1].until >= now}

    def _read(self, partition: int, heard: _Heard) -> LiveCounts | None:
        value, heard.value = heard.value, None
        if value is not None:
            try:
                record = live_counts_from_json(value)
                if record.totals.partitions != (partition,):
                    raise ValueError(f"it is of partition {record.totals.partitions[0]}, its key is {partition}")
                heard.record = record
            except ValueError as error:
                self._counters.live_counts["unreadable"] += 1
                log.warning("live counts of partition %d cannot be read: %s", partition, error)
        return heard.record


def _named(author: tuple[int, str] | None) -> str:
    return "one who does not say" if author is None else f"{author[1]}, epoch {author[0]}"


class _Heard:
    """A record, and until when it goes for its partition unless another comes; read once."""

    __slots__ = ("at", "period_seconds", "record", "until", "valid_seconds", "value")

    def __init__(self, value: bytes, at: float, period_seconds: float) -> None:
        self.value: bytes | None = value
        self.at = at
        self.period_seconds = period_seconds
        self.valid_seconds = valid_seconds = max(SILENT_SECONDS, SILENT_PERIODS * period_seconds)
        self.until = at + valid_seconds
        self.record: LiveCounts | None = None
