"""A real worker on a real Kafka: exact numbers through a broker's restart and from a compacted changelog."""

from __future__ import annotations

import asyncio
import random
import signal
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson
import pytest
from aiokafka import TopicPartition
from aiokafka.admin import NewTopic

from schemas.codec import topic_for
from stream.broker.connection import admin
from stream.broker.lag import offsets
from stream.broker.topics import ensure, plan_topics
from stream.engine.desk.view import Phase
from stream.settings import Settings
from stream.verify.compare import compare
from stream.verify.instant import microseconds
from stream.verify.options import Options
from stream.verify.oracle import Oracle
from tests.broker.clients import producer, reader
from tests.conftest import DeskSettings
from tests.engine.desk import key
from tests.engine.test_numbers import story
from tests.events import NOON
from tests.kafka.conftest import StartWorker
from tests.kafka.server import PASSWORD, USER, KafkaServer

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(300)]

Events = list[dict[str, Any]]


def _recent(tickets: int, seed: int = 1) -> Events:
    """Events of the last two hours, so that sliding windows hold some of them."""
    return story(tickets, seed, since_noon=time.time() - NOON.timestamp() - 7200)


def _disordered(events: Events) -> Events:
    """The events in any order, a third of them twice."""
    records = events + events[::3]
    random.Random(7).shuffle(records)
    return records


async def _send(settings: Settings, events: Sequence[dict[str, Any]], seconds: float = 0) -> None:
    """Send events spread over so many seconds, each acknowledged in the end."""
    names = settings.source_topics()
    acknowledgements = []
    async with producer(settings) as client:
        for event in events:
            acknowledgements.append(
                await client.send(names[topic_for(event["type"])], orjson.dumps(event), key=key(event))
            )
            if seconds:
                await asyncio.sleep(seconds / len(events))
        await asyncio.gather(*acknowledgements)


def _assert_exact(events: Events, snapshot: dict[str, Any], folder: Path) -> None:
    """Compare a worker's snapshot with the oracle's numbers of the events at the same instant."""
    lines = folder / "events.jsonl"
    lines.write_bytes(b"".join(orjson.dumps(event) + b"\n" for event in events))
    oracle = Oracle([lines], microseconds(snapshot["as_of"]), Options.of_snapshot(snapshot))
    found = compare(oracle.report(), snapshot)
    assert found.numbers > 1000
    assert not found.differences, found.differences[:5]


@pytest.mark.parametrize("how", ["stop", "kill"])
async def test_the_numbers_are_exact_after_the_broker_was_restarted_under_load(
    own_kafka: KafkaServer, desk_settings: DeskSettings, start_worker: StartWorker, tmp_path: Path, how: str
) -> None:
    settings = desk_settings(broker=own_kafka.address(), partitions=2)
    await ensure(settings)
    worker = start_worker(settings)
    await worker.until_phase(Phase.READY)
    events = _recent(1500)

    sending = asyncio.create_task(_send(settings, _disordered(events), seconds=6))
    await asyncio.sleep(2)
    await asyncio.to_thread(getattr(own_kafka, how))
    await asyncio.sleep(3)
    await asyncio.to_thread(own_kafka.start)
    await sending

    snapshot = await worker.until_caught_up(120)
    _assert_exact(events, snapshot, tmp_path)
    assert await worker.end() == 0, worker.log


async def test_a_worker_that_is_earlier_than_its_broker_waits_for_it(
    own_kafka: KafkaServer, desk_settings: DeskSettings, start_worker: StartWorker, tmp_path: Path
) -> None:
    settings = desk_settings(broker=own_kafka.address(), partitions=2)
    await ensure(settings)
    events = _recent(50)
    await _send(settings, events)
    await asyncio.to_thread(own_kafka.stop)

    worker = start_worker(settings)
    await worker.until_phase(Phase.WAITING_FOR_BROKER)
    assert "nothing listens there" in worker.log
    await asyncio.to_thread(own_kafka.start)

    _assert_exact(events, await worker.until_caught_up(), tmp_path)


