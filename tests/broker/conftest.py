"""Run every test of this folder on both brokers: the embedded one, and with `-m kafka` a real Kafka."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from aiokafka.admin import NewTopic

from stream.broker.connection import admin
from stream.settings import Settings

CreateTopic = Callable[..., Awaitable[None]]


@pytest.fixture
def broker(each_broker: str) -> str:
    """Address of the broker under test."""
    return each_broker


@pytest.fixture
def create_topic() -> CreateTopic:
    """Create a topic as somebody else would: `await create_topic(settings, name, partitions, config)`."""

    async def create(
        settings: Settings, name: str, partitions: int, config: dict[str, str] | None = None, replicas: int = 1
    ) -> None:
        async with admin(settings) as client:
            answer = await client.create_topics([NewTopic(name, partitions, replicas, topic_configs=config or {})])
            assert [code for _, code, *_ in answer.topic_errors] == [0], answer
            # Kafka answers before it lists the topic.
            async with asyncio.timeout(10):
                while name not in await client.list_topics():
                    await asyncio.sleep(0.02)

    return create
