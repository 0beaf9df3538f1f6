"""What the service counts, as plain numbers; written from its event loop alone."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum

from stream.engine.process.counters import Distribution
from stream.intake.signature import Doubt

ANSWER_BOUNDS_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)

#: When nothing was tried for so long, nobody knows whether it would fail.
FORGIVEN_SECONDS = 30.0


class Outcome(StrEnum):
    """What became of a delivery. A bounded set, because it is the value of a metric label."""

    ACCEPTED = "accepted"
    IGNORED = "ignored"
    DEAD_LETTER = "dead_letter"
    HANDSHAKE = "handshake"
    REFUSED = "refused"
    TOO_LARGE = "too_large"
    TOO_MANY = "too_many"
    UNREADABLE = "unreadable"
    UNAVAILABLE = "unavailable"
    FAILED = "failed"


@dataclass(slots=True)
class Counters:
    """All counters and gauges of one service since it started. Sources are named as their file names them."""

    sources: tuple[str, ...]
    deliveries: Counter[tuple[str, Outcome]] = field(default_factory=Counter)
    refused: Counter[tuple[str, Doubt]] = field(default_factory=Counter)
    events: Counter[str] = field(default_factory=Counter)
    dead_letters: Counter[str] = field(default_factory=Counter)
    accepted_at: dict[str, float] = field(default_factory=dict)
    reloads: Counter[str] = field(default_factory=Counter)
    """Times the file of sources was read again, by result: ok or failed."""
    answer_seconds: Distribution = field(default_factory=lambda: Distribution(ANSWER_BOUNDS_SECONDS))
    failing_since: float | None = None
    """Since when Kafka has acknowledged nothing of what it was given, by a clock that does not go back."""
    failed_at: float = 0.0
    """When it did so last, by the same clock."""

    def failing_seconds(self, now: float) -> float:
        """Return for how long Kafka has acknowledged nothing of what it was given, 0 while it does."""
        return 0.0 if self.failing_since is None else now - self.failing_since

    def is_failing(self, now: float) -> bool:
        """Say whether Kafka does not acknowledge, as far as is known: not of what was tried long ago.

        Who is not ready is sent nothing, and would never find out that Kafka is back.
        """
        return self.failing_since is not None and now - self.failed_at <= FORGIVEN_SECONDS
