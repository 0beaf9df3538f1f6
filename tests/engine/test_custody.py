"""Partitions that a rebalance takes away are not shown again by what was begun before it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

import pytest

from stream.core.policy import Policy
from stream.engine.changelog.continuity import Continuity
from stream.engine.desk.view import Phase
from stream.engine.ownership.custody import Custody
from stream.engine.process.clock import Clock
from stream.engine.process.counters import Counters
from stream.engine.sending.outbox import Landed, Outbox, Outgoing
from stream.engine.work.milestones import Milestones
from stream.settings import load_settings
from tests.board.served import Worker

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


def custodian() -> Custody:
    outbox, counters = Log(), Counters()
    return Custody(
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


async def owner_of(partition: int) -> Custody:
    custody = custodian()
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


async def test_partitions_whose_recovery_outlasts_a_session_are_said_to_be_unconfirmed(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, "deskpulse.engine")
    custody, view = custodian(), Worker().view
    Milestones(view, view.counters).watch(custody)
    await custody.claim([9])
    await asyncio.sleep(SESSION_SECONDS * 1.2)  # the changelog is long
    custody.load(9, [])
    await custody.recovered([9])
    assert not custody.ownership.published
    assert view.phase is Phase.WAITING_FOR_BROKER
    assert "partitions none yet" in caplog.text
    assert "recovery took longer than a session: partitions 9 are shown once" in caplog.text
    assert "more workers than partitions" not in caplog.text
    custody.keep_alive()
    async with asyncio.timeout(10):
        while view.phase is not Phase.READY:
            await asyncio.sleep(0.01)
    assert custody.ownership.published == {9}
    assert "still the owner of partitions 9" in caplog.text
