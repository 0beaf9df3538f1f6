"""A partition of the dead-letter topic that cannot be written, on three brokers of which one is gone."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from aiokafka.admin import NewTopic

from stream.broker.connection import admin
from stream.core.partitioner import partition_of
from stream.core.policy import Partitioner
from tests.conftest import DeskSettings
from tests.engine.desk import open_desk
from tests.events import opened
from tests.torture.cluster import running_cluster

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(300)]

PARTITIONS = 3
GONE = 0
BAD = b"{"


async def test_a_partition_that_cannot_be_written_holds_up_no_other(
    desk_settings: DeskSettings, tmp_path: Path
) -> None:
    keys = {partition_of(key, PARTITIONS, Partitioner.MURMUR2): key for key in (b"T%d" % n for n in range(30))}
    with running_cluster(tmp_path / "cluster") as cluster:
        settings = desk_settings(
            broker=cluster.address(), partitions=PARTITIONS, replication_factor=3, commit_interval_seconds=0.3
        )
        topic, source = settings.topic_dead_letter, settings.topic_ticket_opened
        async with admin(settings) as client:
            # Partition n on broker n + 1 and nowhere else.
            alone = {number: [number + 1] for number in range(PARTITIONS)}
            config = {"min.insync.replicas": "1"}
            await client.create_topics([NewTopic(topic, -1, -1, replica_assignments=alone, topic_configs=config)])
        with open_desk(settings, tmp_path) as desk:
            await desk.create_topics()
            worker = desk.start()
            await worker.until("ready", lambda shown: shown["ready"], 60)
            cluster.nodes[GONE].kill()
            await desk.send_records([(source, key, BAD, None) for key in keys.values()])

            refused = {f"{source}|not_json": PARTITIONS}
            await worker.until("all refused", lambda shown: shown["counters"]["rejected"] == refused, 60)
            await worker.until("others written", lambda shown: shown["counters"]["dead_letters"] == PARTITIONS - 1, 60)
            async with asyncio.timeout(30):
                while set(committed := await desk.committed()) < {(source, 1), (source, 2)}:
                    await asyncio.sleep(0.1)
            assert {number: committed.get((source, number), 0) for number in range(PARTITIONS)} == {0: 0, 1: 1, 2: 1}
            await worker.until("failing", lambda shown: "dead_letters" in json.dumps(shown["counters"]["failing"]), 60)
            assert "writing dead letters failed" in worker.log
            # The numbers go on, of the partition with the letter too.
            await desk.send([opened(key.decode()) for key in keys.values()])
            await worker.until("counting", lambda shown: shown["report"]["tickets"]["opened"] == PARTITIONS, 60)

            cluster.start()
            await worker.until("all written", lambda shown: shown["counters"]["dead_letters"] == 3, 60)
            await worker.until_caught_up(60)
            committed = await desk.committed()
            assert {committed[source, number] for number in range(PARTITIONS)} == {2}
            assert len(await desk.read(topic, PARTITIONS)) == PARTITIONS
