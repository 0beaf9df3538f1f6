"""Consumer groups: who reads which partition, and what is read again after a change."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys

from aiokafka import AIOKafkaConsumer, TopicPartition

from stream.broker import topics
from tests.broker.clients import consume, member, produce
from tests.conftest import DeskSettings


async def _owned(*clients: AIOKafkaConsumer, partitions: int, seconds: float = 30) -> list[set[TopicPartition]]:
    """Wait until the clients own all partitions between them and none twice, and say who owns what.

    A member knows of its old partitions until it has rejoined, so for a moment two may name the same one.
    """
    async with asyncio.timeout(seconds):
        while True:
            owned = [set(client.assignment()) for client in clients]
            if all(owned) and sum(map(len, owned)) == len(set().union(*owned)) == partitions:
                return owned
            # A member learns of a rebalance when it polls.
            for client in clients:
                await client.getmany(timeout_ms=100)


async def test_two_members_share_the_partitions_and_none_twice(desk_settings: DeskSettings) -> None:
    settings = desk_settings(partitions=4)
    await topics.ensure(settings)
    async with member(settings, settings.topic_survey) as one:
        async with member(settings, settings.topic_survey) as two:
            assert [len(owned) for owned in await _owned(one, two, partitions=4)] == [2, 2]
        [all_of_them] = await _owned(one, partitions=4)
        assert {tp.partition for tp in all_of_them} == {0, 1, 2, 3}


async def test_a_new_member_goes_on_where_the_group_committed(desk_settings: DeskSettings) -> None:
    settings = desk_settings(partitions=1)
    await topics.ensure(settings)
    await produce(settings, settings.topic_survey, [(b"k", b"%d" % n) for n in range(100)])
    where = TopicPartition(settings.topic_survey, 0)
    async with member(settings, settings.topic_survey) as client:
        await consume(client, 100)
        await client.commit({where: 60})
    async with member(settings, settings.topic_survey) as client:
        assert [r.value for r in await consume(client, 40)] == [b"%d" % n for n in range(60, 100)]


_MEMBER = """
import asyncio, sys
from stream.settings import Settings
from tests.broker.clients import consume, member

async def main(broker, app_id, topic, count):
    settings = Settings(broker=broker, app_id=app_id, session_timeout_seconds=3)
    async with member(settings, topic) as client:
        await consume(client, int(count))
        print("read", flush=True)
        await asyncio.sleep(600)

asyncio.run(main(*sys.argv[1:]))
"""


async def test_what_a_killed_member_did_not_commit_is_read_again_by_another(desk_settings: DeskSettings) -> None:
    settings = desk_settings(partitions=2)
    await topics.ensure(settings)
    await produce(settings, settings.topic_survey, [(b"%d" % n, b"%d" % n) for n in range(50)])
    doomed = subprocess.Popen(
        [sys.executable, "-c", _MEMBER, settings.broker, settings.app_id, settings.topic_survey, "50"],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert doomed.stdout is not None
        assert await asyncio.to_thread(doomed.stdout.readline) == "read\n"
        os.kill(doomed.pid, signal.SIGKILL)
    finally:
        doomed.kill()
        doomed.communicate()
    async with member(settings, settings.topic_survey) as heir:
        assert {r.value for r in await consume(heir, 50, seconds=30)} == {b"%d" % n for n in range(50)}
