"""What is wrong with the topics, and the command or setting that fixes it. Pure: it judges a state already read."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from stream.broker.cluster import ClusterState, TopicState
from stream.broker.plan import LOG_APPEND_TIME, TAIL_MS, Role, TopicPlan
from stream.settings import Settings

# What the dead-letter headers (reason, origin) and the batch around the record add to it.
DEAD_LETTER_OVERHEAD_BYTES: Final = 4096
HOUR_MS: Final = 3_600_000


class Problem(StrEnum):
    """The kinds of finding."""

    MISSING = "missing"
    PARTITIONS = "partitions"
    REPLICAS = "replicas"
    RETENTION = "retention"
    CLEANUP = "cleanup"
    MESSAGE_SIZE = "message-size"
    TIMESTAMPS = "timestamps"
    NOT_CHECKED = "not-checked"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing about one topic that a person should know.

    Attributes:
        topic: the topic's name.
        problem: what kind of thing it is.
        text: what was seen, and what follows from it.
        fix: the command to run or the setting to set; empty where there is nothing to fix.
    """

    topic: str
    problem: Problem
    text: str
    fix: str

    @property
    def wrong(self) -> bool:
        """Whether it has to be fixed; what could not be checked does not count."""
        return self.problem is not Problem.NOT_CHECKED


def judge(settings: Settings, plans: Sequence[TopicPlan], cluster: ClusterState) -> list[Finding]:
    """Compare the topics with what Deskpulse needs of them."""
    existing = [(plan, cluster.topics[plan.name]) for plan in plans if plan.name in cluster.topics]
    findings = [_missing(plan) for plan in plans if plan.name not in cluster.topics]
    findings += _partitions(settings, existing)
    for plan, topic in existing:
        findings += _replicas(settings, topic, cluster.brokers)
        findings += _cleanup(settings, plan, topic)
        findings += _retention(settings, plan, topic)
        findings += _message_size(settings, plan, topic, _largest_source_bytes(settings, existing))
        findings += _timestamps(settings, plan, topic)
        findings += _not_checked(plan, topic)
    return findings


def _missing(plan: TopicPlan) -> Finding:
    return Finding(plan.name, Problem.MISSING, "does not exist", "deskpulse topics --create")


def partition_count(plans: Sequence[tuple[TopicPlan, TopicState]]) -> int | None:
    """How many partitions the existing topics that events come from say everything must have; None without any.

    Partitions can be added to a topic and never taken away, so the largest count wins.
    """
    return max(
        (topic.partitions for plan, topic in plans if plan.role in (Role.SOURCE, Role.REPARTITION)), default=None
    )


def _partitions(settings: Settings, existing: Sequence[tuple[TopicPlan, TopicState]]) -> Iterator[Finding]:
    together = [(plan, topic) for plan, topic in existing if plan.co_partitioned]
    wanted = partition_count(together)
    if wanted is None:
        wanted = settings.partitions
    elif wanted != settings.partitions:
        name = next(topic.name for _, topic in together if topic.partitions == wanted)
        yield Finding(
            name,
            Problem.PARTITIONS,
            f"has {wanted} partitions while the setting partitions is {settings.partitions}, so workers will not start",
            f"DESKPULSE_PARTITIONS={wanted}",
        )
    for plan, topic in together:
        if topic.partitions == wanted:
            continue
        text = f"has {topic.partitions} partitions, the others {wanted}: a ticket's events do not meet in one worker"
        if plan.role is Role.CHANGELOG:
            # Its records stay in the partitions they are in, so growing it would leave states where nobody looks.
            fix = f"DESKPULSE_APP_ID={settings.app_id}-{wanted} (a new changelog is built from the sources again)"
        else:
            fix = kafka_command(settings, "kafka-topics.sh", f"--alter --topic {topic.name} --partitions {wanted}")
        yield Finding(topic.name, Problem.PARTITIONS, text, fix)


def _replicas(settings: Settings, topic: TopicState, brokers: tuple[int, ...]) -> Iterator[Finding]:
    wanted = settings.replication_factor
    if topic.replicas < wanted:
        if len(brokers) < wanted:
            fix = f"DESKPULSE_REPLICATION_FACTOR={len(brokers)}, or add brokers: the cluster has {len(brokers)}"
        else:
            fix = _grow(settings, topic, wanted, brokers)
        yield Finding(
            topic.name,
            Problem.REPLICAS,
            f"has replicas on {topic.replicas} of {len(brokers)} brokers, replication_factor asks for {wanted}",
            fix,
        )
    in_sync = _number(topic, "min.insync.replicas")
    if in_sync is not None and in_sync > topic.replicas:
        yield Finding(
            topic.name,
            Problem.REPLICAS,
            f"min.insync.replicas is {in_sync} with {topic.replicas} replicas: no write is acknowledged while one "
            "of them is away, and by brokers before Kafka 4 perhaps none at all",
            _alter(settings, topic.name, f"min.insync.replicas={max(1, topic.replicas - 1)}"),
        )


