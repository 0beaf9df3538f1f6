"""What Deskpulse relies on when it writes and reads records: the same on both brokers."""

from __future__ import annotations

import asyncio

from stream.broker import topics
from tests.broker.clients import consume, member, produce, producer, reader
from tests.conftest import DeskSettings


async def test_records_of_a_key_come_back_in_the_order_they_were_sent(desk_settings: DeskSettings) -> None:
    settings = desk_settings()
    await topics.ensure(settings)
    sent = [(b"ticket-%d" % (n % 10), b"%d" % n) for n in range(500)]
    await produce(settings, settings.topic_ticket_opened, sent)

    async with reader(settings, settings.topic_ticket_opened) as client:
        records = await consume(client, len(sent))

    assert len(records) == len(sent)
    for key in {key for key, _ in sent}:
        assert [r.value for r in records if r.key == key] == [value for k, value in sent if k == key]
    places = {key: {r.partition for r in records if r.key == key} for key, _ in sent}
    assert all(len(partitions) == 1 for partitions in places.values()), "a key has one partition"


async def test_headers_tombstones_and_timestamps_survive(desk_settings: DeskSettings) -> None:
    settings = desk_settings()
    await topics.ensure(settings)
    headers = [("reason", b"not-json"), ("twice", b"1"), ("twice", b"2"), ("empty", b"")]
    async with producer(settings) as client:
        await client.send_and_wait(
            settings.topic_dead_letter, b"\xff\x00", key=b"k", headers=headers, timestamp_ms=1_000, partition=2
        )
        await client.send_and_wait(settings.changelog_topic, None, key=b"t:1", partition=0)

    async with reader(settings, settings.topic_dead_letter, settings.changelog_topic) as client:
        by_topic = {record.topic: record for record in await consume(client, 2)}

    dead = by_topic[settings.topic_dead_letter]
    assert (dead.value, list(dead.headers), dead.timestamp, dead.partition) == (b"\xff\x00", headers, 1_000, 2)
    assert by_topic[settings.changelog_topic].value is None


async def test_a_batch_built_by_hand_is_acknowledged_with_its_offset(desk_settings: DeskSettings) -> None:
    """The changelog is written in batches, and source offsets wait for their acknowledgement."""
    settings = desk_settings()
    await topics.ensure(settings)
    async with producer(settings) as client:
        acknowledged = []
        for start in (0, 100):
            batch = client.create_batch()
            for n in range(start, start + 100):
                assert batch.append(key=b"t:%d" % n, value=b"%d" % n, timestamp=None) is not None
            batch.close()
            future = await client.send_batch(batch, settings.changelog_topic, partition=1)
            acknowledged.append((await future).offset)

    assert acknowledged == [0, 100]
    async with reader(settings, settings.changelog_topic) as client:
        assert [r.value for r in await consume(client, 200)] == [b"%d" % n for n in range(200)]


async def test_the_largest_record_that_the_settings_allow_fits_every_topic_it_may_go_through(
    desk_settings: DeskSettings,
) -> None:
    settings = desk_settings(max_record_bytes=2_000_000)
    await topics.ensure(settings)
    largest = b"x" * settings.max_record_bytes
    through = (settings.topic_survey, settings.topic_repartition, settings.changelog_topic, settings.topic_dead_letter)
    for topic in through:
        await produce(settings, topic, [(b"k" * 128, largest)])

    async with reader(settings, *through) as client:
        records = await consume(client, len(through))

    assert {r.topic for r in records} == set(through)
    assert all(r.value == largest for r in records)


async def test_topics_that_nobody_writes_to_are_read_as_empty(desk_settings: DeskSettings) -> None:
    settings = desk_settings()
    await topics.ensure(settings)
    async with member(settings, *settings.source_topics().values()) as client:
        await asyncio.sleep(0.5)
        assert await client.getmany(timeout_ms=500) == {}
        assert {tp.topic for tp in client.assignment()} == set(settings.source_topics().values())
