"""Everything about the broker that keeps Deskpulse from working, with how to mend it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from stream.broker.errors import BrokerUnavailable
from stream.broker.findings import Finding, kafka_command
from stream.broker.lag import GroupLag, PartitionLag, read_lag
from stream.broker.plan import SOURCE_RETENTION_MS
from stream.broker.topics import TopicReport, report
from stream.settings import Settings

BROKER: Final = "broker"


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that has to be mended: what it is about, what was seen, and the command or setting that mends it."""

    about: str
    text: str
    mend: str


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What was found out; a part that could not be reached is None.

    Attributes:
        unreachable: why no broker can be had, in one line that says how to mend it; empty when one answers.
        topics: the topics as they are and should be.
        group: where the workers' group stands.
        troubles: what is wrong, the most basic first.
    """

    unreachable: str = ""
    topics: TopicReport | None = None
    group: GroupLag | None = None
    troubles: tuple[Trouble, ...] = field(default_factory=tuple)


async def diagnose(settings: Settings, max_lag: int | None = None) -> Diagnosis:
    """Look at the broker, the topics and the group, and change nothing.

    Args:
        settings: what to look at.
        max_lag: how many records may wait before it counts as trouble; None for any number.
    """
    topics = None
    try:
        topics = await report(settings)
        group = await read_lag(settings)
    except BrokerUnavailable as error:
        return Diagnosis(str(error), topics, None, (Trouble(BROKER, str(error), ""),))
    troubles = [
        *(Trouble(found.topic, found.text, found.mend) for found in topics.findings if found.wrong),
        *(trouble for place in group.partitions for trouble in _misplaced(settings, topics, place)),
        *_behind(group, max_lag),
    ]
    return Diagnosis("", topics, group, tuple(troubles))


def not_checked(diagnosis: Diagnosis) -> list[Finding]:
    """Return what the broker does not tell."""
    return [] if diagnosis.topics is None else [found for found in diagnosis.topics.findings if not found.wrong]


def _misplaced(settings: Settings, topics: TopicReport, place: PartitionLag) -> Iterator[Trouble]:
    about = f"{place.topic} partition {place.partition}"
    if place.lost:
        kept_ms = int(topics.cluster.topics[place.topic].config.get("retention.ms", 0))
        yield Trouble(
            about,
            f"{place.lost:,} records were deleted before the group {settings.app_id} read them: "
            "the numbers miss their events, which can be sent again",
            kafka_command(
                settings,
                "kafka-configs.sh",
                f"--alter --entity-type topics --entity-name {place.topic} "
                f"--add-config retention.ms={max(SOURCE_RETENTION_MS, 2 * kept_ms)}",
            ),
        )
    if place.beyond:
        yield Trouble(
            about,
            f"the group {settings.app_id} committed offset {place.committed:,} but the topic ends at {place.end:,}, "
            "as after it was restored or made again: nothing is read until it has grown past that "
            "(stop the workers before mending)",
            kafka_command(
                settings,
                "kafka-consumer-groups.sh",
                f"--group {settings.app_id} --topic {place.topic}:{place.partition} "
                "--reset-offsets --to-earliest --execute",
            ),
        )


def _behind(group: GroupLag, max_lag: int | None) -> Iterator[Trouble]:
    if max_lag is not None and group.behind > max_lag:
        mend = "start more workers, up to one a partition" if group.workers else "start a worker: deskpulse worker"
        yield Trouble(f"group {group.group}", f"{group.behind:,} records wait, more than {max_lag:,}", mend)
