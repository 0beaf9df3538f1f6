"""Many customers at once as columns: who came and left, what they bought, and what they signalled."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from stream.core.copies import ACQUIRED, LOST
from stream.core.policy import Policy
from stream.model.columns import Columns
from stream.model.customer_records import ANSWERED, CUSTOMER_RECORD, NO_KIND, PURCHASED, customer_kinds
from stream.model.happenings import Happenings
from stream.model.names import Names
from stream.model.times import Ints, Mask, Times

_CHANGES, _ACQUIRED = customer_kinds(ACQUIRED, LOST), customer_kinds(ACQUIRED)


class Customers(Columns):
    """The customers of these records."""

    def __init__(self, records: list[bytes], policy: Policy, names: Names) -> None:
        """records: those of each customer."""
        super().__init__(records, CUSTOMER_RECORD, NO_KIND)
        self.policy, self.names = policy, names

    @cached_property
    def label(self) -> Ints:
        """The number of the labels that each counts under: those of what is counted in all only."""
        return np.full(self.n, self.names.total)

    @cached_property
    def turns(self) -> tuple[Happenings, Mask]:
        """Each time somebody became a customer or left, and which of the two it was.

        To be acquired while being a customer changes nothing, nor does being lost twice.
        """
        places = np.flatnonzero(_CHANGES[self.kind])
        owner, came = self.owner[places], _ACQUIRED[self.kind[places]]
        turn = np.ones(len(places), bool)
        turn[1:] = (owner[1:] != owner[:-1]) | (came[1:] != came[:-1])
        return self._happenings(places[turn]), came[turn]

    @cached_property
    def came_first(self) -> Mask:
        """Who first came, or neither came nor left; the others first left, so they had come before anybody looked."""
        turns, came = self.turns
        first = np.ones(self.n, bool)
        first[turns.owner[::-1]] = came[::-1]
        return first

    @cached_property
    def turned(self) -> Times:
        """When each became a customer or left, the last time."""
        return self.turns[0].last()

    @cached_property
    def acquired(self) -> Happenings:
        """Each time somebody became a customer."""
        turns, came = self.turns
        return turns.some(came)

    @cached_property
    def lost(self) -> Happenings:
        """Each time a customer left."""
        turns, came = self.turns
        return turns.some(~came)

    @cached_property
    def since(self) -> Times:
        """Since when each customer of now has been one."""
        turns, came = self.turns
        present = np.zeros(self.n, bool)
        present[turns.owner] = came  # the last of each
        return self.acquired.last().where(present)

    @cached_property
    def lifespans(self) -> tuple[Ints, Ints]:
        """How many times each left who had come before, and for how long they had been customers by then, in all."""
        turns, came = self.turns
        left = np.flatnonzero(~came[1:] & (turns.owner[1:] == turns.owner[:-1])) + 1
        spent_us = np.zeros(self.n, np.int64)
        np.add.at(spent_us, turns.owner[left], turns.at[left] - turns.at[left - 1])
        return np.bincount(turns.owner[left], minlength=self.n), spent_us

    @cached_property
    def score(self) -> Ints:
        """The score of each one's last answer, -1 where there is none."""
        places = np.flatnonzero(customer_kinds(ANSWERED)[self.kind])
        score = np.full(self.n, -1)
        score[self.owner[places]] = self._records["amount"][places]
        return score

    @cached_property
    def purchases(self) -> tuple[Happenings, Ints]:
        """Each purchase, and its price in millionths, -1 where that is not told."""
        places = np.flatnonzero(customer_kinds(PURCHASED)[self.kind])
        return self._happenings(places), self._records["amount"][places].astype(np.int64)

    def signalled(self, signal: str) -> Happenings:
        """Return each time a customer gave a signal of a kind."""
        return self._happenings(np.flatnonzero(customer_kinds(signal)[self.kind]))
