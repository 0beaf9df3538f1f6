"""What is wrong with where the group stands, and the command that fixes it. Pure: it judges what was read already."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from aiokafka import TopicPartition

from stream.broker.findings import kafka_command
from stream.broker.lag import GroupLag, PartitionLag
from stream.broker.plan import SOURCE_RETENTION_MS
from stream.settings import Settings

# Of so many partitions each is named, of more the first and the last.
NAMED: Final = 8


class Misplacement(StrEnum):
    """What may be wrong with partitions of a source topic."""

    GROWN = "grown"
    UNOWNED = "unowned"
    DELETED = "deleted"
    BEYOND = "beyond"


@dataclass(frozen=True, slots=True)
class Misplaced:
    """Partitions of one topic with which the same is wrong.

    Attributes:
        problem: what it is.
        topic: name of the topic.
        partitions: their numbers, ascending.
        text: what was seen, and what follows from it.
        fix: the command to run, or the setting to set.
    """

    problem: Misplacement
    topic: str
    partitions: tuple[int, ...]
    text: str
    fix: str

    @property
    def which(self) -> str:
        """Return their numbers for people."""
        numbers = self.partitions
        if len(numbers) > NAMED:
            return f"{len(numbers)} partitions from {numbers[0]} to {numbers[-1]}"
        return f"partition{'s' if len(numbers) > 1 else ''} {', '.join(map(str, numbers))}"


def misplaced(settings: Settings, group: GroupLag) -> list[Misplaced]:
    """Judge where the group stands in the source topics."""
    topics = dict.fromkeys(place.topic for place in group.partitions)
    return [
        found
        for topic in topics
        for judge in (_grown, _unowned, _deleted, _beyond)
        for found in judge(settings, group, [place for place in group.partitions if place.topic == topic])
    ]


def _grown(settings: Settings, group: GroupLag, places: Sequence[PartitionLag]) -> Iterator[Misplaced]:
    if new := [place for place in places if place.partition >= settings.partitions]:
        count = len(places)
        yield _found(
            Misplacement.GROWN,
            new,
            f"has {count} partitions while the setting partitions is {settings.partitions}: "
            f"{sum(place.behind for place in new):,} records in the further ones are not read, and the same key now "
            "goes to another partition than before",
            f"give all source topics {count} partitions and start the workers anew with DESKPULSE_PARTITIONS={count} "
            f"DESKPULSE_APP_ID={group.group}-{count} (a new changelog is built from the sources again)",
        )


def _unowned(settings: Settings, group: GroupLag, places: Sequence[PartitionLag]) -> Iterator[Misplaced]:
    if group.assigned is None or not group.workers:
        return  # with no worker at all that is what is said
    assigned = group.assigned
    if without := _those(
        places,
        lambda place: (
            place.partition < settings.partitions and TopicPartition(place.topic, place.partition) not in assigned
        ),
    ):
        yield _found(
            Misplacement.UNOWNED,
            without,
            f"the group {group.group} has {group.workers} workers and none of them was given "
            f"{'these' if len(without) > 1 else 'it'}: {sum(place.behind for place in without):,} records wait unread",
            "give all workers the same topics and partitions (`deskpulse check` on each machine), then restart them",
        )


def _deleted(settings: Settings, group: GroupLag, places: Sequence[PartitionLag]) -> Iterator[Misplaced]:
    if lost := _those(places, lambda place: place.lost > 0):
        topic = lost[0].topic
        keep_ms = max(SOURCE_RETENTION_MS, 2 * group.kept_ms.get(topic, 0))
        yield _found(
            Misplacement.DELETED,
            lost,
            f"{sum(place.lost for place in lost):,} records were deleted before the group {group.group} read them: "
            "the numbers miss their events, which can be sent again",
            kafka_command(
                settings,
                "kafka-configs.sh",
                f"--alter --entity-type topics --entity-name {topic} --add-config retention.ms={keep_ms}",
            ),
        )


def _beyond(settings: Settings, group: GroupLag, places: Sequence[PartitionLag]) -> Iterator[Misplaced]:
    for place in _those(places, lambda place: place.beyond):
        yield _found(
            Misplacement.BEYOND,
            [place],
            f"the group {group.group} committed offset {place.committed:,} but the topic ends at {place.end:,}, "
            "as after it was restored or made again: nothing is read until it has grown past that "
            "(stop the workers first)",
            kafka_command(
                settings,
                "kafka-consumer-groups.sh",
                f"--group {group.group} --topic {place.topic}:{place.partition} "
                "--reset-offsets --to-earliest --execute",
            ),
        )


def _those(places: Sequence[PartitionLag], holds: Callable[[PartitionLag], bool]) -> list[PartitionLag]:
    return [place for place in places if holds(place)]


def _found(problem: Misplacement, places: Sequence[PartitionLag], text: str, fix: str) -> Misplaced:
    return Misplaced(problem, places[0].topic, tuple(place.partition for place in places), text, fix)
