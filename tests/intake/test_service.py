"""The process: before there is a broker, at its end, and when somebody holds connections by the thousand."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import aiohttp
import pytest

from stream.broker.embedded import EmbeddedBroker
from tests.conftest import DeskSettings
from tests.e2e.workers import free_port
from tests.engine.desk import Desk
from tests.flood import attack, room, worst
from tests.intake.front import signature, told
from tests.intake.process import IntakeProcess

COUNT = 2000
SOON_SECONDS = 1.0


async def _deliver(intake: IntakeProcess, ticket: str = "T-1") -> int:
    body = told("opened", ticket)
    async with (
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=15)) as session,
        session.post(f"{intake.url}/signed", data=body, headers=signature(body)) as answer,
    ):
        return answer.status


async def test_without_a_broker_it_says_so_once_answers_503_and_goes_on_when_there_is_one(
    desk_settings: DeskSettings, tmp_path: Path
):
    port = free_port()
    settings = desk_settings(broker=f"127.0.0.1:{port}", partitions=1)
    intake = IntakeProcess(settings, tmp_path)
    try:
        await intake.until(lambda log: "no broker: " in log)
        assert await _deliver(intake) == 503
        with EmbeddedBroker(port=port):
            await Desk(settings, tmp_path).create_topics()
            await intake.until(lambda log: "ready: Kafka is at" in log)
            assert await _deliver(intake) == 200
            assert await asyncio.to_thread(intake.end, signal.SIGTERM) == 0
    finally:
        intake.close()
    assert intake.log.count("no broker: ") == 1
    assert f"127.0.0.1:{port}" in intake.log
    assert "stopped; every delivery that was acknowledged is in Kafka" in intake.log
    assert "Traceback" not in intake.log


async def test_topics_that_are_missing_and_a_port_that_is_taken_end_it_with_the_fix(
    desk_settings: DeskSettings, tmp_path: Path
):
    intake = IntakeProcess(desk_settings(partitions=1), tmp_path)
    try:
        assert await asyncio.to_thread(intake.process.wait, 30) == 78
        assert "deskpulse topics --create" in intake.log
        with closing(socket.socket()) as taken:
            taken.bind(("127.0.0.1", intake.port))
            taken.listen()
            intake.start()
            assert await asyncio.to_thread(intake.process.wait, 30) == 78
        assert "choose another with DESKPULSE_INTAKE_PORT" in intake.log
    finally:
        intake.close()
    assert "Traceback" not in intake.log


@asynccontextmanager
async def _bodies_that_do_not_come(intake: IntakeProcess, count: int) -> AsyncIterator[None]:
    head = b"POST /signed HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{"
    writers = []
    for _ in range(count):
        _, writer = await asyncio.open_connection("127.0.0.1", intake.port, limit=1024)
        writer.write(head)
        writers.append(writer)
    try:
        yield
    finally:
        for writer in writers:
            writer.transport.abort()
        await asyncio.sleep(0)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["keep-alive", "byte-a-second", "bodies that do not come"])
async def test_two_thousand_connections_that_do_nothing_leave_it_answering(desk: Desk, tmp_path: Path, kind: str):
    if (why := room(COUNT)) is not None:
        pytest.skip(why)
    intake = IntakeProcess(desk.settings, tmp_path)
    try:
        await intake.until(lambda log: "ready: Kafka is at" in log)
        await worst(intake.url)  # the first of each is slower
        crowd = _bodies_that_do_not_come(intake, COUNT) if "bodies" in kind else attack(intake.url, kind, COUNT)
        async with crowd:
            longest = await worst(intake.url)
            assert max(longest.values()) < SOON_SECONDS, longest
            began = asyncio.get_running_loop().time()
            for number in range(20):
                assert await _deliver(intake, f"T-{number}") == 200
            assert asyncio.get_running_loop().time() - began < 20 * SOON_SECONDS
        assert await asyncio.to_thread(intake.end, signal.SIGTERM) == 0
    finally:
        intake.close()
    assert "Traceback" not in intake.log
