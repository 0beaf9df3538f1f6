"""What stands open now: tickets by state, by age, and those that wait for a first response or for a reply.

It is counted in `stream.counting.standing`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from stream.core.due import Due
from stream.core.facts import BACKLOG_STATES, FIRST, WaitName
from stream.core.labels import Labels
from stream.core.rows import added
from stream.core.windows import DAY_US, HOUR_US, MINUTE_US, SECOND_US

AGES_US: tuple[tuple[str, int, int | None], ...] = (
    ("<1h", 0, HOUR_US),
    ("1-4h", HOUR_US, 4 * HOUR_US),
    ("4-8h", 4 * HOUR_US, 8 * HOUR_US),
    ("8-24h", 8 * HOUR_US, DAY_US),
    ("1-3d", DAY_US, 3 * DAY_US),
    ("3-7d", 3 * DAY_US, 7 * DAY_US),
    (">7d", 7 * DAY_US, None),
)

BANDS_US: tuple[tuple[str, int], ...] = (
    ("<1m", 0),
    ("1-5m", MINUTE_US),
    ("5-15m", 5 * MINUTE_US),
    ("15-60m", 15 * MINUTE_US),
    ("1-4h", HOUR_US),
    ("4-24h", 4 * HOUR_US),
    (">24h", DAY_US),
)
"""How long somebody has waited: names, and from when on, which is included."""

ON_TIME, AT_RISK, BREACHED, WITHOUT_TARGET = "on_time", "at_risk", "breached", "without_target"
SLA_STATES = (ON_TIME, AT_RISK, BREACHED, WITHOUT_TARGET)

# Longer than two looks at the numbers are ever apart.
LATELY_US = 60 * SECOND_US


def sla_state(due: Due | None, now_us: int) -> str:
    """Return which of SLA_STATES a waiting ticket is in; due: None if nothing was promised."""
    if due is None:
        return WITHOUT_TARGET
    return BREACHED if now_us > due.deadline_us else AT_RISK if now_us >= due.risk_us else ON_TIME


class Wait(NamedTuple):
    """What the customer of an open ticket waits for, a name of WAITS, since when, and when it is due.

    due: when what was promised is at risk and when it is over; None if nothing was.
    """

    kind: WaitName
    since_us: int
    due: Due | None = None


class OpenTicket(NamedTuple):
    """How an open ticket stands: its labels, backlog state and opening; wait: None if nobody waits for an answer."""

    labels: Labels
    state: str
    opened_us: int
    wait: Wait | None = None


class Queues(Mapping[Labels, "Queue"]):
    """What stands open by labels, made when somebody looks, in whatever thread."""

    def __init__(self, make: Callable[[], Mapping[Labels, Queue]]) -> None:
        """make: makes it, the same each time."""
        self._make = make
        self._made: Mapping[Labels, Queue] | None = None

    def _all(self) -> Mapping[Labels, Queue]:
        made = self._made
        if made is None:  # another thread may be about to do the same
            made = self._made = self._make()
        return made

    def __getitem__(self, labels: Labels) -> Queue:
        return self._all()[labels]

    def __iter__(self) -> Iterator[Labels]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())


class Waiting(NamedTuple):
    """Those who wait for an answer of one kind; all are counts unless named otherwise.

    waits counts them by bucket of their wait, wait_le those within each shown bound, bands by the names of BANDS_US;
    waited_us is the sum of the waits, oldest_us the longest, None if nobody waits. sla is by the names of SLA_STATES.
    lately_breached counts those of the breached whose deadline was in the last LATELY_US, by its second since 1970:
    which of them are new is seen by it.
    """

    n: int
    waited_us: int
    oldest_us: int | None
    waits: dict[int, int]
    wait_le: dict[int, int]
    bands: dict[str, int]
    sla: dict[str, int]
    lately_breached: dict[int, int]

    @staticmethod
    def merge(parts: list[Waiting]) -> Waiting:
        """Add up those of different tickets."""
        oldest = [each.oldest_us for each in parts if each.oldest_us is not None]
        return Waiting(
            sum(each.n for each in parts),
            sum(each.waited_us for each in parts),
            max(oldest, default=None),
            added([each.waits for each in parts]),
            added([each.wait_le for each in parts]),
            added([each.bands for each in parts]),
            added([each.sla for each in parts]),
            added([each.lately_breached for each in parts]),
        )


class Queue(NamedTuple):
    """The open tickets under one set of labels at an instant, as counts.

    ages is by the names of AGES_US, longer_than by the policy's names. first, reply: those who wait for a first
    response, and for a reply.
    """

    states: dict[str, int]
    ages: dict[str, int]
    longer_than: dict[str, int]
    first: Waiting
    reply: Waiting

    def waiting(self, kind: str) -> Waiting:
        """Return those who wait for what a name of WAITS says."""
        return self.first if kind == FIRST else self.reply

    @staticmethod
    def merge(queues: list[Queue]) -> Queue:
        """Add up queues that hold different tickets."""
        return Queue(
            added([queue.states for queue in queues]),
            added([queue.ages for queue in queues]),
            added([queue.longer_than for queue in queues]),
            Waiting.merge([queue.first for queue in queues]),
            Waiting.merge([queue.reply for queue in queues]),
        )


def no_queue(longer_than: Iterable[str], le_us: Iterable[int]) -> Queue:
    """Return one in which nothing stands open; longer_than, le_us: names and bounds that are shown."""
    nobody = Waiting(
        0, 0, None, {}, dict.fromkeys(le_us, 0), {name: 0 for name, _ in BANDS_US}, dict.fromkeys(SLA_STATES, 0), {}
    )
    ages = {name: 0 for name, _, _ in AGES_US}
    return Queue(dict.fromkeys(BACKLOG_STATES, 0), ages, dict.fromkeys(longer_than, 0), nobody, nobody)