def _cleanup(settings: Settings, plan: TopicPlan, topic: TopicState) -> Iterator[Finding]:
    policy = topic.config.get("cleanup.policy")
    if policy is None:
        return
    policies = set(policy.split(","))
    if plan.compacted and policies != {"compact"}:
        yield Finding(
            topic.name,
            Problem.CLEANUP,
            f"cleanup.policy is {policy}: Kafka deletes states that are still needed, and recovery loses tickets",
            _alter(settings, topic.name, "cleanup.policy=compact"),
        )
    if plan.role is not Role.LIVE_COUNTS and not plan.compacted and "compact" in policies:
        yield Finding(
            topic.name,
            Problem.CLEANUP,
            f"cleanup.policy is {policy}: of each ticket Kafka keeps the last event only, the others get lost",
            _alter(settings, topic.name, "cleanup.policy=delete"),
        )


def _retention(settings: Settings, plan: TopicPlan, topic: TopicState) -> Iterator[Finding]:
    kept_ms = _number(topic, "retention.ms")
    if plan.role not in (Role.SOURCE, Role.REPARTITION) or kept_ms is None or kept_ms < 0 or kept_ms >= TAIL_MS:
        return
    yield Finding(
        topic.name,
        Problem.RETENTION,
        f"keeps records for {kept_ms / HOUR_MS:g} h; what workers that stand still for longer have not read is lost, "
        f"{TAIL_MS // HOUR_MS} h outlast a weekend",
        _alter(settings, topic.name, f"retention.ms={plan.config['retention.ms']}"),
    )


def _message_size(settings: Settings, plan: TopicPlan, topic: TopicState, largest_source: int) -> Iterator[Finding]:
    accepted = _number(topic, "max.message.bytes")
    if accepted is None:
        return
    if plan.role is Role.DEAD_LETTER:
        needed = largest_source + DEAD_LETTER_OVERHEAD_BYTES
        text = f"takes {accepted} bytes a record; one of {largest_source} bytes may be rejected and has to fit in it"
    elif plan.co_partitioned:
        needed = settings.max_record_bytes
        text = f"takes {accepted} bytes a record, the setting max_record_bytes allows {needed}"
    else:
        return
    if accepted < needed:
        config = f"max.message.bytes={max(needed, int(plan.config['max.message.bytes']))}"
        yield Finding(topic.name, Problem.MESSAGE_SIZE, text, _alter(settings, topic.name, config))


def _timestamps(settings: Settings, plan: TopicPlan, topic: TopicState) -> Iterator[Finding]:
    given = topic.config.get("message.timestamp.type")
    if plan.role is Role.LIVE_COUNTS and given is not None and given != LOG_APPEND_TIME:
        yield Finding(
            topic.name,
            Problem.TIMESTAMPS,
            f"message.timestamp.type is {given}: the broker does not say its time, so workers cannot see that their "
            "clock is wrong",
            _alter(settings, topic.name, f"message.timestamp.type={LOG_APPEND_TIME}"),
        )


def _largest_source_bytes(settings: Settings, existing: Sequence[tuple[TopicPlan, TopicState]]) -> int:
    sizes = [_number(topic, "max.message.bytes") for plan, topic in existing if plan.role is Role.SOURCE]
    return max([settings.max_record_bytes, *(size for size in sizes if size is not None)])


def _not_checked(plan: TopicPlan, topic: TopicState) -> Iterator[Finding]:
    if silent := sorted(name for name in plan.config if name not in topic.config):
        yield Finding(topic.name, Problem.NOT_CHECKED, f"the broker does not tell {', '.join(silent)}: not checked", "")


def _number(topic: TopicState, name: str) -> int | None:
    value = topic.config.get(name)
    return None if value is None else int(value)


def kafka_command(settings: Settings, script: str, arguments: str) -> str:
    """Spell a command of Kafka's own tools; with TLS or SASL they read how to connect from a file."""
    secured = "" if settings.security_protocol == "PLAINTEXT" else " --command-config client.properties"
    return f"{script} --bootstrap-server {settings.broker}{secured} {arguments}"


def _alter(settings: Settings, topic: str, config: str) -> str:
    return kafka_command(
        settings, "kafka-configs.sh", f"--alter --entity-type topics --entity-name {topic} --add-config {config}"
    )


def _grow(settings: Settings, topic: TopicState, wanted: int, brokers: tuple[int, ...]) -> str:
    """Keep the brokers that hold a partition and add others, each partition starting at another one."""
    partitions = []
    for number, holders in enumerate(topic.assignment):
        turned = brokers[number % len(brokers) :] + brokers[: number % len(brokers)]
        replicas = [*holders, *(broker for broker in turned if broker not in holders)][:wanted]
        partitions.append({"topic": topic.name, "partition": number, "replicas": replicas})
    plan = json.dumps({"version": 1, "partitions": partitions}, separators=(",", ":"))
    execute = kafka_command(
        settings, "kafka-reassign-partitions.sh", "--reassignment-json-file replicas.json --execute"
    )
    return f"echo '{plan}' > replicas.json && {execute}"
