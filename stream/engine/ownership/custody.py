"""The partitions this worker holds in memory, from taking them over to handing them on."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from aiokafka import ConsumerRecord

from stream.core.labels import LabelBook
from stream.core.policy import Policy
from stream.engine.changelog.continuity import Continuity
from stream.engine.changelog.held import Held
from stream.engine.changelog.lane import Lane
from stream.engine.changelog.replay_report import ReplayReport
from stream.engine.changelog.takeover import Takeover
from stream.engine.changelog.unsaved import UnsavedStates
from stream.engine.ownership.loading import Loading
from stream.engine.ownership.ownership import Ownership
from stream.engine.process.counters import Counters
from stream.engine.process.fatal import end_process
from stream.engine.reading.last_record import LastRecord
from stream.engine.sending.outbox import Outbox
from stream.partition.books import Books

log = logging.getLogger("deskpulse.engine")

# Chunks of a partition that are read and not yet acknowledged: enough to keep the broker busy, few enough to lose
# little by a crash. Each partition has its own, so that one that cannot be written holds up no other.
CHUNKS_IN_FLIGHT = 16

# By topic and partition, from which offset to read on; returns whether it was committed.
Rewind = Callable[[Mapping[tuple[str, int], int]], Awaitable[bool]]


class Custody:
    """Takes partitions over, keeps them, and lets them go; the consumer, the store and the agent all ask here."""

    def __init__(
        self,
        *,
        policy: Policy,
        sources: Iterable[str],
        session_seconds: float,
        changelog_topic: str,
        client_options: dict[str, Any],
        worker: str,
        outbox: Outbox,
        counters: Counters,
        continuity: Continuity,
    ) -> None:
        """sources: logical names of the source topics. worker: a name of this process that no other has."""
        self.ownership = Ownership(session_seconds)
        self.labels = LabelBook(policy.labels, policy.label_limit)
        self.held: dict[int, Held] = {}
        self.books = Books(policy, self.labels)
        """What the partitions in memory add up to."""
        self._session_seconds = session_seconds
        self._topic = changelog_topic
        self._worker = worker
        self._outbox = outbox
        self._counters = counters
        self._continuity = continuity
        self._lanes: dict[int, Lane] = {}
        self._claims: dict[int, int] = {}
        self._claim_term = -1
        self._claimed_at = 0.0
        self._takeover = Takeover(changelog_topic, client_options, worker, outbox, counters)
        self._report = ReplayReport(counters)
        self._fenced_at: dict[int, float] = {}
        self._in_flight: Counter[int] = Counter()
        self._loading = Loading(self.held, self.books, tuple(sources), counters)
        self._unsaved = UnsavedStates(outbox, counters, self.lane)
        self._idle = asyncio.Event()
        self._idle.set()
        self.on_recovering: Callable[[int, int], None] = lambda _partitions, _records: None
        self.on_loaded: Callable[[], None] = lambda: None
        self.on_recovered: Callable[[], None] = lambda: None
        self.on_ready: Callable[[frozenset[int], frozenset[int]], None] = lambda _owned, _unconfirmed: None
        self.on_doubt: Callable[[frozenset[int]], None] = lambda _dropped: None
        self.on_confirmed: Callable[[frozenset[int]], None] = lambda _owned: None
        self.on_release: Callable[[], None] = lambda: None
        self.on_rebuilding: Callable[[Sequence[int]], None] = lambda _partitions: None
        self.on_not_fit: Callable[[Sequence[str]], None] = lambda _lines: None
        self.rewind: Rewind = _no_consumer
        """Commits lower offsets of sources, so that they are read again from there; asks the consumer."""

    # -- chunks ------------------------------------------------------------------------------------------------

    def lane(self, partition: int) -> Lane | None:
        """Return the changelog lane of an owned partition; None if its chunks are not to be touched."""
        lane = self._lanes.get(partition)
        return None if lane is None or lane.closed else lane

    @property
    def lanes(self) -> Mapping[int, Lane]:
        """The lanes of all owned partitions, by number, those that are closed among them."""
        return self._lanes

    def has_room(self, partition: int) -> bool:
        """Say whether a partition may have more chunks in flight."""
        return self._in_flight[partition] < CHUNKS_IN_FLIGHT

    def begin_chunk(self, partition: int) -> None:
        """Note a chunk in flight; ended by `settle_chunks`."""
        self._in_flight[partition] += 1
        self._idle.clear()

    def settle_chunks(self, partition: int, count: int) -> None:
        """Note that chunks were acknowledged, or given up."""
        self._in_flight[partition] -= count
        if not self._in_flight.total():
            self._idle.set()

    # -- the consumer asks (owner.Owner) -------------------------------------------------------------------

    def release(self) -> None:
        """Stop reporting any partition. Called from the consumer's thread too."""
        self.ownership.release(self.on_release)

    async def drain(self) -> None:
        """Wait until every chunk in flight is acknowledged, then close the lanes whatever came of it."""
        try:
            await asyncio.wait_for(self._idle.wait(), timeout=self._session_seconds / 2)
        except TimeoutError:
            log.warning("%d chunks could not be written in time; they will be read again", self._in_flight.total())
        for lane in self._lanes.values():
            lane.close()
        self._lanes.clear()

    async def claim(self, partitions: Sequence[int]) -> Mapping[int, int]:
        """Write an owner record to each changelog partition; returns the offset after it."""
        self._claim_term = self.ownership.term
        self._claimed_at = time.monotonic()
        await self._continuity.look(partitions)
        offsets = await self._takeover.claim(partitions)
        self._claims = dict(zip(partitions, offsets, strict=True))
        for number, offset in self._claims.items():
            if (held := self.held.get(number)) is not None and held.known is not None and held.known >= offset:
                self._loading.drop(number)  # it is of a log that is no more
        self._counters.takeovers += len(offsets)
        known = {p: held.known for p, held in self.held.items() if held.known is not None}
        self.on_recovering(len(offsets), sum(end - known.get(p, -1) for p, end in self._claims.items()))
        return {partition: offset + 1 for partition, offset in self._claims.items()}

    # -- the store asks ----------------------------------------------------------------------------------------

    def keep_only(self, partitions: Iterable[int]) -> None:
        """Drop every partition that is not among these, with all its state, at once."""
        keep = set(partitions)
        for number in list(self.held):
            if number not in keep or self.held[number].broken:
                self._loading.drop(number)

    @property
    def policy(self) -> Policy:
        """The one that partitions count under, those that come as well."""
        return self.books.policy

    def load(self, number: int, records: Iterable[ConsumerRecord]) -> None:
        """Merge changelog records of a partition that is being recovered."""
        self._loading.load(number, records)
        self.on_loaded()

    async def recovered(self, partitions: Sequence[int]) -> None:
        """Open the lanes of recovered partitions and show their numbers from now on.

        Not those whose changelog turns out to be lost, or another desk's: see Continuity.
        """
        term = self._claim_term
        if term != self.ownership.term:
            return  # a rebalance has begun since they were claimed; it brings its own recovery
        self._fenced_at.clear()
        if not await self._loading.count(partitions, lambda: term == self.ownership.term):
            return  # as above
        for number in partitions:
            self._report.look(number, self.held[number].replay)
        found = {
            number: self._continuity.judge(number, self.held[number], self._claims[number]) for number in partitions
        }
        if lines := self._continuity.refusal(found):
            await self._continuity.keep_refused(found, self._claims)
            self.on_not_fit(lines)
            return
        identities = await self._continuity.identities(found, self.held, self.rewind)
        if term != self.ownership.term:
            return  # as above
        for number in partitions:
            lane = self._lanes[number] = Lane(
                self.held[number],
                claim=self._claims[number],
                claimed_at=self._claimed_at,
                topic=self._topic,
                worker=self._worker,
                outbox=self._outbox,
                read_gap=self._takeover.read_gap,
                counters=self._counters,
                settled=partial(self.settle_chunks, number),
                fenced=self._fence,
            )
            lane.identify(identities[number])
        self.on_recovered()
        rebuilding = [number for number in partitions if self.held[number].rebuilding]
        current = frozenset(n for n, lane in self._lanes.items() if lane.unheard_seconds < self._session_seconds)

        def published() -> None:
            if rebuilding:
                self.on_rebuilding(rebuilding)
            else:
                self.on_ready(current, frozenset(self._lanes.keys() - current))

        self.ownership.publish(current.difference(rebuilding), term, published)

    def epoch(self, number: int) -> int | None:
        """Return under which epoch a partition is owned, None if it is not."""
        return self._claims.get(number) if number in self._lanes else None

    def commit_note(self, number: int, last: LastRecord | None) -> str:
        """Return what is committed with an offset: where its states are, and the record before it. In any thread."""
        return self._continuity.note(self.held.get(number), last)

    def finish_rebuilds(self, lag: Mapping[tuple[str, int], int | None], measured_at: float) -> None:
        """Show partitions whose sources were read again; called every second with what was left to read, and when."""
        for number, lane in self._lanes.items():
            held = lane.held
            if not held.rebuilding or lane.closed or lane.identifying:
                continue
            if self._continuity.is_rebuilt(number, held, lag, measured_at):
                self._finish_rebuild(lane)

    def _finish_rebuild(self, lane: Lane) -> None:
        term = self._claim_term

        def published() -> None:
            log.info("partition %d: rebuilt from the sources; showing it", lane.number)
            if self.ownership.published == self._lanes.keys():
                self.on_ready(self.ownership.published, frozenset())

        def done(future: asyncio.Future[None]) -> None:
            if not future.cancelled() and self.lane(lane.number) is lane:
                self.ownership.publish([lane.number], term, published)

        lane.identify(self._continuity.complete(lane.held)).add_done_callback(done)

    # -- staying the owner -------------------------------------------------------------------------------------

    def keep_alive(self) -> None:
        """Called every second: speak only for partitions whose changelog was written to, as their owner, lately.

        A worker that is cut off from the broker, or was paused, may have been replaced without knowing it. So what
        was not confirmed within a session is not shown until a write to its changelog lands right behind the last one.
        """
        doubtful = frozenset(
            number for number in self.ownership.published if self._lanes[number].unheard_seconds > self._session_seconds
        )
        if doubtful:
            self.ownership.drop(doubtful)
            self.on_doubt(doubtful)
        self.ownership.keep_alive()
        for lane in self._lanes.values():
            if lane.unheard_seconds > self._session_seconds / 3 and not lane.closed:
                self._confirm(lane)
        self._unsaved.look(self.held)
        for number, since in self._fenced_at.items():
            if time.monotonic() - since > 3 * self._session_seconds:
                end_process(f"partition {number} was taken over by another worker and no rebalance followed")

    def _confirm(self, lane: Lane) -> None:
        if lane.asserting:
            return
        term = self._claim_term  # not the present one: lanes of before a rebalance wait to be drained under that one

        def confirmed() -> None:
            if self.ownership.published == self._lanes.keys():
                self.on_confirmed(self.ownership.published)

        def done(future: asyncio.Future[None]) -> None:
            if future.cancelled() or self.lane(lane.number) is not lane or lane.number in self.ownership.published:
                return
            if lane.held.rebuilding:
                return  # it is ours, and not complete yet
            self.ownership.publish([lane.number], term, confirmed)

        lane.assert_ownership().add_done_callback(done)

    def _fence(self, number: int) -> None:
        self.ownership.drop([number])
        self._counters.fenced += 1
        self._fenced_at[number] = time.monotonic()


async def _no_consumer(_offsets: Mapping[tuple[str, int], int]) -> bool:
    return False
