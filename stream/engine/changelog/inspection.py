"""Reading changelog partitions from outside of a worker, while nothing is changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from stream.broker.commits import LogState
from stream.core.policy import Policy
from stream.engine.changelog.continuity import desk_difference
from stream.engine.changelog.lost import why_lost
from stream.engine.changelog.owner_record import OWNER_KEY, OwnerRecord
from stream.engine.changelog.replay import BadRecord, Replay
from stream.partition.books import Books
from stream.partition.partition import Partition
from stream.settings import Settings

POLL_MS = 500


@dataclass(slots=True)
class Owner:
    """Who took a partition over: the worker, when (microseconds since the Unix epoch), and its epoch."""

    worker: str
    at_us: int
    epoch: int


@dataclass(slots=True)
class Inspection:
    """A changelog partition as it is.

    owners: those whose records are left, the newest last. lost: why it must not be used, empty if it may. other_desk:
    whose it is, empty if it is this desk's.
    """

    partition: int
    begin: int
    end: int
    records: int = 0
    keys: set[bytes] = field(default_factory=set)
    owners: list[Owner] = field(default_factory=list)
    bad: list[BadRecord] = field(default_factory=list)
    lost: str = ""
    other_desk: str = ""
    rebuilding: bool = False


async def inspect(
    settings: Settings, policy: Policy, number: int, state: LogState
) -> tuple[Inspection, Replay, Partition]:
    """Read a changelog partition; returns what it is, and what a worker would make of it. Raises KafkaError."""
    partition = Partition(number, Books(policy))
    replay = Replay(partition)
    found = Inspection(number, state.begin, state.end)

    def take(record: ConsumerRecord) -> None:
        found.records += 1
        replay.apply(record)
        if record.value is None:
            found.keys.discard(record.key)
        elif record.key is not None:
            found.keys.add(record.key)
        if record.key == OWNER_KEY and record.value is not None and record.offset not in replay.bad:
            owner = OwnerRecord.decode(record.value)
            epoch = record.offset if owner.epoch is None else owner.epoch
            found.owners = [each for each in found.owners if each.epoch != epoch]
            found.owners.append(Owner(owner.worker, owner.at_us, epoch))

    await read_all(settings, TopicPartition(settings.changelog_topic, number), (state.begin, state.end), take)
    found.bad = list(replay.bad.values())
    identity = replay.identity
    if identity is not None:
        found.other_desk = desk_difference(identity, settings.desk())
        found.rebuilding = bool(identity.rebuild)
    found.lost = why_lost(state, state.end, identity, held=replay.records > 0)
    return found, replay, partition


async def read_all(
    settings: Settings, tp: TopicPartition, span: tuple[int, int], take: Callable[[ConsumerRecord], None]
) -> None:
    """Read the records of a partition with offsets in [begin, end), in order. Raises KafkaError."""
    begin, end = span
    if begin >= end:
        return
    consumer = AIOKafkaConsumer(**settings.kafka_client_options(), group_id=None, enable_auto_commit=False)
    await consumer.start()
    try:
        consumer.assign([tp])
        consumer.seek(tp, begin)
        while await consumer.position(tp) < end:
            for record in (await consumer.getmany(tp, timeout_ms=POLL_MS)).get(tp, ()):
                if record.offset < end:
                    take(record)
    finally:
        await consumer.stop()
