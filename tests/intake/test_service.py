"""The process: before there is a broker, at its end, and when somebody holds connections by the thousand."""

from __future__ import annotations

import asyncio
import logging
import os
import re
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import aiohttp
import pytest

from stream.intake.service import EXIT_NOT_FIT, Service
from stream.intake.source import Source
from stream.serve.server import PortTakenError
from tests.conftest import DeskSettings
from tests.e2e.workers import free_port
from tests.engine.desk import Desk
from tests.flood import attack, room, worst
from tests.intake.front import SECRET, SIGNED, signature, sources, told
from tests.intake.process import IntakeProcess

COUNT = 2000
SOON_SECONDS = 1.0


async def _deliver(url: str, ticket: str = "T-1") -> int:
    body = told("opened", ticket)
    async with (
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=15)) as session,
        session.post(f"{url}/signed", data=body, headers=signature(body)) as answer,
    ):
        return answer.status


async def _until(caplog: pytest.LogCaptureFixture, said: str) -> None:
    async with asyncio.timeout(30):
        while said not in caplog.text:
            await asyncio.sleep(0.02)


@asynccontextmanager
async def _reachable_at(port: int, broker: str) -> AsyncIterator[None]:
    """Forward a port to a broker."""

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65_536):
            writer.write(data)
        writer.close()

    async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host, _, its_port = broker.rpartition(":")
        there, to = await asyncio.open_connection(host, int(its_port))
        await asyncio.gather(pump(reader, to), pump(there, writer), return_exceptions=True)

    server = await asyncio.start_server(forward, "127.0.0.1", port)
    try:
        yield
    finally:
        server.close()


async def test_without_a_broker_it_says_so_once_answers_503_and_goes_on_when_there_is_one(
    desk: Desk, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.INFO, "deskpulse")
    port, own = free_port(), free_port()
    settings = desk.settings.model_copy(update={"broker": f"127.0.0.1:{port}", "intake_port": own})
    given = sources(SIGNED, tmp_path)
    service = Service(settings, given, lambda: given)
    running = asyncio.create_task(service.run())
    url = f"http://127.0.0.1:{own}"
    await _until(caplog, "no broker: ")
    assert await _deliver(url) == 503
    async with _reachable_at(port, desk.settings.broker):
        await _until(caplog, "ready: Kafka is at")
        assert await _deliver(url) == 200
        service.stop()
        assert await running == 0
    assert caplog.text.count("no broker: ") == 1
    assert f"127.0.0.1:{port}" in caplog.text
    assert "stopped; every delivery that was acknowledged is in Kafka" in caplog.text


async def test_topics_that_are_missing_and_a_port_that_is_taken_end_it_with_the_fix(
    desk_settings: DeskSettings, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    given = sources(SIGNED, tmp_path)
    assert await Service(desk_settings(partitions=1, intake_port=0), given, lambda: given).run() == EXIT_NOT_FIT
    assert "fix it with: deskpulse topics --create" in caplog.text
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        settings = desk_settings(partitions=1, intake_port=taken.getsockname()[1])
        with pytest.raises(PortTakenError, match="choose another with DESKPULSE_INTAKE_PORT"):
            await Service(settings, given, lambda: given).run()


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="there is no such signal here")
async def test_on_a_hangup_sources_and_secrets_are_read_again_and_a_wrong_file_changes_nothing(
    desk: Desk, tmp_path: Path
):
    intake = IntakeProcess(desk.settings, tmp_path)
    file, secret = tmp_path / "intake.yaml", tmp_path / "secret"
    body, taken = told("opened"), "the file of sources was read again"

    async def answered(path: str, key: str) -> int:
        async with (
            aiohttp.ClientSession() as session,
            session.post(intake.url + path, data=body, headers=signature(body, key)) as answer,
        ):
            return answer.status

    async def reloads() -> dict[str, int]:
        async with aiohttp.ClientSession() as session, session.get(f"{intake.url}/metrics") as answer:
            found = re.findall(
                r'^deskpulse_intake_reloads_total\{result="(\w+)"\} (\d+)', await answer.text(), re.MULTILINE
            )
        return {result: int(count) for result, count in found}

    try:
        await intake.until(lambda log: "ready: Kafka is at" in log)
        assert await reloads() == {"ok": 0, "failed": 0}
        assert (await answered("/signed", SECRET), await answered("/further", SECRET)) == (200, 404)
        secret.write_text("one")
        file.write_text(file.read_text().replace("{env: NEW_SECRET}", "{file: secret}").replace("/signed", "/further"))
        intake.process.send_signal(signal.SIGHUP)
        await intake.until(lambda log: taken in log)
        assert (await answered("/signed", SECRET), await answered("/further", "one")) == (404, 200)
        secret.write_text("two")
        intake.process.send_signal(signal.SIGHUP)
        await intake.until(lambda log: log.count(taken) == 2)
        assert (await answered("/further", "one"), await answered("/further", "two")) == (401, 200)
        file.write_text("sources: []")
        intake.process.send_signal(signal.SIGHUP)
        await intake.until(lambda log: "the sources from before stay" in log)
        assert "intake.yaml:1: sources: " in intake.log
        assert await reloads() == {"ok": 2, "failed": 1}
        assert await answered("/further", "two") == 200
        assert await asyncio.to_thread(intake.end, signal.SIGTERM) == 0
    finally:
        intake.close()


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
                assert await _deliver(intake.url, f"T-{number}") == 200
            assert asyncio.get_running_loop().time() - began < 20 * SOON_SECONDS
        assert await asyncio.to_thread(intake.end, signal.SIGTERM) == 0
    finally:
        intake.close()
    assert "Traceback" not in intake.log


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="there is no such signal here")
async def test_a_fault_while_the_file_is_read_again_ends_the_service(
    desk: Desk, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.INFO, "deskpulse")

    def read() -> tuple[Source, ...]:
        raise KeyError("a fault inside")

    running = asyncio.create_task(Service(desk.settings, sources(SIGNED, tmp_path), read).run())
    await _until(caplog, "ready: Kafka is at")
    os.kill(os.getpid(), signal.SIGHUP)
    with pytest.raises(KeyError, match="a fault inside"):
        await running
