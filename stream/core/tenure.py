"""For how long customers have been customers, read at an instant.

It is counted in `stream.counting.tenure`.
"""

from __future__ import annotations

from typing import NamedTuple

from stream.core.rows import added
from stream.core.windows import DAY_US

YEAR_US = 365 * DAY_US + DAY_US // 4

TENURES_US: tuple[tuple[str, int], ...] = (
    ("<1y", 0),
    ("1-3y", YEAR_US),
    ("3-5y", 3 * YEAR_US),
    (">5y", 5 * YEAR_US),
)


class TenureTotals(NamedTuple):
    """The tenure of a set of customers at an instant; durations are sums in microseconds.

    ages is by the names of TENURES_US. Of the present customers, long_tenure are so for the years asked for,
    long_tenure_scored of these gave a score in their last NPS answer, and long_tenure_promoters a 9 or 10.
    lifespans: how many times somebody became a customer, for lifespan_us in all up to now; first_years_us: how much of
    that was in their first year of tenure, in the second and so on, by its number.
    """

    customers: int
    tenure_us: int
    ages: dict[str, int]
    long_tenure: int
    long_tenure_scored: int
    long_tenure_promoters: int
    lifespans: int
    lifespan_us: int
    first_years_us: dict[str, int] = {}  # noqa: RUF012 - never mutated: totals are replaced as a whole

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
            first_years_us=added([part.first_years_us for part in parts]),
        )
