"""What the tests that run a worker on a real Kafka share."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from stream.settings import Settings
from tests.kafka.jars import CannotRunKafkaError
from tests.kafka.server import KafkaServer
from tests.kafka.worker import Worker, workers

StartWorker = Callable[[Settings], Worker]


@pytest.fixture
def broker(kafka_server: KafkaServer) -> str:
    """Address of the Kafka that the tests share."""
    return kafka_server.address()


@pytest.fixture(scope="module")
def _second_kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaServer]:
    try:
        server = KafkaServer(tmp_path_factory.mktemp("second-kafka"))
    except CannotRunKafkaError as reason:
        pytest.skip(str(reason))
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture
def own_kafka(_second_kafka: KafkaServer) -> KafkaServer:
    """A Kafka that a test may stop and start as it likes; it runs when the test begins."""
    if not _second_kafka.running:
        _second_kafka.start()
    return _second_kafka


@pytest_asyncio.fixture
async def start_worker(tmp_path: Path) -> AsyncIterator[StartWorker]:
    """Start a real worker with settings: `worker = start_worker(settings)`."""
    async with workers(tmp_path) as start:
        yield start
