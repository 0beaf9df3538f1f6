"""Partitions that a rebalance takes away are not shown again by what was begun before it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from stream.core.policy import Policy
from stream.engine.clock import Clock
from stream.engine.continuity import Continuity
from stream.engine.counters import Counters
from stream.engine.custody import Custody
from stream.engine.outbox import Landed, Outbox, Outgoing
from stream.settings import load_settings

SESSION_SECONDS = 0.6


class Log(Outbox):
    """A changelog of one partition in memory, which acknowledges at once: no broker is needed to show this."""

    def __init__(self) -> None:
        self._end = 0
        self._clock = Clock("wall")

    async def append(self, topic: str, partition: int, records: Sequence[Outgoing]) -> list[Landed]:
        """Append records; returns where they landed."""
        await asyncio.sleep(0)
        landed = Landed(self._end, len(records))
        self._end += len(records)
        return [landed]


class Unlooked(Continuity):
    """Takes changelogs as they are: nothing was committed."""

    async def look(self, partitions: Sequence[int]) -> None:
        """Ask no broker."""


async def owner_of(partition: int) -> Custody:
    outbox, counters = Log(), Counters()
    custody = Custody(
        policy=Policy(),
        sources=("ticket-opened",),
        session_seconds=SESSION_SECONDS,
        changelog_topic="changelog",
        client_options={},
        worker="worker",
        outbox=outbox,
        counters=counters,
        continuity=Unlooked(load_settings(), "worker", outbox, counters),
    )
    await custody.claim([partition])
    custody.load(partition, [])
    await custody.recovered([partition])
    assert custody.ownership.published == {partition}
    return custody


async def test_a_sign_of_life_that_lands_during_a_rebalance_does_not_publish_what_was_released() -> None:
    custody = await owner_of(9)
    custody.begin_chunk(0)  # it waits for its dead letters, say, so the rebalance waits for it
    await asyncio.sleep(SESSION_SECONDS / 2)  # unheard for long enough to be asserted
    custody.release()
    draining = asyncio.create_task(custody.drain())
    await asyncio.sleep(0)
    custody.keep_alive()
    await asyncio.sleep(0.05)
    assert not custody.ownership.published, "it belongs to nobody now"
    custody.settle_chunks(0, 1)
    await draining
    custody.keep_alive()
