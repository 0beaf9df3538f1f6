"""A loop over aiokafka's consumer, which commits by itself every five seconds, as it does by default."""

import asyncio
import time

import orjson
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from plain_desk import ANSWERS, BROKER, GROUP, TOPICS, Desk


async def main() -> None:
    desk = Desk()
    consumer = AIOKafkaConsumer(
        *TOPICS,
        bootstrap_servers=BROKER,
        group_id=GROUP,
        auto_offset_reset="earliest",
        value_deserializer=orjson.loads,
    )
    producer = AIOKafkaProducer(bootstrap_servers=BROKER, value_serializer=orjson.dumps)
    async with consumer, producer:
        answered_at = time.monotonic()
        while True:
            for records in (await consumer.getmany(timeout_ms=200)).values():
                for record in records:
                    desk.apply(record.value)
            if time.monotonic() - answered_at >= 1:
                answered_at = time.monotonic()
                for answer in desk.changes():
                    await producer.send(ANSWERS, answer)


asyncio.run(main())
