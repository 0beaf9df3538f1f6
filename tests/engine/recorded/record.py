"""Record a desk as a version of Deskpulse leaves it: `PYTHONPATH=. python .../tests/engine/recorded/record.py FILE`.

To be run in a checkout of that version, with its own virtual environment: it uses no more than tests/engine/desk.py and
tests/events.py of it. FILE gets what lies on the broker (records, committed offsets), the events, and the report of
the last worker, as JSON that is compressed.
"""

from __future__ import annotations

import asyncio
import base64
import gzip
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
from aiokafka import AIOKafkaConsumer, TopicPartition

from stream.broker.embedded import EmbeddedBroker
from stream.settings import Settings
from tests.engine.desk import Desk, Shown, WorkerProcess, open_desk
from tests.events import NOON, acquired, answered, lost, opened, purchased, responded, sent, signalled, status

NAME = "recorded"
TOPICS = ("ticket_opened", "ticket_response", "ticket_status", "survey", "customer")
TOPICS_BESIDE = ("dead_letter", "repartition", "alerts", "live_counts")
DAY_SECONDS = 86_400
BINARY = "base64:"
POLICY = "version: 1\nbaseline_weeks: 1\n"
# The clock is the newest event, so that the report is the same whenever it is made.
OPTIONS: dict[str, Any] = {
    "partitions": 2,
    "windows": ("5m", "24h"),
    "survey_windows": (),
    "grace_seconds": 0,
    "retention_days": 2,
    "clock": "watermark",
    "max_future_seconds": 10 * DAY_SECONDS,
    "session_timeout_seconds": 3,
    "commit_interval_seconds": 0.3,
}


def settings(broker: str, folder: Path, **overrides: Any) -> Settings:
    """Return the settings of the desk; its policy file is written to the folder."""
    policy_file = folder / "recorded-policy.yaml"
    policy_file.write_text(POLICY)
    topics = {f"topic_{name}": f"{NAME}-{name}" for name in (*TOPICS, *TOPICS_BESIDE)}
    own: dict[str, Any] = {
        "broker": broker,
        "app_id": NAME,
        "data_dir": folder / "data",
        "web_port": 0,
        "policy_file": policy_file,
    }
    return Settings(**(own | topics | OPTIONS | overrides))


def first_days() -> list[dict[str, Any]]:
    """Write what is over twenty days later, and what is still open then."""
    chance = random.Random(7)
    events = []
    for i in range(16):
        ticket, customer, start = f"T{i}", f"C{i % 6}", chance.uniform(0, 3600)
        where = {"channel": chance.choice(["email", "chat"]), "priority": "high", "queue": "billing"}
        events += [
            opened(ticket, start, customer_id=customer, **where),
            responded(ticket, start + chance.uniform(5, 900), agent_id=f"A{i % 3}"),
            responded(ticket, start + 950, "customer"),
            responded(ticket, start + 980, agent_id=f"A{i % 4}"),
            status(ticket, start + 1000, chance.choice(["resolved", "closed", "pending", "spam"]), queue="sales"),
        ]
        if i % 2:
            events += [sent(f"S{i}", start + 1200, ticket_id=ticket)]
            events += [answered(f"S{i}", start + 1300, chance.randint(0, 10), ticket_id=ticket, customer_id=customer)]
    for i in range(6):
        events += [acquired(f"C{i}", -40 * DAY_SECONDS), purchased(f"C{i}", 60 + i, 10.5 * i, event_id=f"p{i}")]
    return [*events, lost("C5", 7200), signalled("C4", 100, "call_missed"), responded("T99", 400, agent_id="A1")]


def last_day() -> list[dict[str, Any]]:
    """Write what happens nine days from now: a ticket is kept for so long after it was counted."""
    start = _in_nine_days()
    events = [opened(f"U{i}", start + 40 * i, channel="chat", customer_id=f"C{i}") for i in range(6)]
    events += [responded(f"U{i}", start + 40 * i + 30, agent_id="A1") for i in range(3)]
    events += [purchased("C1", start, 99.5), status("U0", start + 200, "resolved"), sent("V1", start, ticket_id="U0")]
    return [*events, answered("V1", start + 220, 3, ticket_id="U0", customer_id="C0", comment="no")]


def last_minutes() -> list[dict[str, Any]]:
    """Write what the next worker counts."""
    start = _in_nine_days() + 300
    return [opened("W1", start, channel="email"), responded("U3", start + 1, agent_id="A2"), lost("C4", start)]


