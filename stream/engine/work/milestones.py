"""What happens to a worker between its start and its end: its phase, and one line each for anyone who reads the log."""

from __future__ import annotations

import gc
import logging
import time
from collections.abc import Sequence

from stream.engine.desk.view import Phase, WorkerView
from stream.engine.ownership.custody import Custody
from stream.engine.process.counters import Counters

# Few collections of the young, hardly any of the old: states live long and hold no cycles.
GC_THRESHOLD = (50_000, 20, 100)
# How often a recovery says how far it is.
PROGRESS_SECONDS = 5.0

log = logging.getLogger("deskpulse.engine")


class Milestones:
    """Notes what custody goes through."""

    def __init__(self, view: WorkerView, counters: Counters) -> None:
        """Note it in this view and these counters."""
        self._view = view
        self._counters = counters
        self._started = self._recovery_began = time.monotonic()
        self._lost_at: float | None = self._started
        """Since when there are no numbers, None while there are some."""
        self._records_before = self._records = 0
        self._said_at = 0.0

    def watch(self, custody: Custody) -> None:
        """Be told by custody."""
        custody.on_recovering = self.recovering
        custody.on_loaded = self.loaded
        custody.on_recovered = self.recovered
        custody.on_ready = self.ready
        custody.on_rebuilding = self.rebuilding
        custody.on_release = self.released
        custody.on_doubt = self.doubted
        custody.on_confirmed = self.confirmed

    def waiting(self) -> None:
        """There is no broker yet."""
        self._view.phase = Phase.WAITING_FOR_BROKER

    def joining(self, group: str) -> None:
        """The broker is there."""
        self._view.phase = Phase.JOINING
        log.info("joining group %s", group)

    def released(self) -> None:
        """A rebalance has begun."""
        if self._lost_at is None:
            self._lost_at = time.monotonic()
        if self._view.phase is not Phase.STOPPING:
            self._view.phase = Phase.JOINING

    def recovering(self, partitions: int, records: int) -> None:
        """So many partitions were taken over, with at most so many changelog records to read."""
        self._view.phase = Phase.RECOVERING
        self._recovery_began = self._said_at = time.monotonic()
        self._records_before, self._records = self._counters.recovery_records, records
        log.info("recovering: %s changelog records in %d partitions at most", f"{records:,}", partitions)

    def loaded(self) -> None:
        """Some of these records were read: say from time to time how far it is, and how long it will take."""
        now = time.monotonic()
        if now - self._said_at < PROGRESS_SECONDS:
            return
        self._said_at = now
        done, spent = self._counters.recovery_records - self._records_before, now - self._recovery_began
        left = max(0, self._records - done)
        if done:
            log.info(
                "recovering: %s changelog records read, at most %s left, which takes about %.0f s",
                f"{done:,}",
                f"{left:,}",
                left * spent / done,
            )

    def rebuilding(self, partitions: Sequence[int]) -> None:
        """The changelogs of these do not hold everything: the sources are read again, and till then it is not ready."""
        log.warning(
            "rebuilding partitions %s from the sources; their numbers are shown when that is done",
            ", ".join(map(str, partitions)),
        )

    def recovered(self) -> None:
        """All is read, and the collector was kept from walking what was recovered; it need not do so often either."""
        gc.set_threshold(*GC_THRESHOLD)

    def ready(self, owned: frozenset[int], unconfirmed: frozenset[int]) -> None:
        """All is recovered, and shown from now on.

        unconfirmed: what is not shown yet, as recovery took longer than a session and it may be another worker's.
        """
        now = time.monotonic()
        self._counters.recovery_seconds += now - (self._recovery_began if self._lost_at is None else self._lost_at)
        self._lost_at = None
        self._view.phase = Phase.WAITING_FOR_BROKER if unconfirmed else Phase.READY
        nothing = "none yet" if unconfirmed else "none: there are more workers than partitions"
        which = ", ".join(map(str, sorted(owned))) or nothing
        log.info(
            "ready after %.1f s: %s records recovered, partitions %s",
            now - self._recovery_began,
            f"{self._counters.recovery_records - self._records_before:,}",
            which,
        )
        if unconfirmed:
            log.info(
                "recovery took longer than a session: partitions %s are shown once it is sure that they are still this "
                "worker's",
                ", ".join(map(str, sorted(unconfirmed))),
            )

    def doubted(self, partitions: frozenset[int]) -> None:
        """These may be somebody else's by now."""
        self._view.phase = Phase.WAITING_FOR_BROKER
        log.warning(
            "no word from the broker for longer than a session: not showing partitions %s until it is sure that "
            "they are still this worker's",
            ", ".join(map(str, sorted(partitions))),
        )

    def confirmed(self, partitions: frozenset[int]) -> None:
        """They are not."""
        self._view.phase = Phase.READY
        log.info("still the owner of partitions %s: showing them again", ", ".join(map(str, sorted(partitions))))

    def stopping(self) -> None:
        """The worker was told to stop."""
        self._view.phase = Phase.STOPPING
        log.info("stopping: finishing what was begun")

    def stopped(self) -> None:
        """Sum up."""
        counters = self._counters
        log.info(
            "stopped after %s: %s records read, %s events applied, %s duplicates, %s dead letters, %s re-keyed, "
            "%s alerts; everything acknowledged is committed",
            _duration(time.monotonic() - self._started),
            f"{sum(counters.records.values()):,}",
            f"{counters.applied:,}",
            f"{counters.duplicates:,}",
            f"{counters.dead_letters:,}",
            f"{sum(counters.rekeyed.values()):,}",
            f"{sum(counters.alerts.values()):,}",
        )


def _duration(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}"
