"""A column of moments, some of which never came. What never came compares as false and adds nothing.

Moments are microseconds since 1970, as everywhere.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]


def ints(values: Sequence[int]) -> Ints:
    """Return a column of these."""
    return np.array(values, np.int64)


NEVER = -(1 << 62)
"""Stands in a column for a moment that never came: earlier than any that did."""


class Times:
    """One moment for each owner (a ticket, an answer), or NEVER."""

    __slots__ = ("us",)

    def __init__(self, us: Ints) -> None:
        """Hold the moments; `us` is not copied."""
        self.us = us

    @classmethod
    def never(cls, n: int) -> Times:
        """Return moments of n owners that never came."""
        return cls(np.full(n, NEVER))

    @property
    def known(self) -> Mask:
        """Return for which owners the moment came."""
        known: Mask = self.us != NEVER
        return known

    def where(self, mask: Mask) -> Times:
        """Return the moments of these owners alone."""
        return Times(np.where(mask, self.us, NEVER))

    def otherwise(self, other: Times) -> Times:
        """Return the moments, and where there is none, those of other."""
        return Times(np.where(self.known, self.us, other.us))

    def not_before(self, other: Times) -> Times:
        """Return the moments, each no earlier than that of other."""
        return Times(np.where(self.known, np.maximum(self.us, other.us), NEVER))

    def __add__(self, us: int | Ints) -> Times:
        return Times(np.where(self.known, self.us + us, NEVER))

    def __sub__(self, earlier: Times) -> Ints:
        """Return how long it took, in microseconds; 0 where one of the two never came."""
        return np.where(self.known & earlier.known, self.us - earlier.us, 0)

    def __le__(self, other: Times) -> Mask:
        return self.known & other.known & (self.us <= other.us)

    def __lt__(self, other: Times) -> Mask:
        return self.known & other.known & (self.us < other.us)

    def __gt__(self, other: Times) -> Mask:
        return other < self
