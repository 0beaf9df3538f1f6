"""The ledger that customers add to, and how it moves when many of them change at once."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import NamedTuple

import numpy as np

from stream.core.policy import Policy
from stream.core.windows import AHEAD, DAY_US, WHAT_LIES_AHEAD
from stream.counting.add import Adds, Rows, Twice
from stream.counting.cells import COUNTED, LABEL_SHIFT, Cells
from stream.counting.cohorts import Cohorts, Within
from stream.counting.each import EachCustomer, contributions
from stream.counting.ledger import Ledger
from stream.counting.ticket_books import Fold
from stream.model.contacts import Contacts
from stream.model.customers import Customers
from stream.model.frame import Tickets
from stream.model.names import Names
from stream.model.times import Ints, ints


class CustomerFolds(NamedTuple):
    """What is counted: of what happened to customers, of their tickets, and of how they stand to windows."""

    customers: Sequence[Fold]
    contacts: Sequence[Fold]
    within: Sequence[Within] = ()


class KeptCustomer(NamedTuple):
    """What a customer is counted by: the records of what happened, and those of each ticket that is or was theirs."""

    events: bytes = b""
    contacts: tuple[bytes, ...] = ()


NOBODY_COUNTED = KeptCustomer()


class CustomerBooks:
    """What customers add up to."""

    def __init__(self, policy: Policy, names: Names, folds: CustomerFolds) -> None:
        """Start with nothing."""
        self._policy, self._names, self._folds = policy, names, folds
        self.cells = Cells(policy.buckets, names.labels)
        self._cohorts = Cohorts(folds.within, policy.definitions.winback_days * DAY_US)
        self.customers = Ledger((*policy.windows, *policy.survey_windows, WHAT_LIES_AHEAD), policy.day)

    def settle(
        self, partition: Ints, places: Ints, new: Sequence[KeptCustomer], old: Sequence[KeptCustomer]
    ) -> Customers:
        """Count customers as they are instead of as they were; returns their frame, in which they come first.

        partition: which one each is of. places: where each stands in columns. new, old: what each is counted by,
        nothing of nobody.
        """
        n = len(new)
        before = np.flatnonzero(np.fromiter((kept != NOBODY_COUNTED for kept in old), bool, n))
        both = [*new, *(kept for kept in old if kept != NOBODY_COUNTED)]
        frame = Customers([kept.events for kept in both], self._policy, self._names)
        of = np.concatenate((partition, partition[before]))
        sign = np.ones(len(both), np.int64)
        sign[n:] = -1
        adds = Adds(frame, self.cells, Twice(before, np.arange(n, n + len(before))))
        for fold in self._folds.customers:
            fold(frame, adds)
        rows = adds.rows()
        self.customers.apply(of[rows.owner], rows.at, rows.code, rows.amount * sign[rows.owner])
        if self._folds.contacts:
            self._settle_contacts(both, of, sign)
        if self._folds.within:
            self._cohorts.replace(places, partition, frame)
        return frame

    def _settle_contacts(self, both: Sequence[KeptCustomer], of: Ints, sign: Ints) -> None:
        contacts, whose = self._contacts(both)
        if not contacts.n:
            return
        adds = Adds(contacts, self.cells)
        for fold in self._folds.contacts:
            fold(contacts, adds)
        rows = adds.rows()
        customer = whose[rows.owner]
        self.customers.apply(of[customer], rows.at, rows.code, rows.amount * sign[customer])

    def each(self, kept: Sequence[KeptCustomer], folds: CustomerFolds) -> EachCustomer:
        """Return what each customer adds by some folds."""
        frame = Customers([each.events for each in kept], self._policy, self._names)
        found: list[tuple[Rows, Ints]] = []
        for owners, whose, chosen in (
            (frame, np.arange(frame.n), folds.customers),
            (*self._contacts(kept), folds.contacts),
        ):
            adds = Adds(owners, self.cells)
            for fold in chosen:
                fold(owners, adds)
            rows = adds.rows()
            found.append((rows, whose[rows.owner]))
        return EachCustomer(frame, contributions(found, self.cells, frame.n))

    def _contacts(self, kept: Sequence[KeptCustomer]) -> tuple[Contacts, Ints]:
        """Return the tickets of customers, and whose each is."""
        tickets = list(chain.from_iterable(each.contacts for each in kept))
        whose = np.repeat(np.arange(len(kept)), [len(each.contacts) for each in kept])
        return Contacts(Tickets(tickets, self._policy, self._names), whose, len(kept)), whose

    def advance(self, now_us: int) -> None:
        """Move the windows to now."""
        self.customers.advance(now_us)
        if not self._folds.within:
            return
        windows = self.customers.windows()
        del windows[AHEAD]
        total = self._names.total << LABEL_SHIFT
        code = ints([total | self.cells.measure(name) | COUNTED for name in self._cohorts.measures])
        for window, counts in self._cohorts.look(windows).items():
            partitions, measures = counts.shape
            partition = np.repeat(np.arange(partitions), measures)
            self.customers.hold(window, partition, np.tile(code, partitions), counts.ravel())

    def leave(self, partition: int) -> None:
        """Give up a partition and all that was added to it."""
        self.customers.leave(partition)
        self._cohorts.leave(partition)
