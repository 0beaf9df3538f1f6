"""A changelog partition as its owner writes to it.

Every write must land right behind the one before: if it does not, somebody else has written in between.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable, Sequence

from aiokafka import ConsumerRecord
from aiokafka.errors import KafkaError, MessageSizeTooLargeError, RecordListTooLargeError

from stream.engine.changelog.held import Held
from stream.engine.changelog.log_identity import LOG_KEY
from stream.engine.changelog.owner_record import OWNER_KEY, OwnerRecord
from stream.engine.process.counters import Counters, Work
from stream.engine.process.fatal import end_process
from stream.engine.process.pauses import Pauses, passes
from stream.engine.sending.outbox import Landed, Outbox, Outgoing, size_of

log = logging.getLogger("deskpulse.engine")

GapReader = Callable[[int, int, int], Awaitable[list[ConsumerRecord]]]


class FencedError(Exception):
    """Another worker has taken the partition over; its name is the argument."""


class OwnedLog:
    """Appends records, merges what others wrote in between, and notices that another worker has taken over."""

    def __init__(
        self,
        held: Held,
        *,
        claim: int,
        claimed_at: float,
        topic: str,
        worker: str,
        outbox: Outbox,
        read_gap: GapReader,
        counters: Counters,
    ) -> None:
        """claim: offset of the owner record, written at claimed_at (monotonic seconds)."""
        self.written_at = claimed_at
        """When a write last landed as the owner's, in monotonic seconds."""
        self._held = held
        self._number = held.partition.number
        self._claim = claim
        self._end = claim + 1
        self._topic = topic
        self._worker = worker
        self._outbox = outbox
        self._read_gap = read_gap
        self._counters = counters
        self._unsure: dict[bytes, bytes | None] = {}

    def takes(self, record: Outgoing) -> bool:
        """Say whether the topic takes a record, and keep account of those that are too large for it.

        Such a state stays in memory and counts. Nothing is acknowledged until it is written, so that the next
        owner has read its events again.
        """
        key, unsaved = record.key or b"", self._held.unsaved
        if self._outbox.fits(self._topic, record):
            if unsaved and unsaved.pop(key, None) is not None:
                log.info("partition %d: topic %s takes the state of %r by now", self._number, self._topic, key.decode())
            return True
        if key not in unsaved:
            log.error(
                "partition %d: the state of %r is %s bytes, more than topic %s takes (%s): its numbers are right, but "
                "no offset of this partition is committed until it is written. Raise max.message.bytes of the topic; "
                "the worker looks again every half minute",
                self._number,
                key.decode(errors="replace"),
                f"{size_of(record):,}",
                self._topic,
                f"{self._outbox.limits.of(self._topic):,}",
            )
        unsaved[key] = size_of(record)
        return False

    async def persist(self, records: list[Outgoing]) -> None:
        """Append these records."""

        async def same() -> list[Outgoing]:
            return records

        if records:
            await self.append_until_it_works(same)

    async def append_until_it_works(self, make: Callable[[], Awaitable[list[Outgoing]]]) -> None:
        """Append what `make` returns, made anew for each attempt; raises what does not pass by itself."""
        with Pauses(Work.CHANGELOG, f"writing the changelog of partition {self._number}", self._counters) as pauses:
            while records := await make():
                try:
                    await self._append(records)
                    return
                except (MessageSizeTooLargeError, RecordListTooLargeError) as error:
                    await pauses.wait(error)
                    await self._outbox.limits.ask()  # somebody has changed it
                except KafkaError as error:
                    if not passes(error):
                        raise
                    self._counters.changelog_retries += 1
                    await pauses.wait(error)

    async def _append(self, records: Sequence[Outgoing]) -> None:
        try:
            landed = await self._outbox.append(self._topic, self._number, records)
        except BaseException:
            self._unsure |= _by_key(records)  # it may have landed all the same: not to be taken for somebody else's
            raise
        for batch in landed:
            await self._follow(batch, records)
        self._unsure.clear()
        self.written_at = time.monotonic()
        if records[0].key not in (OWNER_KEY, LOG_KEY):  # which are written alone
            self._counters.changelog_records += len(records)
            self._counters.changelog_bytes += sum([len(r.key or b"") + len(r.value or b"") for r in records])

    async def _follow(self, batch: Landed, sent: Sequence[Outgoing]) -> None:
        """Check that the batch landed right behind the one before; sent: it and the others of the same write."""
        if batch.base < self._end:
            end_process(
                f"the changelog {self._topic}-{self._number} lost records: wrote at offset {batch.base}, "
                f"expected {self._end}. Was the topic created anew while the worker ran?"
            )
        if batch.base > self._end:
            await self._merge_gap(self._end, batch.base, {**self._unsure, **_by_key(sent)})
        self._end = batch.base + batch.count
        self._held.known = self._end - 1

    async def _merge_gap(self, start: int, end: int, echo: dict[bytes, bytes | None]) -> None:
        """Merge what others wrote; echo: what may be our own, written twice."""
        replay = self._held.replay
        before = replay.foreign
        for record in await self._read_gap(self._number, start, end):
            if record.key == OWNER_KEY and record.value is not None:
                try:
                    owner = OwnerRecord.decode(record.value)
                except (ValueError, TypeError, KeyError):
                    replay.apply(record)  # which sets it aside
                    continue
                if owner.epoch is None and record.offset > self._claim and owner.worker != self._worker:
                    raise FencedError(owner.worker)
                continue
            if record.key in echo and echo[record.key] == record.value:
                continue  # our own, written twice because the first acknowledgement was lost
            replay.apply(record)
        found = replay.foreign - before
        self._held.dirty |= replay.rewrite
        replay.rewrite.clear()
        if found:
            self._counters.changelog_foreign += found
            log.warning(
                "partition %d: merged %d changelog records that a replaced worker wrote late", self._number, found
            )


def _by_key(records: Sequence[Outgoing]) -> dict[bytes, bytes | None]:
    return {record.key: record.value for record in records if record.key is not None}
