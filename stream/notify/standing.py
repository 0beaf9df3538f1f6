"""What was delivered to a receiver, and what was not: counted for metrics, /healthz and the log."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from stream.engine.process.counters import Distribution
from stream.notify.attempt import Failure

# From the worker's note of an alert to the receiver's answer, in seconds.
DELIVERY_BOUNDS_SECONDS = (0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 21_600)
GIVEN_UP = ("attempts", "too_old", "gone", "not_an_alert")
"""Why an alert went to the dead-letter topic."""


@dataclass(slots=True)
class Standing:
    """One receiver's counts since the start."""

    sent: int = 0
    """Alerts that the receiver accepted."""
    duplicates: int = 0
    """Copies of alerts that it had accepted before, which were not posted."""
    failed: Counter[Failure] = field(default_factory=Counter)
    """Attempts that failed, by why."""
    retried: int = 0
    """Attempts after the first of an alert."""
    dead_letters: Counter[str] = field(default_factory=Counter)
    """Alerts that went to the dead-letter topic, by why."""
    deleted_unsent: int = 0
    """Records that the broker deleted before they were read."""
    delivery: Distribution = field(default_factory=lambda: Distribution(DELIVERY_BOUNDS_SECONDS))
    """From the worker's note of an alert to the receiver's answer, in seconds."""
    lag: int | None = None
    """Gauge: records of the partitions held here that the receiver does not have; None while it is not known."""
    oldest: float | None = None
    """Gauge: the time of the oldest alert in hand, in seconds since the Unix epoch; None if there is none."""
    failing_since: float | None = None
    """Gauge: since when no attempt succeeded, in seconds since the Unix epoch; None while they do."""
    last_failure: str = ""
    """Why the last attempt failed that did."""

    def oldest_seconds(self, now: float) -> float:
        """Return how old the oldest alert in hand is, 0 if there is none."""
        return max(0.0, now - self.oldest) if self.oldest is not None else 0.0
