"""Sends alerts: five times a second whatever is due goes to the alerts topic, and then into the tickets' states.

That an alert was sent is part of its ticket's state, written to the changelog once the broker has acknowledged the
alert, so the next owner of the partition knows. Between the two a crash makes it be sent again, under the same id.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence

import orjson

from stream.core.instant import instant
from stream.core.windows import SECOND_US
from stream.engine.changelog.lane import Lane, Receipt
from stream.engine.ownership.custody import Custody
from stream.engine.process.clock import Clock
from stream.engine.process.counters import Counters, Work
from stream.engine.process.fatal import end_process
from stream.engine.process.pauses import Pauses, passes
from stream.engine.sending.outbox import Outbox, Outgoing
from stream.partition.alarms import BAD_COMMENT
from stream.partition.alerts import Alert

PERIOD_SECONDS = 0.2
# What happened in the last moment may still be on its way from the desk to the broker.
TRANSIT_US = 250_000
# Alerts of one partition in one round: enough for a bad day, few enough to be acknowledged soon.
AT_ONCE = 500

log = logging.getLogger("deskpulse.engine")

Exhausted = Callable[[], Awaitable[set[tuple[str, int]]]]


class AlertPump:
    """Sends the alerts of the partitions that this worker owns for certain. One at work is enough for all of them.

    What is not acknowledged is not kept: the next round asks anew, as by then the ticket may be answered.
    """

    def __init__(
        self,
        *,
        custody: Custody,
        outbox: Outbox,
        topic: str,
        clock: Clock,
        counters: Counters,
        exhausted: Exhausted,
        logical_topics: Mapping[str, str],
    ) -> None:
        """topic: of the alerts. exhausted: tells (topic, partition) of which nothing is left to read.

        logical_topics: topic name -> logical name.
        """
        self._custody = custody
        self._outbox = outbox
        self._topic = topic
        self._clock = clock
        self._counters = counters
        self._exhausted = exhausted
        self._logical_topics = logical_topics
        self._pauses: dict[int, Pauses] = {}
        self._sending: dict[int, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Send on and on, until cancelled. An error that does not pass by itself ends the process."""
        try:
            while True:
                await self._note_what_is_read()
                self._begin_what_is_due()
                await asyncio.sleep(PERIOD_SECONDS)
        except Exception as error:  # noqa: BLE001 - the end of the process, see fatal.py
            end_process("while sending alerts", error)

    async def _note_what_is_read(self) -> None:
        """Tell each partition up to when it has certainly read its topics: a ticket that still waits then, waits."""
        read_until_us = self._clock.wall_us() - TRANSIT_US
        by_partition: defaultdict[int, dict[str, int]] = defaultdict(dict)
        for topic, number in await self._exhausted():
            by_partition[number][self._logical_topics[topic]] = read_until_us
        for number, held in self._custody.held.items():
            held.partition.watermark.read_until_us = by_partition.get(number, {})

    def _begin_what_is_due(self) -> None:
        """Send what is due in each owned partition, each on its own: one that cannot be written holds up no other."""
        for number in [number for number, task in self._sending.items() if task.done()]:
            self._sending.pop(number).result()
        current = self._custody.ownership.current
        for number in self._pauses.keys() - current - self._sending.keys():
            self._pauses.pop(number).give_up()  # it is another worker's by now
        for number in sorted(current):
            if number not in self._sending:
                # A worker that is told to stop lets it end: custody waits for chunks in flight.
                self._sending[number] = asyncio.create_task(self._send_and_pause(number), name=f"alerts-{number}")

    async def _send_and_pause(self, number: int) -> None:
        pauses = self._pauses.setdefault(
            number, Pauses(Work.ALERTS, f"sending alerts of partition {number}", self._counters)
        )
        if (failure := await self._send(number)) is not None:
            await pauses.wait(failure)
        else:
            pauses.over()

    def _due(self, number: int) -> list[Alert]:
        """Return what is due in a partition; nothing if it is not certainly ours at this moment."""
        lane = self._custody.lane(number)
        if lane is None or number not in self._custody.ownership.current:
            return []
        partition = lane.held.partition
        due = partition.due_alerts(self._clock.wall_us(), AT_ONCE)
        self._counters.alerts_skipped += partition.alerts_skipped
        partition.alerts_skipped = 0
        return due

    async def _send(self, number: int) -> BaseException | None:
        due, lane = self._due(number), self._custody.lane(number)
        if not due or lane is None:
            return None
        # Counts as a chunk in flight, so that a partition is not handed on between the alert and the note of it.
        self._custody.begin_chunk(number)
        settled = False
        try:
            sent, failure = await self._deliver(due)
            settled = bool(sent) and await self._remember(lane, sent)
            return failure
        finally:
            if not settled:
                self._custody.settle_chunks(number, 1)

    async def _deliver(self, due: Sequence[Alert]) -> tuple[list[Alert], BaseException | None]:
        """Send alerts; returns those that were acknowledged, and why others were not. Raises what does not pass."""
        noticed_at = instant(self._clock.wall_us())
        results = await asyncio.gather(*(self._deliver_one(alert, noticed_at) for alert in due), return_exceptions=True)
        sent: list[Alert] = []
        failure: BaseException | None = None
        for alert, result in zip(due, results, strict=True):
            if result is None:
                sent.append(alert)
                self._counters.alerts[alert.kind] += 1
                if alert.kind != BAD_COMMENT:  # that one is as late as the answer to the survey
                    self._counters.alert_delay.observe((self._clock.wall_us() - alert.at_us) / SECOND_US)
            elif passes(result):
                failure = result
            else:
                raise result
        return sent, failure

    async def _deliver_one(self, alert: Alert, noticed_at: str) -> None:
        acknowledged = await self._outbox.send(self._topic, _record(alert, noticed_at))
        await acknowledged

    async def _remember(self, lane: Lane, sent: Sequence[Alert]) -> bool:
        """Have it written that these were sent; returns whether the changelog will settle the chunk in flight."""
        held, number = lane.held, lane.number
        present = self._custody.lane(number)
        if present is not None and present.held is held:
            async with present.applying:
                dirty = held.partition.sent(sent)
            if not present.closed:
                present.submit(dirty, Receipt(lambda: None))
                return True
        elif self._custody.held.get(number) is held:
            dirty = held.partition.sent(sent)
        else:
            return False  # it has left; its new owner sends them again, under the same ids
        held.dirty |= dirty  # for the lane that comes after the rebalance, if the partition stays
        return False


def _record(alert: Alert, noticed_at: str) -> Outgoing:
    about = {} if alert.ticket_id is None else {"ticket_id": alert.ticket_id}
    fields = {
        "type": alert.kind,
        "version": 1,
        "alert_id": alert.id,
        "occurred_at": instant(alert.at_us),
        "noticed_at": noticed_at,
        **about,
        **{name: value for name, value in alert.details.items() if value is not None},
    }
    key: str = alert.ticket_id if alert.ticket_id is not None else alert.details["survey_id"]
    return Outgoing(key.encode(), orjson.dumps(fields), [])
