"""Distributions of durations as counts in exponential buckets: they can be added, subtracted and merged.

The bucket bounds are powers of 2^(1/32), as in an OpenTelemetry exponential histogram of scale 5, refined by the
bounds that a Prometheus histogram shows (`le`). So a quantile has a relative error of about 1 %, and every `le`
count is exact.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import accumulate, pairwise
from math import ceil, sqrt

_SCALE = 32  # buckets an octave
_SMALLEST_US = 1_000
_OCTAVES = 41  # a millisecond to about seventy years: nobody waits longer, even of a time that was written as 0


@dataclass(frozen=True, slots=True)
class Buckets:
    """The bucket bounds in force.

    le_us: the bounds that are shown, ascending, microseconds. bounds_us: all upper bounds, ascending.
    Bucket i holds durations in `(bounds_us[i - 1], bounds_us[i]]`; the last bucket has no upper bound.
    """

    le_us: tuple[int, ...]
    bounds_us: tuple[int, ...] = field(init=False)
    _starts: tuple[int, ...] = field(init=False, repr=False, compare=False)
    _cuts: tuple[int, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Refine the exponential grid by the shown bounds."""
        grid = {round(_SMALLEST_US * 2 ** (i / _SCALE)) for i in range(_OCTAVES * _SCALE + 1)}
        bounds = tuple(sorted(grid | set(self.le_us)))
        object.__setattr__(self, "bounds_us", bounds)
        # where to look for durations of so many bits: an octave holds some 32 of the 1,300 bounds
        starts = [bisect_left(bounds, 1 << bits >> 1) for bits in range(bounds[-1].bit_length() + 1)]
        object.__setattr__(self, "_starts", (*starts, len(bounds)))
        object.__setattr__(self, "_cuts", tuple(self.index(le) for le in self.le_us))

    def index(self, duration_us: int) -> int:
        """Return the bucket of a duration."""
        bits = duration_us.bit_length()
        starts = self._starts
        if bits >= len(starts) - 1:
            return len(self.bounds_us)
        return bisect_left(self.bounds_us, duration_us, starts[bits], starts[bits + 1])

    def longest_us(self, bucket: int) -> int:
        """Return the longest duration of a bucket; of the last one, which has no bound, the shortest."""
        return self.bounds_us[bucket] if bucket < len(self.bounds_us) else self.bounds_us[-1] + 1

    def cumulative(self, counts: Mapping[int, int]) -> list[tuple[int, int]]:
        """Return `(le_us, number of durations <= le_us)` for every shown bound; exact."""
        ordered = sorted(counts)
        up_to = [0, *accumulate([counts[bucket] for bucket in ordered])]
        return [(le, up_to[bisect_right(ordered, last)]) for le, last in zip(self.le_us, self._cuts, strict=True)]

    def quantiles_us(self, counts: Mapping[int, int], quantiles: Iterable[float]) -> list[float | None]:
        """Return nearest-rank quantiles in microseconds, None where there is no data.

        A value is the geometric middle of its bucket, so it is off by half a bucket's width
        at the most.
        """
        ordered = sorted(counts)
        up_to = list(accumulate([counts[bucket] for bucket in ordered]))
        if not up_to or up_to[-1] == 0:
            return [None for _ in quantiles]
        ranks = [max(1, ceil(q * up_to[-1])) for q in quantiles]
        return [self._middle_us(ordered[bisect_left(up_to, rank)]) for rank in ranks]

    def _middle_us(self, bucket: int) -> float:
        if bucket == 0:
            return 0.0
        if bucket >= len(self.bounds_us):
            return float(self.bounds_us[-1])
        return sqrt(self.bounds_us[bucket - 1] * self.bounds_us[bucket])


def check_bounds(le_us: tuple[int, ...]) -> None:
    """Raise ValueError unless the bounds are positive and strictly ascending."""
    if not le_us or le_us[0] <= 0 or any(a >= b for a, b in pairwise(le_us)):
        raise ValueError("bounds must be positive and ascending, and there must be one")
