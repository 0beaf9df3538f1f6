"""Records that are small on the wire and huge unpacked: set aside, at no cost to the others."""

from __future__ import annotations

import asyncio

import orjson
import psutil
import pytest
from aiokafka import AIOKafkaProducer

from stream.broker.topics import ensure
from stream.engine.desk.view import Phase
from stream.settings import Settings
from tests.broker.clients import consume, reader
from tests.conftest import DeskSettings
from tests.events import opened
from tests.kafka.conftest import StartWorker
from tests.kafka.worker import Worker

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(300)]

UNPACKED_BYTES = 110_000_000  # more than a broker takes in one request (socket.request.max.bytes)
BOMBS = 8
TICKETS = 300
# An idle worker takes 110 MiB. One such record is there twice while it is taken out of its batch, and each of the two
# partitions may have one in hand; on a busy machine what the last one took is not given back yet.
RSS_BYTES = 720 << 20


async def test_records_that_unpack_to_110_megabytes_are_dead_letters_and_the_others_are_counted(
    broker: str, desk_settings: DeskSettings, start_worker: StartWorker
) -> None:
    settings = desk_settings(broker=broker, partitions=2)
    await ensure(settings)
    worker = start_worker(settings)
    await worker.until_phase(Phase.READY)
    memory = asyncio.create_task(_most_memory(worker))

    await _send_bombs(settings)
    await _send_tickets(settings)
    shown = await worker.until_caught_up(120)

    assert shown["tickets"]["opened"] == TICKETS
    async with reader(settings, settings.topic_dead_letter) as client:
        letters = await consume(client, BOMBS)
    for letter in letters:
        headers = dict(letter.headers)
        assert headers["deskpulse.reason"] == b"too_large"
        assert headers["deskpulse.truncated"] == b"%d" % UNPACKED_BYTES
        assert letter.value == b"x" * len(letter.value)
        assert 100_000 < len(letter.value) < 2_000_000
    assert await worker.metric("deskpulse_dead_letters_truncated_total") == BOMBS
    assert await worker.end() == 0, worker.log
    most = await memory
    print(f"RSS at most {most >> 20} MiB")
    assert most < RSS_BYTES, f"{most >> 20} MiB"


async def _send_bombs(settings: Settings) -> None:
    """Send them as one that compresses does: some hundred kilobytes for each, all of them in one fetch."""
    async with AIOKafkaProducer(
        bootstrap_servers=settings.broker, compression_type="gzip", max_request_size=1 << 28
    ) as client:
        for _ in range(BOMBS):
            await client.send_and_wait(settings.topic_survey, b"x" * UNPACKED_BYTES, key=b"S1", partition=0)


async def _send_tickets(settings: Settings) -> None:
    async with AIOKafkaProducer(bootstrap_servers=settings.broker) as client:
        for number in range(TICKETS):
            event = opened(f"T{number}")
            await client.send(settings.topic_ticket_opened, orjson.dumps(event), key=f"T{number}".encode())


async def _most_memory(worker: Worker) -> int:
    """Return the largest resident set that was seen until the process ended, in bytes."""
    process, most = psutil.Process(worker.process.pid), 0
    while worker.process.poll() is None:
        try:
            most = max(most, process.memory_info().rss)
        except psutil.NoSuchProcess:
            break
        await asyncio.sleep(0.02)
    return most
