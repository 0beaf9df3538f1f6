"""Records under a wrong key, or in a wrong partition, reach the partition of their ticket all the same."""

from __future__ import annotations

import orjson

from stream.core.partitioner import partition_of
from stream.core.policy import Partitioner
from tests.engine.conftest import MakeDesk
from tests.engine.desk import Desk
from tests.engine.test_numbers import assert_exact, story
from tests.events import opened, responded


async def test_records_without_a_key_are_sent_on_under_their_tickets_key(desk: Desk) -> None:
    events = story(60)
    topic = desk.settings.topic_ticket_opened
    records = [(topic, None if i % 2 else b"customer-7", orjson.dumps(e), None) for i, e in enumerate(events)]
    await desk.send_records(records)
    worker = desk.start()
    await worker.until("all applied", lambda shown: shown["caught_up"] and shown["counters"]["applied"] == len(events))
    shown = await worker.until_caught_up()
    assert_exact(events, shown, desk.folder)
    assert shown["counters"]["rekeyed"] == {topic: len(events)}
    moved = await desk.read(desk.settings.topic_repartition, len(events))
    assert len(moved) == len(events)
    assert {record.value for record in moved} == {orjson.dumps(event) for event in events}
    for record in moved:
        event = orjson.loads(record.value)
        assert record.key == event["ticket_id"].encode()
        assert record.partition == partition_of(record.key, 2, Partitioner.MURMUR2)


async def test_a_ticket_in_another_partition_than_its_key_says_is_sent_on(desk: Desk) -> None:
    """A producer with another hash function: the opening in one partition, the response in the other."""
    settings = desk.settings
    right = partition_of(b"T1", 2, Partitioner.MURMUR2)
    async with desk.producer() as producer:
        await producer.send_and_wait(
            settings.topic_ticket_opened, orjson.dumps(opened("T1", 0)), key=b"T1", partition=1 - right
        )
        await producer.send_and_wait(
            settings.topic_ticket_response, orjson.dumps(responded("T1", 60)), key=b"T1", partition=right
        )
    worker = desk.start()
    await worker.until("both applied", lambda shown: shown["counters"]["applied"] == 2)
    shown = await worker.until_caught_up()
    assert shown["report"]["tickets"]["opened"] == 1
    assert shown["report"]["tickets"]["without_opening"] == 0
    assert shown["counters"]["rekeyed"] == {settings.topic_ticket_opened: 1}


async def test_with_trust_nothing_is_sent_on(make_desk: MakeDesk) -> None:
    desk = await make_desk(partitioner=Partitioner.TRUST)
    await desk.send_records([(desk.settings.topic_ticket_opened, b"customer-7", orjson.dumps(opened("T1")), None)])
    worker = desk.start()
    shown = await worker.until_caught_up()
    assert shown["counters"]["rekeyed"] == {}
    assert shown["report"]["tickets"]["opened"] == 1
