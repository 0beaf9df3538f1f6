"""Producers that send in transactions: a mark at the end of each takes an offset and holds no record."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import orjson
import pytest
from aiokafka import AIOKafkaProducer

from tests.conftest import DeskSettings
from tests.engine.alerting import alerts_of, at, late_by, now, write_policy
from tests.engine.desk import open_desk
from tests.events import opened

pytestmark = [pytest.mark.kafka]


@pytest.fixture
def broker(request: pytest.FixtureRequest) -> str:
    """Address of a real Kafka: the embedded broker has no transactions."""
    address: str = request.getfixturevalue("kafka_server").address()
    return address


async def test_a_worker_is_caught_up_and_alerts_although_the_last_offset_holds_no_record(
    desk_settings: DeskSettings, tmp_path: Path
) -> None:
    settings = desk_settings(partitions=2, policy_file=write_policy(tmp_path, within="4s"))
    with open_desk(settings, tmp_path) as desk:
        await desk.create_topics()
        worker = desk.start()
        await worker.until("idle", lambda shown: shown["caught_up"])
        start = now()
        producer = AIOKafkaProducer(**settings.kafka_client_options(), transactional_id=settings.app_id)
        await producer.start()
        try:
            async with producer.transaction():
                for topic in settings.source_topics().values():
                    for i in range(4):
                        value = orjson.dumps(at(opened(f"T{i}", channel="chat", event_id=f"o{i}"), start))
                        await producer.send(topic, value, key=b"T%d" % i)
        finally:
            await producer.stop()
        shown = await worker.until("all in", lambda shown: shown["counters"]["applied"] == 4)
        shown = await worker.until_caught_up()
        assert set(shown["counters"]["lag"].values()) == {0}
        alerts = await alerts_of(desk, 8)
        assert len({alert["alert_id"] for alert in alerts}) == 8
        assert max(late_by(alert) for alert in alerts) < timedelta(seconds=1)
