"""Restarts of the intake and outages of the broker, with a sender that tries again: nothing lost, nothing doubled."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from stream.broker.embedded import EmbeddedBroker
from tests.conftest import DeskSettings
from tests.engine.desk import Desk, open_desk
from tests.intake.front import events_in_kafka, signature, told
from tests.intake.process import IntakeProcess
from tests.kafka.server import KafkaServer

TICKETS = 400
SENDERS = 8


class Sender:
    """A helpdesk: it sends each delivery until it is answered 2xx, and each tenth of them once more."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.attempts = 0
        self.acknowledged = 0

    async def send(self, bodies: list[bytes]) -> None:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as session:
            for number, body in enumerate(bodies):
                for _ in range(2 if number % 10 == 0 else 1):
                    await self._until_acknowledged(session, body)
                self.acknowledged += 1

    async def _until_acknowledged(self, session: aiohttp.ClientSession, body: bytes) -> None:
        while True:
            self.attempts += 1
            try:
                async with session.post(f"{self._url}/signed", data=body, headers=signature(body)) as answer:
                    if answer.status == 200:
                        return
                    assert answer.status in (429, 503), await answer.text()
            except (aiohttp.ClientError, TimeoutError):
                pass  # as helpdesks do: whatever went wrong, it comes again
            await asyncio.sleep(0.1)


Trouble = Callable[[IntakeProcess], Awaitable[None]]


async def _through(desk: Desk, folder: Path, troubles: list[Trouble]) -> None:
    """Send through troubles, one after the other while deliveries go on, and compare what is counted with what was."""
    now = time.time()
    bodies: list[list[bytes]] = [[] for _ in range(SENDERS)]
    for n in range(TICKETS):
        opened_at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now - 600 + n // 4))
        answered_at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now - 300 + n // 4))
        bodies[n % SENDERS] += [told("opened", f"T-{n}", opened_at), told("answered", f"T-{n}", answered_at)]
    intake = IntakeProcess(desk.settings, folder)
    sender = Sender(intake.url)
    worker = desk.start()
    try:
        sending = asyncio.gather(*(sender.send(part) for part in bodies))
        for number, trouble in enumerate(troubles, 1):
            async with asyncio.timeout(60):
                while sender.acknowledged < 2 * TICKETS * number // (len(troubles) + 1):
                    assert not sending.done() or sending.result() is None
                    await asyncio.sleep(0.01)
            assert not sending.done()  # the trouble comes in the middle
            await trouble(intake)
        await asyncio.wait_for(sending, 120)
        assert intake.end(signal.SIGTERM) == 0, intake.log
    finally:
        intake.close()
    assert sender.attempts > 2 * TICKETS
    events = [event.event_id for *_, event in await events_in_kafka(desk, 2 * TICKETS)]
    assert set(events) == {f"T-{n}:{what}" for n in range(TICKETS) for what in ("opened", "answered")}
    shown = await worker.until_caught_up(60)
    report: dict[str, Any] = shown["report"]
    assert report["tickets"]["opened"] == TICKETS
    assert shown["counters"]["applied"] == 2 * TICKETS
    assert shown["counters"]["duplicates"] == len(events) - 2 * TICKETS > 0
    assert "Traceback" not in intake.log


async def _sigterm(intake: IntakeProcess) -> None:
    assert await asyncio.to_thread(intake.end, signal.SIGTERM) == 0, intake.log
    intake.start()


async def _kill(intake: IntakeProcess) -> None:
    await asyncio.to_thread(intake.end, signal.SIGKILL)
    intake.start()


@pytest.mark.slow
async def test_the_intake_ends_and_is_killed_and_the_broker_stands_still_and_everything_counts_once(
    desk_settings: DeskSettings, tmp_path: Path
):
    with EmbeddedBroker() as broker:

        async def pause(intake: IntakeProcess) -> None:
            os.kill(broker.pid, signal.SIGSTOP)
            try:
                said = intake.log.count("Kafka acknowledges nothing")
                await intake.until(lambda log: log.count("Kafka acknowledges nothing") > said)
            finally:
                os.kill(broker.pid, signal.SIGCONT)

        settings = desk_settings(broker=broker.address, partitions=2, commit_interval_seconds=0.3, intake_ack_seconds=1)
        with open_desk(settings, tmp_path) as desk:
            await desk.create_topics()
            await _through(desk, tmp_path, [_sigterm, _kill, pause, _kill, _sigterm])


@pytest.mark.kafka
async def test_a_real_broker_that_is_started_anew_loses_and_doubles_nothing(
    desk_settings: DeskSettings, tmp_path: Path
):
    server = KafkaServer(tmp_path / "kafka")
    server.start()
    try:

        async def restart(_: IntakeProcess) -> None:
            await asyncio.to_thread(server.kill)
            await asyncio.to_thread(server.start)

        settings = desk_settings(broker=server.address(), partitions=2, commit_interval_seconds=0.3)
        with open_desk(settings, tmp_path) as desk:
            await desk.create_topics()
            await _through(desk, tmp_path, [restart, _kill])
    finally:
        server.stop()
