"""What somebody does to topics, offsets, clocks and policies while a desk runs, or between two runs of it."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from pathlib import Path

from aiokafka import TopicPartition
from aiokafka.admin import NewPartitions, RecordsToDelete
from aiokafka.errors import PolicyViolationError

from tests.torture.kinds import fault
from tests.torture.siege import PARTITIONS, PROMISE_SECONDS, Siege

COMPACT = "segment.ms=300,min.cleanable.dirty.ratio=0.01,max.compaction.lag.ms=500"
SLOW_CLOCK_SECONDS = -600.0
FAST_CLOCK_SECONDS = 2 * 86_400.0
SAID_SECONDS = 60.0
"""Within so long a worker says what it sees from outside only."""
ANSWERS = 12
"""So many answers in a row that every broker has given one."""
DISK_RESERVE = "reserve"
"""A file that fills the small disk of the first node."""


async def _all_stopped(siege: Siege) -> list[str]:
    slots = list(siege.workers)
    for slot in slots:
        siege.workers[slot].process.send_signal(signal.SIGTERM)
    for slot in slots:
        await siege.workers[slot].ended()
    return slots


async def _configure_changelog(siege: Siege, config: str) -> None:
    await asyncio.to_thread(
        siege.cluster.nodes[0].run,
        f"kafka-configs.sh --bootstrap-server {siege.cluster.address()} --alter --entity-type topics "
        f"--entity-name {siege.settings.changelog_topic} --add-config {config}",
    )


@fault("changelog compacted under load, and a worker killed")
async def compacted(siege: Siege) -> None:
    async with siege.under_load():
        await _configure_changelog(siege, COMPACT)
        await siege.feed.send(siege.take(300))
        await asyncio.sleep(2)
        siege.kill(siege.any_worker())
    siege.restart_the_fallen()


@fault("changelog deleted while all workers were stopped", supervised=True)
async def changelog_deleted(siege: Siege) -> None:
    async with siege.under_load():
        await asyncio.sleep(1.5)
    slots = await _all_stopped(siege)
    async with siege.admin() as client:
        await client.delete_topics([siege.settings.changelog_topic])
        gone = 0
        while gone < ANSWERS:  # whichever broker is asked
            gone = 0 if siege.settings.changelog_topic in await client.list_topics() else gone + 1
            await asyncio.sleep(0.1)
        await siege.desk.create_topics()
        known = 0
        while known < ANSWERS:
            known = known + 1 if siege.settings.changelog_topic in await client.list_topics() else 0
            await asyncio.sleep(0.1)
    for slot in slots:
        siege.start(slot)


async def _truncate_changelog(siege: Siege) -> None:
    await _configure_changelog(siege, "cleanup.policy=[compact,delete]")  # else no broker deletes records of it
    topic = siege.settings.changelog_topic
    everything = {TopicPartition(topic, number): RecordsToDelete(before_offset=-1) for number in range(PARTITIONS)}
    async with siege.admin() as client, asyncio.timeout(SAID_SECONDS):
        while True:
            try:
                await client.delete_records(everything)
            except PolicyViolationError:  # a broker has not heard of the other policy yet
                await asyncio.sleep(0.2)
            else:
                return


@fault("changelog truncated while all workers were stopped", supervised=True)
async def changelog_truncated(siege: Siege) -> None:
    async with siege.under_load():
        await asyncio.sleep(1.5)
    slots = await _all_stopped(siege)
    await _truncate_changelog(siege)
    for slot in slots:
        siege.start(slot)


@fault("changelog truncated under load, and a worker killed", supervised=True)
async def changelog_truncated_under_load(siege: Siege) -> None:
    async with siege.under_load():
        await asyncio.sleep(1)
        await _truncate_changelog(siege)
        siege.kill(siege.any_worker())
    siege.restart_the_fallen()


@fault("bad records in the changelog, and a worker killed")
async def poisoned_changelog(siege: Siege) -> None:
    bad = [(b"\xff\xfe", b"{"), (b"t:W1", b"no state"), (b"s:1", b"[1,2"), (b"x", None), (b"m:seal", b"null")]
    async with siege.under_load():
        async with siege.desk.producer() as producer:
            for key, value in bad:
                for number in range(PARTITIONS):
                    await producer.send_and_wait(siege.settings.changelog_topic, value, key=key, partition=number)
        siege.kill(siege.any_worker())
    siege.restart_the_fallen()


@fault("bad records in live counts")
async def poisoned_live_counts(siege: Siege) -> None:
    async with siege.under_load():
        await siege.desk.send_records(
            (siege.settings.topic_live_counts, key, value, None)
            for key in (b"0", b"x", b"-1", b"99")
            for value in (b"{", b"\xff", b"[]", b"{}")
        )


@fault("partitions added to a source topic", last=True)
async def grown(siege: Siege) -> None:
    topic = siege.settings.topic_survey

    def all_in_the_group() -> bool:
        shown = siege.shown()
        return shown.keys() == siege.workers.keys() and all(each["ready"] for each in shown.values())

    # Anyone who starts later refuses to, and says why: the topics no longer fit together.
    await siege.until("every worker is in the group", all_in_the_group)
    async with siege.under_load():
        async with siege.admin() as client:
            await client.create_partitions({topic: NewPartitions(PARTITIONS + 2)})
        await siege.until(
            "a worker says so",
            lambda: any(each["counters"]["misplaced"].get(f"{topic}|grown") for each in siege.shown().values()),
            SAID_SECONDS,
        )


async def _offsets(siege: Siege, how: str) -> None:
    slots = await _all_stopped(siege)
    await asyncio.to_thread(
        siege.cluster.nodes[0].run,
        f"kafka-consumer-groups.sh --bootstrap-server {siege.cluster.address()} --group {siege.settings.app_id} {how}",
    )
    for slot in slots:
        siege.start(slot)


@fault("offsets reset to the beginning by somebody")
async def offsets_reset(siege: Siege) -> None:
    async with siege.under_load():
        await asyncio.sleep(1)
    await _offsets(siege, "--reset-offsets --to-earliest --all-topics --execute")


@fault("consumer group deleted by somebody")
async def group_deleted(siege: Siege) -> None:
    async with siege.under_load():
        await asyncio.sleep(1)
    await _offsets(siege, "--delete")


def _clock(name: str, seconds: float) -> None:
    """Declare that a worker's clock is wrong for a while; it may end itself over that."""

    @fault(name)
    async def body(siege: Siege) -> None:
        slot = siege.any_worker()
        siege.kill(slot)
        siege.start(slot, clock_seconds=seconds)
        async with siege.under_load():
            await siege.send_watched()
            await asyncio.sleep(5)
        siege.kill(slot)
        siege.start(slot)


