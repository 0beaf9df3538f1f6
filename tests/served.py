"""A worker's view with numbers that were really made, for tests of what a worker serves."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from prometheus_client.parser import text_string_to_metric_families as parse

from stream.core.policy import Policy
from stream.core.snapshot import Totals
from stream.core.windows import SECOND_US
from stream.engine.desk.desk import DeskSnapshot, Source
from stream.engine.desk.view import ComparedClock, Phase
from stream.engine.process.clock import Clock
from stream.engine.process.counters import Counters
from stream.partition.books import Books
from stream.partition.partition import Partition
from stream.settings import Settings, load_settings
from tests.events import (
    NOON_US,
    acquired,
    answered,
    decoded,
    lost,
    opened,
    purchased,
    refunded,
    responded,
    sent,
    signalled,
    status,
)

HOUR, DAY, YEAR = 3600.0, 86_400.0, 365.25 * 86_400
NOW = 3599  # seconds after noon of a Monday
BEFORE = -15 * DAY

# Two weeks ago: answered after an hour and resolved after two; the customer wrote again a day and a half later.
OLD = [
    *(opened("T0", BEFORE, channel="email", queue="billing", customer_id="c2"), responded("T0", BEFORE + HOUR)),
    status("T0", BEFORE + 2 * HOUR, "resolved"),
    *(opened("T00", BEFORE + 38 * HOUR, channel="email", customer_id="c2"), responded("T00", BEFORE + 39 * HOUR)),
]
DONE = [
    *(opened("T1", channel="chat", queue="billing", customer_id="c1"), responded("T1", 90)),
    *(status("T1", 100, "transferred"), status("T1", 110, "transferred"), status("T1", 120, "escalated")),
    *(responded("T1", 300, "customer"), responded("T1", 420, agent_id="ann"), status("T1", 600, "resolved")),
    *(status("T1", 900, "reopened"), status("T1", 1200, "closed")),
    *(opened("T3", 100), responded("T3", 3000, agent_id="bob"), status("T3", 3100, "resolved")),
    *(opened("T4", 0, channel="phone"), status("T4", 3, "abandoned")),
    *(opened("T5", -100, channel="email"), status("T5", 50, "spam")),
]
WAITING = [
    *(opened("T2", channel="chat", queue="sales"), status("T2", 5, "pending")),  # breached
    opened("T6", NOW - 200, channel="phone", queue="billing"),  # at risk from 192 of 240 seconds on
    opened("T7", 3000, channel="email"),
    opened("T8", 3500),  # nothing is promised to a ticket of no channel
    responded("T00", 3000, "customer"),  # waits for a reply
]
SURVEYS = [
    answered("S1", 50, 10, ticket_id="T1", touchpoint="chat"),
    answered("S2", 50, channel="email"),
    answered("S3", 60, 2, ticket_id="T3", instrument="csat", comment="too slow"),
    answered("S4", 60, 5, instrument="csat", channel="email", touchpoint="shop"),
    *(answered("S5", 60, 2, instrument="ces"), answered("S6", 60, 6, instrument="ces")),
    *(answered("S7", 60, 9, instrument="enps"), answered("S8", 60, instrument="enps")),
    *(sent("S9", -8 * DAY, channel="email", segment="gold"), answered("S9", -7 * DAY, 6, channel="email")),
    sent("S10", -8 * DAY, channel="email", segment="blue"),
    sent("S11", -10, channel="chat"),
    answered("S12", 70, instrument="csat"),
    answered("S13", 70, 3, instrument="csat", scale_max=6),
]
CUSTOMERS = [
    *(acquired("c1", -4 * YEAR), acquired("c3", -10 * DAY), lost("c3", -DAY), lost("c4", -60 * DAY)),
    *(
        purchased("c1", -2 * DAY, 100.5),
        purchased("c1", -DAY),
        purchased("c3", -9 * DAY, 49.5),
        refunded("c3", -8 * DAY, 9.5),
    ),
    *(signalled("c1", -60, "call_missed"), signalled("c1", -50, "call_missed")),
    *(
        signalled("p1", -40, "form_started"),
        signalled("p1", -30, "form_abandoned"),
        signalled("p2", -20, "form_started"),
    ),
    answered("S14", -20 * DAY, 9, customer_id="c1"),
]
STORY = [*OLD, *DONE, *WAITING, *SURVEYS, *CUSTOMERS]


@dataclass
class Compared:
    """A clock that was compared with the broker's."""

    compared: bool = True
    offset_seconds: float | None = 0.25
    right: bool = True

    def trouble(self) -> str:
        """Say how it is wrong."""
        return "" if self.right else f"this worker's clock is {self.offset_seconds} s fast"


