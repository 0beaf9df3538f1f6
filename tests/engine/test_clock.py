"""A worker whose clock is wrong counts by the broker's time, is not ready, and says by how much it is wrong."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from tests.engine.conftest import MakeDesk
from tests.engine.desk import Desk
from tests.events import opened, responded
from tests.kafka.server import KafkaServer

# Tansu says no time, whatever a topic's message.timestamp.type is.
pytestmark = pytest.mark.kafka

DAY = 86_400


@pytest.fixture
def broker(kafka_server: KafkaServer) -> str:
    """Address of the broker under test."""
    return kafka_server.address()


def _just_now() -> float:
    """Return the present for `tests.events`, in seconds after their noon."""
    return time.time() - datetime(2026, 3, 2, 12, tzinfo=UTC).timestamp()


async def _answered(desk: Desk, ticket: str) -> None:
    await desk.send([opened(ticket, _just_now() - 30), responded(ticket, _just_now())])


@pytest.mark.parametrize("fast_seconds", [-600, 2 * DAY])
async def test_a_clock_that_is_slow_or_fast_costs_no_event_and_is_named(make_desk: MakeDesk, fast_seconds: int) -> None:
    desk = await make_desk()
    worker = desk.start(clock_fast_seconds=fast_seconds)
    await worker.until("ready", lambda shown: shown["ready"])
    await _answered(desk, "T1")
    shown = await worker.until("counted", lambda shown: shown["caught_up"] and shown["counters"]["applied"] == 2)
    assert shown["counters"]["rejected"] == {}
    assert not shown["fit"]
    assert abs(shown["clock_offset_seconds"] - fast_seconds) < 5
    assert abs(shown["clock"] - (shown["time"] - fast_seconds)) < 5
    word = "fast" if fast_seconds > 0 else "slow"
    assert f"s {word}, and max_clock_offset_seconds allows 5" in worker.log
    assert await worker.terminate() == 0


async def test_a_clock_that_agrees_is_fit(desk: Desk) -> None:
    worker = desk.start()
    shown = await worker.until("ready", lambda shown: shown["ready"])
    assert shown["fit"]
    assert "clock says" not in worker.log


async def test_where_the_broker_says_no_time_a_clock_in_the_future_is_named_and_waited_for(
    make_desk: MakeDesk, tmp_path: Path
) -> None:
    desk = await make_desk()
    topic = desk.settings.topic_live_counts
    client = AIOKafkaAdminClient(**desk.settings.kafka_client_options())
    await client.start()
    try:
        change = {"message.timestamp.type": "CreateTime"}
        await client.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, configs=change)])
    finally:
        await client.close()
    wrong = tmp_path / "the clock is wrong"
    wrong.touch()
    worker = desk.start(clock_fast_while=str(wrong))
    shown = await worker.until("named", lambda _: "the broker refuses records of that time" in worker.log)
    assert f"topic {topic}: message.timestamp.type is CreateTime: the broker does not say its time" in worker.log
    assert not shown["fit"]
    await _answered(desk, "T1")
    assert "joining" not in worker.log, "it waits for a clock that is right"
    wrong.unlink()
    shown = await worker.until("counted", lambda shown: shown["caught_up"] and shown["counters"]["applied"] == 2)
    assert shown["fit"]
    assert "this worker's clock agrees with the broker's again" in worker.log
    assert await worker.terminate() == 0