_clock("clock of a worker ten minutes slow", SLOW_CLOCK_SECONDS)
_clock("clock of a worker two days fast", FAST_CLOCK_SECONDS)


@fault("another policy beside, for a while")
async def policies_beside(siege: Siege) -> None:
    siege.write_policy(PROMISE_SECONDS, f"short_abandon: {siege.chance.randrange(6, 3600)}s\n")
    first, *others = siege.workers.values()
    async with siege.under_load():
        first.process.send_signal(signal.SIGHUP)
        await asyncio.sleep(2)
        for worker in others:
            worker.process.send_signal(signal.SIGHUP)


@fault("another version beside, for a while")
async def versions_beside(siege: Siege) -> None:
    slot = siege.any_worker()
    await siege.stop(slot)
    siege.start(slot, another_version=True)
    other = next(each for each in siege.workers if each != slot)
    wanted = siege.folder / "desk.wanted"
    wanted.touch()
    try:
        async with siege.under_load():
            await siege.until("it has a part", lambda: siege.shown().get(slot, {}).get("owned"))

            def told() -> bool:
                shown = siege.shown()
                missing = set((shown.get(other) or {}).get("desk_missing") or ())
                theirs = set((shown.get(slot) or {}).get("owned") or ())
                return bool(theirs) and theirs <= missing

            await siege.until(f"{other} says that the partitions of the other version are missing", told, 30)
    finally:
        wanted.unlink()
    await siege.stop(slot)
    siege.start(slot)


@fault("disk of a broker full")
async def disk_full(siege: Siege) -> None:
    disk, node = siege.cluster.small_disk, siege.cluster.nodes[0]
    if disk is None:
        raise RuntimeError("there is no small disk: mounting one needs root")
    reserve = disk / DISK_RESERVE
    async with siege.under_load():
        await asyncio.to_thread(_fill, reserve)
        await siege.until("the broker gives up", lambda: not node.running, 60)
        reserve.unlink()
        await asyncio.to_thread(node.start)


def _fill(reserve: Path) -> None:
    """Write until there is no room."""
    with reserve.open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12):
            with contextlib.suppress(OSError):
                while True:
                    file.write(bytes(size))
