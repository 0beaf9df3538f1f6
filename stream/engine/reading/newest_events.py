"""What the newest events say that somebody should know of: values that are not understood, ids of several tickets."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from aiokafka import ConsumerRecord, TopicPartition

from schemas.codec import decode, key_of
from schemas.rejected import Rejected
from stream.broker.newest import read_newest
from stream.broker.topics import TopicReport
from stream.core.misunderstood import Misunderstood
from stream.settings import Settings


@dataclass(slots=True)
class NewestEvents:
    """The newest events of the source topics. whose: by event id, the keys of the records that have it."""

    misunderstood: Misunderstood = field(default_factory=Misunderstood)
    whose: dict[str, set[str]] = field(default_factory=dict)
    complete: bool = True

    def lines(self) -> Iterator[str]:
        """Yield what to note of them."""
        of = "all events" if self.complete else "the newest events of each partition"
        yield from (f"of {of}: {line}" for line in self.misunderstood.lines())
        shared = {event_id: keys for event_id, keys in self.whose.items() if len(keys) > 1}
        if shared:
            event_id, keys = min(shared.items())
            yield (
                f"of {of}: {len(shared):,} event ids are of several tickets, and count for each, such as {event_id!r} "
                f"of {' and '.join(map(repr, sorted(keys)[:2]))}; have the producer give each event an id of its own"
            )


async def read_newest_events(settings: Settings, topics: TopicReport) -> NewestEvents:
    """Read the ends of the source topics that exist. Raises BrokerUnavailable."""
    found = NewestEvents()
    values = settings.policy().definitions.values
    limits, now_us = settings.limits(), int(time.time() * 1_000_000)

    def see(record: ConsumerRecord[bytes, bytes]) -> None:
        written_us = record.timestamp * 1_000
        headers = [record.headers] if record.headers else None
        (event,) = decode(
            [record.value], limits=limits, now_us=now_us, headers=headers, written_us=lambda _: written_us
        )
        if not isinstance(event, Rejected):
            found.misunderstood.look([event], values)
            found.whose.setdefault(event.event_id, set()).add(f"{event.type.partition('.')[0]} {key_of(event)}")

    existing = topics.cluster.topics
    places = [
        TopicPartition(topic, number)
        for topic in settings.source_topics().values()
        if topic in existing
        for number in range(existing[topic].partitions)
    ]
    if places:
        found.complete = await read_newest(settings, places, see)
    return found
