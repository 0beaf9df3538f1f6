"""The worker's second hand: moves the windows, takes the snapshot, forgets what is over."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace

from stream.core.snapshot import Totals
from stream.engine.desk.view import WorkerView
from stream.engine.ownership.custody import Custody
from stream.engine.process.clock import Clock
from stream.engine.process.counters import Counters
from stream.engine.process.fatal import end_process
from stream.engine.reading.unread import UnreadRecords
from stream.engine.work.intake import Intake
from stream.engine.work.record_log import ValueLog, rejects, reused_ids

PERIOD_SECONDS = 1.0
# After this long without an answer from the broker, lag is not known.
LAG_VALID_SECONDS = 5.0
# How often the consumer is asked what is left to read.
ASK_SECONDS = 0.5
# A topic with nothing to read for so many answers does not hold the watermark back. One answer is not enough: while
# history is loaded, a topic has often just been read to its end, with hours of event time on their way.
IDLE_ANSWERS = 6
# Entities looked at in each partition and second; small, so that no second is long.
EVICT_STEP = 1000

Lags = dict[tuple[str, int], int | None]


class Ticker:
    """Ticks once a second until cancelled. An error ends the process: numbers that stand still look alive."""

    def __init__(
        self,
        *,
        custody: Custody,
        intake: Intake,
        clock: Clock,
        counters: Counters,
        view: WorkerView,
        lags: Callable[[], Awaitable[Lags]],
        logical_topics: dict[str, str],
    ) -> None:
        """lags: asks the consumer. logical_topics: topic name -> logical name."""
        self._custody = custody
        self._intake = intake
        self._clock = clock
        self._counters = counters
        self._view = view
        self._lags = lags
        self._logical_topics = logical_topics
        self._idle_answers: dict[tuple[str, int], int] = {}
        self._unread = UnreadRecords(counters)
        self._record_logs = rejects(counters), reused_ids(counters), ValueLog(counters.misunderstood)
        self._measured: Lags = {}
        self._measured_at = 0.0

    async def run(self) -> None:
        """Tick on and on, at the full second, so that the snapshots of all workers are of the same instants."""
        measuring = asyncio.create_task(self._measure_lags())
        try:
            while True:
                self.tick()
                await asyncio.sleep(PERIOD_SECONDS - self._clock.seconds() % PERIOD_SECONDS)
        except Exception as error:  # noqa: BLE001 - the end of the process, see fatal.py
            end_process("while taking a snapshot", error)
        finally:
            measuring.cancel()
            for each in self._record_logs:
                each.flush()

    async def _measure_lags(self) -> None:
        """Ask on and on, apart from the ticks: while the broker is away an answer takes as long as it is."""
        try:
            while True:
                self._measured, self._measured_at = await self._lags(), time.monotonic()
                self._pass_over_idle_topics(self._measured)
                await asyncio.sleep(ASK_SECONDS)
        except Exception as error:  # noqa: BLE001 - as above
            end_process("while measuring lag", error)

    def tick(self) -> None:
        """Take one snapshot of what is owned."""
        started = time.perf_counter()
        # Lags were measured before the snapshot, so anyone who sees "caught up" sees numbers in which everything is.
        known = time.monotonic() - self._measured_at < LAG_VALID_SECONDS
        self._counters.lag = self._measured if known else dict.fromkeys(self._measured)
        self._custody.keep_alive()
        self._custody.finish_rebuilds(self._counters.lag, self._measured_at)
        self._counters.changelog_bad = {
            str(number): len(held.replay.bad) for number, held in sorted(self._custody.held.items())
        }
        for number in self._custody.ownership.current:
            if (newest_us := self._custody.held[number].partition.newest_us) is not None:  # recovered states count too
                self._clock.saw(newest_us)
                self._counters.newest_event_us = max(newest_us, self._counters.newest_event_us or 0)
        self._snapshot()
        self._view.snapshot_seconds = time.perf_counter() - started
        self._note_freshness()
        for each in self._record_logs:
            each.look(time.monotonic())

    def _snapshot(self) -> None:
        now_us = self._clock.now_us()
        self._unread.look(self._clock.wall_us())
        parts: list[Totals] = []
        corrections: Counter[str] = Counter()
        for number in sorted(self._custody.ownership.current):
            partition = self._custody.held[number].partition
            partition.advance(now_us)
            part = partition.snapshot()
            parts.append(replace(part, unread=self._unread.of(part)))
            corrections.update(partition.corrections)
            if (lane := self._custody.lane(number)) is not None:
                lane.evict(EVICT_STEP)
        self._view.show(parts, self._custody.policy)
        self._view.corrections = corrections
        labels, overflows = self._custody.policy.labels, self._custody.labels.overflows
        self._view.label_overflows = {name: n for name, n in overflows.items() if n or name in labels}

    def _note_freshness(self) -> None:
        wall_us = self._clock.wall_us()
        newest, self._intake.newest_of_chunks = self._intake.newest_of_chunks, []
        for event_us in newest:
            self._counters.freshness.observe(max(0, wall_us - event_us) / 1e6)

    def _pass_over_idle_topics(self, lags: Lags) -> None:
        """Let the watermarks move on; at once, as an answer says nothing about what is read after it."""
        self._idle_answers = {where: self._idle_answers.get(where, 0) + 1 for where, lag in lags.items() if lag == 0}
        for number, held in self._custody.held.items():
            held.partition.watermark.pass_over(
                {
                    logical
                    for topic, logical in self._logical_topics.items()
                    if self._idle_answers.get((topic, number), 0) >= IDLE_ANSWERS
                }
            )
