"""Logs with holes, logs that lost their beginning or their end: what is read, and what a worker says of the rest."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import orjson
import pytest
import pytest_asyncio
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from aiokafka.structs import OffsetAndMetadata

from stream.broker.lag import read_lag
from stream.engine.reading.remaining import FETCH_WAIT_SECONDS
from tests.conftest import DeskSettings
from tests.engine.desk import Desk, Shown, WorkerProcess, open_desk
from tests.events import opened

pytestmark = [pytest.mark.kafka]


@pytest_asyncio.fixture
async def desk(desk_settings: DeskSettings, tmp_path: Path) -> AsyncIterator[Desk]:
    """A desk of one partition on a real Kafka: the embedded broker neither deletes nor knows transactions."""
    with open_desk(desk_settings(partitions=1, commit_interval_seconds=0.3), tmp_path) as desk:
        await desk.create_topics()
        yield desk


def source(desk: Desk) -> TopicPartition:
    return TopicPartition(desk.settings.topic_ticket_opened, 0)


def tickets(first: int, behind: int) -> list[dict[str, object]]:
    return [opened(f"T{i}", 0) for i in range(first, behind)]


async def delete_before(desk: Desk, offset: int) -> None:
    admin = AIOKafkaAdminClient(**desk.settings.kafka_client_options())
    await admin.start()
    try:
        await admin.delete_records({source(desk): RecordsToDelete(before_offset=offset)})
    finally:
        await admin.close()


async def commit(desk: Desk, offset: int | OffsetAndMetadata) -> None:
    consumer = AIOKafkaConsumer(
        **desk.settings.kafka_client_options(), group_id=desk.settings.app_id, enable_auto_commit=False
    )
    await consumer.start()
    try:
        consumer.assign([source(desk)])
        await consumer.commit({source(desk): offset})
    finally:
        await consumer.stop()


async def in_transactions(desk: Desk, first: int, behind: int, *, each: int, abort: bool = False) -> None:
    producer = AIOKafkaProducer(**desk.settings.kafka_client_options(), transactional_id=desk.settings.app_id)
    await producer.start()
    try:
        for begin in range(first, behind, each):
            await producer.begin_transaction()
            for event in tickets(begin, begin + each):
                await producer.send_and_wait(
                    source(desk).topic, orjson.dumps(event), key=str(event["ticket_id"]).encode()
                )
            await (producer.abort_transaction() if abort else producer.commit_transaction())
    finally:
        await producer.stop()


async def applied(worker: WorkerProcess, events: int) -> Shown:
    """Wait until these are in the numbers, and nothing is left to read."""
    await worker.until("started", lambda shown: shown["ready"], 60)
    await worker.until("all events", lambda shown: shown["counters"]["applied"] == events)
    shown = await worker.until_caught_up()
    assert shown["counters"]["applied"] == events
    return shown


async def count_and_stop(desk: Desk, count: int) -> None:
    """Have a worker count tickets and stop."""
    worker = desk.start()
    await worker.until("started", lambda shown: shown["ready"], 60)
    await desk.send(tickets(0, count))
    await applied(worker, count)
    assert await worker.terminate() == 0


async def test_a_log_whose_beginning_is_gone_is_read_from_what_there_is_the_first_time(desk: Desk) -> None:
    await desk.send(tickets(0, 60))
    await delete_before(desk, 50)
    shown = await applied(desk.start(), 10)
    assert not shown["counters"]["deleted_unread"], "it was never promised to be read"


async def test_records_deleted_behind_the_commit_are_counted_and_named(desk: Desk) -> None:
    await count_and_stop(desk, 20)
    await desk.send(tickets(20, 60))
    await delete_before(desk, 50)
    worker = desk.start()
    shown = await applied(worker, 10)
    assert shown["counters"]["deleted_unread"] == {source(desk).topic: 30}
    assert "the 30 records at offsets 20 to 49 were deleted before they were read" in worker.log


async def test_records_deleted_while_a_worker_is_paused_are_counted_and_named(desk: Desk) -> None:
    worker = desk.start()
    await worker.until("started", lambda shown: shown["ready"], 60)
    await desk.send(tickets(0, 20))
    await applied(worker, 20)
    os.kill(worker.process.pid, signal.SIGSTOP)
    await asyncio.sleep(4 * FETCH_WAIT_SECONDS)  # until its last question is answered, with nothing
    await desk.send(tickets(20, 60))
    await delete_before(desk, 50)
    os.kill(worker.process.pid, signal.SIGCONT)
    shown = await applied(worker, 30)
    assert shown["counters"]["deleted_unread"] == {source(desk).topic: 30}


async def test_a_log_that_ends_before_the_commit_is_read_from_its_beginning(desk: Desk) -> None:
    await count_and_stop(desk, 60)
    await commit(desk, 1000)
    worker = desk.start()
    await worker.until("read again", lambda shown: shown["counters"]["duplicates"] == 60, 60)
    shown = await applied(worker, 0)
    assert shown["counters"]["cut_back"] == {source(desk).topic: 1}
    assert "the log ends before offset 1000" in worker.log
    assert await worker.terminate() == 0
    assert (await desk.committed())[tuple(source(desk))] == 60


async def lose_the_log(desk: Desk) -> None:
    """Empty the topic and leave the committed offset as it is, as when the only replica lost its disk.

    Kafka forgets the offsets of a topic that is deleted, so it is committed again.
    """
    admin = AIOKafkaAdminClient(**desk.settings.kafka_client_options())
    await admin.start()
    try:
        committed = (await admin.list_consumer_group_offsets(desk.settings.app_id))[source(desk)]
        await admin.delete_topics([source(desk).topic])
        while source(desk).topic in await admin.list_topics():
            await asyncio.sleep(0.1)
    finally:
        await admin.close()
    await desk.create_topics()
    await commit(desk, committed)


@pytest.mark.parametrize(("refilled", "why"), [(100, "offset 59 does not hold"), (59, "ends before offset 60")])
async def test_a_log_that_was_lost_and_filled_again_is_read_from_its_beginning(
    desk: Desk, refilled: int, why: str
) -> None:
    await count_and_stop(desk, 60)
    await lose_the_log(desk)
    await desk.send(tickets(60, 60 + refilled))
    worker = desk.start()
    shown = await applied(worker, refilled)
    assert shown["counters"]["cut_back"] == {source(desk).topic: 1}
    assert why in worker.log
    assert await worker.terminate() == 0
    again = desk.start("again")
    assert not (await applied(again, 0))["counters"]["cut_back"], "from now on it is the log that was read"


async def test_a_log_that_is_still_the_one_that_was_read_is_read_on_from_the_commit(desk: Desk) -> None:
    await count_and_stop(desk, 60)
    await desk.send(tickets(60, 80))
    shown = await applied(desk.start(), 20)
    assert not shown["counters"]["cut_back"]
    assert not shown["counters"]["duplicates"]
    assert not shown["counters"]["read_again"]


async def test_a_commit_before_which_every_record_was_deleted_is_read_on_from(desk: Desk) -> None:
    await count_and_stop(desk, 60)
    await delete_before(desk, 60)
    await desk.send(tickets(60, 80))
    shown = await applied(desk.start(), 20)
    assert not shown["counters"]["cut_back"]
    assert not shown["counters"]["deleted_unread"]


@pytest.mark.parametrize("count", [1, 150])
async def test_every_record_of_committed_transactions_counts_and_marks_are_passed_over(desk: Desk, count: int) -> None:
    worker = desk.start()
    await worker.until("started", lambda shown: shown["ready"], 60)
    await in_transactions(desk, 0, count, each=5 if count > 1 else 1)
    shown = await applied(worker, count)
    assert not shown["counters"]["read_again"], "a mark is no record that was lost"
    assert (await read_lag(desk.settings)).behind == 0


async def test_nothing_of_an_aborted_transaction_counts(desk: Desk) -> None:
    worker = desk.start()
    await worker.until("started", lambda shown: shown["ready"], 60)
    await in_transactions(desk, 0, 10, each=10, abort=True)
    await in_transactions(desk, 10, 11, each=1)
    shown = await applied(worker, 1)
    assert set(shown["counters"]["lag"].values()) == {0}


async def test_a_transaction_that_is_still_open_is_not_read_and_is_no_lag(desk: Desk) -> None:
    worker = desk.start()
    await worker.until("started", lambda shown: shown["ready"], 60)
    producer = AIOKafkaProducer(**desk.settings.kafka_client_options(), transactional_id=desk.settings.app_id)
    await producer.start()
    try:
        await producer.begin_transaction()
        await producer.send_and_wait(source(desk).topic, orjson.dumps(opened("T1", 0)), key=b"T1")
        shown = await worker.until_caught_up()
        assert shown["counters"]["applied"] == 0
        await producer.commit_transaction()
        await applied(worker, 1)
    finally:
        await producer.stop()


async def test_offsets_that_somebody_moved_while_workers_were_stopped_are_reported_once(desk: Desk) -> None:
    """As `kafka-consumer-groups.sh --reset-offsets --to-latest` does: the records in between are in no number."""
    for first in (0, 20):  # the second worker finds that this broker keeps the notes of the first one's commits
        worker = desk.start()
        await worker.until("started", lambda shown: shown["ready"], 60)
        await desk.send(tickets(first, first + 20))
        shown = await applied(worker, 20)
        assert not shown["counters"]["moved"]
        assert await worker.terminate() == 0
    await desk.send(tickets(40, 60))
    await commit(desk, 60)
    worker = desk.start()
    shown = await applied(worker, 0)
    assert shown["counters"]["moved"] == {source(desk).topic: 1}
    assert "somebody moved the committed offset to 60" in worker.log
    assert await worker.terminate() == 0
    again = desk.start("again")
    assert not (await applied(again, 0))["counters"]["moved"]
