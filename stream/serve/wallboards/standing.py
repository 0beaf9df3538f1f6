"""How far the numbers on a wallboard can be trusted: what is missing, behind, or old."""

from __future__ import annotations

from typing import Any

from stream.core.instant import instant
from stream.core.windows import SECOND_US
from stream.engine.desk.desk import DeskSnapshot
from stream.engine.desk.view import WorkerView
from stream.serve.api.currency import desk_currency


class Standing:
    """Says how a worker and its desk stand; it is asked once a second."""

    def __init__(self, view: WorkerView) -> None:
        """Look at this worker."""
        self._view = view

    def say(self, desk: DeskSnapshot | None, now_seconds: float) -> dict[str, Any]:
        """Return what stands under `desk` in a message; now_seconds: the wall clock."""
        lags = list(self._view.counters.lag.values())
        oldest_us = None if desk is None else min(source.as_of_us for source in desk.sources)
        return {
            "state": self._state(desk, now_seconds),
            "partitions": self._view.policy.partitions,
            "missing": [] if desk is None else list(desk.missing),
            **desk_currency(desk, self._view.settings, self._view.broker_time),
            "lag_records": None if not self._view.ready or None in lags else sum(lag or 0 for lag in lags),
            "as_of_oldest": instant(oldest_us),
            "stale_after_seconds": None
            if desk is None or oldest_us is None
            else (desk.valid_until_us - oldest_us) / SECOND_US,
            "phase": self._view.phase,
            "watermark": None if desk is None else instant(desk.totals.watermark_us),
        }

    def _state(self, desk: DeskSnapshot | None, now_seconds: float) -> str:
        if desk is None:
            return "starting"
        # A broker that does not answer may have events that nobody here knows of.
        silent_broker = None in self._view.counters.lag.values()
        if silent_broker or now_seconds * SECOND_US > desk.valid_until_us:
            return "stale"
        if desk.missing:
            return "partial"
        # How much there is to read is asked as soon as there are partitions; until that is known nothing is live.
        unknown = any(part.unread is None for part in self._view.own_parts())
        unread = desk.totals.unread
        return "catching_up" if unknown or (unread is not None and unread.is_old) else "live"
