"""What stands open now: tickets by state, by age, and those that wait for a first response.

It is counted in `stream.counting.standing`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from stream.core.due import Due
from stream.core.labels import Labels
from stream.core.rows import added
from stream.core.windows import DAY_US, HOUR_US, SECOND_US

AGES_US: tuple[tuple[str, int, int | None], ...] = (
    ("<1h", 0, HOUR_US),
    ("1-4h", HOUR_US, 4 * HOUR_US),
    ("4-8h", 4 * HOUR_US, 8 * HOUR_US),
    ("8-24h", 8 * HOUR_US, DAY_US),
    ("1-3d", DAY_US, 3 * DAY_US),
    ("3-7d", 3 * DAY_US, 7 * DAY_US),
    (">7d", 7 * DAY_US, None),
)

ON_TIME, AT_RISK, BREACHED, WITHOUT_TARGET = "on_time", "at_risk", "breached", "without_target"
SLA_STATES = (ON_TIME, AT_RISK, BREACHED, WITHOUT_TARGET)

# Longer than two looks at the numbers are ever apart.
LATELY_US = 60 * SECOND_US


def sla_state(due: Due | None, now_us: int) -> str:
    """Return which of SLA_STATES a waiting ticket is in; due: None if nothing was promised."""
    if due is None:
        return WITHOUT_TARGET
    return BREACHED if now_us > due.deadline_us else AT_RISK if now_us >= due.risk_us else ON_TIME


"""A ticket that waits: its opening, its key, and when it is due; None if nothing was promised."""


class OpenTicket(NamedTuple):
    """How an open ticket stands: its labels, backlog state, opening, and whether it awaits a first response.

    due: when what it was promised is at risk and when it is over; None if nothing was, or it does not wait.
    """

    labels: Labels
    state: str
    opened_us: int
    awaiting: bool
    due: Due | None = None


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


class Queue(NamedTuple):
    """The open tickets under one set of labels at an instant; all are counts unless named otherwise.

    ages is by the names of AGES_US, longer_than by the policy's names. waits counts waiting tickets by bucket of
    their wait, wait_le those within each shown bound; waited_us is the sum of the waits, oldest_us the longest, None
    if nobody waits. sla counts waiting tickets by the names of SLA_STATES. lately_breached counts those of the breached
    whose deadline was in the last LATELY_US, by its second since 1970: which of them are new is seen by it.
    """

    states: dict[str, int]
    ages: dict[str, int]
    longer_than: dict[str, int]
    waiting: int
    waited_us: int
    oldest_us: int | None
    waits: dict[int, int]
    wait_le: dict[int, int]
    sla: dict[str, int]
    lately_breached: dict[int, int]

    @staticmethod
    def merge(queues: list[Queue]) -> Queue:
        """Add up queues that hold different tickets."""
        oldest = [queue.oldest_us for queue in queues if queue.oldest_us is not None]
        return Queue(
            added([queue.states for queue in queues]),
            added([queue.ages for queue in queues]),
            added([queue.longer_than for queue in queues]),
            sum(queue.waiting for queue in queues),
            sum(queue.waited_us for queue in queues),
            max(oldest, default=None),
            added([queue.waits for queue in queues]),
            added([queue.wait_le for queue in queues]),
            added([queue.sla for queue in queues]),
            added([queue.lately_breached for queue in queues]),
        )
