"""What time it is for the numbers: the wall clock's, or the newest event's when history is looked at."""

from __future__ import annotations

import time
from typing import Literal

from stream.core.windows import SECOND_US


class Clock:
    """Tells now in microseconds since the Unix epoch UTC.

    wall: the system clock, to the full second, so that all workers count at the same instants. watermark: the newest
    event time seen by this worker, so that windows end where the history ends; 0 before the first event, since
    windows that have moved on do not move back.
    """

    def __init__(self, kind: Literal["wall", "watermark"]) -> None:
        """Choose the clock."""
        self._follows_events = kind == "watermark"
        self._newest_us = 0

    def saw(self, event_us: int) -> None:
        """Note an event time, in microseconds."""
        self._newest_us = max(self._newest_us, event_us)

    def now_us(self) -> int:
        """Return now, for windows."""
        return self._newest_us if self._follows_events else self.wall_us() // SECOND_US * SECOND_US

    @staticmethod
    def wall_us() -> int:
        """Return the system clock, which also bounds how far in the future an event may be."""
        return time.time_ns() // 1000
