"""Seeded chance: the only source of randomness of the simulated desk."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from itertools import accumulate
from math import exp, log
from random import Random
from typing import Generic, TypeVar

SECOND_US = 1_000_000
MINUTE_US = 60 * SECOND_US
HOUR_US = 60 * MINUTE_US
DAY_US = 24 * HOUR_US
WEEK_US = 7 * DAY_US

T = TypeVar("T")


class Chance(Random):
    """A random stream of its own for each noun, so that a change in one does not reshuffle the others.

    Seeded by text: Python hashes it with SHA-512, so the stream does not depend on PYTHONHASHSEED.
    """

    def __init__(self, seed: int, noun: str) -> None:
        super().__init__(f"{seed}/{noun}")

    def hit(self, probability: float) -> bool:
        return self.random() < probability

    def waiting(self, mean_seconds: float) -> int:
        """An exponential wait in microseconds: the next of things that happen at no particular time."""
        # 1 - random() is in (0, 1], so the logarithm is always defined.
        return int(-log(1.0 - self.random()) * mean_seconds * SECOND_US) + 1

    def working(self, median_seconds: float, spread: float = 0.6) -> int:
        """A log-normal duration in microseconds, as people take; `spread` is the sigma of its logarithm."""
        return int(median_seconds * SECOND_US * exp(spread * self.gauss(0.0, 1.0))) + 1


class Mix(Generic[T]):
    """Shares of a whole, for instance of queues; the weights need not add up to 1."""

    __slots__ = ("_edges", "_names", "shares")

    def __init__(self, weights: Mapping[T, float]) -> None:
        total = sum(weights.values())
        self.shares: dict[T, float] = {name: weight / total for name, weight in weights.items()}
        self._names = list(self.shares)
        # The last edge is left out: whatever lies beyond the others is the last name, rounding or not.
        self._edges = list(accumulate(self.shares.values()))[:-1]

    def pick(self, chance: Random) -> T:
        return self._names[bisect_right(self._edges, chance.random())]
