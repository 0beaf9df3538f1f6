"""The ledgers that tickets and their surveys add to, and how they move when many tickets change at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from stream.core.cells import Cells as Named
from stream.core.cells import Contribution
from stream.core.history import hours
from stream.core.policy import Policy
from stream.core.windows import WHAT_LIES_AHEAD
from stream.counting.add import Adds, Owners, Rows, Twice
from stream.counting.cells import Cells
from stream.counting.each import EachTicket, by_owner, contributions
from stream.counting.ledger import Ledger
from stream.model.frame import Tickets
from stream.model.names import Names
from stream.model.surveys import Surveys
from stream.model.times import Ints, Mask

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


NOTHING = Kept()


class Settled(NamedTuple):
    """What counting tickets came to.

    frame: they come first in it. gone_us: the earliest time of what each does not add any more, NEVER_GONE where
    nothing is gone. commented: those of which a bad comment is known, or was. bad: of which one is.
    """

    frame: Tickets
    gone_us: Ints
    commented: list[int]
    bad: Mask

    def corrections(self, partition: Ints, final_until_us: Ints) -> dict[int, tuple[int, int]]:
        """Return how many numbers were corrected, provisional and final ones, by partition.

        final_until_us: before which instant panes were final; -1 where what changes is no correction.
        """
        gone = np.flatnonzero((self.gone_us < NEVER_GONE) & (final_until_us >= 0))
        final = self.gone_us[gone] < final_until_us[gone]
        found: dict[int, tuple[int, int]] = {}
        for number in np.unique(partition[gone]).tolist():
            its = partition[gone] == number
            found[number] = int((its & ~final).sum()), int((its & final).sum())
        return found


class TicketBooks:
    """What tickets add up to: their numbers, those of surveys, the hours of weeks before, and who was at work."""

    def __init__(self, policy: Policy, names: Names, folds: Folds) -> None:
        """Start with nothing."""
        self._policy, self._names, self._folds = policy, names, folds
        self.cells = Cells(policy.buckets, names.labels)
        self.tickets = Ledger(policy.windows, policy.day)
        self.surveys = Ledger((*policy.windows, *policy.survey_windows, WHAT_LIES_AHEAD), policy.day)
        self.agents = Ledger(policy.agent_windows, policy.day, over_all=False)
        self.history = Ledger(hours(policy.definitions.baseline_weeks), policy.day, over_all=False)

    def settle(self, partition: Ints, new: Sequence[Kept], old: Sequence[Kept]) -> Settled:
        """Count tickets as they are instead of as they were.

        partition: which one each is of. new, old: what each is counted by, nothing if it is forgotten or was not there.
        """
        n = len(new)
        before = np.flatnonzero(np.fromiter((kept != NOTHING for kept in old), bool, n))
        both = [*new, *(kept for kept in old if kept != NOTHING)]
        frame = Tickets([kept.events for kept in both], self._policy, self._names)
        twice = Twice(before, np.arange(n, n + len(before)))
        of = np.concatenate((partition, partition[before]))
        sign = np.ones(frame.n, np.int64)
        sign[n:] = -1

        gone_us = np.full(n, NEVER_GONE)

        def apply(ledger: Ledger, rows: Rows, ticket: Ints) -> None:
            ledger.apply(of[ticket], rows.at, rows.code, rows.amount * sign[ticket])
            if ledger is self.tickets or ledger is self.surveys:
                _note_gone(gone_us, rows, ticket, before)

        folds, unlabelled = self._folds, self._names.unlabelled
        for ledger, chosen, label in (
            (self.tickets, folds.tickets, None),
            (self.history, folds.past, unlabelled),
            (self.agents, folds.acts, None),
        ):
            rows = self._added(frame, chosen, label, twice)
            apply(ledger, rows, rows.owner)
        surveys = Surveys([kept.surveys for kept in both], frame)
        commented: Ints = _NO_TICKETS
        bad = np.zeros(n, bool)
        if surveys.n:
            ticket = surveys.ticket[surveys.bad_comment]
            bad[ticket[ticket < n]] = True
            commented = np.unique(np.where(ticket < n, ticket, np.append(before, 0)[np.maximum(ticket - n, 0)]))
            for chosen, label in ((folds.surveys, None), (folds.surveys_in_all, self._names.total)):
                rows = self._added(surveys, chosen, label)
                apply(self.surveys, rows, surveys.ticket[rows.owner])
        return Settled(frame, gone_us, commented.tolist(), bad)

    def each(self, kept: Sequence[Kept], folds: Folds) -> EachTicket:
        """Return what each ticket adds by some folds."""
        frame = Tickets([each.events for each in kept], self._policy, self._names)
        surveys = Surveys([each.surveys for each in kept], frame)

        def alone(owners: Tickets | Surveys, *chosen: tuple[Sequence[Fold], int | None]) -> list[list[Contribution]]:
            rows = [self._added(owners, folds, label) for folds, label in chosen]
            return contributions([(each, each.owner) for each in rows], self.cells, owners.n)

        names = self._names
        told = alone(surveys, (folds.surveys, None), (folds.surveys_in_all, names.total)) if surveys.n else []
        return EachTicket(
            frame,
            alone(frame, (folds.tickets, None)),
            alone(frame, (folds.acts, None)),
            alone(frame, (folds.past, names.unlabelled)),
            by_owner(told, surveys.ticket, frame.n),
        )

    def added(self, kept: Sequence[Kept]) -> tuple[Named, Named]:
        """Return what tickets add over all time, and what their surveys do, by name."""
        frame = Tickets([each.events for each in kept], self._policy, self._names)
        found: list[Named] = []
        for rows in (
            [self._added(frame, self._folds.tickets, None)],
            [
                self._added(surveys, chosen, label)
                for surveys in [Surveys([each.surveys for each in kept], frame)]
                for chosen, label in ((self._folds.surveys, None), (self._folds.surveys_in_all, self._names.total))
            ],
        ):
            codes, amounts = (np.concatenate([getattr(each, name) for each in rows]) for name in ("code", "amount"))
            found.append(self.cells.named(codes.tolist(), amounts.tolist()))
        tickets, surveys_ = found
        return tickets, surveys_

    def shift(self, partition: int, tickets: Named, surveys: Named) -> None:
        """Add to the sums over all time of a partition what was counted elsewhere."""
        for ledger, named in ((self.tickets, tickets), (self.surveys, surveys)):
            ledger.shift(partition, *self.cells.codes(named, self._names.label))

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


NEVER_GONE = 1 << 62
_NO_TICKETS: Ints = np.zeros(0, np.int64)


def _note_gone(gone_us: Ints, rows: Rows, ticket: Ints, before: Ints) -> None:
    """Note the earliest of what tickets added and do not add any more; rows: as they are, and as they were."""
    n = len(gone_us)
    was = np.flatnonzero(ticket >= n)
    if not len(was):
        return
    now = np.flatnonzero(ticket < n)
    columns = np.stack((ticket, rows.at, rows.code, rows.amount), axis=1)
    columns[was, 0] = before[ticket[was] - n]
    whole = np.ascontiguousarray(columns).view(np.dtype((np.void, columns.dtype.itemsize * columns.shape[1])))[:, 0]
    gone = was[~np.isin(whole[was], whole[now])]
    np.minimum.at(gone_us, columns[gone, 0], rows.at[gone])
