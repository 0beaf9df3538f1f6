"""The broker goes away for a minute and comes back: the worker is still there and so are the numbers."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from tests.conftest import DeskSettings
from tests.engine.desk import open_desk
from tests.engine.test_numbers import assert_exact, story
from tests.kafka.jars import CannotRunKafkaError
from tests.kafka.server import KafkaServer

pytestmark = [pytest.mark.slow, pytest.mark.kafka, pytest.mark.timeout(420)]

OUTAGE_SECONDS = 60


async def test_a_worker_outlives_an_outage_of_the_broker(desk_settings: DeskSettings, tmp_path: Path) -> None:
    try:
        server = KafkaServer(tmp_path / "kafka")
    except CannotRunKafkaError as reason:
        pytest.skip(str(reason))
    events = story(3000)
    half = len(events) // 2
    server.start()
    try:
        with open_desk(desk_settings(broker=server.address(), partitions=2), tmp_path) as desk:
            await desk.create_topics()
            worker = desk.start()
            await worker.until("ready", lambda shown: shown["ready"])
            await desk.send(events[:half])
            await worker.until("under way", lambda shown: shown["counters"]["applied"] > 0)
            server.kill()  # records are read, and being written, at this moment
            began = time.monotonic()
            await asyncio.sleep(OUTAGE_SECONDS)
            assert worker.running, worker.log
            cut_off = worker.shown() or {}
            assert cut_off["owned"] == [], "cut off from the group, others may own what it holds"
            assert cut_off["phase"] == "waiting for the broker"
            assert time.time() - cut_off["time"] < 2, "it must not stand still meanwhile"
            await asyncio.to_thread(server.start)
            print(f"away for {time.monotonic() - began:.0f} s")
            await desk.send(events[half:])
            # Of what came while it was cut off it hears when it asks the broker again.
            await worker.until("all read", lambda shown: sum(shown["counters"]["records"].values()) >= len(events), 120)
            shown = await worker.until_caught_up(120)
            assert_exact(events, shown, tmp_path)
            assert worker.log.count("\n") < 60, f"the log is flooded:\n{worker.log}"
            print(worker.log)
            assert await worker.terminate() == 0
    finally:
        server.stop()
