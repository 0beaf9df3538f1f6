"""The committed offsets of the workers' group with their metadata, and where partitions begin and end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError
from aiokafka.structs import OffsetAndMetadata

from stream.broker.cluster import read_state
from stream.broker.connection import admin, client_options
from stream.broker.errors import BrokerUnavailable
from stream.broker.lag import NEVER_COMMITTED, offsets
from stream.settings import Settings

Place = tuple[str, int]


@dataclass(frozen=True, slots=True)
class LogState:
    """A changelog partition and the offsets that imply what it holds.

    begin, end: its first offset, and the one its next record gets. committed: offset and metadata of each source topic
    that the group committed in this partition.
    """

    begin: int
    end: int
    committed: Mapping[str, OffsetAndMetadata]


def read_topics(settings: Settings) -> tuple[str, ...]:
    """Return the topics whose offsets workers commit: the sources and the repartition topic."""
    return (*settings.source_topics().values(), settings.topic_repartition)


async def read_log_states(settings: Settings, partitions: Iterable[int] | None = None) -> dict[int, LogState]:
    """Look at changelog partitions, all of them without an argument. Raises BrokerUnavailable.

    Empty when there is no changelog topic.
    """
    topic, topics = settings.changelog_topic, read_topics(settings)
    try:
        async with admin(settings) as client:
            cluster = await read_state(client, [topic, *topics])
            if topic not in cluster.topics:
                return {}
            wanted = range(cluster.topics[topic].partitions) if partitions is None else sorted(partitions)
            where = [
                TopicPartition(name, number)
                for name in topics
                if name in cluster.topics
                for number in wanted
                if number < cluster.topics[name].partitions
            ]
            coordinator = await client.find_coordinator(settings.app_id)
            found = await client.list_consumer_group_offsets(settings.app_id, coordinator, where) if where else {}
    except KafkaError as error:
        raise BrokerUnavailable(f"the offsets of group {settings.app_id} cannot be read: {error}") from error
    begin, end = await offsets(settings, [TopicPartition(topic, number) for number in wanted])
    return {
        number: LogState(
            begin[TopicPartition(topic, number)],
            end[TopicPartition(topic, number)],
            {tp.topic: kept for tp, kept in found.items() if tp.partition == number and kept.offset != NEVER_COMMITTED},
        )
        for number in wanted
    }


async def source_ends(settings: Settings, partitions: Iterable[int]) -> tuple[dict[Place, int], dict[Place, int]]:
    """Return the first offset of each source partition, and the one its next record gets. Raises BrokerUnavailable."""
    where = [TopicPartition(topic, number) for topic in read_topics(settings) for number in partitions]
    begin, end = await offsets(settings, where)
    return {(*tp,): offset for tp, offset in begin.items()}, {(*tp,): offset for tp, offset in end.items()}


async def commit(settings: Settings, wanted: Mapping[Place, OffsetAndMetadata]) -> None:
    """Commit offsets for the group while it has no members. Raises KafkaError."""
    consumer = AIOKafkaConsumer(**client_options(settings), group_id=settings.app_id, enable_auto_commit=False)
    await consumer.start()
    try:
        where: Sequence[TopicPartition] = [TopicPartition(*place) for place in wanted]
        consumer.assign(where)
        await consumer.commit({TopicPartition(*place): kept for place, kept in wanted.items()})
    finally:
        await consumer.stop()
