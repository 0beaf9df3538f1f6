"""What the consumer asks of the engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from stream.engine.reading.last_record import LastRecord


class Owner(Protocol):
    """What the consumer asks of the engine when partitions come and go."""

    def release(self) -> None:
        """Stop reporting any partition; called first thing when a rebalance begins, from any thread."""

    def has_room(self, partition: int) -> bool:
        """Say whether more may be read of a partition, of which not all is acknowledged."""

    async def drain(self) -> None:
        """Wait until every chunk that was begun is acknowledged, or it is too late to wait."""

    async def claim(self, partitions: Sequence[int]) -> Mapping[int, int]:
        """Take the changelog partitions over; returns the end offset of each."""

    def commit_note(self, number: int, last: LastRecord | None) -> str:
        """Return the metadata of an offset that is committed of a partition; called in any thread.

        last: the record before the offset, if it is known.
        """
