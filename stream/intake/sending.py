"""Records of deliveries to Kafka: many deliveries in a batch, each answered when its own records are acknowledged."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Sequence
from typing import NamedTuple

from aiokafka.errors import KafkaError

from stream.engine.sending.outbox import Outbox, Outgoing
from stream.intake.counters import Counters

# A batch takes what has come while the one before was on its way, up to so much.
_MOST_RECORDS = 2_000
_REPEAT_SECONDS = 60.0

log = logging.getLogger("deskpulse.intake")


class NotAcknowledgedError(Exception):
    """Kafka did not acknowledge records in time, or refused them; the sender has to come again."""


class Addressed(NamedTuple):
    """A record and where it goes."""

    topic: str
    partition: int
    record: Outgoing


class _Waiting(NamedTuple):
    records: list[Outgoing]
    acknowledged: asyncio.Future[None]


class Sending:
    """Writes records in one batch at a time for each partition, and waits for its acknowledgement.

    What could not be acknowledged is not tried again here: the sender has it and comes again. Until then it may have
    landed all the same, and then it comes twice, under the same event ids.
    """

    def __init__(self, outbox: Outbox, counters: Counters, ack_seconds: float) -> None:
        """ack_seconds: how long a delivery waits for its acknowledgement."""
        self._outbox = outbox
        self._counters = counters
        self._ack_seconds = ack_seconds
        self._lanes: dict[tuple[str, int], deque[_Waiting]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._said_at = 0.0

    async def send(self, addressed: Sequence[Addressed], letters: Sequence[tuple[str, Outgoing]]) -> None:
        """Return when all are acknowledged: records, and letters to any partition of their topics.

        Raises NotAcknowledgedError.
        """
        if not addressed and not letters:
            return
        waiting = self._queued(addressed)
        try:
            async with asyncio.timeout(self._ack_seconds):
                for topic, record in letters:
                    await (await self._outbox.send(topic, record))
                for future in waiting:
                    await future
        except TimeoutError:
            reason = f"no acknowledgement in {self._ack_seconds:g} s"
            self._failed(reason)
            raise NotAcknowledgedError(reason) from None
        except KafkaError as error:
            reason = str(error) or type(error).__name__
            self._failed(reason)
            raise NotAcknowledgedError(reason) from error
        finally:
            for future in waiting:
                if not future.cancel() and not future.cancelled():
                    future.exception()  # of several that fail, one is reported
        self._worked()

    async def stop(self) -> None:
        """Give up what is not acknowledged."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _queued(self, addressed: Sequence[Addressed]) -> list[asyncio.Future[None]]:
        by_lane: dict[tuple[str, int], list[Outgoing]] = {}
        for topic, partition, record in addressed:
            by_lane.setdefault((topic, partition), []).append(record)
        return [self._queue(place, records) for place, records in by_lane.items()]

    def _queue(self, place: tuple[str, int], records: list[Outgoing]) -> asyncio.Future[None]:
        acknowledged: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        lane = self._lanes.get(place)
        if lane is None:
            lane = self._lanes[place] = deque()
            task = asyncio.create_task(self._drain(place, lane))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        lane.append(_Waiting(records, acknowledged))
        return acknowledged

    async def _drain(self, place: tuple[str, int], lane: deque[_Waiting]) -> None:
        """Write what waits for a partition, batch by batch, until nothing does."""
        try:
            while lane:
                if batch := _taken(lane):
                    await self._append(*place, batch)
        finally:
            del self._lanes[place]

    async def _append(self, topic: str, partition: int, batch: list[_Waiting]) -> None:
        records = [record for waiting in batch for record in waiting.records]
        error: Exception | None = None
        try:
            await self._outbox.append(topic, partition, records)
        except Exception as caught:  # noqa: BLE001 - it is raised where the delivery waits
            error = caught
        for _, acknowledged in batch:
            if acknowledged.done():
                continue
            if error is None:
                acknowledged.set_result(None)
            else:
                acknowledged.set_exception(error)

    def _failed(self, reason: str) -> None:
        now = self._counters.failed_at = time.monotonic()
        if self._counters.failing_since is None:
            self._counters.failing_since = now
        elif now - self._said_at < _REPEAT_SECONDS:
            return
        self._said_at = now
        log.warning("Kafka acknowledges nothing (%s); deliveries are answered 503, so that senders come again", reason)

    def _worked(self) -> None:
        since = self._counters.failing_since
        if since is not None:
            self._counters.failing_since = None
            log.info("Kafka acknowledges again after %d s", time.monotonic() - since)


def _taken(lane: deque[_Waiting]) -> list[_Waiting]:
    """Take from the front what one batch is to have; leave out whom nobody waits for any more."""
    batch: list[_Waiting] = []
    records = 0
    while lane and records < _MOST_RECORDS:
        waiting = lane.popleft()
        if not waiting.acknowledged.done():
            batch.append(waiting)
            records += len(waiting.records)
    return batch
