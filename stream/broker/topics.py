"""Create the topics that are missing, and look at those that exist. Nothing is ever changed or deleted."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import (
    InvalidReplicationFactorError,
    KafkaError,
    TopicAlreadyExistsError,
    for_code,
)
from aiokafka.protocol.metadata import MetadataRequest

from stream.broker.cluster import ClusterState, read_state
from stream.broker.connection import admin
from stream.broker.errors import BrokerUnavailable
from stream.broker.findings import Finding, judge, partition_count
from stream.broker.plan import TopicPlan, plan_topics
from stream.settings import Settings

__all__ = [
    "Ensured",
    "Outcome",
    "TopicPlan",
    "TopicReport",
    "ensure",
    "inspect",
    "message_bytes",
    "plan_topics",
    "report",
]

CREATE_SECONDS: Final = 15.0


class Outcome(StrEnum):
    """What became of a topic that was to exist."""

    CREATED = "created"
    EXISTS = "exists"
    REFUSED = "refused"  # by us: it would have another number of partitions than the topics it belongs with
    FAILED = "failed"  # by the broker


@dataclass(frozen=True, slots=True)
class Ensured:
    """What became of one topic; `detail` says why it was not created, and what to do."""

    topic: str
    outcome: Outcome
    detail: str = ""

    @property
    def there(self) -> bool:
        """Whether the topic now exists."""
        return self.outcome in (Outcome.CREATED, Outcome.EXISTS)


@dataclass(frozen=True, slots=True)
class TopicReport:
    """The topics as they should be, as they are, and what is wrong about that."""

    plans: tuple[TopicPlan, ...]
    cluster: ClusterState
    findings: tuple[Finding, ...]


async def inspect(settings: Settings) -> list[Finding]:
    """Say what is wrong with the topics and how to fix it. Raises BrokerUnavailable."""
    return list((await report(settings)).findings)


async def report(settings: Settings) -> TopicReport:
    """Look at every topic of the plan. Raises BrokerUnavailable."""
    plans = plan_topics(settings)
    async with admin(settings) as client:
        cluster = await _read(client, plans)
    return TopicReport(plans, cluster, tuple(judge(settings, plans, cluster)))


async def message_bytes(settings: Settings) -> dict[str, int]:
    """Return max.message.bytes of each topic, as far as the broker tells. Raises BrokerUnavailable."""
    plans = plan_topics(settings)
    async with admin(settings) as client:
        topics = (await _read(client, plans)).topics
    limits = {name: topic.config.get("max.message.bytes") for name, topic in topics.items()}
    return {name: int(limit) for name, limit in limits.items() if limit is not None}


async def ensure(settings: Settings) -> list[Ensured]:
    """Create the topics that are missing and wait until they can be used; one result for each topic of the plan.

    A topic that exists is left as it is, whatever its settings: `inspect` says what is wrong with it.

    Raises:
        BrokerUnavailable: the broker cannot be reached, or new topics do not become usable.
    """
    plans = plan_topics(settings)
    async with admin(settings) as client:
        cluster = await _read(client, plans)
        missing = [plan for plan in plans if plan.name not in cluster.topics]
        refused = _refused(settings, plans, cluster)
        wanted = [plan for plan in missing if plan.name not in refused]
        results = {plan.name: Ensured(plan.name, Outcome.EXISTS) for plan in plans if plan not in missing}
        results |= refused
        if wanted:
            results |= await _create(client, wanted)
            await _await_usable(client, [plan for plan in wanted if results[plan.name].there])
    return [results[plan.name] for plan in plans]


def _refused(settings: Settings, plans: Sequence[TopicPlan], cluster: ClusterState) -> dict[str, Ensured]:
    """A topic with the wrong number of partitions cannot be made right again, so none is created."""
    existing = [(plan, cluster.topics[plan.name]) for plan in plans if plan.name in cluster.topics]
    count = partition_count(existing)
    if count is None or count == settings.partitions:
        return {}
    detail = (
        f"the topics that exist have {count} partitions, the setting partitions is {settings.partitions}: "
        f"set DESKPULSE_PARTITIONS={count}"
    )
    return {
        plan.name: Ensured(plan.name, Outcome.REFUSED, detail)
        for plan in plans
        if plan.co_partitioned and plan.name not in cluster.topics
    }


async def _create(client: AIOKafkaAdminClient, plans: Sequence[TopicPlan]) -> dict[str, Ensured]:
    new = [NewTopic(plan.name, plan.partitions, plan.replication, topic_configs=dict(plan.config)) for plan in plans]
    try:
        answer = await client.create_topics(new, timeout_ms=int(CREATE_SECONDS * 1000))
    except KafkaError as error:
        raise BrokerUnavailable(f"the topics could not be created: {error}") from error
    return {name: _ensured(name, code, *rest) for name, code, *rest in answer.topic_errors}


def _ensured(name: str, code: int, message: str | None = None) -> Ensured:
    error = for_code(code)
    if code == 0:
        return Ensured(name, Outcome.CREATED)
    if error is TopicAlreadyExistsError:  # another worker was faster
        return Ensured(name, Outcome.EXISTS)
    detail = message or error.description
    if error is InvalidReplicationFactorError:
        detail = f"{detail} Set DESKPULSE_REPLICATION_FACTOR to at most the number of brokers."
    return Ensured(name, Outcome.FAILED, detail)


async def _await_usable(client: AIOKafkaAdminClient, plans: Sequence[TopicPlan]) -> None:
    """Creating returns before every broker knows the topic and each partition has a leader.

    Every broker is asked, as each learns of it at a moment of its own and the next question may go to any of them.
    """
    names = {plan.name for plan in plans}
    deadline = time.monotonic() + CREATE_SECONDS
    while waiting := names - await _usable(client, names):
        if time.monotonic() > deadline:
            raise BrokerUnavailable(
                f"created, but not known to every broker with a leader after {CREATE_SECONDS:.0f} s: "
                f"{', '.join(sorted(waiting))}"
            )
        await asyncio.sleep(0.05)


async def _usable(client: AIOKafkaAdminClient, names: set[str]) -> set[str]:
    """Return the topics that every broker that answers knows, with a leader of each partition."""
    brokers = [broker["node_id"] for broker in (await client.describe_cluster())["brokers"]]
    known = await asyncio.gather(*(_known_to(client, broker, names) for broker in brokers))
    return set.intersection(*known) if known else set()


async def _known_to(client: AIOKafkaAdminClient, broker: int, names: set[str]) -> set[str]:
    try:
        # The client's own methods ask a broker at random.
        topics = (await client._send_request(MetadataRequest(None), broker)).to_object()["topics"]
    except KafkaError:
        return names  # it has just gone, and comes back knowing them
    return {
        topic["topic"]
        for topic in topics
        if topic["topic"] in names
        and topic["partitions"]
        and all(partition["error_code"] == 0 and partition["leader"] >= 0 for partition in topic["partitions"])
    }


async def _read(client: AIOKafkaAdminClient, plans: Sequence[TopicPlan]) -> ClusterState:
    try:
        return await read_state(client, [plan.name for plan in plans])
    except KafkaError as error:
        raise BrokerUnavailable(f"the broker stopped answering while topics were read: {error}") from error
