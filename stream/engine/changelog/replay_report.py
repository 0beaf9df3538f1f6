"""What the log and the metrics say of a changelog that was read: records of replaced workers, and bad ones."""

from __future__ import annotations

import logging

from stream.engine.changelog.replay import Replay
from stream.engine.process.counters import Counters

# Of the bad records of a partition so many are named in the log.
BAD_SAID_AT_ONCE = 20

log = logging.getLogger("deskpulse.engine")


class ReplayReport:
    """Reports each record once, however often its partition is recovered."""

    def __init__(self, counters: Counters) -> None:
        """Begin with nothing reported."""
        self._counters = counters
        self._bad_said: set[tuple[int, int]] = set()

    def look(self, number: int, replay: Replay) -> None:
        """Report what is new in the changelog of a partition."""
        if replay.foreign:
            self._counters.changelog_foreign += replay.foreign
            log.warning(
                "partition %d: merged %d changelog records that a replaced worker wrote late", number, replay.foreign
            )
            replay.foreign = 0
        bad = [each for offset, each in replay.bad.items() if (number, offset) not in self._bad_said]
        self._bad_said.update((number, each.offset) for each in bad)
        for each in bad[:BAD_SAID_AT_ONCE]:
            log.error(
                "changelog %s-%d offset %d, key %r cannot be read and is set aside: %s; what it holds may be "
                "missing from the numbers. See: deskpulse changelog inspect",
                *(each.topic, each.partition, each.offset, each.key, each.reason),
            )
        if len(bad) > BAD_SAID_AT_ONCE:
            log.error("and %d more records of partition %d", len(bad) - BAD_SAID_AT_ONCE, number)
