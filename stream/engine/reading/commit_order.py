"""The chunks of each partition that were delivered and are not committed yet, in the order in which they were read."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Collection
from typing import NamedTuple

from faust.types import TP

from stream.engine.reading.delivered import Chunk
from stream.engine.reading.last_record import LastRecord


class Span(NamedTuple):
    """The offsets of a chunk, without its records: it may be long until it is committed."""

    start: int
    last: LastRecord
    end: int


class CommitOrder:
    """Says up to where may be committed.

    Faust's own bookkeeping wants consecutive offsets, and commits past an unprocessed record when acknowledgements come
    out of order. A chunk is acknowledged under the offset of its last record.
    """

    def __init__(self) -> None:
        """Begin with nothing delivered."""
        self._spans: defaultdict[TP, deque[Span]] = defaultdict(deque)
        self._committing: dict[TP, Span] = {}
        """The last chunk of what is being committed."""

    @property
    def partitions(self) -> list[TP]:
        """Return the partitions of which anything was delivered."""
        return list(self._spans)

    def delivered(self, tp: TP, chunk: Chunk) -> None:
        """Note a chunk that was delivered."""
        self._spans[tp].append(Span(chunk.start, LastRecord.of(chunk.records[-1]), chunk.end))

    def advance(self, tp: TP, acknowledged: set[int]) -> int | None:
        """Return the offset up to which all chunks are acknowledged, None if it is not a new one.

        Takes what lies before it out of `acknowledged`.
        """
        spans = self._spans.get(tp)
        done: Span | None = None
        while spans and (last := spans[0].last.offset) in acknowledged:
            done = spans.popleft()
            acknowledged.discard(last)
        if done is None:
            return None
        self._committing[tp] = done
        return done.end

    def last_record(self, tp: TP, offset: int) -> LastRecord | None:
        """Return the record before an offset that is committed, None if it was not read. Called in the thread."""
        span = self._committing.get(tp)
        return span.last if span is not None and span.end == offset else None

    def first_open(self, tp: TP, acknowledged: Collection[int]) -> int | None:
        """Return where the first chunk begins that is not acknowledged, None if all are."""
        for span in self._spans.get(tp, ()):
            if span.last.offset not in acknowledged:
                return span.start
        return None

    def forget(self, tp: TP) -> None:
        """Forget what was delivered of a partition."""
        self._spans[tp].clear()
        self._committing.pop(tp, None)
