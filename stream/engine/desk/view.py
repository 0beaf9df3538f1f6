"""What those who serve a worker's numbers may look at. They read; nothing here is changed from outside."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Protocol

from stream.core.policy import Policy
from stream.core.snapshot import Totals
from stream.engine.desk.desk import Desk, DeskSnapshot
from stream.engine.desk.neighbours import DIFFERENCES, KEPT, Neighbours
from stream.engine.ownership.ownership import Ownership
from stream.engine.process.clock import Clock
from stream.engine.process.counters import Counters
from stream.partition.partition import Partition
from stream.settings import Settings


class Phase(StrEnum):
    """What a worker is doing."""

    STARTING = "starting"
    WAITING_FOR_BROKER = "waiting for the broker"
    JOINING = "joining the group"
    RECOVERING = "recovering"
    READY = "ready"
    STOPPING = "stopping"


PHASES = tuple(Phase)


# For so long wallboards wait for what the others count at the same instant, rather than show the second before.
GATHER_SECONDS = 0.4


class ComparedClock(Protocol):
    """How the clock of a worker and the broker's compare."""

    @property
    def compared(self) -> bool:
        """True if the broker said lately what time it is."""

    @property
    def offset_seconds(self) -> float | None:
        """How far the worker's clock is ahead of the broker's, None if that was never known."""

    @property
    def right(self) -> bool:
        """False if they differ by more than the setting allows."""

    def trouble(self) -> str:
        """Return a sentence that says how the clock is wrong; empty if it is not."""


class _NeverCompared:
    """Of a worker that has not begun."""

    compared = False
    offset_seconds: float | None = None
    right = True

    def trouble(self) -> str:
        return ""


NEVER_COMPARED = _NeverCompared()


class Shown:
    """The snapshots of some partitions at one instant, and the policy they were made under."""

    def __init__(self, parts: Sequence[Totals], policy: Policy, before: Shown | None = None) -> None:
        """parts: one of each partition, of which there may be none. before: what was shown until now."""
        self.partitions = frozenset(number for part in parts for number in part.partitions)
        self.policy = policy
        self.parts = parts
        self._totals: Totals | None = None
        self._before = None if before is None else before._totals

    @property
    def totals(self) -> Totals:
        """Their sum; ValueError if there are no partitions.

        Added up when somebody looks, by the one who does: of the snapshots that are made each second few are looked at.
        """
        if self._totals is None:
            self._totals = Totals.merge(self.parts, self._before)
            self._before = None
        return self._totals


