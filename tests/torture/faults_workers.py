"""Workers that are killed, stopped, paused, added and taken away, before and after the first commit."""

from __future__ import annotations

import asyncio
import signal

from tests.torture.kinds import Body, fault
from tests.torture.siege import CREW, SESSION_SECONDS, Siege

PAUSE_SECONDS = SESSION_SECONDS + 1.5
# A fetch that began before the point was armed takes up to a second.
IN_FLIGHT_LEAD_SECONDS = 1.2
COMMITTED_SECONDS = 1.5


async def _kill(siege: Siege) -> None:
    siege.kill(siege.any_worker())
    await asyncio.sleep(siege.chance.uniform(0.1, 2))
    siege.restart_the_fallen()


async def _stop(siege: Siege) -> None:
    await siege.stop(siege.any_worker())
    await asyncio.sleep(siege.chance.uniform(0.1, 1))
    siege.restart_the_fallen()


async def _pause(siege: Siege) -> None:
    await siege.pause(siege.any_worker(), PAUSE_SECONDS)


def _both(name: str, what: Body) -> None:
    """Declare a fault that comes amid load, and the same before the first commit of the desk."""

    @fault(f"{name}, before the first commit", uncommitted=True)
    async def early(siege: Siege) -> None:
        async with siege.under_load(lead_seconds=siege.chance.uniform(0, 0.3)):
            await what(siege)

    @fault(f"{name}, under load")
    async def amid(siege: Siege) -> None:
        async with siege.under_load():
            await what(siege)


_both("worker kill -9", _kill)
_both("worker SIGTERM", _stop)
_both("worker paused longer than its session", _pause)


async def _killed_behind(siege: Siege, *points: str) -> None:
    """Kill a worker that has not read what came for it, with points of its successors armed."""
    victim = siege.any_worker()
    others = [slot for slot in siege.workers if slot != victim]
    owned = siege.shown()[victim]["owned"]
    events = siege.take(600)
    # What comes for the others would end their fetches.
    unread = [event for event in events if siege.truth.partition(event) in owned]
    with siege.armed(others, *points):
        await asyncio.sleep(IN_FLIGHT_LEAD_SECONDS)
        siege.workers[victim].process.send_signal(signal.SIGSTOP)
        await siege.feed.send(unread)
        siege.kill(victim)
        await siege.all_shown()
    # What comes next is read and committed, so that a hole behind it would stay.
    await siege.feed.send([*(event for event in events if event not in unread), *siege.take(200)])
    await asyncio.sleep(COMMITTED_SECONDS)
    siege.restart_the_fallen()


def _behind(name: str, *points: str) -> None:
    @fault(f"kill -9 of a worker that is behind, {name}, before the first commit", uncommitted=True)
    async def early(siege: Siege) -> None:
        await _killed_behind(siege, *points)

    @fault(f"kill -9 of a worker that is behind, {name}")
    async def amid(siege: Siege) -> None:
        await _killed_behind(siege, *points)


_behind("fetches in flight", "long_fetch")
_behind("claims slow", "slow_claim")
_behind("fetches in flight and claims slow", "long_fetch", "slow_claim")


def _dies_at(name: str, point: str) -> None:
    """Declare a kill at a point of the engine's work that every worker passes under load."""

    @fault(name)
    async def body(siege: Siege) -> None:
        async with siege.under_load():
            await siege.killed_at(siege.any_worker(), point)
        siege.restart_the_fallen()


_dies_at("killed between applying and the changelog", "kill-applied")
_dies_at("killed between the changelog's acknowledgement and the receipt", "kill-written")
_dies_at("killed between the receipt and the commit", "kill-acknowledged")


def _dies_taking_over(name: str, point: str) -> None:
    """Declare that the successor of a killed worker is killed as well, while it takes over."""

    @fault(name)
    async def body(siege: Siege) -> None:
        first = siege.any_worker()
        second = siege.chance.choice([slot for slot in siege.workers if slot != first])
        async with siege.under_load():
            siege.arm(second, point)
            siege.kill(first)
            await siege.killed_at(second, point)
        siege.restart_the_fallen()


_dies_taking_over("killed during recovery", "kill-recovering")
_dies_taking_over("killed right after the claim", "kill-claimed")


@fault("killed between an alert and the note of it")
async def killed_behind_an_alert(siege: Siege) -> None:
    async with siege.under_load():
        slots = list(siege.workers)
        for slot in slots:
            siege.arm(slot, "kill-alerted")
        await siege.send_watched()
        await siege.until("somebody dies", lambda: not all(w.running for w in siege.workers.values()), 20)
        for slot in slots:
            siege.disarm(slot, "kill-alerted")
    siege.restart_the_fallen()


@fault("two workers killed at once")
async def two_killed(siege: Siege) -> None:
    async with siege.under_load():
        for slot in siege.chance.sample(list(siege.workers), 2):
            siege.kill(slot)
    siege.restart_the_fallen()


def _all_killed(name: str, *, uncommitted: bool) -> None:
    @fault(name, uncommitted=uncommitted)
    async def body(siege: Siege) -> None:
        async with siege.under_load(lead_seconds=0.3 if uncommitted else 0.7):
            for slot in siege.workers:
                siege.kill(slot)
            await asyncio.sleep(0.5)
        siege.restart_the_fallen()


_all_killed("all workers killed at once", uncommitted=False)
_all_killed("all workers killed at once, before the first commit", uncommitted=True)


@fault("one worker killed three times in a row")
async def killed_again_and_again(siege: Siege) -> None:
    victim = siege.any_worker()
    async with siege.under_load():
        for _ in range(3):
            siege.kill(victim)
            siege.start(victim)
            await asyncio.sleep(siege.chance.uniform(1.5, 3.5))


@fault("a worker joins under load")
async def joins(siege: Siege) -> None:
    async with siege.under_load():
        if "D" not in siege.workers:
            siege.start("D")
            await siege.until("it has a part", lambda: siege.shown().get("D", {}).get("owned"), 40)
        else:
            await siege.stop("D")
            siege.start("D")


@fault("a worker joins before the first commit", uncommitted=True)
async def joins_early(siege: Siege) -> None:
    async with siege.under_load(lead_seconds=0.1):
        newcomer = next(slot for slot in (*CREW, "D") if slot not in siege.workers)
        siege.start(newcomer)
        await siege.until("it has a part", lambda: siege.shown().get(newcomer, {}).get("owned"), 40)


@fault("a worker leaves for good under load")
async def leaves(siege: Siege) -> None:
    async with siege.under_load():
        leaver = siege.any_worker()
        await siege.stop(leaver)
        await siege.all_shown()
    if len(siege.workers) > 2:
        del siege.workers[leaver]
    else:
        siege.restart_the_fallen()
