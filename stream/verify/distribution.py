"""Durations of a group: their number, sum, greatest, exact quantiles and cumulative counts."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from stream.verify.groups import Measure
from stream.verify.section import Row


class Distribution:
    """What to select from a relation with `duration_us`, and how to read what came back.

    The selected columns are n, sum, greatest, the quantiles (all microseconds), then a count for each le.
    A quantile is the nearest rank: the ceil(q n)-th smallest.
    """

    def __init__(self, percents: Sequence[int], le_seconds: Sequence[str] = ()) -> None:
        """Take the percents of the quantiles, and le as the snapshot writes its keys. Raises ValueError."""
        self._percents = percents
        self._le = le_seconds
        ranked = (f"list_sort(list(duration_us))[({percent} * count(*) + 99) // 100]" for percent in percents)
        under = (f"count(*) FILTER (duration_us <= {_microseconds(le)})" for le in le_seconds)
        self.selected = ", ".join(("count(*)", "sum(duration_us)", "max(duration_us)", *ranked, *under))
        self.nothing = (0, None, None, *(None for _ in percents), *(0 for _ in le_seconds))

    def quantiles(self, values: Sequence[Any]) -> dict[str, float | None]:
        """The quantiles in seconds; None where there is no data."""
        found = values[3 : 3 + len(self._percents)]
        return {
            f"p{percent}_seconds": None if value is None else value / 1e6
            for percent, value in zip(self._percents, found, strict=True)
        }

    def cumulative(self, values: Sequence[Any]) -> dict[str, int]:
        """How many last at most so long, for each le."""
        counts = dict(zip(self._le, values[3 + len(self._percents) :], strict=True))
        return {**counts, "+Inf": values[0]}


def durations(le_seconds: Sequence[str]) -> Measure:
    """Measure n, the sum, the mean, the quantiles of every duration there is, and the counts at le; seconds."""
    distribution = Distribution((50, 90, 95, 99), le_seconds)

    def numbers(values: tuple[Any, ...]) -> Row:
        n, total_us, *_ = values
        seconds = (total_us or 0) / 1e6
        return {
            "n": n,
            "sum_seconds": seconds,
            "mean_seconds": seconds / n if n else None,
            **distribution.quantiles(values),
            "le": distribution.cumulative(values),
        }

    return Measure(distribution.selected, numbers, distribution.nothing)


def _microseconds(seconds: str) -> int:
    try:
        return int(Decimal(seconds) * 1_000_000)
    except ArithmeticError as error:
        raise ValueError(f"le: got {seconds!r}; accepts a number of seconds") from error
