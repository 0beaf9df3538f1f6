"""Kills, pauses and disorder on the embedded broker: the numbers come out exact, and are never shown twice.

On a real cluster of three nodes `make torture` does this and much more.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import signal
import time
from pathlib import Path

import pytest

from tests.conftest import DeskSettings
from tests.engine.desk import open_desk
from tests.torture.crowd import Crowd, hard_day

pytestmark = [pytest.mark.slow, pytest.mark.timeout(420)]

TICKETS = 7_000  # some 20,000 events
SESSION_SECONDS = 4


@pytest.mark.parametrize("seed", [7])
async def test_numbers_stay_exact_through_kills_of_either_of_two_workers(
    desk_settings: DeskSettings, tmp_path: Path, seed: int
) -> None:
    chance = random.Random(seed)
    events = hard_day(TICKETS, seed)
    settings = desk_settings(session_timeout_seconds=SESSION_SECONDS, commit_interval_seconds=0.5)
    with open_desk(settings, tmp_path) as desk:
        await desk.create_topics()
        crowd = Crowd(desk)
        crowd.start("A")
        crowd.start("B")
        await asyncio.sleep(8)
        watching = asyncio.create_task(crowd.watch())
        feeding = asyncio.create_task(crowd.feed(events, rate=600))
        kills = {signal.SIGKILL: 0, signal.SIGTERM: 0}
        while not feeding.done() or sum(kills.values()) < 4:
            await asyncio.sleep(chance.uniform(5, 10))
            victim = crowd.workers[chance.choice(["A", "B"])]
            how = signal.SIGKILL if chance.random() < 0.75 else signal.SIGTERM
            kills[how] += 1
            victim.process.send_signal(how)
            await victim.ended()
            await asyncio.sleep(chance.uniform(0.2, 3))
            crowd.start(victim.name)
        await feeding
        last = await crowd.settled()
        watching.cancel()
        numbers = crowd.assert_exact(events, last)
        crowd.assert_never_twice(TICKETS)
        print(
            f"seed {seed}: {len(events)} events, {kills[signal.SIGKILL]} kill -9, {kills[signal.SIGTERM]} SIGTERM, "
            f"{len(crowd.samples)} samples, {numbers} numbers equal"
        )


@pytest.mark.parametrize("seed", [11])
async def test_numbers_stay_exact_when_a_paused_worker_wakes_up_after_it_was_replaced(
    desk_settings: DeskSettings, tmp_path: Path, seed: int
) -> None:
    chance = random.Random(seed)
    events = hard_day(TICKETS, seed)
    settings = desk_settings(session_timeout_seconds=SESSION_SECONDS, commit_interval_seconds=0.5)
    with open_desk(settings, tmp_path) as desk:
        await desk.create_topics()
        crowd = Crowd(desk)
        crowd.start("A")
        crowd.start("B")
        await asyncio.sleep(8)
        watching = asyncio.create_task(crowd.watch())
        feeding = asyncio.create_task(crowd.feed(events, rate=900))
        pauses = 0
        while not feeding.done() or pauses < 2:
            await asyncio.sleep(chance.uniform(3, 6))
            sleeper = crowd.workers[chance.choice(["A", "B"])]
            sleeper.process.send_signal(signal.SIGSTOP)
            await asyncio.sleep(SESSION_SECONDS * chance.uniform(2, 3.5))
            sleeper.process.send_signal(signal.SIGCONT)
            pauses += 1
            await asyncio.sleep(chance.uniform(4, 8))
            for worker in crowd.workers.values():
                assert worker.running, f"{worker.name} ended after a pause:\n{worker.log}"
        await feeding
        last = await crowd.settled()
        with contextlib.suppress(asyncio.CancelledError):
            watching.cancel()
            await watching
        numbers = crowd.assert_exact(events, last)
        crowd.assert_never_twice(TICKETS)
        foreign = sum(shown["counters"]["changelog_foreign"] for shown in last.shown)
        fenced = sum(shown["counters"]["fenced"] for shown in last.shown)
        print(
            f"seed {seed}: {len(events)} events, {pauses} pauses, {numbers} numbers equal; "
            f"{foreign} late changelog writes merged, {fenced} times fenced, {time.strftime('%X')}"
        )
