"""Partitions pass from worker to worker: nothing is lost, nothing is read twice, nothing is shown twice."""

from __future__ import annotations

import asyncio

from aiokafka import AIOKafkaProducer, ConsumerRecord

from stream.core.partitioner import partition_of
from stream.core.policy import Partitioner
from stream.engine.changelog.owner_record import OWNER_KEY, OwnerRecord, epoch_headers, epoch_of
from stream.engine.process.fatal import EXIT_STATUS
from stream.verify.compare import compare_sum
from stream.verify.instant import microseconds
from stream.verify.load import load
from stream.verify.options import Options
from stream.verify.oracle import Oracle
from stream.verify.summed import summed
from tests.engine.desk import Desk, Shown, WorkerProcess
from tests.engine.test_numbers import assert_exact, story, write_events
from tests.events import opened, responded


async def test_a_second_worker_takes_half_over_and_gives_it_back_without_a_record_read_twice(desk: Desk) -> None:
    events = story(300)
    first = desk.start("first")
    await desk.send(events[:300])
    await first.until_caught_up()
    second = desk.start("second")
    one, two = await asyncio.gather(alone_with_one(first), alone_with_one(second))
    assert sorted(one["owned"] + two["owned"]) == [0, 1]
    await desk.send(events[300:])
    one, two = await both_caught_up(first, second, len(events))
    assert_sum_exact(events, [one, two], desk)
    assert await second.terminate() == 0
    alone = await first.until("alone again", lambda shown: shown["owned"] == [0, 1] and shown["caught_up"])
    assert_exact(events, alone, desk.folder)
    read = sum(alone["counters"]["records"].values()) + sum((second.shown() or {})["counters"]["records"].values())
    assert read == len(events)


async def test_what_a_replaced_worker_writes_late_is_merged_and_written_anew(desk: Desk) -> None:
    """The zombie: an older state of a ticket, behind the owner's newer one in the changelog."""
    worker = desk.start()
    number = partition_of(b"T1", 2, Partitioner.MURMUR2) or 0
    await desk.send([opened("T1", 0, channel="email")])
    await worker.until("the opening", lambda shown: shown["counters"]["changelog_records"] == 1)
    older = (await states(desk, number, b"t:T1"))[-1]
    await desk.send([responded("T1", 60)])
    await worker.until("the response", lambda shown: shown["counters"]["changelog_records"] == 2)
    newer = (await states(desk, number, b"t:T1"))[-1]
    assert older.value != newer.value
    async with desk.producer() as producer:
        await write_stale(producer, desk, number, older)
    await desk.send([opened(f"U{i}", 5) for i in range(8)])  # the owner's next write finds the gap
    shown = await worker.until("merged", lambda shown: shown["counters"]["changelog_foreign"] == 1)
    await worker.until_caught_up()
    final = await states(desk, number, b"t:T1")
    assert [record.value for record in final] == [older.value, newer.value, older.value, newer.value]
    assert "a replaced worker wrote late" in worker.log
    assert shown["counters"]["fenced"] == 0


async def test_a_late_write_is_repaired_by_the_next_owner_if_the_last_one_never_noticed(desk: Desk) -> None:
    events = [opened("T1", 0, channel="email"), responded("T1", 60)]
    number = partition_of(b"T1", 2, Partitioner.MURMUR2) or 0
    first = desk.start("first")
    await desk.send(events[:1])
    await first.until("the opening", lambda shown: shown["counters"]["changelog_records"] == 1)
    older = (await states(desk, number, b"t:T1"))[-1]
    assert await first.terminate() == 0
    second = desk.start("second")
    await desk.send(events[1:])
    await second.until("the response", lambda shown: shown["counters"]["changelog_records"] == 1)
    second.kill()
    async with desk.producer() as producer:
        await write_stale(producer, desk, number, older)
    third = desk.start("third")
    shown = await third.until("repaired", lambda shown: shown["counters"]["changelog_records"] == 1)
    assert shown["counters"]["changelog_foreign"] == 1
    assert_exact(events, await third.until_caught_up(), desk.folder)
    values = [record.value for record in await states(desk, number, b"t:T1")]
    assert values[-1] == values[1] != older.value


async def test_a_worker_whose_partition_was_taken_over_stops_showing_it_and_ends_if_nothing_follows(desk: Desk) -> None:
    worker = desk.start()
    await worker.until("ready", lambda shown: shown["owned"] == [0, 1])
    number = partition_of(b"T1", 2, Partitioner.MURMUR2) or 0
    async with desk.producer() as producer:
        claim = OwnerRecord("somebody-else", 0).encode()
        await producer.send_and_wait(desk.settings.changelog_topic, claim, key=OWNER_KEY, partition=number)
    await desk.send([opened("T1")])
    await worker.until("let go", lambda shown: shown["owned"] == [1 - number])
    assert await worker.ended() == EXIT_STATUS
    assert "taken over by worker somebody-else" in worker.log
    assert (desk.settings.topic_ticket_opened, number) not in await desk.committed()


async def alone_with_one(worker: WorkerProcess) -> Shown:
    return await worker.until("one partition", lambda shown: shown["ready"] and len(shown["owned"]) == 1)


async def both_caught_up(first: WorkerProcess, second: WorkerProcess, applied: int) -> tuple[Shown, Shown]:
    async with asyncio.timeout(20):
        while True:
            one, two = await asyncio.gather(first.until_caught_up(), second.until_caught_up())
            complete = one["counters"]["applied"] + two["counters"]["applied"] == applied
            if complete and one["report"]["windows"] == two["report"]["windows"]:  # else a pane ended in between
                return one, two
            await asyncio.sleep(0.1)


def assert_sum_exact(events: list[dict[str, object]], shown: list[Shown], desk: Desk) -> None:
    reports = [each["report"] for each in shown]
    instants = [microseconds(report["as_of"]) for report in reports]
    loaded, options = load([write_events(events, desk.folder)]), Options.of_snapshot(reports[0])
    first, last = (Oracle(loaded, instant, options).report() for instant in (min(instants), max(instants)))
    found = compare_sum(first, last, summed(reports))
    assert found.numbers > 50
    assert not found.differences, found.differences[:5]


async def states(desk: Desk, number: int, key: bytes) -> list[ConsumerRecord]:
    """Return the changelog records of a key, in order."""
    records = await desk.read(desk.settings.changelog_topic, 1)
    return [record for record in records if record.partition == number and record.key == key]


async def write_stale(producer: AIOKafkaProducer, desk: Desk, number: int, record: ConsumerRecord) -> None:
    """Write a record as its first owner would, under an epoch before the present owner's."""
    await producer.send_and_wait(
        desk.settings.changelog_topic,
        record.value,
        key=record.key,
        partition=number,
        headers=epoch_headers(epoch_of(record) - 1),
    )
