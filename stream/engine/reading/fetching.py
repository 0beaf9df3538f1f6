"""The consumer in its thread: it asks soon, takes only what was committed by its producer, and skips nothing.

Asking soon: aiokafka asks a broker once at a time, leaves out the partitions of which records still wait to be taken,
and asks for nothing else until its last request is answered: Faust has it answered when there is anything, or after
1.5 s. A busy worker that takes everything out a moment too late so asks for its quiet partitions alone, of which there
is nothing, and hears of its busy ones only then. So let it take everything out first, and have no answer to nothing
take 1.5 s. The embedded broker moreover looks for records only twice in that time.

Skipping nothing: before each fetch the position of each source partition is held against what was delivered (see
reading.py). Where the log no longer has what is to be read next, the client is not left to choose: what was deleted
before it was read is said with how many, and a log that ends before it is read from its beginning.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from aiokafka.consumer.fetcher import OffsetResetStrategy
from aiokafka.errors import (
    CommitFailedError,
    IllegalStateError,
    KafkaError,
    NoOffsetForPartitionError,
    OffsetOutOfRangeError,
)
from aiokafka.structs import OffsetAndMetadata
from faust.transport.drivers import aiokafka as driver
from faust.types import TP

from stream.engine.reading.commit_note import CommitNote, is_news
from stream.engine.reading.cutting import UnpackingThread
from stream.engine.reading.delivered import Chunk, Reading
from stream.engine.reading.last_record import LastRecord
from stream.engine.reading.remaining import FETCH_WAIT_SECONDS

if TYPE_CHECKING:
    from aiokafka import AIOKafkaConsumer
    from aiokafka.consumer.subscription_state import TopicPartitionState

# So much is worth an answer at once: some five thousand events. Less waits for more, as every chunk has its price, and
# a busy worker that pays it too often falls behind.
ENOUGH_BYTES = 1024 * 1024
# For so long the rest is not asked for alone; longer than a busy worker takes until it takes everything out.
TAKEN_SECONDS = 0.5

log = logging.getLogger("deskpulse.engine")


class PromptThread(UnpackingThread):
    """Faust's consumer in its thread. Faust has no settings for any of this."""

    def __post_init__(self) -> None:
        """Share with the consumer up to where was read."""
        super().__post_init__()
        self._reading: Reading = self.app.reading

    async def on_start(self) -> None:
        """Start the consumer, whose fetcher has asked for nothing yet."""
        await super().on_start()
        self._ensure_consumer()._fetcher._prefetch_backoff = TAKEN_SECONDS

    def _create_worker_consumer(self, transport: driver.Transport) -> AIOKafkaConsumer:
        consumer = super()._create_worker_consumer(transport)
        consumer._fetch_max_wait_ms = round(FETCH_WAIT_SECONDS * 1000)
        consumer._fetch_min_bytes = ENOUGH_BYTES
        consumer._isolation_level = "read_committed"  # nothing of a transaction counts before it is committed
        return consumer

    def stable_end(self, tp: TP) -> int | None:
        """Return the offset after the last record that may be read, as the broker said last; None if it has not.

        Records of a transaction that is still open lie behind it.
        """
        return self._ensure_consumer().last_stable_offset(tp)  # type: ignore[no-any-return]  # aiokafka is untyped

    # -- where each partition is read --------------------------------------------------------------------------------

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Let the client begin where it likes until the sources are started: only changelogs are read till then."""
        self._ensure_consumer()._fetcher._default_reset_strategy = OffsetResetStrategy.EARLIEST
        await super().on_partitions_revoked(revoked)

    async def start_sources(self, is_source: Callable[[TP], bool]) -> Mapping[TP, int | None]:
        """Seek each source partition to its committed offset, or to its beginning where none was ever committed.

        Returns the committed offsets of all assigned partitions, as far as there are any. Raises IllegalStateError when
        the assignment changes meanwhile; KafkaError.
        """
        consumer = self._ensure_consumer()
        assigned = self.assignment()
        sources = [tp for tp in assigned if is_source(tp)]
        found = await consumer._coordinator.fetch_committed_offsets(sources) if sources else {}
        committed = {tp: kept.offset for tp, kept in found.items() if kept.offset >= 0}
        uncommitted = [tp for tp in sources if tp not in committed]
        begin = await consumer.beginning_offsets(uncommitted) if uncommitted else {}
        if self.assignment() != assigned:
            raise IllegalStateError("the assignment changed while committed offsets were asked for")
        # From now on nobody but us decides what is read instead of what is gone.
        consumer._fetcher._default_reset_strategy = OffsetResetStrategy.NONE
        starts = begin | committed
        notes = {tp: CommitNote.decode(found[tp].metadata) for tp in committed}
        self._reading.begin(starts, {tp: note.last for tp, note in notes.items() if note is not None and note.last})
        for tp in starts:
            consumer.seek(tp, self._reading.next(tp))
        await self._sign({tp: found[tp] for tp in committed})
        return dict.fromkeys(assigned) | committed

    async def _sign(self, committed: Mapping[TP, OffsetAndMetadata]) -> None:
        """Commit offsets again whose note is missing or says what is no longer so."""
        notes = {tp: CommitNote.decode(kept.metadata) for tp, kept in committed.items()}
        signed = {
            tp: OffsetAndMetadata(committed[tp].offset, self.app.owner.commit_note(tp.partition, old and old.last))
            for tp, old in notes.items()
        }
        await self._commit_with_notes({tp: new for tp, new in signed.items() if is_news(notes[tp], new.metadata)})

    async def _fetch_records(self, consumer: AIOKafkaConsumer, *args: Any, **options: Any) -> Mapping[TP, Chunk]:
        self._seek(consumer)
        try:
            records = await self.fetch_unpacked(consumer, *args, **options)
        except OffsetOutOfRangeError as error:
            [[tp, offset]] = error.args[0].items()
            await self._leave(consumer, TP(*tp), offset)
            return {}
        except NoOffsetForPartitionError as error:
            log.debug("not started yet: %s", error)  # from before the sources were started
            return {}
        positions = _positions(_states(consumer))  # nothing was awaited since the records were taken out
        chunks: dict[TP, Chunk] = {}
        replaced: dict[TP, LastRecord] = {}
        for tp, taken in records.items():
            unread, resumption = taken, self._reading.resumed.get(tp)
            if resumption is not None:
                if self._reading.next(tp) != resumption.before.offset:
                    continue  # it was only asked whether the log reaches so far
                if not resumption.is_same(taken[0]):
                    replaced[tp] = resumption.before
                    continue
                self._reading.resume(tp)
                unread = [record for record in taken if record.offset >= resumption.committed]
            if unread:
                position = positions.get(tp, unread[-1].offset + 1)
                chunks[tp], again = self._reading.taken(tp, unread, position)
                if again:
                    self._tell(self._reading.note_read_again, tp, len(unread))
        for tp, before in replaced.items():
            self._reading.move(tp, before.offset)  # again, if the broker does not say where the log begins
            if (begin := await self._begin(consumer, tp)) is not None:
                self._read_anew(consumer, tp, begin)
                self._tell(self._reading.note_replaced, tp, before.offset, begin)
        return chunks

    def _seek(self, consumer: AIOKafkaConsumer) -> None:
        """Have the client read where the reading goes on."""
        states = _states(consumer)
        for tp, resumption in self._reading.resumed.items():
            if tp in states and self._reading.next(tp) != (start := resumption.start(states[tp].highwater)):
                self._reading.move(tp, start)
        positions = _positions(states)
        for tp, offset in self._reading.astray(positions).items():
            log.debug("%s-%d: reading again from offset %d, not from %d", *tp, offset, positions[tp])
            consumer.seek(tp, offset)

    async def _leave(self, consumer: AIOKafkaConsumer, tp: TP, offset: int) -> None:
        """Read on elsewhere: the log has not got this offset, which was deleted or lies beyond its end."""
        if self._reading.next(tp) != offset or (begin := await self._begin(consumer, tp)) is None:
            return  # sought elsewhere in the meantime, or no source
        resumption = self._reading.resumed.get(tp)
        if begin <= offset:
            self._read_anew(consumer, tp, begin)
            self._tell(self._reading.note_cut_back, tp, resumption.committed if resumption else offset, begin)
        elif resumption is not None:
            self._reading.resume(tp)  # the record to compare was deleted, so it says nothing
        else:
            self._reading.move(tp, begin)
            consumer.seek(tp, begin)
            self._tell(self._reading.note_deleted, tp, offset, begin)

    async def _begin(self, consumer: AIOKafkaConsumer, tp: TP) -> int | None:
        """Return where a log begins; None if it has left, or the broker does not say."""
        try:
            return (await consumer.beginning_offsets([tp]))[tp]  # type: ignore[no-any-return]  # aiokafka is untyped
        except IllegalStateError:
            return None
        except KafkaError as error:
            log.warning("%s-%d: the beginning of the log cannot be asked for (%s); trying again", *tp, error)
            return None

    def _read_anew(self, consumer: AIOKafkaConsumer, tp: TP, begin: int) -> None:
        consumer.seek(tp, begin)
        self._reading.restart(tp, begin)
        self._tell(self.consumer.begin_anew, tp)

    def _tell(self, what: Callable[..., None], *args: Any) -> None:
        """Have the consumer told in its own loop, before it is given what is read next."""
        loop: asyncio.AbstractEventLoop = self.consumer.loop
        loop.call_soon_threadsafe(what, *args)

    async def _commit(self, offsets: Mapping[TP, int]) -> bool:
        """As Faust's, and say with each offset in which changelog the states are. In the thread."""
        note, last = self.app.owner.commit_note, self.consumer.order.last_record
        return await self._commit_with_notes(
            {tp: OffsetAndMetadata(offset, note(tp.partition, last(tp, offset))) for tp, offset in offsets.items()}
        )

    async def _commit_with_notes(self, noted: Mapping[TP, OffsetAndMetadata]) -> bool:
        assigned = self.assignment()
        kept = {driver.ensure_aiokafka_TP(tp): each for tp, each in noted.items() if tp in assigned}
        try:
            if kept:
                await self._ensure_consumer().commit(kept)
        except CommitFailedError:
            return False  # the group has rebalanced: the new owners of the partitions read from the last commit
        except KafkaError as error:
            await self.crash(error)
            return False
        return True


def _states(consumer: AIOKafkaConsumer) -> dict[TP, TopicPartitionState]:
    """Return what the client knows of each assigned partition."""
    subscription = consumer._subscription.subscription
    assignment = subscription and subscription.assignment
    return {tp: assignment.state_value(tp) for tp in assignment.tps} if assignment else {}


def _positions(states: Mapping[TP, TopicPartitionState]) -> dict[TP, int]:
    """Return the offsets that are read next, of the partitions of which they are known."""
    return {tp: state.position for tp, state in states.items() if state.has_valid_position}