def _in_nine_days() -> int:
    return (int(time.time() - NOON.timestamp()) // DAY_SECONDS + 9) * DAY_SECONDS


async def record(broker: str, folder: Path) -> dict[str, Any]:
    """Have three workers count, one after the other, of which the first is killed; return what is left."""
    with open_desk(settings(broker, folder), folder) as desk:
        await desk.create_topics()
        first = desk.start("first")
        before, after, last = first_days(), last_day(), last_minutes()
        await desk.send([*before, *before[::4]])
        await _until_counted(first, len(before))
        await desk.send(after)
        await first.until("archived", lambda shown: shown["counters"]["evicted"] > 0)
        await _until_counted(first, len(before) + len(after))
        first.kill()
        second = desk.start("second")
        await second.until("ready", lambda shown: shown["caught_up"])
        await desk.send(last)
        await _until_counted(second, len(last))
        assert await second.terminate() == 0
        third = desk.start("third")
        shown = await _until_counted(third, 0)
        assert shown["counters"]["records"] == {}, shown["counters"]["records"]
        assert await third.terminate() == 0
        return {
            "events": [*before, *after, *last],
            "report": shown["report"],
            "topics": {
                topic.removeprefix(f"{NAME}-"): await _records(desk, topic)
                for topic in (
                    *(f"{NAME}-{name}" for name in (*TOPICS, "repartition")),
                    desk.settings.changelog_topic,
                )
            },
            "committed": [[topic.removeprefix(f"{NAME}-"), *rest] for topic, *rest in await _committed(desk)],
        }


async def _until_counted(worker: WorkerProcess, events: int) -> Shown:
    def counted(shown: Shown) -> bool:
        counters = shown["counters"]
        assert not counters["rejected"], counters["rejected"]
        return bool(shown["caught_up"] and shown["report"] and counters["applied"] == events)

    await worker.until("counted", counted)
    await asyncio.sleep(2)  # the report is of what was counted
    return await worker.until("shown", counted)


async def _records(desk: Desk, topic: str) -> list[list[Any]]:
    consumer = AIOKafkaConsumer(**desk.settings.kafka_client_options())
    await consumer.start()
    try:
        places = [TopicPartition(topic, number) for number in range(desk.settings.partitions)]
        consumer.assign(places)
        await consumer.seek_to_beginning(*places)
        ends = await consumer.end_offsets(places)
        found: list[list[Any]] = []
        while any([await consumer.position(place) < ends[place] for place in places]):
            for batch in (await consumer.getmany(timeout_ms=300)).values():
                found += [list(_as_text(each)) for each in batch]
        return sorted(found)
    finally:
        await consumer.stop()


def _as_text(record: Any) -> Iterator[Any]:
    """Give partition, offset, milliseconds, key, value and headers; what is no text in base64."""
    yield from (record.partition, record.offset, record.timestamp)
    for each in (record.key, record.value):
        yield None if each is None else text_of(each)
    yield [[name, text_of(value)] for name, value in record.headers]


def text_of(value: bytes) -> str:
    """Return text, or base64 behind a word that nothing Deskpulse writes begins with."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return BINARY + base64.b64encode(value).decode()


def bytes_of(text: str) -> bytes:
    """Return what `text_of` was given."""
    return base64.b64decode(text.removeprefix(BINARY)) if text.startswith(BINARY) else text.encode()


async def _committed(desk: Desk) -> list[tuple[str, int, int]]:
    consumer = AIOKafkaConsumer(
        **desk.settings.kafka_client_options(), group_id=desk.settings.app_id, enable_auto_commit=False
    )
    await consumer.start()
    try:
        topics = [*desk.settings.source_topics().values(), desk.settings.topic_repartition]
        places = [TopicPartition(topic, number) for topic in topics for number in range(desk.settings.partitions)]
        found = [(place, await consumer.committed(place)) for place in places]
        return [(place.topic, place.partition, offset) for place, offset in found if offset]
    finally:
        await consumer.stop()


def main() -> None:
    """Record into the file that is named."""
    with EmbeddedBroker() as broker, tempfile.TemporaryDirectory() as folder:
        found = asyncio.run(record(broker.address, Path(folder)))
    Path(sys.argv[1]).write_bytes(gzip.compress(orjson.dumps(found), mtime=0))


if __name__ == "__main__":
    main()
