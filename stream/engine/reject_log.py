"""Says in the log which records were rejected, at most once a minute."""

from __future__ import annotations

import logging

from stream.engine.counters import Counters

SAY_SECONDS = 60.0

log = logging.getLogger("deskpulse.engine")


class RejectLog:
    """Sums up what was rejected since it last spoke: by topic and reason, each with the last record as an example."""

    def __init__(self, counters: Counters) -> None:
        """Look at what a worker counts as rejected."""
        self._counters = counters
        self._said = counters.rejected.copy()
        self._said_at = -SAY_SECONDS

    def look(self, now: float) -> None:
        """Log what came, unless less than a minute passed since the last time; now: monotonic seconds."""
        if now - self._said_at >= SAY_SECONDS and self.flush():
            self._said_at = now

    def flush(self) -> bool:
        """Log what was not yet said, as before the end; returns whether there was anything."""
        new = self._counters.rejected - self._said
        if not new:
            return False
        self._said = self._counters.rejected.copy()
        parts = []
        for (topic, reason), count in sorted(new.items()):
            partition, offset = self._counters.rejected_last[topic, reason]
            parts.append(f"{count:,} {reason} in {topic}, such as {topic}-{partition} offset {offset}")
        log.warning("rejected %s records, see the dead-letter topic: %s", f"{new.total():,}", "; ".join(parts))
        return True
