"""What the dead-letter topic says of the last hour: how many records were rejected, from where and why."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from aiokafka import ConsumerRecord, TopicPartition

from schemas.dead_letter import OFFSET_HEADER, PARTITION_HEADER, REASON_HEADER, TOPIC_HEADER
from stream.broker.newest import read_newest
from stream.settings import Settings

RECENT_SECONDS: Final = 3600.0

Cause = tuple[str, str]


@dataclass(slots=True)
class RecentRejects:
    """Dead letters whose records were sent within the last hour.

    Attributes:
        counts: how many, by the topic they came from and the reason.
        examples: where one of each was, as ", such as topic-partition offset n"; none of what came as a webhook.
        complete: False if there may be more than were read.
    """

    counts: Counter[Cause] = field(default_factory=Counter)
    examples: dict[Cause, str] = field(default_factory=dict)
    complete: bool = True

    def add(self, headers: dict[str, str]) -> None:
        """Count a dead letter with these headers."""
        topic, reason = headers.get(TOPIC_HEADER, "?"), headers.get(REASON_HEADER, "?")
        self.counts[topic, reason] += 1
        if OFFSET_HEADER in headers:  # what came as a webhook was in no topic
            self.examples[topic, reason] = (
                f", such as {topic}-{headers.get(PARTITION_HEADER, '?')} offset {headers[OFFSET_HEADER]}"
            )

    def lines(self) -> list[str]:
        """Say each topic and reason with its number and an example, the most frequent first."""
        least = "" if self.complete else "at least "
        return [
            f"{least}{count:,} sent to {topic} in the last hour rejected as {reason}{self.examples.get(cause, '')}"
            for cause, count in sorted(self.counts.items(), key=lambda item: (-item[1], item[0]))
            for topic, reason in [cause]
        ]


async def read_rejects(settings: Settings, partitions: int) -> RecentRejects:
    """Read the end of the dead-letter topic; partitions: how many it has.

    A dead letter has the time of its record, so this is of records that were sent in the last hour, and not of older
    ones that were only read in it. Bounded in records, bytes and time. Raises BrokerUnavailable.
    """
    found = RecentRejects()
    since_ms = int((time.time() - RECENT_SECONDS) * 1000)

    def see(record: ConsumerRecord[bytes, bytes]) -> None:
        if record.timestamp >= since_ms:
            found.add(_headers(record))

    places = [TopicPartition(settings.topic_dead_letter, number) for number in range(partitions)]
    found.complete = await read_newest(settings, places, see, since_ms)
    return found


def _headers(record: ConsumerRecord[bytes, bytes]) -> dict[str, str]:
    """Return the headers; of those with one name the last, which is the dead letter's own."""
    return {name: value.decode(errors="replace") for name, value in record.headers if value is not None}
