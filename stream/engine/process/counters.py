"""What a worker counts, as plain numbers: no metrics library here, those who serve them render them.

Counters only grow; gauges say so. Everything is written from the worker's event loop, so no lock is needed.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass, field
from enum import StrEnum
from time import monotonic

from stream.core.misunderstood import Misunderstood

FRESHNESS_BOUNDS_SECONDS = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3600.0, 86_400.0)
ALERT_BOUNDS_SECONDS = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3600.0)
CHUNK_BOUNDS_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)


class Work(StrEnum):
    """What is tried again until it works. A bounded set, because it is the value of a metric label."""

    CHANGELOG = "changelog"
    DEAD_LETTERS = "dead_letters"
    REPARTITION = "repartition"
    NOTICES = "notices"
    ALERTS = "alerts"
    LIVE_COUNTS = "live_counts"


@dataclass(slots=True)
class Distribution:
    """Counts per bucket of a quantity in seconds; `counts[i]` holds values <= bounds[i], the last one the rest."""

    bounds: tuple[float, ...]
    counts: list[int] = field(default_factory=list)
    sum: float = 0.0

    def __post_init__(self) -> None:
        """Start at zero unless counts were given."""
        if not self.counts:
            self.counts = [0] * (len(self.bounds) + 1)

    @property
    def count(self) -> int:
        """How many values were observed."""
        return sum(self.counts)

    def observe(self, value: float) -> None:
        """Count one value, in seconds."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.sum += value


