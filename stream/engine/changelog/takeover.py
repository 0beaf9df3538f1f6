"""Taking changelog partitions over: the owner record, and what others wrote before it was known to be ours alone."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Any

from aiokafka import ConsumerRecord
from aiokafka.errors import KafkaError

from stream.engine.changelog.gap import read_gap
from stream.engine.changelog.owner_record import OWNER_KEY, OwnerRecord
from stream.engine.process.counters import Counters, Work
from stream.engine.process.fatal import end_process
from stream.engine.process.pauses import Pauses, passes
from stream.engine.sending.outbox import Outbox, Outgoing

# Below Faust's request timeout of 90 s, after which its recovery would stop without a word.
CLAIM_SECONDS = 60.0


class Takeover:
    """Claims partitions of the changelog for one worker, and reads what came in between its writes."""

    def __init__(
        self, topic: str, client_options: dict[str, Any], worker: str, outbox: Outbox, counters: Counters
    ) -> None:
        """topic: the changelog. worker: a name of this process that no other has."""
        self._topic = topic
        self._client_options = client_options
        self._worker = worker
        self._outbox = outbox
        self._counters = counters

    async def claim(self, partitions: Sequence[int]) -> list[int]:
        """Write an owner record to each partition; returns the offset of each."""
        record = Outgoing(OWNER_KEY, OwnerRecord(self._worker, self._outbox.now_ms() * 1000).encode(), [])
        return await asyncio.gather(*(self._claim(partition, record) for partition in partitions))

    async def _claim(self, partition: int, record: Outgoing) -> int:
        give_up_at = time.monotonic() + CLAIM_SECONDS
        with Pauses(Work.CHANGELOG, f"taking over changelog partition {partition}", self._counters) as pauses:
            while True:
                try:
                    [landed] = await self._outbox.append(self._topic, partition, [record])
                except KafkaError as error:
                    if not passes(error) or time.monotonic() > give_up_at:
                        end_process(f"while taking over {self._topic}-{partition}", error)
                    await pauses.wait(error)
                else:
                    return landed.base

    async def read_gap(self, partition: int, start: int, end: int) -> list[ConsumerRecord]:
        """Return the records at offsets in [start, end), which another worker wrote between two writes of ours."""
        with Pauses(Work.CHANGELOG, f"reading the changelog of partition {partition}", self._counters) as pauses:
            while True:
                try:
                    return await read_gap(self._client_options, self._topic, partition, start, end)
                except KafkaError as error:
                    if not passes(error):
                        raise
                    await pauses.wait(error)
