"""Sums by group that do not overflow, whatever is added up."""

from __future__ import annotations

import numpy as np

from stream.model.times import Ints

_UPPER_SHIFT = 32


def sums(group: Ints, amounts: Ints, groups: int) -> list[int]:
    """Return the sum of the amounts of each group."""
    lower, upper = np.zeros(groups, np.int64), np.zeros(groups, np.int64)
    np.add.at(lower, group, amounts & (1 << _UPPER_SHIFT) - 1)
    np.add.at(upper, group, amounts >> _UPPER_SHIFT)
    return [(high << _UPPER_SHIFT) + low for low, high in zip(lower.tolist(), upper.tolist(), strict=True)]
