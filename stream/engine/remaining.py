"""What is left to read: how far a consumer's partitions are behind, and of which nothing is left at all."""

from __future__ import annotations

import time
from typing import Protocol

from aiokafka.errors import IllegalStateError
from faust.types import TP

# How long a broker may hold back the answer that there is nothing new, and what it may take more.
FETCH_WAIT_SECONDS = 0.25
FETCH_MARGIN_SECONDS = 2.75
# After this long without an answer from the broker, it is not known that nothing is left.
VALID_SECONDS = FETCH_WAIT_SECONDS + FETCH_MARGIN_SECONDS


class Reader(Protocol):
    """What is asked of the consumer. Offsets are None while they are not known."""

    def source_partitions(self) -> set[TP]:
        """Return the partitions of the source topics that are assigned."""

    def highwater(self, tp: TP) -> int | None:
        """Return the offset after the last that lay on the broker when it was asked last."""

    def asked_ms(self, tp: TP) -> float | None:
        """Return when that was, in milliseconds since the Unix epoch."""

    async def position(self, tp: TP) -> int | None:
        """Return the offset that is read next; it lies behind what holds no record."""

    def fetched(self, tp: TP) -> int | None:
        """Return the last offset that came from the broker, delivered or not."""

    def unfinished(self, tp: TP) -> int | None:
        """Return the last offset of the oldest chunk that was delivered and is not committed."""

    def delivered(self, tp: TP) -> int | None:
        """Return the offset after the last chunk that was delivered, or else was committed."""

    def committed(self, tp: TP) -> int | None:
        """Return the offset up to which chunks are ready to be committed."""

    def all_acknowledged(self, tp: TP) -> bool:
        """Say whether every chunk that was delivered is acknowledged."""


async def lags(reader: Reader) -> dict[tuple[str, int], int | None]:
    """Return, for each source partition assigned, how many records are not yet committed; None if unknown.

    That nothing is left is known only if the broker said so lately: while it is away, much may come to lie there.
    """
    oldest_ms = (time.time() - VALID_SECONDS) * 1000
    return {(tp.topic, tp.partition): await _lag(reader, tp, oldest_ms) for tp in reader.source_partitions()}


async def exhausted(reader: Reader) -> set[tuple[str, int]]:
    """Return the source partitions of which everything that lies on the broker is acknowledged.

    The broker was asked lately: it answers at once when there is something, and else after `FETCH_WAIT_SECONDS`.
    """
    oldest_ms = (time.time() - VALID_SECONDS) * 1000
    return {(tp.topic, tp.partition) for tp in reader.source_partitions() if await _is_exhausted(reader, tp, oldest_ms)}


async def _lag(reader: Reader, tp: TP, oldest_ms: float) -> int | None:
    try:
        lag, asked_ms = await _known_lag(reader, tp), reader.asked_ms(tp)
    except (IllegalStateError, AssertionError):
        return None  # the partition left while we looked
    return None if lag == 0 and (asked_ms is None or asked_ms < oldest_ms) else lag


async def _known_lag(reader: Reader, tp: TP) -> int | None:
    end = reader.highwater(tp)
    if end is None:
        return None
    committed, unfinished = reader.committed(tp), reader.unfinished(tp)
    if committed is None:
        # Nothing was ever committed: if nothing was delivered either, the position says where it starts.
        committed = await reader.position(tp) if unfinished is None else unfinished
    if committed is None:
        return None
    if committed < end and unfinished is None and await _is_read_to(reader, tp, end):
        return 0
    return max(0, end - committed)


async def _is_exhausted(reader: Reader, tp: TP, oldest_ms: float) -> bool:
    try:
        asked_ms, end = reader.asked_ms(tp), reader.highwater(tp)
        if asked_ms is None or end is None or asked_ms < oldest_ms or not reader.all_acknowledged(tp):
            return False
        delivered = reader.delivered(tp)
        return (delivered is not None and delivered >= end) or await _is_read_to(reader, tp, end)
    except (IllegalStateError, AssertionError):
        return False  # as above


async def _is_read_to(reader: Reader, tp: TP, end: int) -> bool:
    """Say whether there is no record before `end` that was not delivered and acknowledged.

    The last offsets may hold no record: a transaction ends with a mark that takes one.
    """
    position = await reader.position(tp)
    fetched, delivered = reader.fetched(tp), reader.delivered(tp)
    all_delivered = fetched is None or (delivered is not None and delivered > fetched)
    return position is not None and position >= end and all_delivered and reader.all_acknowledged(tp)
