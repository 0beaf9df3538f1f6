"""`deskpulse import` to Kafka."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import orjson
import pytest
import typer
from aiokafka import AIOKafkaConsumer, TopicPartition
from typer.testing import CliRunner

from schemas.codec import topic_for
from stream.cli.import_file import import_file
from stream.core.partitioner import partition_of
from stream.settings import Settings
from tests.conftest import DeskSettings

MAPPING = Path("examples/mappings/my-helpdesk.yaml").resolve()
EXPORT = Path("examples/mappings/my-helpdesk.csv").resolve()

app = typer.Typer()
app.command()(import_file)


async def records(settings: Settings, count: int) -> list[tuple[str, int, str, dict[str, Any]]]:
    """Topic, partition, key and event of the first so many records of the desk's topics."""
    consumer = AIOKafkaConsumer(bootstrap_servers=settings.broker, auto_offset_reset="earliest")
    await consumer.start()
    found: list[tuple[str, int, str, dict[str, Any]]] = []
    try:
        places = [TopicPartition(t, p) for t in settings.source_topics().values() for p in range(settings.partitions)]
        consumer.assign(places)
        await consumer.seek_to_beginning(*places)
        async with asyncio.timeout(30):
            while len(found) < count:
                batches = await consumer.getmany(timeout_ms=500)
                found += [
                    (r.topic, r.partition, r.key.decode(), orjson.loads(r.value)) for b in batches.values() for r in b
                ]
    finally:
        await consumer.stop()
    return found


def test_an_import_creates_the_topics_and_sends_each_event_where_it_belongs_and_again_the_same(
    desk_settings: DeskSettings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    settings = desk_settings()
    for name in ("broker", "app_id", *(field for field in type(settings).model_fields if field.startswith("topic_"))):
        monkeypatch.setenv(f"DESKPULSE_{name.upper()}", str(getattr(settings, name)))
    arguments = [str(EXPORT), "--mapping", str(MAPPING), "--rejected", str(tmp_path / "rejected.jsonl")]
    written = CliRunner().invoke(app, [*arguments, "--to", str(tmp_path / "events.jsonl")])
    assert written.exit_code == 0
    expected = [orjson.loads(line) for line in (tmp_path / "events.jsonl").read_bytes().splitlines()]

    for times in (1, 2):
        result = CliRunner().invoke(app, arguments)
        assert result.exit_code == 0, result.output
        assert f"{len(expected)} events of 4 opened tickets sent to Kafka at {settings.broker}" in result.stdout
        found = asyncio.run(records(settings, times * len(expected)))
        for topic, partition, key, event in found:
            assert key == event["ticket_id"]
            assert topic == settings.source_topics()[topic_for(event["type"])]
            assert partition == partition_of(key.encode(), settings.partitions, settings.partitioner)
        by_id = {event["event_id"]: event for _, _, _, event in found}
        assert sorted(by_id.values(), key=str) == sorted(expected, key=str)
        assert len(found) == times * len(expected)
