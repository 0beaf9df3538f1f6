"""States that are larger than the changelog topic takes, on a real Kafka: only that has such a limit."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from stream.broker.connection import admin
from stream.broker.plan import plan_topics
from stream.core.partitioner import partition_of
from stream.core.policy import Partitioner
from stream.settings import Settings
from tests.engine.desk import Desk
from tests.events import opened, responded

pytestmark = [
    pytest.mark.kafka,
    pytest.mark.parametrize("each_broker", ["kafka"], indirect=True),
    pytest.mark.timeout(120),
]

LIMIT_BYTES = 10_000
ANSWERS = 400


async def test_a_state_that_the_changelog_refuses_counts_and_is_saved_once_the_limit_is_raised(desk: Desk) -> None:
    settings = desk.settings
    await _limit_changelog(settings, LIMIT_BYTES)
    here, beside, elsewhere = _ticket(0, 0), _ticket(0, 1), _ticket(1, 0)
    await desk.send([opened(here), *_talk(here)])
    worker = desk.start()
    shown = await worker.until("unsaved", lambda shown: shown["counters"]["unsaved_states"])
    assert shown["counters"]["unsaved_states"] == {"0": 1}
    [line] = [line for line in worker.log.splitlines() if f"{here}' is" in line]
    assert "error: partition 0: the state of" in line
    size = int(line.split("' is ")[1].split(" bytes")[0].replace(",", ""))
    assert size > LIMIT_BYTES
    assert f"more than topic {settings.changelog_topic} takes ({LIMIT_BYTES:,})" in line

    await desk.send([opened(beside), opened(elsewhere)])
    await worker.until("counting", lambda shown: shown["report"]["tickets"]["opened"] == 3)
    opened_topic, answers = settings.topic_ticket_opened, settings.topic_ticket_response
    async with asyncio.timeout(20):
        while (committed := await desk.committed()).get((opened_topic, 1)) != 1:
            await asyncio.sleep(0.1)
    assert committed.get((opened_topic, 0), 0) < 2, "held back, although the ticket beside it was saved"
    assert committed.get((answers, 0), 0) < ANSWERS

    await _limit_changelog(settings, 1_000_000)
    await worker.until("saved", lambda shown: not shown["counters"]["unsaved_states"], seconds=60)
    await worker.until_caught_up()
    committed = await desk.committed()
    assert (committed[opened_topic, 0], committed[answers, 0]) == (2, ANSWERS)
    assert f"topic {settings.changelog_topic} takes the state of" in worker.log
    saved = [record for record in await desk.read(settings.changelog_topic, 3) if here.encode() in (record.key or b"")]
    assert len(orjson.dumps(orjson.loads(saved[-1].value))) > LIMIT_BYTES


def _talk(ticket: str) -> Iterator[dict[str, Any]]:
    for n in range(ANSWERS):
        author = "customer" if n % 2 else "agent"
        yield responded(ticket, n + 1, author, event_id=f"{n}-{'long' * 20}")


def _ticket(partition: int, which: int) -> str:
    """Return the id of a ticket of this partition of two; which: the first such id, the second, and so on."""
    of_it = [f"T{n}" for n in range(20) if partition_of(b"T%d" % n, 2, Partitioner.MURMUR2) == partition]
    return of_it[which]


async def _limit_changelog(settings: Settings, limit_bytes: int) -> None:
    [plan] = [plan for plan in plan_topics(settings) if plan.name == settings.changelog_topic]
    configs = {**plan.config, "max.message.bytes": str(limit_bytes)}  # what is not named here would be reset
    async with admin(settings) as client:
        await client.alter_configs([ConfigResource(ConfigResourceType.TOPIC, plan.name, configs=configs)])
