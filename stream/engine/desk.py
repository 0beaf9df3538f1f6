"""The whole desk as this worker knows it: its own partitions, and what the other workers tell of theirs."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from stream.core.live_counts import Told, counted_by, live_counts_from_json
from stream.core.policy import Policy
from stream.core.snapshot import Totals
from stream.engine.counters import Counters

# Who is silent for this long, or for so many of the periods in which everybody writes, is not counted any more.
SILENT_SECONDS = 5.0
SILENT_PERIODS = 2.5

log = logging.getLogger("deskpulse.engine")


@dataclass(frozen=True, slots=True)
class Source:
    """Where the numbers of one partition come from: the worker that counts it, and the instant they are as of."""

    partition: int
    worker: str
    as_of_us: int


@dataclass(frozen=True, slots=True)
class DeskSnapshot:
    """The numbers of all partitions that are known, and of which they are.

    totals: their sum, as of the oldest of them. policy: under which they were counted. sources: one for each
    partition, by its number. missing: partitions of the desk of which nobody has told for a while, or only by other
    definitions.
    """

    totals: Totals
    policy: Policy
    sources: tuple[Source, ...]
    missing: tuple[int, ...]


class Neighbours:
    """What the other workers told last of each partition. It may be asked in any thread."""

    def __init__(
        self, worker: str, period_seconds: float, counters: Counters, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        """worker: who is no neighbour, but we. period_seconds: how often everybody tells."""
        self._worker = worker
        self._valid_seconds = max(SILENT_SECONDS, SILENT_PERIODS * period_seconds)
        self._counters = counters
        self._monotonic = monotonic
        self._heard: dict[int, _Heard] = {}

    def hear(self, partition: int, value: bytes) -> None:
        """Note a record; it is read when somebody asks."""
        self._heard[partition] = _Heard(value, self._monotonic())

    def silent(self, partitions: int, own: Sequence[int]) -> list[int]:
        """Return the partitions that are neither our own nor were heard of lately."""
        return sorted(set(range(partitions)).difference(own, self._lately()))

    def told(self, own: Sequence[int], policy: Policy) -> list[Told]:
        """Return what can be added to numbers of our own partitions, counted by this policy."""
        digest = counted_by(policy)
        found: list[Told] = []
        for partition, heard in sorted(self._lately().items()):
            if partition in own:
                continue
            told = self._read(partition, heard)
            if told is not None and told.counted_by == digest and told.worker != self._worker:
                found.append(told)
        return found

    def _lately(self) -> dict[int, _Heard]:
        oldest = self._monotonic() - self._valid_seconds
        return {partition: heard for partition, heard in self._heard.copy().items() if heard.at >= oldest}

    def _read(self, partition: int, heard: _Heard) -> Told | None:
        if heard.told is None and heard.value is not None:
            value, heard.value = heard.value, None
            try:
                heard.told = live_counts_from_json(value)
                if heard.told.totals.partitions != (partition,):
                    heard.told = None
                    raise ValueError(f"it is not of partition {partition}, which is its key")
            except ValueError as error:
                self._counters.live_counts["unreadable"] += 1
                log.warning("live counts of partition %d cannot be read: %s", partition, error)
        return heard.told


class _Heard:
    """A record, and when it came."""

    __slots__ = ("at", "told", "value")

    def __init__(self, value: bytes, at: float) -> None:
        self.value: bytes | None = value
        self.at = at
        self.told: Told | None = None


class Desk:
    """Adds up our own numbers and the neighbours', once for each snapshot of ours."""

    def __init__(self, worker: str, neighbours: Neighbours) -> None:
        """worker: our name."""
        self._worker = worker
        self._neighbours = neighbours
        self._lock = threading.Lock()
        self._made_for: object = None
        self._snapshot: DeskSnapshot | None = None

    def snapshot(self, key: object, parts: Sequence[Totals], policy: Policy) -> DeskSnapshot | None:
        """Return the desk, None while nothing is known of it; the same again for the same `key`.

        parts: the snapshots of our partitions, under this policy.
        """
        with self._lock:
            if key != self._made_for:
                self._snapshot = self._made(parts, policy)
                self._made_for = key
            return self._snapshot

    def _made(self, parts: Sequence[Totals], policy: Policy) -> DeskSnapshot | None:
        own = [number for part in parts for number in part.partitions]
        told = self._neighbours.told(own, policy)
        all_parts = [*parts, *(each.totals for each in told)]
        if not all_parts:
            return None
        sources = [Source(part.partitions[0], self._worker, part.as_of_us) for part in parts]
        sources += [Source(each.totals.partitions[0], each.worker, each.totals.as_of_us) for each in told]
        oldest = min(all_parts, key=lambda part: part.as_of_us)
        # Everybody counts at the full second, so instants differ by a second or two: the oldest is what all have seen.
        aligned = [replace(part, as_of_us=oldest.as_of_us, windows=oldest.windows) for part in all_parts]
        totals = Totals.merge(aligned)
        missing = tuple(sorted(set(range(policy.partitions)).difference(totals.partitions)))
        return DeskSnapshot(totals, policy, tuple(sorted(sources, key=lambda source: source.partition)), missing)
