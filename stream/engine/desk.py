"""The whole desk as this worker knows it: its own partitions, and what the other workers tell of theirs."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from stream.core.live_counts import Told, counted_by, live_counts_from_json
from stream.core.policy import Policy
from stream.core.snapshot import Totals
from stream.engine.counters import Counters

# Who is silent for this long, or for so many of the periods in which everybody writes, is not counted any more.
SILENT_SECONDS = 5.0
SILENT_PERIODS = 2.5
# Of so many seconds the numbers are kept, to add up those of one instant.
KEPT = 3

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
    """What the other workers told lately of each partition. It may be asked in any thread."""

    def __init__(
        self, worker: str, period_seconds: float, counters: Counters, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        """worker: who is no neighbour, but we. period_seconds: how often everybody tells."""
        self._worker = worker
        self._valid_seconds = max(SILENT_SECONDS, SILENT_PERIODS * period_seconds)
        self._counters = counters
        self._monotonic = monotonic
        self._heard: dict[int, deque[_Heard]] = {}

    def hear(self, partition: int, value: bytes) -> None:
        """Note a record; it is read when somebody asks."""
        records = self._heard.get(partition)
        if records is None:
            records = self._heard[partition] = deque(maxlen=KEPT)
        records.append(_Heard(value, self._monotonic()))

    def silent(self, partitions: int, own: Sequence[int]) -> list[int]:
        """Return the partitions that are neither our own nor were heard of lately."""
        return sorted(set(range(partitions)).difference(own, self._lately()))

    def told(self, own: Sequence[int], policy: Policy) -> dict[int, list[Told]]:
        """Return what can be added to numbers of our own partitions, counted by this policy: the newest last."""
        digest = counted_by(policy)
        found: dict[int, list[Told]] = {}
        for partition, records in sorted(self._lately().items()):
            if partition in own:
                continue
            told = [told for heard in records if (told := self._read(partition, heard)) is not None]
            if told and told[-1].counted_by == digest and told[-1].worker != self._worker:
                found[partition] = [each for each in told if each.worker == told[-1].worker]
        return found

    def _lately(self) -> dict[int, list[_Heard]]:
        oldest = self._monotonic() - self._valid_seconds
        lately = {partition: list(records) for partition, records in self._heard.copy().items()}
        return {partition: records for partition, records in lately.items() if records[-1].at >= oldest}

    def _read(self, partition: int, heard: _Heard) -> Told | None:
        value, heard.value = heard.value, None
        if value is not None:
            try:
                told = live_counts_from_json(value)
                if told.totals.partitions != (partition,):
                    raise ValueError(f"it is of partition {told.totals.partitions[0]}, its key is {partition}")
                heard.told = told
            except ValueError as error:
                self._counters.live_counts["unreadable"] += 1
                log.warning("live counts of partition %d cannot be read: %s", partition, error)
        return heard.told


class _Heard:
    """A record, and when it came; read once."""

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

    def snapshot(self, key: object, own: Sequence[Sequence[Totals]], policy: Policy) -> DeskSnapshot | None:
        """Return the desk, None while nothing is known of it; the same again for the same `key`.

        own: the snapshots of our partitions under this policy, those of some seconds with the newest last.
        """
        with self._lock:
            if key != self._made_for:
                self._snapshot = self._made(own, policy)
                self._made_for = key
            return self._snapshot

    def _made(self, own: Sequence[Sequence[Totals]], policy: Policy) -> DeskSnapshot | None:
        known: dict[int, list[_Candidate]] = {}
        for parts in own:
            for part in parts:
                known.setdefault(part.partitions[0], []).append((self._worker, part))
        for partition, told in self._neighbours.told([*known], policy).items():
            known[partition] = [(each.worker, each.totals) for each in told]
        if not known:
            return None
        # What others told is a moment old. Everybody counts at the full second, so of the last second that all have
        # told of the sum is exact; a partition that is further behind comes as it was then.
        common_us = min(candidates[-1][1].as_of_us for candidates in known.values())
        chosen = {partition: _at(candidates, common_us) for partition, candidates in sorted(known.items())}
        oldest = min((part for _, part in chosen.values()), key=lambda part: part.as_of_us)
        totals = Totals.merge(
            [replace(part, as_of_us=oldest.as_of_us, windows=oldest.windows) for _, part in chosen.values()]
        )
        sources = (Source(partition, worker, part.as_of_us) for partition, (worker, part) in chosen.items())
        missing = set(range(policy.partitions)).difference(chosen)
        return DeskSnapshot(totals, policy, tuple(sources), tuple(sorted(missing)))


_Candidate = tuple[str, Totals]


def _at(candidates: Sequence[_Candidate], at_us: int) -> _Candidate:
    """Return the numbers of that instant, else the newest."""
    return next((each for each in candidates if each[1].as_of_us == at_us), candidates[-1])