@dataclass(slots=True)
class Counters:
    """All counters and gauges of one worker since it started.

    Topics are named as Kafka names them. Times are microseconds since the Unix epoch UTC (`_us`) or seconds.
    """

    records: Counter[str] = field(default_factory=Counter)
    """Records read, by topic; a record that is read again after a rebalance counts again."""
    read_again: Counter[str] = field(default_factory=Counter)
    """Records that had been fetched and lost on their way, and came when they were read again, by topic."""
    deleted_unread: Counter[str] = field(default_factory=Counter)
    """Offsets that the broker deleted before they were read, by topic."""
    cut_back: Counter[str] = field(default_factory=Counter)
    """Partitions that ended before what was read of them and were read again from their beginning, by topic."""
    moved: Counter[str] = field(default_factory=Counter)
    """Partitions whose committed offset was moved by somebody who is no worker, by topic."""
    applied: int = 0
    """Events that changed a state."""
    duplicates: int = 0
    """Events that were already known."""
    late: int = 0
    """Events for a pane that had a newer one already; applied all the same."""
    late_dropped: int = 0
    """Events for panes that are final: counted here and nowhere else."""
    rejected: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Records that are no event, by (topic, reason)."""
    rejected_last: dict[tuple[str, str], tuple[int, int]] = field(default_factory=dict)
    """Partition and offset of the last of these."""
    reused: Counter[str] = field(default_factory=Counter)
    """Events whose id is known with other content, by topic; one that is read again counts again."""
    reused_last: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Partition and offset of the last of these."""
    misunderstood: Misunderstood = field(default_factory=Misunderstood)
    """Values that were not understood, by field; an event that is read again counts again."""
    rekeyed: Counter[str] = field(default_factory=Counter)
    """Records sent on to the repartition topic because of a wrong key or partition, by topic."""
    dead_letters: int = 0
    """Records acknowledged by the dead-letter topic."""
    dead_letters_truncated: int = 0
    """Dead letters whose original was too large for the broker and was cut."""
    changelog_records: int = 0
    """Records acknowledged by the changelog: states, seals and tombstones, not owner records."""
    changelog_bytes: int = 0
    """Key and value bytes of those."""
    changelog_retries: int = 0
    """Writes to the changelog that failed for a passing reason and were repeated."""
    changelog_foreign: int = 0
    """Changelog records written by a worker that no longer owned the partition; merged and written anew."""
    changelog_lost: int = 0
    """Changelog partitions that did not hold what the committed offsets implied, and were rebuilt."""
    changelog_bad: dict[str, int] = field(default_factory=dict)
    """Gauge: changelog records set aside because they cannot be read, by partition owned."""
    takeovers: int = 0
    """Partitions this worker took over (owner records written)."""
    fenced: int = 0
    """Times this worker found that a partition it held had been taken over by another."""
    evicted: int = 0
    """Closed entities dropped after their panes were final."""
    notices: Counter[str] = field(default_factory=Counter)
    """What customers of other partitions were told, by kind: contact, or answer."""
    notices_refused: int = 0
    """Of these, what the broker does not take for its size."""
    alerts: Counter[str] = field(default_factory=Counter)
    """Alerts acknowledged by the alerts topic, by kind; one that is sent again counts again."""
    alert_delay: Distribution = field(default_factory=lambda: Distribution(ALERT_BOUNDS_SECONDS))
    """From the moment a ticket is at risk or breached to the acknowledgement of the alert."""
    alerts_skipped: int = 0
    """Alerts that were noticed too late to be sent."""
    policy_reloads: Counter[str] = field(default_factory=Counter)
    """Times the policy file was read again, by how it went: ok, or failed."""
    live_counts: Counter[str] = field(default_factory=Counter)
    """Records of live counts: written, refused for their size, and unreadable ones of others."""
    live_counts_bytes: int = 0
    """Bytes of those written, before compression."""
    failing: dict[Hashable, tuple[Work, float]] = field(default_factory=dict)
    """Gauge: what fails at present and is tried again, and since when (monotonic seconds)."""
    unsaved_states: dict[int, int] = field(default_factory=dict)
    """Gauge: states that are too large for the changelog topic, by partition."""
    chunk_seconds: Distribution = field(default_factory=lambda: Distribution(CHUNK_BOUNDS_SECONDS))
    """Time to decode and apply one chunk of records."""
    freshness: Distribution = field(default_factory=lambda: Distribution(FRESHNESS_BOUNDS_SECONDS))
    """Age, when the snapshot that shows it is taken, of the newest event of each chunk."""
    recovery_records: int = 0
    """Changelog records read while recovering."""
    recovery_seconds: float = 0.0
    """Time spent recovering."""
    newest_event_us: int | None = None
    """Gauge: the newest event time seen or recovered, None before the first event."""
    applied_offsets: dict[tuple[str, int], int] = field(default_factory=dict)
    """Gauge: the offset of the record applied last, by (topic, partition); it goes back where one is read again."""
    applied_ms: dict[tuple[str, int], int] = field(default_factory=dict)
    """Gauge: the time that Kafka has for the record applied last, in milliseconds, by (topic, partition)."""
    group_looks: Counter[str] = field(default_factory=Counter)
    """Times this worker looked at the group for all of them, by how it went: ok, or failed."""
    misplaced: dict[tuple[str, str], int] = field(default_factory=dict)
    """Gauge: partitions with which something is wrong, by (topic, what); empty unless it is this worker that looks."""
    lag: dict[tuple[str, int], int | None] = field(default_factory=dict)
    """Gauge: records not yet acknowledged, by (topic, partition) assigned; None while it is not known."""

    def reject(self, topic: str, partition: int, offset: int, reason: str) -> None:
        """Count a record that is no event, and keep where it is as an example."""
        self.rejected[topic, reason] += 1
        self.rejected_last[topic, reason] = partition, offset

    @property
    def failing_seconds(self) -> dict[Work, float]:
        """For how long each kind of work has failed by now, 0 for what works."""
        seconds = dict.fromkeys(Work, 0.0)
        for work, since in self.failing.values():
            seconds[work] = max(seconds[work], monotonic() - since)
        return seconds

    @property
    def caught_up(self) -> bool:
        """True if this worker has acknowledged every record of the partitions it is assigned."""
        return bool(self.lag) and all(lag == 0 for lag in self.lag.values())
