"""How far the numbers on a wallboard can be trusted: what is missing, behind, or old."""

from __future__ import annotations

from typing import Any

from stream.core.instant import instant
from stream.core.windows import SECOND_US
from stream.engine.desk import DeskSnapshot
from stream.engine.view import WorkerView

# A partition with records to read whose watermark is behind by more than this reads history.
BEHIND_SECONDS = 60.0
# For so many looks, once it was up to date: an event that comes after a quiet hour is not history.
LOOKS_BEHIND = 3


class Standing:
    """Says how a worker and its desk stand; it is asked once a second."""

    def __init__(self, view: WorkerView) -> None:
        """Look at this worker."""
        self._view = view
        self._looks_behind = LOOKS_BEHIND  # nobody knows yet

    def say(self, desk: DeskSnapshot | None, now_seconds: float) -> dict[str, Any]:
        """Return what stands under `desk` in a message; now_seconds: the wall clock."""
        lags = list(self._view.counters.lag.values())
        oldest_us = None if desk is None else min(source.as_of_us for source in desk.sources)
        return {
            "state": self._state(desk, now_seconds),
            "partitions": self._view.policy.partitions,
            "missing": [] if desk is None else list(desk.missing),
            "lag_records": None if not self._view.ready or None in lags else sum(lag or 0 for lag in lags),
            "as_of_oldest": instant(oldest_us),
            "stale_after_seconds": None
            if desk is None or oldest_us is None
            else (desk.valid_until_us - oldest_us) / SECOND_US,
            "phase": self._view.phase,
            "watermark": None if desk is None else instant(desk.totals.watermark_us),
        }

    def _state(self, desk: DeskSnapshot | None, now_seconds: float) -> str:
        self._looks_behind = self._looks_behind + 1 if self._behind() else 0
        if desk is None:
            return "starting"
        # A broker that does not answer may have events that nobody here knows of.
        silent_broker = None in self._view.counters.lag.values()
        if silent_broker or now_seconds * SECOND_US > desk.valid_until_us:
            return "stale"
        if desk.missing:
            return "partial"
        return "catching_up" if self._looks_behind >= LOOKS_BEHIND else "live"

    def _behind(self) -> bool:
        """Say whether a partition of this worker has records to read and is far from the present."""
        lags = self._view.counters.lag
        reading = {partition for (_, partition), lag in lags.items() if lag}
        return any(
            (not lags or part.partitions[0] in reading)
            and (part.watermark_us is None or part.as_of_us - part.watermark_us > BEHIND_SECONDS * SECOND_US)
            for part in self._view.own_parts()
        )
