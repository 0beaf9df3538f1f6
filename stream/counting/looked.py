"""What stood open at an instant, as columns by group (a partition and labels), and group by group."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from stream.core.facts import BACKLOG_STATES
from stream.core.policy import Policy
from stream.core.standing import AGES_US, BANDS_US, SLA_STATES, Queue, Waiting, no_queue
from stream.model.times import Ints

Sparse = tuple[Ints, Ints, Ints]
"""Group, kind, and how many of it there are, where most groups have few kinds."""

_AGES = tuple(name for name, _, _ in AGES_US)
_BANDS = tuple(name for name, _ in BANDS_US)


class LookedAt(NamedTuple):
    """Those who wait for an answer of one kind at an instant, as columns by group.

    sla and bands have a column for each of their names. waited is the sum of the waits, oldest the longest, -1 where
    nobody waits. waits and lately are sparse: group, bucket (or second), and how many.
    """

    n: Ints
    waited: list[int]
    oldest: Ints
    waits: Sparse
    bands: Ints
    sla: Ints
    lately: Sparse

    def of(self, group: int, waits: dict[int, int], lately: dict[int, int], policy: Policy) -> Waiting:
        """Return those of a group; waits, lately: its part of the sparse columns."""
        oldest = int(self.oldest[group])
        return Waiting(
            n=int(self.n[group]),
            waited_us=self.waited[group],
            oldest_us=None if oldest < 0 else oldest,
            waits=waits,
            wait_le=dict(policy.buckets.cumulative(waits)),
            bands=dict(zip(_BANDS, self.bands[group].tolist(), strict=True)),
            sla=dict(zip(SLA_STATES, self.sla[group].tolist(), strict=True)),
            lately_breached=lately,
        )


class Looked(NamedTuple):
    """The open tickets of each group (a partition and labels) at an instant, as columns by group.

    codes: which groups these are. states and ages have a column for each of their names, longer_than for each of the
    policy's. waiting has a part for each of WAITS.
    """

    codes: Ints
    states: Ints
    ages: Ints
    longer_than: Ints
    waiting: tuple[LookedAt, ...]

    def queues(self, groups: list[int], policy: Policy) -> Iterator[Queue]:
        """Yield what stood open in each of some groups."""
        longer_than = [name for name, _ in policy.longer_than]
        nothing = no_queue(longer_than, policy.buckets.le_us)
        sparse = [(_by_group(each.waits), _by_group(each.lately)) for each in self.waiting]
        anything = self.states.sum(axis=1).tolist()
        for i in groups:
            if not anything[i]:
                yield nothing
                continue
            yield Queue(
                dict(zip(BACKLOG_STATES, self.states[i].tolist(), strict=True)),
                dict(zip(_AGES, self.ages[i].tolist(), strict=True)),
                dict(zip(longer_than, self.longer_than[i].tolist(), strict=True)),
                *(
                    each.of(i, waits.get(i, {}), lately.get(i, {}), policy)
                    for each, (waits, lately) in zip(self.waiting, sparse, strict=True)
                ),
            )


def _by_group(sparse: Sparse) -> dict[int, dict[int, int]]:
    found: dict[int, dict[int, int]] = {}
    for group, kind, n in zip(*(column.tolist() for column in sparse), strict=True):
        found.setdefault(group, {})[kind] = n
    return found
