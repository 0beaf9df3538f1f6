"""Compares the worker's clock with the broker's, on start and all along, and says when they differ.

The broker says its time when it acknowledges a record of a topic whose timestamps are its own
(message.timestamp.type=LogAppendTime), which the live-counts topic is. So a record without a value is written there.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Final

from aiokafka.errors import InvalidTimestampError, KafkaError

from stream.core.instant import instant
from stream.core.windows import SECOND_US
from stream.engine.desk.live_counts import DESK_HEADER
from stream.engine.process.clock import Clock
from stream.engine.process.fatal import end_process
from stream.engine.sending.outbox import Outbox, Outgoing
from stream.settings import Settings

# Readers of the live-counts topic pass over records without a value.
KEY: Final = b"clock"
LOG_APPEND_TIME: Final = 1
PERIOD_SECONDS: Final = 15.0
LOOK_SECONDS: Final = 1.0
# So long a start waits to know the broker's time. Nothing else depends on the live-counts topic.
START_SECONDS: Final = 10.0
# After so long without an answer the clock does not count as compared any more.
VALID_SECONDS: Final = 60.0
REPEAT_SECONDS: Final = 60.0

log = logging.getLogger("deskpulse.engine")


class BrokerTime:
    """Asks the broker for its time."""

    def __init__(self, settings: Settings, clock: Clock, outbox: Outbox) -> None:
        """Set this clock, by what the outbox hears."""
        self._topic = settings.topic_live_counts
        self._bound_seconds = settings.max_clock_offset_seconds
        self._record = Outgoing(KEY, None, [(DESK_HEADER, settings.app_id.encode())])
        self._clock = clock
        self._outbox = outbox
        self._compared_at: float | None = None
        self._refused = False
        self._unknown = ""
        self._said_at: float | None = None

    @property
    def compared(self) -> bool:
        """True if the broker said lately what time it is."""
        return self._compared_at is not None and time.monotonic() - self._compared_at < VALID_SECONDS

    @property
    def offset_seconds(self) -> float | None:
        """How far this worker's clock is ahead of the broker's, None if that was never known."""
        return self._clock.offset_seconds

    @property
    def right(self) -> bool:
        """False if this worker's clock and the broker's differ by more than the setting allows."""
        offset = self._clock.offset_seconds
        return not self._refused and (offset is None or abs(offset) <= self._bound_seconds)

    async def start(self) -> None:
        """Compare for the first time, before anything is read.

        A clock of which the broker refuses records is waited for: nothing could be written, and what the time is
        instead the broker does not say.
        """
        await self._compare_soon()
        self._say()
        while self._refused:
            await asyncio.sleep(LOOK_SECONDS)
            await self._compare_soon()
            self._say()

    async def _compare_soon(self) -> None:
        try:
            async with asyncio.timeout(START_SECONDS):
                await self._compare()
        except TimeoutError:
            self._say_unknown(f"no answer within {START_SECONDS:.0f} s")

    async def run(self) -> None:
        """Compare on and on, until cancelled."""
        try:
            while True:
                # The clock may be set at any moment, and what follows from that is known at once.
                for _ in range(int(PERIOD_SECONDS / LOOK_SECONDS)):
                    await asyncio.sleep(LOOK_SECONDS)
                    self._say()
                await self._compare()
        except Exception as error:  # noqa: BLE001 - the end of the process, see fatal.py
            end_process("while comparing the clock with the broker's", error)

    async def _compare(self) -> None:
        asked_us = self._clock.elapsed_us()
        try:
            acknowledged = await (await self._outbox.send(self._topic, self._record))
        except InvalidTimestampError:
            self._refused = True
            return
        except KafkaError as error:
            self._say_unknown(str(error) or type(error).__name__)
            return
        answered_us = self._clock.elapsed_us()
        self._refused = False
        if acknowledged.timestamp_type != LOG_APPEND_TIME:
            self._say_unknown(
                "the broker does not say its time when it acknowledges a record", level=logging.INFO
            )  # on start it was said what to do about it, if anything can be done
            return
        self._clock.heard(acknowledged.timestamp, asked_us, answered_us)
        self._compared_at, self._unknown = time.monotonic(), ""

    def _say_unknown(self, why: str, level: int = logging.WARNING) -> None:
        """Say once what keeps the clock from being compared."""
        if why != self._unknown:
            self._unknown = why
            log.log(level, "cannot compare this worker's clock with the broker's (topic %s): %s", self._topic, why)

    def _say(self) -> None:
        """Say that the clock is wrong, now and then while it is, and when it is right again."""
        if self.right:
            if self._said_at is not None:
                log.info("this worker's clock agrees with the broker's again")
            self._said_at = None
            return
        if self._said_at is not None and time.monotonic() - self._said_at < REPEAT_SECONDS:
            return
        self._said_at = time.monotonic()
        log.error("%s; set the clock, for instance with NTP. This worker is not ready until then", self.trouble())

    def trouble(self) -> str:
        """Return a sentence that says how the clock is wrong; empty if it is not."""
        if self.right:
            return ""
        own_us, offset = self._clock.own_us(), self._clock.offset_seconds
        if offset is None:
            return (
                f"this worker's clock says {instant(own_us)}, and the broker refuses records of that time: it is too "
                "far in the future (message.timestamp.after.max.ms). Nothing is read until it is right"
            )
        return (
            f"this worker's clock says {instant(own_us)}, the broker's {instant(own_us - int(offset * SECOND_US))}: "
            f"{abs(offset):,.1f} s {'fast' if offset > 0 else 'slow'}, and max_clock_offset_seconds allows "
            f"{self._bound_seconds:g}. The numbers go by the broker's clock"
        )
