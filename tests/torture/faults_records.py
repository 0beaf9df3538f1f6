"""Records that are bad, doubled, aborted or withheld, and topics that somebody touches."""

from __future__ import annotations

import asyncio
import time

import orjson
from aiokafka import AIOKafkaProducer

from schemas.codec import topic_for
from tests.engine.desk import key
from tests.torture.hostile import SMALL
from tests.torture.kinds import fault
from tests.torture.siege import Siege

BOMB_BYTES = 110_000_000


@fault("hostile records among the good ones")
async def hostile_records(siege: Siege) -> None:
    topics = list(siege.settings.source_topics().values())
    async with siege.under_load():
        await siege.desk.send_records(
            (siege.chance.choice(topics), b"H%d" % i, siege.chance.choice(SMALL)(siege.chance) or b"", None)
            for i in range(300)
        )


@fault("everything that was sent is sent once more")
async def storm_of_duplicates(siege: Siege) -> None:
    async with siege.under_load():
        again = list(siege.truth.acknowledged.values())
        siege.chance.shuffle(again)
        await siege.feed.send(again[:5000])


async def _transactions(siege: Siege) -> None:
    """Send events in transactions, every other of which is aborted."""
    topics = siege.settings.source_topics()
    producer = AIOKafkaProducer(
        bootstrap_servers=siege.cluster.address(), transactional_id=f"{siege.settings.app_id}-feed"
    )
    await producer.start()
    try:
        for i in range(8):
            events = siege.take(25)
            await producer.begin_transaction()
            if i % 2:
                for event in events:
                    siege.truth.sends(event)
            for event in events:
                await producer.send(topics[topic_for(event["type"])], orjson.dumps(event), key=key(event))
            await producer.flush()
            await asyncio.sleep(siege.chance.uniform(0, 0.5))  # open, as what is read uncommitted is read by now
            if i % 2:
                await producer.commit_transaction()
                for event in events:
                    siege.truth.has(event, time.time())
            else:
                await producer.abort_transaction()
    finally:
        await producer.stop()


@fault("transactions, half of them aborted")
async def aborted(siege: Siege) -> None:
    await _transactions(siege)


@fault("transactions, half of them aborted, and a worker killed")
async def aborted_and_killed(siege: Siege) -> None:
    sending = asyncio.create_task(_transactions(siege))
    await asyncio.sleep(1)
    siege.kill(siege.any_worker())
    await sending
    siege.restart_the_fallen()


@fault("a third of what is fetched is lost between the client and the engine")
async def dropped(siege: Siege) -> None:
    slots = list(siege.workers)
    with siege.armed(slots, "lost_fetches"):
        async with siege.under_load():
            await asyncio.sleep(3)


@fault("records under wrong keys, and a worker killed")
async def wrong_keys(siege: Siege) -> None:
    topics = siege.settings.source_topics()
    events = siege.take(200)
    for event in events:
        siege.truth.sends(event)
    async with siege.under_load():
        await siege.desk.send_records(
            (topics[topic_for(event["type"])], b"wrong-%d" % (i % 50), orjson.dumps(event), None)
            for i, event in enumerate(events)
        )
        for event in events:
            siege.truth.has(event, time.time())
        siege.kill(siege.any_worker())
    siege.restart_the_fallen()


@fault("a record of 114 kB that unpacks to 110 MB")
async def bomb(siege: Siege) -> None:
    producer = AIOKafkaProducer(
        bootstrap_servers=siege.cluster.address(), acks="all", compression_type="gzip", max_request_size=1 << 28
    )
    await producer.start()
    try:
        async with siege.under_load():
            await producer.send_and_wait(siege.settings.topic_survey, b" " * BOMB_BYTES, key=b"bomb")
            await asyncio.sleep(2)
    finally:
        await producer.stop()
