"""Reading partitions back: every record of a changelog is merged, and what they come to is counted once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence

from aiokafka import ConsumerRecord

from stream.engine.changelog.held import Held
from stream.engine.changelog.replay import Replay
from stream.engine.ownership.unwalked import Unwalked
from stream.engine.process.counters import Counters
from stream.partition.books import Books
from stream.partition.partition import Partition


class Loading:
    """Fills the partitions that a worker holds."""

    def __init__(self, held: dict[int, Held], books: Books, sources: Sequence[str], counters: Counters) -> None:
        """held: those there are, by number; more are put there. sources: logical names of the source topics."""
        self._held, self._books, self._sources, self._counters = held, books, sources, counters
        self._unwalked = Unwalked()

    def load(self, number: int, records: Iterable[ConsumerRecord]) -> None:
        """Merge changelog records of a partition; those that it knows are passed over."""
        held = self._held.get(number)
        if held is None:
            partition = Partition(number, self._books, self._sources)
            held = self._held[number] = Held(partition, Replay(partition))
        known = -1 if held.known is None else held.known
        new = [record for record in records if record.offset > known]
        with self._unwalked.making(len(new)):
            for record in new:
                held.replay.apply(record)
                held.known = record.offset
        self._counters.recovery_records += len(new)

    async def count(self, partitions: Sequence[int], go_on: Callable[[], bool]) -> bool:
        """Count what was read back; returns False as soon as it should not go on. Others may work in between."""
        for number in partitions:
            for _ in self._held[number].partition.count():
                await asyncio.sleep(0)
                if not go_on():
                    return False
        return True

    def drop(self, number: int) -> None:
        """Give up a partition, with all its state, at once."""
        self._held.pop(number).partition.leave()
