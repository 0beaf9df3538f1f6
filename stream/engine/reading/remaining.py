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

    def end(self, tp: TP) -> int | None:
        """Return the offset after the last record that may be read, as the broker said last."""

    def asked_ms(self, tp: TP) -> float | None:
        """Return when that was, in milliseconds since the Unix epoch."""

    def acknowledged(self, tp: TP) -> int | None:
        """Return the offset up to which everything was delivered and is acknowledged."""


def lags(reader: Reader) -> dict[tuple[str, int], int | None]:
    """Return, for each source partition assigned, how many records are not yet acknowledged; None if unknown.

    It is counted from what was delivered, never from the client's position. That nothing is left is known only if the
    broker said so recently: while it is away, much may come to lie there.
    """
    oldest_ms = (time.time() - VALID_SECONDS) * 1000
    return {(tp.topic, tp.partition): _lag(reader, tp, oldest_ms) for tp in reader.source_partitions()}


def exhausted(reader: Reader) -> set[tuple[str, int]]:
    """Return the source partitions of which everything that lies on the broker is acknowledged.

    The broker was asked recently: it answers at once when there is something, and else after `FETCH_WAIT_SECONDS`.
    """
    return {where for where, lag in lags(reader).items() if lag == 0}


def _lag(reader: Reader, tp: TP, oldest_ms: float) -> int | None:
    try:
        end, asked_ms = reader.end(tp), reader.asked_ms(tp)
    except (IllegalStateError, AssertionError):
        return None  # the partition left while we looked
    acknowledged = reader.acknowledged(tp)
    if end is None or acknowledged is None:
        return None
    lag = max(0, end - acknowledged)
    return None if lag == 0 and (asked_ms is None or asked_ms < oldest_ms) else lag
