"""The ledgers that tickets and their surveys add to, and how they move when many tickets change at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from stream.core.history import PANE_US, PastHour
from stream.core.policy import Policy
from stream.core.windows import WHAT_LIES_AHEAD
from stream.counting.add import Adds, Owners, Rows, Twice
from stream.counting.cells import Cells
from stream.counting.ledger import Ledger
from stream.model.frame import Tickets
from stream.model.names import Names
from stream.model.surveys import Surveys
from stream.model.times import Ints

Fold = Callable[[Any, Adds], None]


class Folds(NamedTuple):
    """What is counted: of tickets, of surveys (under their labels, and in all), of the past, and of who was at work."""

    tickets: Sequence[Fold]
    surveys: Sequence[Fold]
    surveys_in_all: Sequence[Fold]
    past: Sequence[Fold]
    acts: Sequence[Fold]


class Kept(NamedTuple):
    """What a ticket is counted by: the records of its events, and those of its surveys."""

    events: bytes = b""
    surveys: bytes = b""


class TicketBooks:
    """What tickets add up to: their numbers, those of surveys, the hours of weeks before, and who was at work."""

    def __init__(self, policy: Policy, names: Names, folds: Folds) -> None:
        """Start with nothing."""
        self._policy, self._names, self._folds = policy, names, folds
        self.cells = Cells(policy.buckets, names.labels)
        self.tickets = Ledger(policy.windows, policy.day)
        self.surveys = Ledger((*policy.windows, *policy.survey_windows, WHAT_LIES_AHEAD), policy.day)
        self.agents = Ledger(policy.agent_windows, policy.day, over_all=False)
        weeks = range(policy.definitions.baseline_weeks + 1)
        hours = [
            PastHour(f"{'since' if since else 'hour'} {week}", None, PANE_US, week, since)
            for week in weeks
            for since in (False, True)
        ]
        self.history = Ledger(hours, policy.day, over_all=False)

    def settle(self, partition: Ints, new: Sequence[Kept], old: Sequence[Kept]) -> Tickets:
        """Count tickets as they are instead of as they were; returns their frame, in which they come first.

        partition: which one each is of. new, old: what each is counted by, nothing if it is forgotten or was not there.
        """
        n = len(new)
        before = np.flatnonzero(np.fromiter((kept != _NOTHING for kept in old), bool, n))
        both = [*new, *(kept for kept in old if kept != _NOTHING)]
        frame = Tickets([kept.events for kept in both], self._policy, self._names)
        twice = Twice(before, np.arange(n, n + len(before)))
        of = np.concatenate((partition, partition[before]))
        sign = np.ones(frame.n, np.int64)
        sign[n:] = -1

        def apply(ledger: Ledger, rows: Rows, ticket: Ints) -> None:
            ledger.apply(of[ticket], rows.at, rows.code, rows.amount * sign[ticket])

        folds, unlabelled = self._folds, self._names.unlabelled
        for ledger, chosen, label in (
            (self.tickets, folds.tickets, None),
            (self.history, folds.past, unlabelled),
            (self.agents, folds.acts, None),
        ):
            rows = self._added(frame, chosen, label, twice)
            apply(ledger, rows, rows.owner)
        surveys = Surveys([kept.surveys for kept in both], frame)
        if surveys.n:
            for chosen, label in ((folds.surveys, None), (folds.surveys_in_all, self._names.total)):
                rows = self._added(surveys, chosen, label)
                apply(self.surveys, rows, surveys.ticket[rows.owner])
        return frame

    def _added(self, owners: Owners, folds: Iterable[Fold], label: int | None, twice: Twice | None = None) -> Rows:
        adds = Adds(owners, self.cells, twice, label)
        for fold in folds:
            fold(owners, adds)
        return adds.rows()

    def advance(self, now_us: int) -> None:
        """Move the windows to now."""
        for ledger in (self.tickets, self.surveys, self.history, self.agents):
            ledger.advance(now_us)

    def leave(self, partition: int) -> None:
        """Give up a partition and all that was added to it."""
        for ledger in (self.tickets, self.surveys, self.history, self.agents):
            ledger.leave(partition)


_NOTHING = Kept()
