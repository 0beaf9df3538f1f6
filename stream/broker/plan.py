"""Which topics Deskpulse works with and how each has to be, derived from the settings alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from stream.settings import Settings

MIB: Final = 1 << 20
HOUR_MS: Final = 3_600_000
DAY_MS: Final = 24 * HOUR_MS

# Room for key, headers and the batch around a record whose value is as large as max_record_bytes allows.
ENVELOPE_BYTES: Final = 64 * 1024
# A worker that stood still over a weekend must still find what it has not read.
TAIL_MS: Final = 3 * DAY_MS
SOURCE_RETENTION_MS: Final = 7 * DAY_MS
# Somebody who acts on alerts may look back a week; older ones are in the numbers.
ALERTS_RETENTION_MS: Final = 7 * DAY_MS
# Who reads live counts wants the newest of each partition. Compaction alone would leave those of an hour and more.
LIVE_COUNTS_RETENTION_MS: Final = HOUR_MS
LIVE_COUNTS_SEGMENT_MS: Final = HOUR_MS // 12


LOG_APPEND_TIME: Final = "LogAppendTime"


class Role(StrEnum):
    """What a topic is for."""

    SOURCE = "source"
    REPARTITION = "repartition"
    CHANGELOG = "changelog"
    DEAD_LETTER = "dead-letter"
    ALERTS = "alerts"
    LIVE_COUNTS = "live-counts"


# A worker keeps the ticket states of partition n for the records of partition n of all of these.
CO_PARTITIONED: Final = frozenset({Role.SOURCE, Role.REPARTITION, Role.CHANGELOG})


@dataclass(frozen=True, slots=True)
class TopicPlan:
    """A topic as it should be.

    Attributes:
        name: its name on the broker.
        role: what it is for.
        partitions: how many partitions it is created with.
        replication: how many brokers hold each partition when it is created.
        config: Kafka's topic settings it is created with; everything else is the broker's default.
    """

    name: str
    role: Role
    partitions: int
    replication: int
    config: Mapping[str, str]

    @property
    def co_partitioned(self) -> bool:
        """Whether it must have as many partitions as the other topics that a ticket's state is made of."""
        return self.role in CO_PARTITIONED

    @property
    def compacted(self) -> bool:
        """Whether Kafka has to keep the newest record of each key for ever."""
        return self.role is Role.CHANGELOG


def plan_topics(settings: Settings) -> tuple[TopicPlan, ...]:
    """Derive every topic from the settings, the sources first."""
    largest = settings.max_record_bytes + ENVELOPE_BYTES
    replication = settings.replication_factor
    # With three replicas an acknowledged record is on two brokers, and one of them may be down.
    acknowledged = {"min.insync.replicas": "2"} if replication >= 3 else {}

    def plan(name: str, role: Role, config: Mapping[str, str]) -> TopicPlan:
        return TopicPlan(name, role, settings.partitions, replication, {**config, **acknowledged})

    in_transit = {
        "cleanup.policy": "delete",
        "retention.ms": str(SOURCE_RETENTION_MS),
        "max.message.bytes": str(largest),
    }
    return (
        *(plan(name, Role.SOURCE, in_transit) for name in settings.source_topics().values()),
        plan(settings.topic_repartition, Role.REPARTITION, in_transit),
        plan(settings.changelog_topic, Role.CHANGELOG, _changelog(settings)),
        plan(settings.topic_dead_letter, Role.DEAD_LETTER, _dead_letter(settings)),
        plan(
            settings.topic_alerts, Role.ALERTS, {"cleanup.policy": "delete", "retention.ms": str(ALERTS_RETENTION_MS)}
        ),
        plan(settings.topic_live_counts, Role.LIVE_COUNTS, _LIVE_COUNTS),
    )


_LIVE_COUNTS: Final = {
    # So that the broker says its time when it acknowledges a record, and workers can compare their clocks with it.
    "message.timestamp.type": LOG_APPEND_TIME,
    "cleanup.policy": "compact,delete",
    "retention.ms": str(LIVE_COUNTS_RETENTION_MS),
    "segment.ms": str(LIVE_COUNTS_SEGMENT_MS),
    "max.message.bytes": str(16 * MIB),
}


def _changelog(settings: Settings) -> dict[str, str]:
    """Compaction works on closed segments only, so they are short: recovery reads what is not compacted yet."""
    return {
        "cleanup.policy": "compact",
        "segment.ms": str(HOUR_MS),
        "segment.bytes": str(64 * MIB),
        "min.cleanable.dirty.ratio": "0.2",
        # A worker that recovers slower than this might read a value and miss the tombstone that removed it.
        "delete.retention.ms": str(DAY_MS),
        # A ticket's state is the merge of all of its events, so it may outgrow any one of them.
        "max.message.bytes": str(max(8 * MIB, 2 * settings.max_record_bytes) + ENVELOPE_BYTES),
    }


def _dead_letter(settings: Settings) -> dict[str, str]:
    """A record may be here because it was too large for `max_record_bytes`, so more than that has to fit."""
    return {
        "cleanup.policy": "delete",
        "retention.ms": str(settings.retention_days * DAY_MS),
        "max.message.bytes": str(max(8 * MIB, 2 * settings.max_record_bytes) + ENVELOPE_BYTES),
    }
