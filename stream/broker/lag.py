"""How far a consumer group is behind what the topics hold: the workers', or that of a receiver of alerts."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.coordinator.protocol import ConsumerProtocolMemberAssignment
from aiokafka.errors import GroupIdNotFound, KafkaError, for_code

from stream.broker.cluster import read_state
from stream.broker.connection import admin, client_options
from stream.broker.errors import BrokerUnavailable
from stream.broker.plan import Role, plan_topics
from stream.settings import Settings

ANSWER_SECONDS: Final = 10.0
NEVER_COMMITTED: Final = -1
STABLE: Final = "Stable"


@dataclass(frozen=True, slots=True)
class PartitionLag:
    """Where the group stands in one partition; offsets count records.

    Attributes:
        topic: name of the topic.
        partition: number of the partition.
        committed: offset of the first record that the group has not finished; None when it never committed.
        begin: offset of the oldest record that the broker still holds.
        end: offset after the last record that may be read; records of open transactions lie behind it.
    """

    topic: str
    partition: int
    committed: int | None
    begin: int
    end: int

    @property
    def behind(self) -> int:
        """How many records wait to be read."""
        return max(0, self.end - max(self.begin, self.committed or 0))

    @property
    def lost(self) -> int:
        """How many records the broker deleted before the group read them."""
        return 0 if self.committed is None else max(0, self.begin - self.committed)

    @property
    def beyond(self) -> bool:
        """Whether the group finished more than there is, as after a topic was deleted and made again."""
        return self.committed is not None and self.committed > self.end


@dataclass(frozen=True, slots=True)
class GroupLag:
    """A consumer group: that of the workers, or of a receiver of alerts.

    Attributes:
        group: its name; of the workers' the setting `app_id`.
        state: what Kafka calls its state, e.g. Stable, Empty or Dead.
        workers: how many processes are members now.
        partitions: where it stands, by topic and partition.
        assigned: the partitions that its workers have; None while they share them out anew, or if nobody can tell.
        kept_ms: for how long topics keep records, as far as the broker tells; negative for ever.
    """

    group: str
    state: str
    workers: int
    partitions: tuple[PartitionLag, ...]
    assigned: frozenset[TopicPartition] | None = None
    kept_ms: Mapping[str, int] = field(default_factory=dict)

    @property
    def behind(self) -> int:
        """How many records wait to be read in all partitions."""
        return sum(partition.behind for partition in self.partitions)


async def read_lag(settings: Settings) -> GroupLag:
    """Look at the workers' group in those source topics that exist. Raises BrokerUnavailable."""
    names = [plan.name for plan in plan_topics(settings) if plan.role in (Role.SOURCE, Role.REPARTITION)]
    return await read_lag_of(settings, settings.app_id, names)


async def read_lag_of(settings: Settings, group: str, names: Sequence[str]) -> GroupLag:
    """Look at a group in those of some topics that exist. Raises BrokerUnavailable."""
    async with admin(settings) as client:
        try:
            cluster = await read_state(client, names)
            where = [
                TopicPartition(name, number)
                for name in names
                if name in cluster.topics
                for number in range(cluster.topics[name].partitions)
            ]
            coordinator, state, members = await _group(client, group)
            committed = await _committed(client, group, coordinator, where)
        except KafkaError as error:
            raise BrokerUnavailable(f"the group {group} cannot be looked at: {error}") from error
    begin, end = await offsets(settings, where)
    return GroupLag(
        group,
        state,
        len(members),
        tuple(PartitionLag(tp.topic, tp.partition, committed.get(tp), begin[tp], end[tp]) for tp in where),
        _assigned(members) if state == STABLE else None,
        {
            name: int(topic.config["retention.ms"])
            for name, topic in cluster.topics.items()
            if "retention.ms" in topic.config
        },
    )


async def offsets(
    settings: Settings, where: Sequence[TopicPartition]
) -> tuple[dict[TopicPartition, int], dict[TopicPartition, int]]:
    """Return the oldest offset of each partition and the one its next record will get. Raises BrokerUnavailable.

    The end is the last stable offset of a fetch: what lies behind it belongs to transactions that are still open. The
    embedded broker answers the other way to ask, `end_offsets`, wrongly.
    """
    if not where:
        return {}, {}
    consumer = AIOKafkaConsumer(
        **client_options(settings),
        enable_auto_commit=False,
        fetch_max_wait_ms=100,
        isolation_level="read_committed",
    )
    try:
        await consumer.start()
        consumer.assign(where)
        begin = await consumer.beginning_offsets(where)
        for tp, offset in (await consumer.end_offsets(where)).items():
            consumer.seek(tp, offset)
        deadline = time.monotonic() + ANSWER_SECONDS
        while waiting := [tp for tp in where if consumer.last_stable_offset(tp) is None]:
            if time.monotonic() > deadline:
                named = ", ".join(f"{tp.topic}/{tp.partition}" for tp in waiting)
                raise BrokerUnavailable(f"no answer in {ANSWER_SECONDS:.0f} s about where these end: {named}")
            await consumer.getmany(*waiting, timeout_ms=100)
        return begin, {tp: consumer.last_stable_offset(tp) for tp in where}
    except KafkaError as error:
        raise BrokerUnavailable(f"the ends of the partitions cannot be read: {error}") from error
    finally:
        await consumer.stop()


async def _group(client: AIOKafkaAdminClient, group: str) -> tuple[int, str, list[Any]]:
    """Return the broker that knows the group, the group's state and its members.

    A cluster that never had a group first has to make the topic that it keeps them in, so this is patient.
    """
    deadline = time.monotonic() + ANSWER_SECONDS
    while True:
        try:
            coordinator = await client.find_coordinator(group)
            [answer] = await client.describe_consumer_groups([group], group_coordinator_id=coordinator)
            [(code, _, state, _, _, members, *_)] = answer.groups
            if code and for_code(code) is not GroupIdNotFound:
                raise for_code(code)(group)
        except KafkaError as error:
            if not error.retriable or time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.2)
        else:
            return coordinator, state, members


def _assigned(members: Sequence[Any]) -> frozenset[TopicPartition] | None:
    """Return what the members have; None if the broker does not tell it of one."""
    assignments = [assignment for _, _, _, _, assignment in members]
    if not all(assignments):
        return None
    decoded = [ConsumerProtocolMemberAssignment.decode(assignment) for assignment in assignments]
    return frozenset(tp for each in decoded for tp in each.partitions())


async def _committed(
    client: AIOKafkaAdminClient, group: str, coordinator: int, where: Sequence[TopicPartition]
) -> dict[TopicPartition, int]:
    if not where:
        return {}
    answer = await client.list_consumer_group_offsets(group, coordinator, list(where))
    return {tp: found.offset for tp, found in answer.items() if found.offset != NEVER_COMMITTED}