async def test_a_killed_worker_is_replaced_from_a_compacted_changelog_of_a_restarted_broker(
    own_kafka: KafkaServer, desk_settings: DeskSettings, start_worker: StartWorker, tmp_path: Path
) -> None:
    settings = desk_settings(broker=own_kafka.address(), partitions=2)
    await _create_a_changelog_that_is_compacted_at_once(settings)
    await ensure(settings)
    worker = start_worker(settings)
    events = _recent(600)
    # Rounds, so that a ticket's state is written several times, in segments that close in between.
    rounds = [events[n::6] for n in range(6)]
    for some in rounds:
        await _send(settings, _disordered(some))
        await worker.until_caught_up()
        await asyncio.sleep(1.2)
    before = await worker.until_caught_up()
    _assert_exact(events, before, tmp_path)
    written = await worker.metric("deskpulse_changelog_records_total")
    remaining = await _compacted(settings, written)

    await worker.end(signal.SIGKILL)
    await asyncio.to_thread(own_kafka.stop)
    await asyncio.to_thread(own_kafka.start)
    heir = start_worker(settings)

    _assert_exact(events, await heir.until_caught_up(), tmp_path)
    recovered = await heir.metric("deskpulse_recovery_records_total")
    assert 0 < recovered <= remaining + 2 * settings.partitions, "and the owner records of both workers"
    assert remaining < 0.8 * written, f"{remaining} of {written}: nothing was compacted"


async def _create_a_changelog_that_is_compacted_at_once(settings: Settings) -> None:
    """As planned, but for segments that close after a second and are cleaned however little it gains."""
    [plan] = [plan for plan in plan_topics(settings) if plan.name == settings.changelog_topic]
    hasty = {"segment.ms": "1000", "min.cleanable.dirty.ratio": "0.01"}
    async with admin(settings) as client:
        topic = NewTopic(plan.name, plan.partitions, 1, topic_configs={**plan.config, **hasty})
        answer = await client.create_topics([topic])
    assert [code for _, code, *_ in answer.topic_errors] == [0]


async def _compacted(settings: Settings, written: float, seconds: float = 60) -> int:
    """Wait until compaction has removed a good part of what was written; returns how many records remain."""
    deadline = time.monotonic() + seconds
    while True:
        remaining = await _count(settings)
        if remaining < 0.8 * written or time.monotonic() > deadline:
            return remaining
        await asyncio.sleep(1)


async def _count(settings: Settings) -> int:
    """Read the whole changelog; offsets do not tell, as compaction leaves gaps."""
    where = [TopicPartition(settings.changelog_topic, number) for number in range(settings.partitions)]
    _, ends = await offsets(settings, where)
    count = 0
    async with reader(settings, settings.changelog_topic) as client:
        while any([await client.position(tp) < end for tp, end in ends.items()]):
            count += sum(map(len, (await client.getmany(timeout_ms=200)).values()))
    return count


@pytest.mark.parametrize("listener", ["TLS", "MUTUAL", "SASL"])
async def test_a_worker_reads_over_tls_and_sasl(
    kafka_server: KafkaServer,
    desk_settings: DeskSettings,
    start_worker: StartWorker,
    tmp_path: Path,
    listener: str,
) -> None:
    certificates = kafka_server.certificates
    login = {"sasl_username": USER, "sasl_password": PASSWORD, "sasl_mechanism": "SCRAM-SHA-512"}
    trust = {"ssl_cafile": certificates.authority}
    client = {"ssl_certfile": certificates.client_certificate, "ssl_keyfile": certificates.client_key}
    how: dict[str, dict[str, Any]] = {
        "TLS": {"security_protocol": "SASL_SSL", **login, **trust},
        "MUTUAL": {"security_protocol": "SSL", **trust, **client},
        "SASL": {"security_protocol": "SASL_PLAINTEXT", **login},
    }
    settings = desk_settings(broker=kafka_server.address(listener), partitions=2, **how[listener])
    await ensure(settings)
    worker = start_worker(settings)
    events = _recent(50)
    await _send(settings, events)

    _assert_exact(events, await worker.until_caught_up(), tmp_path)
    assert PASSWORD not in worker.log
