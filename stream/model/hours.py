"""Business hours for columns of instants: how much of each span lies within them, and when so much has passed."""

from __future__ import annotations

import numpy as np

from stream.core.due import NEVER_US
from stream.core.schedule import Row, Schedule
from stream.model.times import Ints


def elapsed(schedule: Schedule, start: Ints, end: Ints) -> Ints:
    """Return the business microseconds within each `[start, end)`, 0 where it ends before it starts."""
    if not len(start):
        return np.zeros(0, np.int64)
    row = schedule.covering(int(min(start.min(), end.min())), int(max(start.max(), end.max())))
    return np.where(end > start, _sums_at(row, end) - _sums_at(row, start), 0)


def added(schedule: Schedule, start: Ints, business_us: int) -> Ints:
    """Return the first instants, not before start, by which this much business time has elapsed; NEVER_US if never."""
    if business_us <= 0 or not len(start):
        return start
    row = schedule.covering(int(start.min()), int(start.max()))
    instants, beyond = np.zeros(len(start), np.int64), np.ones(len(start), bool)
    if len(row.starts):
        sums, ends = np.frombuffer(row.sums, np.int64), np.frombuffer(row.ends, np.int64)
        wanted = _sums_at(row, start) + business_us
        index = np.searchsorted(sums, wanted, side="left")
        beyond = index == len(sums)
        reached = np.minimum(index, len(sums) - 1)
        instants = ends[reached] - (sums[reached] - wanted)
    for i in np.flatnonzero(beyond).tolist():  # those that reach into years of which nothing was asked so far
        instant = schedule.add_us(int(start[i]), business_us)
        instants[i] = NEVER_US if instant is None else instant
    return instants


def _sums_at(row: Row, instants: Ints) -> Ints:
    """Return the hours between the beginning of the row and each instant, in microseconds."""
    if not len(row.starts):
        return np.zeros(len(instants), np.int64)
    starts, ends, sums = (np.frombuffer(column, np.int64) for column in (row.starts, row.ends, row.sums))
    index = np.searchsorted(starts, instants, side="right") - 1
    return np.where(index < 0, 0, sums[index] - np.maximum(ends[index] - instants, 0))
