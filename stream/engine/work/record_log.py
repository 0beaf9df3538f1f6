"""Says in the log, at most once a minute, which records were rejected, reuse an event id or have unknown values."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Hashable, Mapping
from typing import Generic, TypeVar

from stream.core.misunderstood import Misunderstood
from stream.engine.process.counters import Counters

SAY_SECONDS = 60.0

log = logging.getLogger("deskpulse.engine")

Kind = TypeVar("Kind", bound=Hashable)


class RecordLog(Generic[Kind]):
    """Sums up what was counted since it logged last, by kind, each with the last record as an example."""

    def __init__(
        self,
        counted: Counter[Kind],
        last: Mapping[Kind, tuple[int, int]],
        line: str,
        name: Callable[[Kind], tuple[str, str]],
    ) -> None:
        """last: partition and offset of the last record of each kind.

        line: what is logged, with %s for how many and %s for the parts. name: the topic of a kind, and what to say of
        those records before it.
        """
        self._counted = counted
        self._last = last
        self._line = line
        self._name = name
        self._said = counted.copy()
        self._said_at = -SAY_SECONDS

    def look(self, now: float) -> None:
        """Log what came, unless less than a minute passed since the last time; now: monotonic seconds."""
        if now - self._said_at >= SAY_SECONDS and self.flush():
            self._said_at = now

    def flush(self) -> bool:
        """Log what was not yet said, as before the end; returns whether there was anything."""
        new = self._counted - self._said
        if not new:
            return False
        self._said = self._counted.copy()
        parts = []
        for kind, count in sorted(new.items(), key=lambda item: self._name(item[0])):
            topic, what = self._name(kind)
            partition, offset = self._last[kind]
            parts.append(f"{count:,} {what}in {topic}, such as {topic}-{partition} offset {offset}")
        log.warning(self._line, f"{new.total():,}", "; ".join(parts))
        return True


class ValueLog:
    """Says which values were not understood since it logged last."""

    def __init__(self, found: Misunderstood) -> None:
        self._found = found
        self._said = found.events.copy()
        self._said_at = -SAY_SECONDS

    def look(self, now: float) -> None:
        """Log what came, unless less than a minute passed since the last time; now: monotonic seconds."""
        if now - self._said_at >= SAY_SECONDS and self.flush():
            self._said_at = now

    def flush(self) -> bool:
        """Log what was not yet said, as before the end; returns whether there was anything."""
        if self._found.events == self._said:
            return False
        self._said = self._found.events.copy()
        log.warning("values that were not understood since the start: %s", "; ".join(self._found.lines()))
        return True


def rejects(counters: Counters) -> RecordLog[tuple[str, str]]:
    """Return the log of records that are no event, by topic and reason."""
    return RecordLog(
        counters.rejected,
        counters.rejected_last,
        "rejected %s records, see the dead-letter topic: %s",
        lambda kind: (kind[0], f"{kind[1]} "),
    )


def reused_ids(counters: Counters) -> RecordLog[str]:
    """Return the log of events whose id was used before with other content, by topic."""
    return RecordLog(
        counters.reused,
        counters.reused_last,
        "the ids of %s events were used before with other content, and of each id one event counts: %s; "
        "have the producer give each event an id of its own",
        lambda topic: (topic, ""),
    )
