"""The whole desk as this worker knows it: its own partitions, and what the other workers report of theirs."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace

from stream.core.policy import Policy
from stream.core.snapshot import Totals
from stream.core.windows import SECOND_US
from stream.engine.desk.neighbours import SILENT_SECONDS, Candidate, Incomparable, Neighbours
from stream.partition.live_counts import LiveCounts


@dataclass(frozen=True, slots=True)
class Source:
    """Where the numbers of one partition come from.

    worker: who counts it. as_of_us: the instant they are of. valid_seconds: older than this they are stale. record:
    what the worker reported; None if it is this one.
    """

    partition: int
    worker: str
    as_of_us: int
    valid_seconds: float = SILENT_SECONDS
    record: LiveCounts | None = None

    @property
    def valid_until_us(self) -> int:
        """Return from when on the numbers are stale."""
        return self.as_of_us + int(self.valid_seconds * SECOND_US)


@dataclass(frozen=True, slots=True)
class DeskSnapshot:
    """The numbers of all partitions that are known, and of which they are.

    totals: their sum, as of the oldest of them. policy: under which they were counted. sources: one for each
    partition. missing: partitions that no worker reported for a while, or only by other definitions. incomparable: why
    another worker's numbers of those are not added up.
    """

    totals: Totals
    policy: Policy
    sources: tuple[Source, ...]
    missing: tuple[int, ...]
    incomparable: tuple[Incomparable, ...] = ()

    @property
    def valid_until_us(self) -> int:
        """Return from when on some of the numbers are stale."""
        return min(source.valid_until_us for source in self.sources)

    @property
    def behind(self) -> tuple[int, ...]:
        """Return the partitions whose numbers were stale already at the instant that the newest numbers are of."""
        newest_us = max(source.as_of_us for source in self.sources)
        return tuple(source.partition for source in self.sources if source.valid_until_us < newest_us)


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
        known: dict[int, list[Candidate]] = {}
        for parts in own:
            for part in parts:
                known.setdefault(part.partitions[0], []).append(Candidate(self._worker, part))
        known |= self._neighbours.reported([*known], policy)
        if not known:
            return None
        # What others report is a moment old. Everybody counts at the full second, so of the last second that all have
        # reported the sum is exact; a partition that is further behind comes as it was then.
        common_us = min(candidates[-1].totals.as_of_us for candidates in known.values())
        chosen = {partition: _at(candidates, common_us) for partition, candidates in sorted(known.items())}
        oldest = min((each.totals for each in chosen.values()), key=lambda part: part.as_of_us)
        totals = Totals.merge(
            [replace(each.totals, as_of_us=oldest.as_of_us, windows=oldest.windows) for each in chosen.values()],
            None if self._snapshot is None else self._snapshot.totals,
        )
        sources = tuple(
            Source(partition, each.worker, each.totals.as_of_us, each.valid_seconds, each.record)
            for partition, each in chosen.items()
        )
        missing = set(range(policy.partitions)).difference(chosen)
        incomparable = tuple(
            each for each in self._neighbours.incomparable([*chosen], policy) if each.partition in missing
        )
        return DeskSnapshot(totals, policy, sources, tuple(sorted(missing)), incomparable)


def _at(candidates: Sequence[Candidate], at_us: int) -> Candidate:
    """Return the numbers of that instant, else the newest."""
    return next((each for each in candidates if each.totals.as_of_us == at_us), candidates[-1])
