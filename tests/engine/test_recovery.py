"""What a worker knew is known again after it ended, whichever way it ended."""

from __future__ import annotations

import asyncio

import pytest

from tests.engine.conftest import MakeDesk
from tests.engine.desk import Desk
from tests.engine.test_handover import alone_with_one
from tests.engine.test_numbers import assert_exact, story


async def test_a_restarted_worker_recovers_from_the_changelog_without_reading_the_sources_again(desk: Desk) -> None:
    events = story(200)
    first = desk.start("first")
    await desk.send(events)
    before = await first.until_caught_up()
    assert await first.terminate() == 0
    assert "stopped after" in first.log
    second = desk.start("second")
    shown = await second.until_caught_up()
    assert shown["counters"]["records"] == {}
    # Else a desk whose events have stopped would look, after a restart, like one that never had any.
    assert shown["counters"]["newest_event_us"] == before["counters"]["newest_event_us"]
    assert shown["counters"]["recovery_records"] > 0
    assert_exact(events, shown, desk.folder)


async def test_a_killed_worker_loses_nothing(desk: Desk) -> None:
    events = story(300)
    first = desk.start("first")
    await desk.send(events[:400])
    await first.until("under way", lambda shown: shown["counters"]["applied"] > 0)
    await desk.send(events[400:])
    first.kill()
    second = desk.start("second")
    shown = await second.until_caught_up()
    assert_exact(events, shown, desk.folder)


@pytest.mark.kafka
@pytest.mark.parametrize("each_broker", ["kafka"], indirect=True)
async def test_workers_that_start_at_the_same_moment_all_become_ready(make_desk: MakeDesk) -> None:
    """The second rebalance follows so soon on the first that changelog records asked for before it come after it.

    When they got lost the first worker waited for them for ever, in one of some five starts.
    """
    for _ in range(8):
        desk = await make_desk()
        await asyncio.gather(alone_with_one(desk.start("first")), alone_with_one(desk.start("second")))
        desk.end()