class WorkerView:
    """One worker as it is now. It may be read in any thread."""

    def __init__(
        self,
        *,
        settings: Settings,
        policy: Policy,
        counters: Counters,
        ownership: Ownership,
        clock: Clock,
        worker: str,
        started_at: float,
    ) -> None:
        """worker: this process's name in the group; started_at: seconds since the Unix epoch."""
        self.settings = settings
        self.counters = counters
        self.clock = clock
        """What time it is for the numbers; they may be asked when they are old."""
        self.broker_time: ComparedClock = NEVER_COMPARED
        """How this worker's clock and the broker's compare."""
        self.worker = worker
        self.started_at = started_at
        self.phase = Phase.STARTING
        self.snapshot_seconds = 0.0
        """How long the last snapshot took."""
        self.corrections: Mapping[str, int] = {}
        """Numbers corrected by a later event, by whether their pane was provisional or final."""
        self.label_overflows: Mapping[str, int] = {}
        """Times a label value over the limit counted as other, by label."""
        self.held: Callable[[], Mapping[int, Partition]] = dict
        """Gives the partitions in memory, by number, those that recover among them. Look at them in the worker's event
        loop only, and change nothing."""
        self._ownership = ownership
        self._shown = Shown((), policy)
        self._before: tuple[Shown, ...] = ()
        self.neighbours = Neighbours(worker, settings.live_counts_seconds, counters)
        """What the other workers tell of their partitions."""
        self._desk = Desk(worker, self.neighbours)
        self._shown_at = time.monotonic()
        self._heard = asyncio.Event()
        self.neighbours.on_heard = self._heard.set
        self._told: list[Callable[[], None]] = []

    @property
    def owned(self) -> tuple[int, ...]:
        """The partitions this worker speaks for at this moment; empty while it recovers or is in doubt."""
        return tuple(sorted(self._ownership.current))

    @property
    def ready(self) -> bool:
        """True if the worker is in its group, has recovered what it was given (which may be nothing) and shows it."""
        shows_all = self._shown.partitions == self._ownership.current
        return self.phase is Phase.READY and shows_all and not self._ownership.slept

    @property
    def fit(self) -> bool:
        """True if the worker is ready and its clock is right. With a wrong one the numbers go by the broker's clock."""
        return self.ready and self.broker_time.right

    @property
    def policy(self) -> Policy:
        """What the numbers shown mean; another one once the policy file was read again."""
        return self._shown.policy

    @property
    def totals(self) -> Totals | None:
        """The last snapshot (its time is `as_of_us`), None unless it is of exactly the partitions owned now.

        The first to ask for it waits until it is added up: ask in a thread.
        """
        shown = self._shown
        return shown.totals if shown.partitions and shown.partitions == self._ownership.current else None

    def own_parts(self) -> Sequence[Totals]:
        """Return the last snapshots of the partitions owned now, one of each; none while that is in doubt."""
        shown = self._shown
        return shown.parts if shown.partitions == self._ownership.current else ()

    def desk(self) -> DeskSnapshot | None:
        """Return the numbers of the whole desk, None while there are none.

        The first to ask for those of a second waits until they are added up: ask in a thread.
        """
        shown, certain = self._shown, bool(self.own_parts())
        alike = (each for each in [*self._before, shown] if each.policy is shown.policy)
        own = [each.parts for each in alike if each.partitions == shown.partitions] if certain else []
        awaited = self.neighbours.awaited(shown.partitions, self._shown_at)
        return self._desk.snapshot((shown, certain, awaited), own, shown.policy)

    async def all_told(self) -> None:
        """Wait until the other workers have told of this second too, but not for long."""
        try:
            async with asyncio.timeout(GATHER_SECONDS):
                while self.neighbours.awaited(self._shown.partitions, self._shown_at):
                    self._heard.clear()
                    await self._heard.wait()
        except TimeoutError:
            pass  # the desk is as of a second ago

    @property
    def partitions_silent(self) -> int:
        """How many partitions of the desk are neither this worker's nor told of by another."""
        return len(self.neighbours.silent(self._shown.policy.partitions, self.owned))

    @property
    def leads(self) -> bool:
        """True if it is this worker that does what one does for all: the one that holds the first partition."""
        partitions, owned = self._shown.policy.partitions, self.owned
        others = set(range(partitions)).difference(owned, self.neighbours.silent(partitions, owned))
        return self.ready and (not others or (bool(owned) and owned[0] < min(others)))

    @property
    def partitions_not_comparable(self) -> Mapping[str, int]:
        """How many partitions other workers count in a way that cannot be added up with ours, by reason."""
        found = self.neighbours.incomparable(self.owned, self._shown.policy)
        return {reason: sum(each.reason == reason for each in found) for reason in DIFFERENCES}

    @property
    def caught_up(self) -> bool:
        """True if everything that was there to read is in the numbers and committed."""
        return self.ready and self.counters.caught_up

    def show(self, parts: Sequence[Totals], policy: Policy) -> None:
        """Replace the snapshots of the partitions, and the policy they were made under; called by the ticker."""
        self._before = (*self._before, self._shown)[1 - KEPT :]
        self._shown = Shown(parts, policy, self._shown)
        self._shown_at = time.monotonic()
        for tell in self._told:
            tell()

    def on_shown(self, tell: Callable[[], None]) -> None:
        """Have somebody told in the event loop, at once, when there are new snapshots."""
        self._told.append(tell)
