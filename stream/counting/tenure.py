"""For how long customers have been customers, in columns by customer, looked at as a whole at an instant.

Tenure grows with no event, so nothing about it is kept.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stream.core.tenure import TENURES_US, YEAR_US, TenureTotals
from stream.counting.exact import sums
from stream.model.customers import Customers
from stream.model.times import NEVER, Ints, Mask

_PROMOTER_FROM = 9


class Life(NamedTuple):
    """How one customer stands: since when (None: no longer), when that changed last, and how the last NPS answer was.

    scored: it had a score; promoter: 9 or 10. ended: how many times they left, after ended_us in all, of which
    ended_by_year_us in each of the first years of tenure.
    """

    since_us: int | None
    turned_us: int
    scored: bool
    promoter: bool
    ended: int
    ended_us: int
    ended_by_year_us: list[int]


def lives(customers: Customers) -> list[Life | None]:
    """Return how each stands, None for one who never was a customer."""
    ended, ended_us = customers.lifespans
    columns = zip(
        customers.since.us.tolist(),
        customers.turned.us.tolist(),
        customers.score.tolist(),
        ended.tolist(),
        ended_us.tolist(),
        customers.lived_by_year.tolist(),
        strict=True,
    )
    return [
        None
        if since_us == NEVER and not n
        else Life(None if since_us == NEVER else since_us, turned_us, score >= 0, score >= _PROMOTER_FROM, n, us, years)
        for since_us, turned_us, score, n, us, years in columns
    ]


class Tenure:
    """All customers of a worker. Each has a place, a small number that nobody else has meanwhile."""

    def __init__(self, years: int) -> None:
        """Start with none. years: how many of the first years of tenure are told apart."""
        self._ended_by_year: Ints = np.zeros((0, years), np.int64)
        self._partition: Ints = np.zeros(0, np.int64)
        self._since: Ints = np.zeros(0, np.int64)
        self._score: NDArray[np.int16] = np.zeros(0, np.int16)
        self._ended: Ints = np.zeros(0, np.int64)
        self._ended_us: Ints = np.zeros(0, np.int64)

    def replace(self, places: Ints, partition: Ints, customers: Customers) -> None:
        """Let customers stand as the first ones of a frame do."""
        if not len(places):
            return
        self._make_room(int(places.max()) + 1)
        n, (ended, ended_us) = len(places), customers.lifespans
        self._partition[places] = partition
        self._since[places], self._score[places] = customers.since.us[:n], customers.score[:n]
        self._ended[places], self._ended_us[places] = ended[:n], ended_us[:n]
        self._ended_by_year[places] = customers.lived_by_year[:n]

    def append(self, first: int, customers: Customers) -> None:
        """Let customers stand as those of partition 0, at the places from first on."""
        self.replace(np.arange(first, first + customers.n), np.zeros(customers.n, np.int64), customers)

    def _make_room(self, places: int) -> None:
        if places <= len(self._since):
            return
        more = max(places, 2 * len(self._since)) - len(self._since)
        self._since = np.append(self._since, np.full(more, NEVER))
        self._partition = np.append(self._partition, np.zeros(more, np.int64))
        self._score = np.append(self._score, np.zeros(more, np.int16))
        self._ended = np.append(self._ended, np.zeros(more, np.int64))
        self._ended_us = np.append(self._ended_us, np.zeros(more, np.int64))
        years = np.zeros((more, self._ended_by_year.shape[1]), np.int64)
        self._ended_by_year = np.append(self._ended_by_year, years, axis=0)

    def leave(self, partition: int) -> None:
        """Give up the customers of a partition."""
        its = self._partition == partition
        self._since[its] = NEVER
        self._ended[its] = self._ended_us[its] = 0
        self._ended_by_year[its] = 0

    def look(self, now_us: int, long_years: int, partitions: int) -> list[TenureTotals]:
        """Return the tenure at now of so many partitions or more; who became a customer after now was one for 0."""
        partitions = max(partitions, int(self._partition.max(initial=-1)) + 1)
        present = np.flatnonzero(self._since != NEVER)
        partition, since, score = self._partition[present], self._since[present], self._score[present]

        def counted(which: Mask) -> list[int]:
            n: list[int] = np.bincount(partition[which], minlength=partitions).tolist()
            return n

        def longer(us: int) -> Mask:
            return since <= now_us - us if us else np.ones(len(since), bool)

        older = [counted(longer(us)) for _, us in TENURES_US] + [[0] * partitions]
        long = longer(long_years * YEAR_US)
        scored, promoters = long & (score >= 0), long & (score >= _PROMOTER_FROM)
        columns = (
            counted(longer(0)),
            sums(partition, np.maximum(now_us - since, 0), partitions),
            counted(long),
            counted(scored),
            counted(promoters),
            sums(self._partition, self._ended, partitions),
            sums(self._partition, self._ended_us, partitions),
        )
        left = np.flatnonzero(self._ended)
        by_year = {}
        for year, ended_us in enumerate(self._ended_by_year.T):
            lasting = sums(partition, np.clip(now_us - since - year * YEAR_US, 0, YEAR_US), partitions)
            ended = sums(self._partition[left], ended_us[left], partitions)
            by_year[str(year + 1)] = [a + b for a, b in zip(lasting, ended, strict=True)]
        return [
            TenureTotals(
                customers=customers,
                tenure_us=tenure_us,
                ages={name: older[i][at] - older[i + 1][at] for i, (name, _) in enumerate(TENURES_US)},
                long_tenure=long_tenure,
                long_tenure_scored=long_scored,
                long_tenure_promoters=long_promoters,
                lifespans=customers + ended,
                lifespan_us=tenure_us + ended_us,
                first_years_us={year: lived[at] for year, lived in by_year.items()},
            )
            for at, (customers, tenure_us, long_tenure, long_scored, long_promoters, ended, ended_us) in enumerate(
                zip(*columns, strict=True)
            )
        ]
