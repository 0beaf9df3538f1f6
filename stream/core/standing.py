"""What stands open now: tickets by state, by age, and those that wait for a first response.

Ages grow with no event, so nothing about them is stored: open tickets are kept sorted by their opening, and "older
than x at now" is a binary search. Reading costs O(series x log tickets), exact to the microsecond.
"""

from __future__ import annotations

from collections.abc import Callable
from heapq import merge
from itertools import islice, repeat
from typing import NamedTuple

from sortedcontainers import SortedList

from stream.core.due import Due
from stream.core.facts import BACKLOG_STATES, Facts
from stream.core.histogram import Buckets
from stream.core.labels import Labels
from stream.core.rows import added
from stream.core.tuples import make
from stream.core.waits import Waits
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


Waiting = tuple[int, bytes, Due | None]
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


def open_ticket(facts: Facts, labels: Labels, due: Due | None) -> OpenTicket | None:
    """Return how a ticket stands, None if it is not open."""
    if facts.backlog_state is None:
        return None
    awaiting = facts.awaiting
    return make(OpenTicket, (labels, facts.backlog_state, facts.opened_us, awaiting, due if awaiting else None))


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


class _Shelf:
    """The open tickets under one set of labels."""

    __slots__ = ("deadlines", "opened", "risks", "states", "waiting", "waiting_opened_us", "waits")

    def __init__(self) -> None:
        self.states = dict.fromkeys(BACKLOG_STATES, 0)
        self.opened: SortedList[int] = SortedList()
        self.waiting: SortedList[Waiting] = SortedList()
        self.waiting_opened_us = 0  # the sum, so that the sum of the waits needs no walk
        self.waits = Waits()
        self.risks: SortedList[int] = SortedList()
        self.deadlines: SortedList[int] = SortedList()

    def read(self, now_us: int, buckets: Buckets, longer_than: tuple[tuple[str, int], ...]) -> Queue:
        waits = self.waits.at(now_us, buckets, (opened for opened, *_ in self.waiting))
        older = [self._older(age_us, now_us) for _, age_us, _ in AGES_US] + [0]
        sla = self._sla(now_us)
        return Queue(
            states=dict(self.states),
            ages={name: older[i] - older[i + 1] for i, (name, _, _) in enumerate(AGES_US)},
            longer_than={name: self.opened.bisect_left(now_us - age_us) for name, age_us in longer_than},
            waiting=len(self.waiting),
            waited_us=self._waited_us(now_us),
            oldest_us=max(0, now_us - self.waiting[0][0]) if self.waiting else None,
            waits=waits,
            wait_le=dict(buckets.cumulative(waits)),
            sla=sla,
            lately_breached=self._lately_breached(now_us) if sla[BREACHED] else {},
        )

    def add_waiting(self, key: bytes, ticket: OpenTicket) -> None:
        opened_us, due = ticket.opened_us, ticket.due
        self.waiting.add((opened_us, key, due))
        self.waiting_opened_us += opened_us
        self.waits.add(opened_us)
        if due is not None:
            self.risks.add(due.risk_us)
            self.deadlines.add(due.deadline_us)

    def remove_waiting(self, key: bytes, ticket: OpenTicket) -> None:
        opened_us, due = ticket.opened_us, ticket.due
        self.waiting.remove((opened_us, key, due))
        self.waiting_opened_us -= opened_us
        self.waits.remove(opened_us)
        if due is not None:
            self.risks.remove(due.risk_us)
            self.deadlines.remove(due.deadline_us)

    def _sla(self, now_us: int) -> dict[str, int]:
        promised = len(self.risks)
        not_on_time, breached = self.risks.bisect_right(now_us), self.deadlines.bisect_left(now_us)
        counts = (promised - not_on_time, not_on_time - breached, breached, len(self.waiting) - promised)
        return dict(zip(SLA_STATES, counts, strict=True))

    def _lately_breached(self, now_us: int) -> dict[int, int]:
        """Count by the second of the deadline, walking from one such second to the next."""
        deadlines, end = self.deadlines, self.deadlines.bisect_left(now_us)
        counts: dict[int, int] = {}
        position = deadlines.bisect_left(now_us - LATELY_US)
        while position < end:
            second = deadlines[position] // SECOND_US
            after = min(deadlines.bisect_left((second + 1) * SECOND_US), end)
            counts[second] = after - position
            position = after
        return counts

    def _older(self, age_us: int, now_us: int) -> int:
        """Count tickets of at least this age; one that opens after now has the age 0."""
        return self.opened.bisect_right(now_us - age_us) if age_us else len(self.opened)

    def _waited_us(self, now_us: int) -> int:
        future = self.waiting.irange((now_us,))  # opened after now by a clock that is ahead: these wait 0
        ahead_us: int = sum(opened - now_us for opened, _, _ in future)
        return len(self.waiting) * now_us - self.waiting_opened_us + ahead_us


class Standing:
    """All open tickets of a partition."""

    def __init__(self) -> None:
        """Start with none."""
        self._shelves: dict[Labels, _Shelf] = {}

    def replace(self, key: bytes, old: OpenTicket | None, new: OpenTicket | None) -> None:
        """Let a ticket stand as new instead of old; None where it is not open."""
        if old == new:
            return
        stays = old is not None and new is not None and (old.labels, old.opened_us) == (new.labels, new.opened_us)
        if old is not None:
            shelf = self._shelves[old.labels]
            shelf.states[old.state] -= 1
            if not stays:
                shelf.opened.remove(old.opened_us)
            if old.awaiting:
                shelf.remove_waiting(key, old)
        if new is not None:
            shelf = self._shelves.get(new.labels) or self._shelves.setdefault(new.labels, _Shelf())
            shelf.states[new.state] += 1
            if not stays:
                shelf.opened.add(new.opened_us)
            if new.awaiting:
                shelf.add_waiting(key, new)

    def read(self, now_us: int, buckets: Buckets, longer_than: tuple[tuple[str, int], ...]) -> dict[Labels, Queue]:
        """Return what stands open under each set of labels that ever had an open ticket here."""
        return {labels: shelf.read(now_us, buckets, longer_than) for labels, shelf in self._shelves.items()}

    def longest_waiting(self, wanted: Callable[[Labels], bool], limit: int) -> list[tuple[Waiting, Labels]]:
        """Return up to `limit` tickets that wait, of the labels that are wanted, the oldest first."""
        shelves = [
            zip(shelf.waiting, repeat(labels))
            for labels, shelf in self._shelves.items()
            if shelf.waiting and wanted(labels)
        ]
        return list(islice(merge(*shelves), limit))
