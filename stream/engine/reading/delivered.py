"""Up to where the source partitions were delivered: what is read next is what was delivered last plus one.

The client's position says only where it reads. Records between there and what was delivered may have been fetched and
dropped: when a rebalance gave up a chunk, when an answer came while nothing could be taken. So each source partition
starts at an explicit offset, every chunk says which offsets it covers, and a chunk that does not follow the one before
is not delivered but read again. After a commit the record before it is read first (see last_record.py).
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from aiokafka import ConsumerRecord
from faust.types import TP

from stream.engine.process.counters import Counters
from stream.engine.reading.last_record import LastRecord, Resumption

log = logging.getLogger("deskpulse.engine")


@dataclass(frozen=True, slots=True)
class Chunk:
    """Consecutive records of one partition, those at the offsets from `start` up to and not including `end`.

    An offset without a record holds none: marks of transactions, aborted records, what compaction removed. Those of a
    source that are delivered are numbered from 0 on, each time that its partition is begun.
    """

    start: int
    records: Sequence[ConsumerRecord]
    end: int
    number: int = 0


class Reading:
    """Where each source partition is read.

    What stands under "in the consumer's thread" and `begin` are called there, the rest in the event loop. They are
    never called at the same time: the loop waits while the thread fetches or seeks.
    """

    def __init__(self, counters: Counters) -> None:
        """Begin with no partitions."""
        self._counters = counters
        self._next: dict[TP, int] = {}
        """Behind what was delivered."""
        self._delivered: Counter[TP] = Counter()
        """How many chunks were delivered."""
        self._position: dict[TP, int] = {}
        """The client's position after the last records were taken, or the last seek."""
        self._again: dict[TP, int] = {}
        """Partitions that were sought back, and to where; no record has come since."""
        self._resumed: dict[TP, Resumption] = {}
        """Partitions of which the record before the commit is not compared yet."""

    def begin(self, starts: Mapping[TP, int], before: Mapping[TP, LastRecord]) -> None:
        """Read these partitions from these offsets, and no others. before: what was there before the offset."""
        self._resumed = {tp: Resumption(starts[tp], last) for tp, last in before.items()}
        self._next = dict(starts) | {tp: last.offset for tp, last in before.items()}
        self._position = dict(self._next)
        self._delivered.clear()
        self._again = {}

    def end(self) -> None:
        """Read nothing any more: all partitions are about to be revoked."""
        self.begin({}, {})

    def move(self, tp: TP, offset: int) -> None:
        """Read on from another offset, since what was to come next is gone."""
        if tp in self._next:
            self._next[tp] = self._position[tp] = offset
            self._again.pop(tp, None)

    def next(self, tp: TP) -> int | None:
        """Return the offset that has to be delivered next; None for a partition that is not read."""
        return self._next.get(tp)

    # -- in the consumer's thread --------------------------------------------------------------------------------

    @property
    def resumed(self) -> Mapping[TP, Resumption]:
        """The partitions of which the record before the commit is not compared yet."""
        return self._resumed

    def resume(self, tp: TP) -> None:
        """Read on from the committed offset: the log is the one that was read, as far as can be told."""
        if (resumption := self._resumed.pop(tp, None)) is not None:
            self.move(tp, resumption.committed)

    def restart(self, tp: TP, begin: int) -> None:
        """Read the log from its beginning."""
        self._resumed.pop(tp, None)
        self.move(tp, begin)

    def astray(self, positions: Mapping[TP, int]) -> dict[TP, int]:
        """Return to where which partitions have to be sought, given the client's positions.

        Offsets that brought no record although they were read again hold none, and are passed over.
        """
        wanted: dict[TP, int] = {}
        for tp, start in self._next.items():
            position = positions.get(tp)
            if position is None:
                continue
            if position > start and self._again.get(tp) == start:
                log.debug("%s-%d: no records at offsets %d to %d", tp.topic, tp.partition, start, position - 1)
                self._resumed.pop(tp, None)  # the record to compare is gone, so it says nothing
                self.move(tp, position)
                continue
            if position != start:
                wanted[tp] = self._again[tp] = start
            self._position[tp] = start
        return wanted

    def taken(self, tp: TP, records: Sequence[ConsumerRecord], position: int) -> tuple[Chunk, bool]:
        """Return what the client gave, which is now at this position, and whether it had to be read again."""
        start = records[0].offset
        if tp in self._next:
            start, self._position[tp] = self._position[tp], position
        return Chunk(start, records, position), self._again.pop(tp, None) is not None

    # -- in the event loop ---------------------------------------------------------------------------------------

    def deliver(self, tp: TP, chunk: Chunk) -> Chunk | None:
        """Note that a chunk is delivered; returns it numbered, None for one that does not follow the one before."""
        if self._next.get(tp) != chunk.start:
            return None
        self._next[tp] = chunk.end
        number = self._delivered[tp]
        self._delivered[tp] += 1
        return replace(chunk, number=number)

    # -- what a person should know, in the event loop ------------------------------------------------------------

    def note_read_again(self, tp: TP, records: int) -> None:
        """Count records that came at the second reading: at the first they were lost on their way."""
        log.warning("%s-%d: %d records were read again, as they had not arrived", *tp, records)
        self._counters.read_again[tp.topic] += records

    def note_deleted(self, tp: TP, offset: int, begin: int) -> None:
        """Count offsets that the broker deleted before they were read."""
        log.error(
            "%s-%d: the %d records at offsets %d to %d were deleted before they were read, so no number has them; "
            "let the topic keep records for longer (retention.ms)",
            *tp,
            begin - offset,
            offset,
            begin - 1,
        )
        self._counters.deleted_unread[tp.topic] += begin - offset

    def note_cut_back(self, tp: TP, offset: int, begin: int) -> None:
        """Count a log that ends before what was read of it: its offsets go to other records now."""
        log.error(
            "%s-%d: the log ends before offset %d, where reading was to go on: the topic was truncated or recreated; "
            "reading it again from offset %d",
            *tp,
            offset,
            begin,
        )
        self._counters.cut_back[tp.topic] += 1

    def note_replaced(self, tp: TP, offset: int, begin: int) -> None:
        """Count a log that has another record before the committed offset than the one that was read there."""
        log.error(
            "%s-%d: offset %d does not hold the record that was read there: the topic was truncated or recreated, and "
            "filled again; reading it again from offset %d",
            *tp,
            offset,
            begin,
        )
        self._counters.cut_back[tp.topic] += 1
