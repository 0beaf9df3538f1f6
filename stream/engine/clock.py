"""What time it is for the numbers: the wall clock's, or the newest event's when history is looked at."""

from __future__ import annotations

import time
from typing import Literal


class Clock:
    """Tells now in microseconds since the Unix epoch UTC.

    wall: the system clock. watermark: the newest event time seen by this worker, so that windows end where the
    history ends; before the first event it is the wall clock, for there is nothing to show yet.
    """

    def __init__(self, kind: Literal["wall", "watermark"]) -> None:
        """Choose the clock."""
        self._follows_events = kind == "watermark"
        self._newest_us: int | None = None

    def saw(self, event_us: int) -> None:
        """Note the newest event time of a chunk, in microseconds."""
        if self._newest_us is None or event_us > self._newest_us:
            self._newest_us = event_us

    def now_us(self) -> int:
        """Return now, for windows."""
        if self._follows_events and self._newest_us is not None:
            return self._newest_us
        return self.wall_us()

    @staticmethod
    def wall_us() -> int:
        """Return the system clock, which also bounds how far in the future an event may be."""
        return time.time_ns() // 1000
