"""How records travel from Kafka into the agent: in chunks, one Faust message for each.

Faust spends some 100 us on every message between the fetcher and the agent, whatever the message holds. Here a
message holds up to a thousand records of one partition, so an agent is still an agent, with Faust's assignment,
recovery and commits, at a hundredth of the cost for each record.

Faust takes it as a Consumer subclass that a Transport subclass names; some of the methods replaced here and in
fetching.py are not documented, so Faust's version is pinned; docs/faust.md lists them.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

import faust
from aiokafka.errors import IllegalStateError
from faust.transport.drivers import aiokafka as driver
from faust.types import TP, ConsumerMessage, Message

from stream.engine.reading.commit_order import CommitOrder
from stream.engine.reading.delivered import Chunk, Reading
from stream.engine.reading.fetching import PromptThread
from stream.engine.reading.owner import Owner

CHUNK_RECORDS = 1000
REBALANCE_POLL_SECONDS = 0.05
REWIND_SECONDS = 1.0
# How soon it is looked again whether a partition has room for more.
ROOM_POLL_SECONDS = 0.02


class ChunkSchema(faust.Schema):  # type: ignore[misc]  # faust ships no types that strict mypy can follow
    """Hands the records through as they are: decoding a chunk at once is the agent's work."""

    def loads_key(self, app: Any, message: Message, **_: Any) -> Any:
        """Return the (absent) key of the chunk."""
        return message.key

    def loads_value(self, app: Any, message: Message, **_: Any) -> Chunk:
        """Return the chunk."""
        return message.value  # type: ignore[no-any-return]  # as above


