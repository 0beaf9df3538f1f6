"""The ledgers that tickets add to, and how they move when many tickets change at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from stream.core.history import PANE_US, PastHour
from stream.core.policy import Policy
from stream.counting.add import Adds, Twice
from stream.counting.cells import Cells
from stream.counting.ledger import Ledger
from stream.model.frame import Tickets
from stream.model.names import Names
from stream.model.times import Ints

Fold = Callable[[Tickets, Adds], None]


class TicketBooks:
    """What tickets add up to: their numbers, the hours that this one is compared with, and who was at work."""

    def __init__(self, policy: Policy, names: Names, folds: Sequence[Fold], past: Fold, acts: Fold) -> None:
        """folds: of the numbers; past: of the hours; acts: of who was at work."""
        self._policy, self._names = policy, names
        self._folds, self._past, self._acts = folds, past, acts
        self.cells = Cells(policy.buckets, names.labels)
        self.tickets = Ledger(policy.windows, policy.day)
        self.agents = Ledger(policy.agent_windows, policy.day, over_all=False)
        weeks = range(policy.definitions.baseline_weeks + 1)
        hours = [
            PastHour(f"{'since' if since else 'hour'} {week}", None, PANE_US, week, since)
            for week in weeks
            for since in (False, True)
        ]
        self.history = Ledger(hours, policy.day, over_all=False)

    def settle(self, partition: Ints, new: Sequence[bytes], old: Sequence[bytes]) -> Tickets:
        """Count tickets as they are instead of as they were; returns their frame, in which they come first.

        partition: which one each is of. new, old: the records of each; none of one that is forgotten, or was not there.
        """
        n = len(new)
        before = np.flatnonzero(np.fromiter(map(bool, old), bool, n))
        frame = Tickets([*new, *(records for records in old if records)], self._policy, self._names)
        twice = Twice(before, np.arange(n, n + len(before)))
        numbers, past = Adds(frame, self.cells, twice), Adds(frame, self.cells, twice, self._names.unlabelled)
        acts = Adds(frame, self.cells, twice)
        for fold in self._folds:
            fold(frame, numbers)
        self._past(frame, past)
        self._acts(frame, acts)
        of = np.concatenate((partition, partition[before]))
        sign = np.ones(frame.n, np.int64)
        sign[n:] = -1
        for ledger, adds in ((self.tickets, numbers), (self.history, past), (self.agents, acts)):
            owner, at, code, amount = adds.rows()
            ledger.apply(of[owner], at, code, amount * sign[owner])
        return frame

    def advance(self, now_us: int) -> None:
        """Move the windows to now."""
        for ledger in (self.tickets, self.history, self.agents):
            ledger.advance(now_us)

    def leave(self, partition: int) -> None:
        """Give up a partition and all that was added to it."""
        for ledger in (self.tickets, self.history, self.agents):
            ledger.leave(partition)
