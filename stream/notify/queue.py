"""The alerts of one receiver, read from the topic, delivered in order of each ticket, and then committed.

Each receiver has a consumer group of its own, so one that is down keeps nobody else waiting, and what it is owed stays
in the topic. An offset is committed when the receiver has everything before it, or the dead-letter topic does.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError

from stream.broker.errors import BrokerUnavailable
from stream.engine.process.counters import Counters, Work
from stream.engine.process.fatal import end_process
from stream.engine.process.pauses import Pauses, passes
from stream.notify.beginning import begin_group
from stream.notify.delivery import Delivery
from stream.notify.standing import Standing
from stream.notify.window import Window
from stream.settings import Settings

POLL_SECONDS = 0.2
COMMIT_SECONDS = 1.0
LAG_SECONDS = 5.0
# In hand at a time: enough to be fast, few enough to be held in memory while a receiver is down.
MOST_IN_HAND = 500
MOST_BYTES_IN_HAND = 16 << 20

log = logging.getLogger("deskpulse.notify")


class ReceiverQueue(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka is untyped
    """Reads the alerts topic for one receiver, from start to stop."""

    def __init__(self, settings: Settings, delivery: Delivery, counters: Counters) -> None:
        """delivery: to the receiver. counters: of this process, which say what fails."""
        self._settings = settings
        self._delivery = delivery
        self.name = delivery.receiver.name
        self.group = group_of(settings, self.name)
        self._standing = delivery.standing
        self._consumer: AIOKafkaConsumer | None = None
        self._assigned: set[TopicPartition] = set()
        self._met = False
        self._windows: dict[TopicPartition, Window] = {}
        self._tasks: dict[asyncio.Task[None], TopicPartition] = {}
        self._last: dict[bytes, asyncio.Task[None]] = {}
        self._stopping = asyncio.Event()
        self._looked_at = self._committed_at = -LAG_SECONDS
        self._reads = Pauses(Work.ALERTS, f"reading alerts for {self.name}", counters)

    @property
    def standing(self) -> Standing:
        """Return the receiver's counts."""
        return self._standing

    @property
    def joined(self) -> bool:
        """Say whether it reads: partitions are assigned, be it none, as others have them all."""
        return self._met and not self._assigned - self._windows.keys()

    async def run(self) -> None:
        """Deliver until `stop`. An error that does not pass by itself ends the process."""
        try:
            if not await self._connect():
                return
            try:
                while not self._stopping.is_set():
                    try:
                        await self._turn()
                    except KafkaError as error:
                        if not passes(error):
                            raise
                        self._standing.lag = None
                        await self._reads.wait(error)
                    else:
                        self._reads.over()
            finally:
                await self._leave()
        except Exception as error:  # noqa: BLE001 - the end of the process, see fatal.py
            end_process(f"while delivering alerts to {self.name}", error)

    def stop(self) -> None:
        """End after the attempts that are under way."""
        self._stopping.set()

    async def _connect(self) -> bool:
        settings = self._settings
        while not self._stopping.is_set():
            consumer = AIOKafkaConsumer(
                **settings.kafka_client_options(),
                client_id=f"{settings.app_id}-notify-{self.name}",
                group_id=self.group,
                enable_auto_commit=False,
                auto_offset_reset="earliest",
                isolation_level="read_committed",
                session_timeout_ms=int(settings.session_timeout_seconds * 1000),
                heartbeat_interval_ms=int(settings.session_timeout_seconds * 1000 / 5),
                fetch_max_wait_ms=int(POLL_SECONDS * 1000),
            )
            try:
                await begin_group(settings, self.group)
                await consumer.start()
            except (KafkaError, BrokerUnavailable) as error:
                await consumer.stop()
                if not isinstance(error, BrokerUnavailable) and not passes(error):
                    raise
                await self._reads.wait(error)
                continue
            self._reads.over()
            self._consumer = consumer
            consumer.subscribe([settings.topic_alerts], listener=self)
            return True
        return False

    async def _turn(self) -> None:
        consumer = self._reading()
        for fresh in sorted(self._assigned - self._windows.keys()):
            await self._take_over(fresh)
            self._looked_at = -LAG_SECONDS  # what is behind is known as soon as there is something
        room = MOST_IN_HAND - sum(map(len, self._windows.values()))
        held = set(self._windows)
        if room <= 0 or sum(window.size for window in self._windows.values()) > MOST_BYTES_IN_HAND:
            consumer.pause(*held)
        else:
            consumer.resume(*held & consumer.paused())
        # Asked for even if nothing is wanted: a member that asks for nothing is taken for dead.
        batches = await consumer.getmany(timeout_ms=int(POLL_SECONDS * 1000), max_records=max(1, room))
        for tp, records in batches.items():
            if tp in self._windows:
                for record in records:
                    self._begin(tp, record)
        self._standing.oldest = min((at for w in self._windows.values() if (at := w.oldest) is not None), default=None)
        now = time.monotonic()
        if now - self._committed_at >= COMMIT_SECONDS:
            self._committed_at = now
            await self._commit(self._windows)
        if now - self._looked_at >= LAG_SECONDS:
            self._looked_at = now
            await self._look()

    def _reading(self) -> AIOKafkaConsumer:
        if self._consumer is None:
            raise KafkaError("the consumer is not running")
        return self._consumer

    async def _take_over(self, tp: TopicPartition) -> None:
        """Begin where the group is; in a partition that the topic did not have when it began, with the first alert."""
        consumer = self._reading()
        begin, end = (await consumer.beginning_offsets([tp]))[tp], (await consumer.end_offsets([tp]))[tp]
        position = await consumer.committed(tp)
        if position is None:
            position = begin
        elif position < begin:
            self._standing.deleted_unsent += begin - position
            log.error(
                "%s: the broker deleted %s alerts of %s-%d before they were sent: offsets %d to %d",
                *(self.name, f"{begin - position:,}", tp.topic, tp.partition, position, begin - 1),
            )
            position = begin
        elif position > end:
            log.error(
                "%s: %s-%d ends at offset %d, before the committed offset %d: the topic was truncated or created "
                "again; it is read from its beginning",
                *(self.name, tp.topic, tp.partition, end, position),
            )
            position = begin
        if tp in self._assigned:
            consumer.seek(tp, position)
            self._windows[tp] = Window(position)

    def _begin(self, tp: TopicPartition, record: ConsumerRecord) -> None:
        size = len(record.value or b"") + len(record.key or b"")
        window = self._windows[tp]
        window.begin(record.offset, record.timestamp / 1000, size)
        before = None if record.key is None else self._last.get(record.key)
        task = asyncio.create_task(self._deliver(window, record, before))
        self._tasks[task] = tp
        if record.key is not None:
            self._last[record.key] = task
        task.add_done_callback(lambda done: self._done(done, record.key))

    async def _deliver(self, window: Window, record: ConsumerRecord, before: asyncio.Task[None] | None) -> None:
        if before is not None:
            await asyncio.wait([before])
            if before.cancelled():
                raise asyncio.CancelledError
        await self._delivery.deliver(record)
        window.finish(record.offset)

    def _done(self, task: asyncio.Task[None], key: bytes | None) -> None:
        self._tasks.pop(task, None)
        if key is not None and self._last.get(key) is task:
            del self._last[key]
        if not task.cancelled() and (error := task.exception()) is not None:
            end_process(f"while delivering alerts to {self.name}", error)

    async def _commit(self, windows: dict[TopicPartition, Window]) -> None:
        due = {tp: window.position for tp, window in windows.items() if window.position != window.committed}
        if not due:
            return
        committing = {tp: windows[tp] for tp in due}  # a rebalance meanwhile takes windows away
        try:
            await self._reading().commit(due)
        except (CommitFailedError, IllegalStateError) as error:
            # The group is rebalancing; who holds the partition then sends again what is not committed.
            log.info("%s: could not commit (%s); what is not committed is sent again", self.name, error)
            return
        for tp, window in committing.items():
            window.committed = due[tp]

    async def _look(self) -> None:
        """Ask how far the topic goes."""
        if not self._windows:
            self._standing.lag = 0 if self._met and not self._assigned else None
            return
        held = dict(self._windows)
        ends = await self._reading().end_offsets(list(held))
        self._standing.lag = sum(max(0, ends[tp] - window.position) for tp, window in held.items())

    async def on_partitions_revoked(self, revoked: Sequence[TopicPartition]) -> None:
        """Stop what is under way for these, and commit what is done."""
        await self._drop(set(revoked))
        self._assigned -= set(revoked)

    async def on_partitions_assigned(self, assigned: Sequence[TopicPartition]) -> None:
        """Note what is to be taken over."""
        self._assigned, self._met = set(assigned), True

    async def _drop(self, partitions: set[TopicPartition]) -> None:
        tasks = [task for task, tp in self._tasks.items() if tp in partitions]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        await self._commit({tp: window for tp, window in self._windows.items() if tp in partitions})
        for tp in partitions:
            self._windows.pop(tp, None)

    async def _leave(self) -> None:
        await self._delivery.settle(list(self._tasks))
        await self._drop(set(self._windows))
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            await consumer.stop()


def group_of(settings: Settings, name: str) -> str:
    """Return the consumer group of a receiver."""
    return f"{settings.app_id}-notify-{name}"
