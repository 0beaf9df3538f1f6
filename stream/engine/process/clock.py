"""What time it is for the numbers: the broker's time, or the newest event's when history is looked at."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Literal

from stream.core.windows import SECOND_US

MILLISECOND_US = 1000


def _own_us() -> int:
    return time.time_ns() // 1000


def _elapsed_us() -> int:
    """Return a clock that nobody sets, from any beginning; on Linux it goes on while the machine sleeps."""
    if sys.platform == "linux":
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1000
    return time.monotonic_ns() // 1000


class Clock:
    """Tells now in microseconds since the Unix epoch UTC.

    wall: the broker's time, or the machine's own while the broker's is not known, to the full second, so that all
    workers count at the same instants. watermark: the newest event time seen by this worker, so that windows end where
    the history ends; 0 before the first event, since windows that have moved on do not move back.

    The broker's time is kept as a distance from a clock that nobody sets, so that setting the machine's own changes
    nothing but what `offset_seconds` says.
    """

    def __init__(
        self,
        kind: Literal["wall", "watermark"],
        own_us: Callable[[], int] = _own_us,
        elapsed_us: Callable[[], int] = _elapsed_us,
    ) -> None:
        """Choose the clock. own_us, elapsed_us: the machine's clock, and one that nobody sets."""
        self._follows_events = kind == "watermark"
        self._newest_us = 0
        self.own_us = own_us
        self.elapsed_us = elapsed_us
        self._distance_us: int | None = None

    def saw(self, event_us: int) -> None:
        """Note an event time, in microseconds."""
        self._newest_us = max(self._newest_us, event_us)

    def heard(self, broker_ms: int, asked_us: int, answered_us: int) -> None:
        """Note that the broker's clock showed `broker_ms` between two instants of `elapsed_us`.

        What is known by then is kept as long as it agrees, so a slow answer moves nothing: it says little.
        """
        earliest = broker_ms * MILLISECOND_US - answered_us
        latest = (broker_ms + 1) * MILLISECOND_US - asked_us
        known = self.own_us() - self.elapsed_us() if self._distance_us is None else self._distance_us
        self._distance_us = min(max(known, earliest), latest)

    @property
    def offset_seconds(self) -> float | None:
        """Return how far the machine's own clock is ahead of the broker's, None while that is not known."""
        if self._distance_us is None:
            return None
        return (self.own_us() - self.wall_us()) / SECOND_US

    def now_us(self) -> int:
        """Return now, for windows."""
        return self._newest_us if self._follows_events else self.wall_us() // SECOND_US * SECOND_US

    def wall_us(self) -> int:
        """Return the broker's time, which also bounds how far in the future an event may be; our own if unknown."""
        return self.own_us() if self._distance_us is None else self._distance_us + self.elapsed_us()

    def seconds(self) -> float:
        """Return `wall_us` in seconds."""
        return self.wall_us() / SECOND_US