@dataclass
class View:
    """What the pages read of a worker, at an instant that the test chose."""

    settings: Settings
    policy: Policy
    phase: Phase = Phase.READY
    ready: bool = True
    owned: tuple[int, ...] = (0,)
    totals: Totals | None = None
    snapshot_seconds: float = 0.001
    counters: Counters = field(default_factory=Counters)
    corrections: Mapping[str, int] = field(default_factory=lambda: {"provisional": 1, "final": 0})
    label_overflows: Mapping[str, int] = field(default_factory=lambda: {"queue": 0})
    worker: str = "a-worker"
    partitions: dict[int, Partition] = field(default_factory=dict)
    missing: tuple[int, ...] = ()
    partitions_silent: int = 0
    partitions_not_comparable: Mapping[str, int] = field(default_factory=lambda: {"meaning": 0, "settings": 0})
    caught_up: bool = True
    clock: Clock = field(default_factory=lambda: Clock("wall"))
    broker_time: ComparedClock = field(default_factory=Compared)
    shown: list[Callable[[], None]] = field(default_factory=list)

    @property
    def fit(self) -> bool:
        """Return whether it is ready and its clock is right."""
        return self.ready and self.broker_time.right

    def held(self) -> Mapping[int, Partition]:
        """Return the partitions that the numbers are of."""
        return self.partitions

    def desk(self) -> DeskSnapshot | None:
        """Return the whole desk, of which this worker has all that is not missing."""
        totals = self.totals
        if totals is None:
            return None
        sources = tuple(Source(number, self.worker, totals.as_of_us) for number in totals.partitions)
        return DeskSnapshot(totals, self.policy, sources, self.missing)

    def own_parts(self) -> Sequence[Totals]:
        """Return the snapshot of the only partition."""
        return () if self.totals is None else (self.totals,)

    def on_shown(self, callback: Callable[[], None]) -> None:
        """Remember whom to call when there are new numbers."""
        self.shown.append(callback)

    def advance(self, now: float, events: Sequence[dict[str, Any]] = ()) -> None:
        """Let the partition see further events, and show the numbers of so many seconds after noon."""
        (partition,) = self.partitions.values()
        partition.apply("t", decoded(*events), NOON_US)
        partition.advance(NOON_US + int(now * SECOND_US))
        self.totals = partition.snapshot()
        for callback in self.shown:
            callback()


def seen(events: Sequence[dict[str, Any]] = STORY, now: float = NOW, **settings: Any) -> View:
    """Let a partition see events, in any order; settings are overridden."""
    chosen = load_settings(web_port=0, partitioner="trust", partitions=1, **settings)
    policy = chosen.policy()
    partition = Partition(0, Books(policy))
    partition.apply("t", decoded(*events), NOON_US)
    partition.advance(NOON_US + int(now * SECOND_US))
    return View(chosen, policy, totals=partition.snapshot(), partitions={0: partition})


Sample = tuple[str, tuple[tuple[str, str], ...]]


def samples(text: str) -> dict[Sample, float]:
    """Return the samples of an exposition by name and labels."""
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in parse(text)
        for sample in family.samples
    }


def value(found: Mapping[Sample, float], name: str, **labels: str) -> float:
    """Return the sum of the samples that have these labels; None is what nothing adds up to."""
    return sum(_of(found, name, labels))


def absent(found: Mapping[Sample, float], name: str, **labels: str) -> bool:
    """Say whether no sample has these labels."""
    return not _of(found, name, labels)


def _of(found: Mapping[Sample, float], name: str, labels: Mapping[str, str]) -> list[float]:
    wanted = labels.items()
    return [value for (called, pairs), value in found.items() if called == name and wanted <= dict(pairs).items()]
