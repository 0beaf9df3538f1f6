"""Where events go."""

from __future__ import annotations

import asyncio
import gzip
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from schemas.codec import key_for, topic_for
from stream.broker import topics
from stream.broker.errors import BrokerUnavailable
from stream.core.partitioner import partition_of
from stream.core.policy import Partitioner
from stream.settings import Settings
from stream.simulate import Desk, Event
from stream.simulate.feed import Sent, feed
from stream.simulate.pace import AtOnce, PerSecond
from stream.simulate.sink import FileSink, KafkaSink

MONDAY = datetime(2026, 11, 16, tzinfo=UTC)


def a_morning() -> list[Event]:
    return list(Desk(start=MONDAY, days=0.5, tickets=600).events())


async def send(events: list[Event], sink: FileSink | KafkaSink) -> Sent:
    sent = Sent()
    async with sink:
        assert await feed(events, sink, AtOnce(), asyncio.Event(), sent)
    return sent


@pytest.mark.parametrize("name", ["events.jsonl", "events.jsonl.gz"])
async def test_a_file_has_one_event_a_line_in_order(tmp_path: Path, name: str) -> None:
    events = a_morning()
    sent = await send(events, FileSink(str(tmp_path / name)))
    raw = (tmp_path / name).read_bytes()
    lines = (gzip.decompress(raw) if name.endswith("gz") else raw).splitlines()
    assert [orjson.loads(line) for line in lines] == events
    assert (sent.events, sent.openings, sent.until) == (len(events), 600, events[-1]["occurred_at"])


async def test_a_compressed_file_does_not_tell_when_it_was_written(tmp_path: Path) -> None:
    for folder in ("first", "second"):
        (tmp_path / folder).mkdir()
        await send(a_morning(), FileSink(str(tmp_path / folder / "events.jsonl.gz")))
        await asyncio.sleep(1.1)  # the format knows whole seconds
    first, second = ((tmp_path / folder / "events.jsonl.gz").read_bytes() for folder in ("first", "second"))
    assert first == second


@pytest.mark.parametrize("partitioner", [Partitioner.MURMUR2, Partitioner.CRC32])
async def test_kafka_gets_every_event_once_in_its_topic_under_its_key_and_partition(
    desk_settings: Callable[..., Settings], partitioner: Partitioner
) -> None:
    settings = desk_settings(partitions=3, partitioner=partitioner)
    await topics.ensure(settings)
    events = a_morning()
    await send(events, KafkaSink(settings))
    names = settings.source_topics()
    came: dict[str, list[Event]] = defaultdict(list)
    for topic, partition, key, value in await _read(settings, len(events)):
        event = orjson.loads(value)
        assert topic == names[topic_for(event["type"])]
        assert key == key_for(event).encode()
        assert partition == partition_of(key, 3, partitioner)
        came[f"{topic}/{key.decode()}"].append(event)
    expected: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        expected[f"{names[topic_for(event['type'])]}/{key_for(event)}"].append(event)
    assert came == expected, "lost, repeated, or out of order within a key"


async def _read(settings: Settings, count: int) -> list[tuple[str, int, bytes, bytes]]:
    consumer = AIOKafkaConsumer(**settings.kafka_client_options(), auto_offset_reset="earliest")
    await consumer.start()
    try:
        names = settings.source_topics().values()
        consumer.assign([TopicPartition(name, number) for name in names for number in range(settings.partitions)])
        records: list[tuple[str, int, bytes, bytes]] = []
        async with asyncio.timeout(20):
            while len(records) < count:
                for batch in (await consumer.getmany(timeout_ms=500)).values():
                    records += [(r.topic, r.partition, r.key, r.value) for r in batch]
        extra = await consumer.getmany(timeout_ms=300)
        assert not extra
        return records
    finally:
        await consumer.stop()


async def test_a_broker_that_is_away_is_named(desk_settings: Callable[..., Settings]) -> None:
    settings = desk_settings(broker="127.0.0.1:1")
    with pytest.raises(BrokerUnavailable, match=r"Kafka at 127\.0\.0\.1:1"):
        await send([], KafkaSink(settings))


async def test_a_stopped_feed_says_so_and_keeps_what_was_sent(tmp_path: Path) -> None:
    stop, sent = asyncio.Event(), Sent()
    path = tmp_path / "events.jsonl"
    async with FileSink(str(path)) as sink:
        running = asyncio.create_task(feed(a_morning(), sink, PerSecond(50), stop, sent))
        await asyncio.sleep(0.5)
        stop.set()
        assert await running is False
    assert 10 < sent.events < 60
    assert path.read_bytes().count(b"\n") == sent.events


async def test_a_feed_of_quiet_hours_stops_when_it_is_asked_to_though_its_sink_never_waits(tmp_path: Path) -> None:
    events, stop, sent = a_morning(), asyncio.Event(), Sent()
    path = tmp_path / "events.jsonl"
    async with FileSink(str(path)) as sink:
        running = asyncio.create_task(feed(events, sink, AtOnce(), stop, sent))
        asyncio.get_running_loop().call_soon(stop.set)  # as a signal handler does, once the loop has its turn
        assert await running is False
    assert 0 < sent.events < len(events)
    assert path.read_bytes().count(b"\n") == sent.events


async def test_what_goes_out_together_is_of_one_hour_or_of_one_topic(tmp_path: Path) -> None:
    """A topic that is read before the others may not run ahead of them by more than an hour."""

    class Blocks(FileSink):
        def __init__(self) -> None:
            super().__init__(str(tmp_path / "events.jsonl"))
            self.hours: list[set[str]] = []
            self.topics: list[set[str]] = []

        async def send(self, events: Sequence[Event]) -> None:
            self.hours.append({event["occurred_at"][:13] for event in events})
            self.topics.append({topic_for(event["type"]) for event in events})
            await super().send(events)

    blocks = Blocks()
    await send(a_morning(), blocks)
    for hours, topics_of in zip(blocks.hours, blocks.topics, strict=True):
        assert len(hours) == 1 or len(topics_of) == 1
    # The years of those who were customers before go out at once, then an hour is a block.
    assert len(blocks.hours[0]) > 100
    assert 12 < len(blocks.hours) < 40
