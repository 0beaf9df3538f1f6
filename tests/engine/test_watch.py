"""What happens to the topics while workers run is said by a worker within a minute."""

from __future__ import annotations

import asyncio

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions

from tests.engine.conftest import MakeDesk
from tests.kafka.server import KafkaServer

SECONDS = 60


async def test_a_worker_alone_looks_at_its_group_and_finds_nothing_wrong(make_desk: MakeDesk) -> None:
    desk = await make_desk()
    worker = desk.start()
    shown = await worker.until("looked", lambda shown: shown["counters"]["group_looks"].get("ok", 0) >= 2, SECONDS)
    assert shown["counters"]["misplaced"]
    assert not any(shown["counters"]["misplaced"].values())


class TestGrown:
    """On a real Kafka, as the embedded broker adds no partitions to a topic."""

    pytestmark = pytest.mark.kafka

    @pytest.fixture
    def broker(self, kafka_server: KafkaServer) -> str:
        """Address of the broker under test."""
        return kafka_server.address()

    async def test_partitions_that_are_added_are_told_by_one_of_two_workers(self, make_desk: MakeDesk) -> None:
        desk = await make_desk()
        workers = [desk.start("one"), desk.start("two")]
        for worker in workers:
            await worker.until("ready with one partition", lambda shown: shown["ready"] and len(shown["owned"]) == 1)
        topic = desk.settings.topic_survey
        client = AIOKafkaAdminClient(**desk.settings.kafka_client_options())
        await client.start()
        try:
            await client.create_partitions({topic: NewPartitions(3)})
        finally:
            await client.close()
        told = f"topic {topic}, partition 2: has 3 partitions while the setting partitions is 2"
        async with asyncio.timeout(SECONDS):
            while not any(told in worker.log for worker in workers):
                await asyncio.sleep(0.2)
        assert sum(told in worker.log for worker in workers) == 1
        [finder] = [worker for worker in workers if told in worker.log]
        grown = f"{topic}|grown"
        await finder.until("counted", lambda shown: shown["counters"]["misplaced"].get(grown) == 1)
        [other] = [worker.shown() or {} for worker in workers if worker is not finder]
        assert not other["counters"]["misplaced"].get(grown)
