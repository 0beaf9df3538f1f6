"""Writing the states of one partition to the changelog, before the records that changed them are acknowledged.

While one write is on its way the next ones are collected, so a ticket that changes several times is written once.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from stream.engine.changelog.held import Held
from stream.engine.changelog.log_identity import LOG_KEY, LogIdentity
from stream.engine.changelog.owned_log import FencedError, GapReader, OwnedLog
from stream.engine.changelog.owner_record import OWNER_KEY, OwnerRecord, epoch_headers
from stream.engine.process.counters import Counters
from stream.engine.process.fatal import end_process
from stream.engine.sending.outbox import Headers, Outbox, Outgoing
from stream.partition.keys import SEAL_KEY

log = logging.getLogger("deskpulse.engine")

DUMP_STEP = 500


@dataclass(slots=True)
class Receipt:
    """A chunk to be acknowledged once its states, its dead letters and its re-keyed records are written."""

    acknowledge: Callable[[], Any]
    deliveries: Sequence[Awaitable[None]] = ()


class Lane:
    """The changelog of one partition that this worker owns. One write at a time, in order."""

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
        settled: Callable[[int], None],
        fenced: Callable[[int], None],
    ) -> None:
        """Take a partition that was claimed.

        claim: offset of the owner record, written at claimed_at (monotonic seconds). settled: called with the number
        of chunks that left the lane. fenced: called with the partition's number when it was taken over.
        """
        self.held = held
        self.number = held.partition.number
        self.applying = asyncio.Lock()
        """Held while the state changes or while entities are being evicted."""
        self.closed = False
        self._claim = claim
        self._log = OwnedLog(
            held,
            claim=claim,
            claimed_at=claimed_at,
            topic=topic,
            worker=worker,
            outbox=outbox,
            read_gap=read_gap,
            counters=counters,
        )
        self._headers: Headers = epoch_headers(claim)
        self._worker = worker
        self._outbox = outbox
        self._counters = counters
        self._settled = settled
        self._fenced = fenced
        self._receipts: list[Receipt] = []
        self._withheld: list[Receipt] = []
        self._finishing: set[asyncio.Task[None]] = set()
        self._assertions: list[asyncio.Future[None]] = []
        self._identities: list[tuple[LogIdentity, asyncio.Future[None]]] = []
        self._evict_limit = 0
        self._task: asyncio.Task[None] | None = None
        held.dirty |= held.replay.rewrite
        held.replay.rewrite.clear()
        if held.dirty:
            self._wake()

    # -- asked from outside ------------------------------------------------------------------------------------

    def submit(self, dirty: Iterable[bytes], receipt: Receipt) -> None:
        """Have these keys written, and the receipt's chunk acknowledged when everything dirty by now is."""
        self.held.dirty.update(dirty)
        self._receipts.append(receipt)
        self._wake()

    def try_unsaved(self) -> None:
        """Write once more what was too large for the topic."""
        self.held.dirty |= self.held.unsaved.keys() & self._entities()
        self._wake()

    def evict(self, limit: int) -> None:
        """Drop up to `limit` closed entities when nothing else is to be written."""
        self._evict_limit = limit
        self._wake()

    def assert_ownership(self) -> asyncio.Future[None]:
        """Write the owner record again; the future is done when no later owner's record was found before it."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._assertions.append(future)
        self._wake()
        return future

    def identify(self, identity: LogIdentity) -> asyncio.Future[None]:
        """Write what the changelog is, before anything else; the future is done when it is acknowledged."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._identities.append((identity, future))
        self._wake()
        return future

    @property
    def asserting(self) -> bool:
        """True while an assertion waits to be written."""
        return bool(self._assertions)

    @property
    def identifying(self) -> bool:
        """True while an identity waits to be written."""
        return bool(self._identities)

    @property
    def unheard_seconds(self) -> float:
        """How long ago a write last landed as the owner's."""
        return time.monotonic() - self._log.written_at

    def close(self) -> None:
        """Stop writing; what waits is not acknowledged, so it will be read again."""
        if self.closed:
            return
        self.closed = True
        if self._task is not None:
            self._task.cancel()
        for future in (*self._assertions, *(future for _, future in self._identities)):
            future.cancel()
        abandoned, self._receipts = self._receipts, []
        self._settled(len(abandoned))

    # -- the work ----------------------------------------------------------------------------------------------

    def _wake(self) -> None:
        if self._task is None and not self.closed:
            self._task = asyncio.create_task(self._work(), name=f"changelog-{self.number}")

    async def _work(self) -> None:
        try:
            while True:
                if self._identities:
                    await self._identify()
                elif self._receipts or self.held.dirty:
                    await self._flush()
                elif self._assertions:
                    await self._assert()
                elif self._evict_limit:
                    await self._evict()
                else:
                    break
        except asyncio.CancelledError:
            raise
        except FencedError as owner:
            log.warning("partition %d was taken over by worker %s; leaving it alone", self.number, owner)
            self.close()
            self._fenced(self.number)
        except Exception as error:  # noqa: BLE001 - the end of the process, see fatal.py
            end_process(f"while writing the changelog of partition {self.number}", error)
        finally:
            self._task = None

    async def _flush(self) -> None:
        receipts, self._receipts = self._receipts, []
        keys, self.held.dirty = self.held.dirty, set()
        try:
            if keys:
                await self._write(keys)
        except BaseException:
            self.held.dirty |= keys
            self._settled(len(receipts))
            raise
        self._withheld += receipts
        if self._entities():
            self._settled(len(receipts))  # others may come; these are acknowledged once everything is written
            return
        settled, withheld = set(map(id, receipts)), self._withheld
        self._withheld = []
        for receipt in withheld:
            self._finish(receipt, 1 if id(receipt) in settled else 0)

    def _finish(self, receipt: Receipt, settles: int) -> None:
        """Acknowledge a receipt whose states are written once its deliveries are: the lane does not wait for them."""
        if not receipt.deliveries:
            if not self.closed:
                receipt.acknowledge()
            self._settled(settles)
            return

        async def finish() -> None:
            try:
                for delivery in receipt.deliveries:
                    await delivery
                if not self.closed:
                    receipt.acknowledge()
            except Exception as error:  # noqa: BLE001 - the end of the process, see fatal.py
                end_process(f"while sending on records of partition {self.number}", error)
            finally:
                self._settled(settles)

        task = asyncio.create_task(finish(), name=f"deliveries-{self.number}")
        self._finishing.add(task)
        task.add_done_callback(self._finishing.discard)

    def _entities(self) -> set[bytes]:
        """Return the keys that are too large, except the seal, which nothing waits for."""
        return self.held.unsaved.keys() - {SEAL_KEY}

    async def _write(self, keys: set[bytes]) -> None:
        """Write the states of these keys, as they are at each attempt."""

        async def present() -> list[Outgoing]:
            records: list[Outgoing] = []
            now_ms = self._outbox.now_ms()
            dump = self.held.partition.dump
            for done, key in enumerate(keys, start=1):
                record = Outgoing(key, dump(key), self._headers, now_ms)
                if self._log.takes(record):
                    records.append(record)
                if done % DUMP_STEP == 0:
                    await asyncio.sleep(0)
            return records

        await self._log.append_until_it_works(present)

    async def _identify(self) -> None:
        identity, future = self._identities[0]
        await self._log.persist([Outgoing(LOG_KEY, identity.encode(), self._headers)])
        self.held.identity = self.held.replay.identity = identity
        self._identities.pop(0)
        if not future.done():
            future.set_result(None)

    async def _assert(self) -> None:
        owner = OwnerRecord(self._worker, self._outbox.now_ms() * 1000, self._claim)
        record = Outgoing(OWNER_KEY, owner.encode(), self._headers)
        await self._log.persist([record])
        assertions, self._assertions = self._assertions, []
        for future in assertions:
            if not future.done():
                future.set_result(None)

    async def _evict(self) -> None:
        limit, self._evict_limit = self._evict_limit, 0
        if self.applying.locked():
            return  # it is asked for every second, and what waits behind it may be more urgent
        async with self.applying:
            eviction = self.held.partition.evict(limit)
            if eviction is None:
                return
            if any(key in self.held.unsaved for key in eviction.keys):
                return  # nobody could read them again
            if not self._log.takes(Outgoing(eviction.seal_key, eviction.seal_value, self._headers)):
                return
            self.held.broken = True
            await self._log.persist([Outgoing(eviction.seal_key, eviction.seal_value, self._headers)])
            await self._log.persist([Outgoing(key, None, self._headers) for key in eviction.keys])
            self.held.partition.evicted(eviction)
            self.held.broken = False
            self._counters.evicted += len(eviction.keys)
