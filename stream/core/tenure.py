"""For how long customers have been customers, read at an instant.

Tenure grows with no event, so nothing about it is stored: customers are kept sorted by when they became one, and
"for longer than x at now" is a binary search.
"""

from __future__ import annotations

from typing import NamedTuple

from sortedcontainers import SortedList

from stream.core.windows import DAY_US

YEAR_US = 365 * DAY_US + DAY_US // 4

TENURES_US: tuple[tuple[str, int], ...] = (
    ("<1y", 0),
    ("1-3y", YEAR_US),
    ("3-5y", 3 * YEAR_US),
    (">5y", 5 * YEAR_US),
)


class TenureStanding(NamedTuple):
    """How one customer counts: since when (None: no longer), how their last NPS answer was, and former lifespans.

    scored: it had a score; promoter: 9 or 10. ended: how many times they left, after ended_us in all.
    """

    since_us: int | None
    scored: bool
    promoter: bool
    ended: int
    ended_us: int


class TenureTotals(NamedTuple):
    """The tenure of a set of customers at an instant; durations are sums in microseconds.

    ages is by the names of TENURES_US. Of the present customers, long_tenure are so for the years asked for,
    long_tenure_scored of these gave a score in their last NPS answer, and long_tenure_promoters a 9 or 10.
    lifespans: how many times somebody became a customer, for lifespan_us in all up to now.
    """

    customers: int
    tenure_us: int
    ages: dict[str, int]
    long_tenure: int
    long_tenure_scored: int
    long_tenure_promoters: int
    lifespans: int
    lifespan_us: int

    @staticmethod
    def merge(parts: list[TenureTotals]) -> TenureTotals:
        """Add up the totals of different customers at one instant; none at all is no customer."""
        return TenureTotals(
            customers=sum(part.customers for part in parts),
            tenure_us=sum(part.tenure_us for part in parts),
            ages={name: sum(part.ages[name] for part in parts) for name, _ in TENURES_US},
            long_tenure=sum(part.long_tenure for part in parts),
            long_tenure_scored=sum(part.long_tenure_scored for part in parts),
            long_tenure_promoters=sum(part.long_tenure_promoters for part in parts),
            lifespans=sum(part.lifespans for part in parts),
            lifespan_us=sum(part.lifespan_us for part in parts),
        )


class Tenure:
    """All customers of a partition."""

    def __init__(self) -> None:
        """Start with none."""
        self._since: SortedList[int] = SortedList()
        self._scored: SortedList[int] = SortedList()
        self._promoters: SortedList[int] = SortedList()
        self._since_us = 0  # the sum, so that the sum of the tenures needs no walk
        self._ended = self._ended_us = 0

    def replace(self, old: TenureStanding | None, new: TenureStanding | None) -> None:
        """Let a customer stand as new instead of old; None where they never were a customer."""
        if old == new:
            return
        if old is not None:
            self._ended -= old.ended
            self._ended_us -= old.ended_us
            if old.since_us is not None:
                for shelf in self._shelves(old):
                    shelf.remove(old.since_us)
                self._since_us -= old.since_us
        if new is not None:
            self._ended += new.ended
            self._ended_us += new.ended_us
            if new.since_us is not None:
                for shelf in self._shelves(new):
                    shelf.add(new.since_us)
                self._since_us += new.since_us

    def _shelves(self, of: TenureStanding) -> list[SortedList[int]]:
        shelves = [self._since]
        if of.scored:
            shelves.append(self._scored)
        if of.promoter:
            shelves.append(self._promoters)
        return shelves

    def read(self, now_us: int, long_years: int) -> TenureTotals:
        """Return the tenure at now; who became a customer after now, by a clock ahead, has been one for 0."""
        customers = len(self._since)
        ahead_us = sum(since - now_us for since in self._since.irange(now_us))
        tenure_us = customers * now_us - self._since_us + ahead_us
        longer = [_longer(self._since, years_us, now_us) for _, years_us in TENURES_US] + [0]
        long_us = long_years * YEAR_US
        return TenureTotals(
            customers=customers,
            tenure_us=tenure_us,
            ages={name: longer[i] - longer[i + 1] for i, (name, _) in enumerate(TENURES_US)},
            long_tenure=_longer(self._since, long_us, now_us),
            long_tenure_scored=_longer(self._scored, long_us, now_us),
            long_tenure_promoters=_longer(self._promoters, long_us, now_us),
            lifespans=customers + self._ended,
            lifespan_us=tenure_us + self._ended_us,
        )


def _longer(since: SortedList[int], tenure_us: int, now_us: int) -> int:
    return since.bisect_right(now_us - tenure_us) if tenure_us else len(since)
