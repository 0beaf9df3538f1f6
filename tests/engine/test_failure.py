"""What ends a worker, how it says so, and that nothing is lost by it."""

from __future__ import annotations

import asyncio
import socket

from stream.broker.embedded import EmbeddedBroker
from stream.broker.topics import ensure
from stream.engine.process.fatal import EXIT_STATUS
from stream.engine.worker import EXIT_NOT_FIT
from tests.conftest import DeskSettings
from tests.engine.conftest import MakeDesk
from tests.engine.desk import Desk, WorkerProcess
from tests.engine.test_numbers import assert_exact
from tests.events import opened


async def test_an_error_while_applying_ends_the_worker_and_commits_nothing_of_it(desk: Desk) -> None:
    events = [opened(f"T{i}", i) for i in range(20)]
    await desk.send(events)
    broken = desk.start("broken", fail_at=events[13]["event_id"])
    assert await broken.ended() == EXIT_STATUS
    fatal = [line for line in broken.log.splitlines() if line.startswith("FATAL")]
    assert len(fatal) == 1
    assert "while applying" in fatal[0]
    assert events[13]["event_id"] in fatal[0]
    committed = await desk.committed()
    topic = desk.settings.topic_ticket_opened
    assert sum(offset for (name, _), offset in committed.items() if name == topic) < len(events)
    fixed = desk.start("fixed")
    shown = await fixed.until_caught_up()
    assert_exact(events, shown, desk.folder)


async def test_missing_topics_are_named_with_the_command_that_makes_them(
    desk_settings: DeskSettings, desk: Desk
) -> None:
    worker = WorkerProcess(Desk(desk_settings(), desk.folder), "lonely")
    try:
        assert await worker.ended() == EXIT_NOT_FIT
    finally:
        worker.kill()
    assert "deskpulse topics --create" in worker.log


async def test_topics_of_another_number_of_partitions_are_refused(
    make_desk: MakeDesk, desk_settings: DeskSettings
) -> None:
    desk = await make_desk(partitions=2)
    other = desk_settings(app_id=desk.settings.app_id, partitions=3)
    worker = WorkerProcess(Desk(other, desk.folder), "wrong")
    try:
        assert await worker.ended() == EXIT_NOT_FIT
    finally:
        worker.kill()
    assert "partitions" in worker.log


async def test_a_worker_waits_for_a_broker_that_is_not_there_yet_and_says_how_to_fix_it(
    desk_settings: DeskSettings, desk: Desk
) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    later = Desk(desk_settings(broker=f"127.0.0.1:{port}", partitions=2), desk.folder)
    worker = later.start("early")
    try:
        await worker.until("waiting", lambda shown: shown["phase"] == "waiting for the broker")
        assert worker.log.count("no broker") == 1
        assert "DESKPULSE_BROKER" in worker.log
        with EmbeddedBroker(port):
            await ensure(later.settings)
            await later.send([opened("T1")])
            shown = await worker.until_caught_up()
            assert shown["report"]["tickets"]["opened"] == 1
            assert await worker.terminate() == 0
    finally:
        later.end()


async def test_a_worker_that_waits_for_the_broker_ends_at_once_when_told(
    desk_settings: DeskSettings, desk: Desk
) -> None:
    later = Desk(desk_settings(broker="127.0.0.1:1"), desk.folder)
    worker = later.start("patient")
    try:
        await worker.until("waiting", lambda shown: shown["phase"] == "waiting for the broker")
        async with asyncio.timeout(3):
            assert await worker.terminate() == 0
    finally:
        later.end()