class ChunkConsumer(driver.Consumer):  # type: ignore[misc]  # as above
    """Yields chunks, and commits in the order in which chunks were read."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Take what Faust's consumer takes."""
        self.order = CommitOrder()
        super().__init__(*args, **kwargs)

    def _new_consumer_thread(self) -> PromptThread:
        return PromptThread(self, loop=self.loop, beacon=self.beacon)

    @property
    def _owner(self) -> Owner:
        return self.app.owner  # type: ignore[no-any-return]  # as above

    @property
    def _reading(self) -> Reading:
        return self.app.reading  # type: ignore[no-any-return]  # as above

    async def getmany(self, timeout: float) -> AsyncIterator[tuple[TP, Message]]:  # noqa: ASYNC109 - Faust's name
        """Yield chunks, one of each partition in turn, so that no partition waits for another's thousands.

        What is not yielded here is read again: of sources because it was not delivered, of changelogs by `_give_back`.
        """
        fetched, active = await self._wait_next_records(timeout)
        if self.should_stop:
            return
        app = self.app
        generation = app.consumer_generation_id
        if not self.flow_active:
            await self._give_back(fetched)
            return
        ready: dict[TP, Chunk] = {}
        for tp, found in fetched.items():
            if not self._is_source(tp):
                if tp in active:
                    ready[tp] = self._unread(tp, found)
            elif not app.rebalancing:  # else queues are cleared when recovery ends, and what is in them is lost
                ready[tp] = found
        for tp, chunk in _in_turn(ready):
            if not self.flow_active or app.consumer_generation_id != generation:
                return
            if not self._is_source(tp):
                yield tp, self._message(tp, chunk, generation)
            elif (delivered := self._reading.deliver(tp, chunk)) is not None:
                self.order.delivered(tp, delivered)
                yield tp, self._message(tp, delivered, generation)

    async def _wait_next_records(
        self,
        timeout: float,  # noqa: ASYNC109 - Faust's name
    ) -> tuple[Mapping[TP, Chunk], set[TP]]:
        """As Faust's, but where that sleeps a whole second while nothing may be read, a rebalance waits less."""
        if not self.flow_active:
            await self.wait(self.can_resume_flow)
        active = self._get_active_partitions()
        if not active:
            await asyncio.sleep(REBALANCE_POLL_SECONDS)
            return {}, active
        return await self._getmany(active_partitions=active, timeout=timeout), active

    async def _getmany(
        self,
        active_partitions: set[TP] | None,
        timeout: float,  # noqa: ASYNC109 - Faust's name
    ) -> Mapping[TP, Chunk]:
        # A copy: Faust empties its own set when a rebalance begins, and the client takes an empty one for all.
        asked = set(active_partitions or ())
        if self.app.rebalancing:
            # Until recovery is done only changelogs are read, so that the positions of the sources stand still.
            asked = {tp for tp in asked if not self._is_source(tp)}
        full = {tp for tp in asked if self._is_source(tp) and not self._owner.has_room(tp.partition)}
        if full:
            asked -= full
            timeout = min(timeout, ROOM_POLL_SECONDS)
        if not asked:
            await asyncio.sleep(min(timeout, REBALANCE_POLL_SECONDS))
            return {}
        return await super()._getmany(active_partitions=asked, timeout=timeout)  # type: ignore[no-any-return]  # as above

    def _message(self, tp: TP, chunk: Chunk, generation: int) -> Message:
        last = chunk.records[-1]
        return ConsumerMessage(
            tp.topic,
            tp.partition,
            last.offset,
            last.timestamp / 1000.0,
            last.timestamp_type,
            None,
            b"",
            chunk,
            None,
            0,
            0,
            tp,
            generation_id=generation,
        )

    def _unread(self, tp: TP, found: Chunk) -> Chunk:
        """Leave out what of a changelog was read before."""
        read = self._read_offset[tp]
        if read is None or found.records[0].offset >= read:
            return found
        return Chunk(found.start, [record for record in found.records if record.offset >= read], found.end)

    def _is_source(self, tp: TP) -> bool:
        return bool(self.app.topics.acks_enabled_for(tp.topic))

    async def _give_back(self, fetched: Mapping[TP, Chunk]) -> None:
        """Have changelog records read again that came when none may be taken.

        The request for them was on its way when the flow was stopped. In the meantime a recovery may have sought to
        where it begins to read, and have been given these: it would wait for them for ever.
        """
        for tp, found in fetched.items():
            if not self._is_source(tp):
                await self._thread.call_thread(self._rewind, tp, found.records[0].offset)

    async def _rewind(self, tp: TP, offset: int) -> None:
        """Seek back to an offset, but never forward: a recovery may have sought further back. In the thread."""
        consumer = self._thread._ensure_consumer()
        try:
            position = await asyncio.wait_for(consumer.position(tp), REWIND_SECONDS)
        except (IllegalStateError, TimeoutError):
            return  # it has left, or nobody reads it yet
        if position > offset:
            consumer.seek(tp, offset)

    async def seek_to_committed(self) -> Mapping[TP, int | None]:
        """Seek each source partition to where it is read from, explicitly."""
        return await self._thread.call_thread(self._thread.start_sources, self._is_source)  # type: ignore[no-any-return]  # as above

    # -- commit order ------------------------------------------------------------------------------------------

    def _new_offset(self, tp: TP) -> int | None:
        """Return the offset up to which all chunks are acknowledged, None if it is not a new one."""
        end = self.order.advance(tp, self._acked_index[tp])
        if end is not None:
            remaining = self._acked[tp]
            remaining[:] = [offset for offset in remaining if offset >= end]
        return end

    async def _add_gap(self, tp: TP, offset_from: int, offset_to: int) -> None:
        """Do nothing: gaps in offsets (compaction, transactions) do not matter to the order of chunks."""

    def on_buffer_full(self, tp: TP) -> None:
        """Do nothing: the queue itself holds the fetcher back, and Faust's way sleeps a second."""

    def verify_event_path(self, now: float, tp: TP) -> None:
        """Do nothing: lag is measured, and Faust's check takes paused changelog partitions for stuck ones."""

    async def perform_seek(self) -> None:
        """Seek to the committed offsets and forget every chunk that was delivered before."""
        for tp in self.order.partitions:
            self._forget_delivered(tp)
        await super().perform_seek()

    def begin_anew(self, tp: TP) -> None:
        """Take lower offsets than those delivered, as the log has given them to other records."""
        self._forget_delivered(tp)
        self._read_offset[tp] = None
        self._committed_offset[tp] = None

    def _forget_delivered(self, tp: TP) -> None:
        self.order.forget(tp)
        self._acked.pop(tp, None)
        self._acked_index.pop(tp, None)

    # -- coming and going of partitions ------------------------------------------------------------------------

    async def settle(self) -> None:
        """Stop the flow, let what was begun end, and commit it."""
        self.stop_flow()
        self.app.flow_control.suspend()
        self.app.flow_control.clear()
        await self._owner.drain()
        await self.maybe_wait_for_commit_to_finish()
        await self.commit()

    async def settle_in_time(self) -> None:
        """Settle, but not for longer than the group waits for a member."""
        try:
            await asyncio.wait_for(self.settle(), timeout=self.app.conf.broker_session_timeout)
        except TimeoutError:
            self.log.warning("could not finish in time; what was not written will be read again")

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Commit what is done before Faust forgets which chunks were acknowledged."""
        self._owner.release()
        await self.settle_in_time()
        self._reading.end()
        await super().on_partitions_revoked(revoked)

    async def highwaters(self, *partitions: TP) -> Mapping[TP, int]:
        """Return the end offsets of changelog partitions by writing an owner record to each.

        Faust recovers up to the offset told here. Asking the broker is not good enough: the embedded broker
        answers `ListOffsets` with the last batch's base offset, and on a compacted changelog the last offset may
        hold no record, for which Faust's recovery waits for ever. The acknowledged offset of a record that was
        just written is exact on every broker, there is always a record to read there, and it marks in the log
        itself from where on an older owner's writes no longer count.
        """
        changelog = {tp for tp in partitions if self._is_changelog_tp(tp)}
        others = set(partitions) - changelog
        ends: dict[TP, int] = dict(await super().highwaters(*others)) if others else {}
        claimed = await self._owner.claim(sorted(tp.partition for tp in changelog))
        return ends | {tp: claimed[tp.partition] for tp in changelog}

    # -- what is left to read (remaining.Reader) -----------------------------------------------------------------

    def source_partitions(self) -> set[TP]:
        """Return the partitions of the source topics that are assigned."""
        return {tp for tp in self.assignment() if self._is_source(tp)}

    def asked_ms(self, tp: TP) -> float | None:
        """Return when the broker last said what there is of a partition, in milliseconds since the Unix epoch."""
        return self._thread._ensure_consumer().last_poll_timestamp(tp)  # type: ignore[no-any-return]  # as above

    def end(self, tp: TP) -> int | None:
        """Return the offset after the last record that may be read."""
        return self._thread.stable_end(tp)  # type: ignore[no-any-return]  # as above

    def acknowledged(self, tp: TP) -> int | None:
        """Return the offset up to which everything was delivered and is acknowledged."""
        start = self.order.first_open(tp, self._acked_index[tp])
        return self._reading.next(tp) if start is None else start


def _in_turn(ready: dict[TP, Chunk]) -> Iterator[tuple[TP, Chunk]]:
    """Yield pieces of each chunk in turn."""
    done = 0
    while ready:
        for tp, chunk in list(ready.items()):
            piece = chunk.records[done : done + CHUNK_RECORDS]
            if not piece:
                del ready[tp]
                continue
            start = chunk.records[done - 1].offset + 1 if done else chunk.start
            is_last = done + CHUNK_RECORDS >= len(chunk.records)
            yield tp, Chunk(start, piece, chunk.end if is_last else piece[-1].offset + 1)
        done += CHUNK_RECORDS


class ChunkTransport(driver.Transport):  # type: ignore[misc]  # as above
    """Faust's Kafka transport with the consumer above."""

    Consumer = ChunkConsumer
