"""What the broker has: its topics, their partitions, replicas and settings, read without changing anything."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError


@dataclass(frozen=True, slots=True)
class TopicState:
    """A topic as it is.

    Attributes:
        name: its name.
        assignment: for each partition the ids of the brokers that hold it, the preferred leader first.
        config: Kafka's topic settings as far as the broker tells them; empty when it tells none.
    """

    name: str
    assignment: tuple[tuple[int, ...], ...]
    config: Mapping[str, str]

    @property
    def partitions(self) -> int:
        """How many partitions it has."""
        return len(self.assignment)

    @property
    def replicas(self) -> int:
        """How many brokers hold the partition that fewest brokers hold."""
        return min((len(set(brokers)) for brokers in self.assignment), default=0)


@dataclass(frozen=True, slots=True)
class ClusterState:
    """The brokers' ids and those of the asked topics that exist."""

    brokers: tuple[int, ...]
    topics: Mapping[str, TopicState]


async def read_state(client: AIOKafkaAdminClient, names: Iterable[str]) -> ClusterState:
    """Look at the topics of these names. Raises KafkaError when the broker does not answer."""
    wanted = set(names)
    # Every topic is listed, because asking for one by name makes brokers create it (auto.create.topics.enable).
    found = {
        topic["topic"]: topic["partitions"]
        for topic in await client.describe_topics()
        if topic["topic"] in wanted and not topic["error_code"]
    }
    brokers = tuple(sorted(broker["node_id"] for broker in (await client.describe_cluster())["brokers"]))
    configs = await _configs(client, sorted(found))
    return ClusterState(
        brokers,
        {name: TopicState(name, _assignment(partitions), configs.get(name, {})) for name, partitions in found.items()},
    )


def _assignment(partitions: Iterable[Mapping[str, Any]]) -> tuple[tuple[int, ...], ...]:
    by_number = sorted(partitions, key=lambda partition: int(partition["partition"]))
    return tuple(tuple(partition["replicas"]) for partition in by_number)


async def _configs(client: AIOKafkaAdminClient, names: list[str]) -> dict[str, dict[str, str]]:
    """Ask for the topics' settings; what a broker does not tell, or we may not see, is left out."""
    if not names:
        return {}
    try:
        answers = await client.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name) for name in names])
    except KafkaError:
        return {}
    return {
        name: {entry[0]: entry[1] for entry in entries if entry[1] is not None}
        for answer in answers
        for error_code, _, _, name, entries in answer.resources
        if not error_code
    }
