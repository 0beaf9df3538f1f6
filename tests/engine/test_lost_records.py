"""Whatever becomes of a fetch inside a worker, each record that lies on the broker ends up in the numbers."""

from __future__ import annotations

import asyncio
import signal

from stream.core.partitioner import partition_of
from stream.core.policy import Partitioner
from tests.engine.desk import Desk
from tests.engine.test_numbers import assert_exact
from tests.events import opened, responded


async def test_records_that_were_never_committed_survive_a_kill_with_a_fetch_in_flight(desk: Desk) -> None:
    """The survivor's fetch brings them while it takes the partition over, and gives them up; they come again."""
    faults = ["long_fetch", "slow_claim"]
    first, second = desk.start("first", faults=faults), desk.start("second", faults=faults)
    for worker in (first, second):
        await worker.until("one partition each", lambda shown: shown["ready"] and len(shown["owned"]) == 1, 60)
    shown = first.shown()
    assert shown is not None
    [owned] = shown["owned"]
    tickets = [f"T{i}" for i in range(200) if partition_of(b"T%d" % i, 2, Partitioner.MURMUR2) == owned][:60]
    events = [opened(ticket, 0) for ticket in tickets] + [responded(ticket, 60) for ticket in tickets]
    first.process.send_signal(signal.SIGSTOP)  # what comes now it neither reads nor commits
    await desk.send(events)
    first.kill()
    await second.until("both partitions", lambda shown: shown["owned"] == [0, 1], 60)
    await second.until("every event", lambda shown: shown["counters"]["applied"] == len(events), 60)
    assert_exact(events, await second.until_caught_up(), desk.folder)


async def test_fetches_that_get_lost_inside_the_worker_are_read_again_and_counted(desk: Desk) -> None:
    worker = desk.start(faults=["lost_fetches"])
    await worker.until("ready", lambda shown: shown["owned"] == [0, 1], 60)
    events = [event for i in range(400) for event in (opened(f"T{i}", 0), responded(f"T{i}", 60))]
    for begin in range(0, len(events), 80):
        await desk.send(events[begin : begin + 80])
        await asyncio.sleep(0.3)  # so that they come in several fetches
    await worker.until("every event", lambda shown: shown["counters"]["applied"] == len(events), 60)
    shown = await worker.until_caught_up()
    assert_exact(events, shown, desk.folder)
    assert sum(shown["counters"]["read_again"].values()) > 0
    assert "were read again, as they had not arrived" in worker.log
