"""How far behind each partition is: once a second, from the lag and from the time of what was read last."""

from __future__ import annotations

from stream.core.snapshot import Totals
from stream.core.unread import Unread
from stream.core.windows import SECOND_US
from stream.engine.process.counters import Counters

# A partition with records to read whose watermark is behind by more than this reads history.
HISTORY_SECONDS = 60.0
# For so many looks, once it was up to date: an event that comes after a quiet hour is not history.
LOOKS_AT_HISTORY = 3

Where = tuple[str, int]


class UnreadRecords:
    """Says of each partition of this worker what is unread; `look` once before asking, in each second."""

    def __init__(self, counters: Counters) -> None:
        """Look at the lag and at what was applied last, as a worker counts them."""
        self._counters = counters
        self._lags: dict[int, dict[Where, int | None]] = {}
        self._first_us: dict[Where, int] = {}
        self._read_until_us: dict[Where, int] = {}
        self._looks: dict[int, int] = {}
        self._now_us = 0

    def look(self, now_us: int) -> None:
        """Take in the lag of this second; now_us: the wall clock, in microseconds since the Unix epoch."""
        lags, applied_ms = self._counters.lag, self._counters.applied_ms
        for known in (self._first_us, self._read_until_us, applied_ms):
            for where in known.keys() - lags.keys():
                del known[where]  # somebody else reads it meanwhile
        self._now_us = now_us
        self._lags = {}
        for where, lag in lags.items():
            self._lags.setdefault(where[1], {})[where] = lag
            self._first_us.setdefault(where, now_us)
            if lag == 0:
                self._read_until_us[where] = now_us
            elif (ms := applied_ms.get(where, 0)) > 0:  # what is read next came later than that
                self._read_until_us[where] = max(self._read_until_us.get(where, 0), min(ms * 1000, now_us))
        self._looks = {number: self._looks.get(number, LOOKS_AT_HISTORY) for number in self._lags}

    def of(self, part: Totals) -> Unread | None:
        """Return what is unread of the partition of a snapshot, None while that is not known."""
        (number,) = part.partitions
        lags = self._lags.get(number)
        if lags is None or None in lags.values():
            return None
        unread = {where: lag for where, lag in lags.items() if lag}
        behind_us = 0 if part.watermark_us is None else part.as_of_us - part.watermark_us
        reads_history = bool(unread) and behind_us > HISTORY_SECONDS * SECOND_US
        self._looks[number] = self._looks[number] + 1 if reads_history else 0
        if not unread:
            return Unread()
        oldest_us = min(self._read_until_us.get(where, self._first_us[where]) for where in unread)
        age_us = self._now_us - oldest_us
        if self._looks[number] >= LOOKS_AT_HISTORY:
            age_us = max(age_us, behind_us)
        return Unread(sum(unread.values()), age_us / SECOND_US)
