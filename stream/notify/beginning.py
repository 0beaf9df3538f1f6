"""Where a receiver begins that is new: with the next alert, and not with those of last week."""

from __future__ import annotations

import logging

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import CommitFailedError, IllegalGenerationError, UnknownMemberIdError

from stream.broker.cluster import read_state
from stream.broker.connection import admin
from stream.settings import Settings

log = logging.getLogger("deskpulse.notify")


async def begin_group(settings: Settings, group: str) -> None:
    """Commit the end of the alerts topic for a group that has committed nothing, so that it misses nothing from now on.

    Raises KafkaError, and BrokerUnavailable.
    """
    topic = settings.topic_alerts
    async with admin(settings) as client:
        count = (await read_state(client, [topic])).topics[topic].partitions
    partitions = [TopicPartition(topic, number) for number in range(count)]
    consumer = AIOKafkaConsumer(**settings.kafka_client_options(), group_id=group, enable_auto_commit=False)
    try:
        await consumer.start()
        consumer.assign(partitions)
        if any([await consumer.committed(tp) is not None for tp in partitions]):
            return
        ends = await consumer.end_offsets(partitions)
        await consumer.commit(ends)
        log.info("group %s begins with the next alert", group)
    except (CommitFailedError, IllegalGenerationError, UnknownMemberIdError):
        return  # another process has members in it by now, and began it
    finally:
        await consumer.stop()
