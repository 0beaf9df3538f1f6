"""Many customers at once as columns: who came and left, what they bought, and what they signalled."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from stream.core.copies import ACQUIRED, LOST
from stream.core.policy import Policy
from stream.core.tenure import YEAR_US
from stream.model.columns import Columns
from stream.model.customer_records import ANSWERED, CUSTOMER_RECORD, NO_KIND, PURCHASED, REFUNDED, customer_kinds
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
    def ends(self) -> tuple[Happenings, Ints]:
        """Each time somebody left who had come, and for how long they had been a customer by then."""
        turns, came = self.turns
        left = np.flatnonzero(~came[1:] & (turns.owner[1:] == turns.owner[:-1])) + 1
        return Happenings(self.n, turns.owner[left], turns.at[left]), turns.at[left] - turns.at[left - 1]

    @cached_property
    def lifespans(self) -> tuple[Ints, Ints]:
        """How many times each left who had come before, and for how long they had been customers by then, in all."""
        left, lasted_us = self.ends
        spent_us = np.zeros(self.n, np.int64)
        np.add.at(spent_us, left.owner, lasted_us)
        return left.count(), spent_us

    @cached_property
    def left(self) -> tuple[Happenings, Ints]:
        """Each of these times, and in which year of their tenure it was, from 1 on.

        Who leaves at the very edge of a year leaves in the one that ends.
        """
        left, lasted_us = self.ends
        return left, _year_that_ends(lasted_us)

    @cached_property
    def lived_by_year(self) -> Ints:
        """How much of each of the first years of tenure each had lived by the time they left."""
        left, lasted_us = self.ends
        lived = np.zeros((self.n, self.policy.definitions.ltv_years), np.int64)
        for year in range(lived.shape[1]):
            np.add.at(lived[:, year], left.owner, np.clip(lasted_us - year * YEAR_US, 0, YEAR_US))
        return lived

    @cached_property
    def is_refund(self) -> Mask:
        """Which of what they brought was given back."""
        refunded: Mask = customer_kinds(REFUNDED)[self.kind[self.brought[0].place]]
        return refunded

    @cached_property
    def brought(self) -> tuple[Happenings, Ints]:
        """What those brought of whom it is known when they became customers: amounts in millionths, refunds below 0."""
        places = np.flatnonzero(customer_kinds(PURCHASED, REFUNDED)[self.kind])
        amounts = self._records["amount"][places].astype(np.int64)
        counts = (amounts >= 0) & self.acquired.any()[self.owner[places]]
        places, amounts = places[counts], amounts[counts]
        return self._happenings(places), np.where(customer_kinds(REFUNDED)[self.kind[places]], -amounts, amounts)

    def tenure_years(self, when: Happenings) -> Ints:
        """Return in which year of their owner's tenure some things happened, from 1 on.

        What happened before anybody became a customer belongs to the first; after somebody left, to the year in which
        they left.
        """
        turns, came = self.turns
        comings = np.flatnonzero(came)
        owner, at = np.concatenate((turns.owner[comings], when.owner)), np.concatenate((turns.at[comings], when.at))
        order = np.lexsort((np.arange(len(owner)) >= len(comings), at, owner))
        last = np.maximum.accumulate(np.where(order < len(comings), np.arange(len(order)), -1))
        found = np.full(len(owner), -1)
        found[order] = np.where(last >= 0, order[last], -1)
        coming = found[len(comings) :]  # of each thing, the last coming not after it, of somebody
        known = coming >= 0
        known[known] = turns.owner[comings[coming[known]]] == when.owner[known]
        years = np.ones(len(when), np.int64)
        turn = comings[coming[known]]
        since, us = turns.at[turn], when.at[known]
        following = np.minimum(turn + 1, len(turns) - 1)
        ended = (following > turn) & (turns.owner[following] == turns.owner[turn]) & (turns.at[following] <= us)
        years[known] = np.where(ended, _year_that_ends(turns.at[following] - since), (us - since) // YEAR_US + 1)
        return years

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

    @cached_property
    def refunds(self) -> tuple[Happenings, Ints]:
        """Each refund, and its amount in millionths, -1 where that is not told."""
        places = np.flatnonzero(customer_kinds(REFUNDED)[self.kind])
        return self._happenings(places), self._records["amount"][places].astype(np.int64)

    def signalled(self, signal: str) -> Happenings:
        """Return each time a customer gave a signal of a kind."""
        return self._happenings(np.flatnonzero(customer_kinds(signal)[self.kind]))

    @cached_property
    def forms(self) -> tuple[Happenings, Mask]:
        """Each form that somebody started, and whether it was abandoned: what came next, before another was started."""
        places = np.flatnonzero(customer_kinds("form_started", "form_abandoned")[self.kind])
        given_up = customer_kinds("form_abandoned")[self.kind[places]]
        order = np.lexsort((given_up, self.at[places], self.owner[places]))
        places, given_up = places[order], given_up[order]
        abandoned = np.zeros(len(places), bool)
        abandoned[:-1] = given_up[1:] & (self.owner[places[1:]] == self.owner[places[:-1]])
        return self._happenings(places[~given_up]), abandoned[~given_up]


def _year_that_ends(lasted_us: Ints) -> Ints:
    return np.maximum(1, -(-lasted_us // YEAR_US))
