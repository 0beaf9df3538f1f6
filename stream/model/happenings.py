"""What happened to each of many owners, and when: messages of tickets, changes of status, contacts of customers."""

from __future__ import annotations

import numpy as np

from stream.model.times import NEVER, Ints, Mask, Times


class Happenings:
    """Some moments of each owner, in order of owner and then of what came first.

    owners: how many there are. owner: whose each is, ascending. at: when it was, in microseconds. place: where it
    stands among the records of all owners, by which what happened at one instant keeps its order; None if it has none.
    """

    __slots__ = ("at", "owner", "owners", "place")

    def __init__(self, owners: int, owner: Ints, at: Ints, place: Ints | None = None) -> None:
        """Hold the columns, which are not copied."""
        self.owners, self.owner, self.at, self.place = owners, owner, at, place

    def __len__(self) -> int:
        return len(self.owner)

    def some(self, mask: Mask) -> Happenings:
        """Return those of a mask that has a value for each of them."""
        place = None if self.place is None else self.place[mask]
        return Happenings(self.owners, self.owner[mask], self.at[mask], place)

    def of(self, owners: Mask) -> Happenings:
        """Return those of some owners."""
        return self.some(owners[self.owner])

    def since(self, moment: Times) -> Happenings:
        """Return those not before a moment of their owner; none of an owner for whom it never came."""
        us = moment.us[self.owner]
        return self.some((us != NEVER) & (self.at >= us))

    def after(self, moment: Times) -> Happenings:
        """Return those later than a moment of their owner; none of an owner for whom it never came."""
        us = moment.us[self.owner]
        return self.some((us != NEVER) & (self.at > us))

    def until(self, moment: Times) -> Happenings:
        """Return those not after a moment of their owner; none of an owner for whom it never came."""
        return self.some(self.at <= moment.us[self.owner])

    def first(self) -> Times:
        """Return the first of each owner."""
        us = np.full(self.owners, NEVER)
        us[self.owner[::-1]] = self.at[::-1]
        return Times(us)

    def last(self) -> Times:
        """Return the last of each owner."""
        us = np.full(self.owners, NEVER)
        us[self.owner] = self.at
        return Times(us)

    def nth(self, n: int) -> Times:
        """Return the n-th of each owner, from 1 on."""
        us = np.full(self.owners, NEVER)
        rank = np.arange(len(self.owner)) - np.searchsorted(self.owner, self.owner, side="left")
        found = rank == n - 1
        us[self.owner[found]] = self.at[found]
        return Times(us)

    def count(self) -> Ints:
        """Return how many each owner has."""
        return np.bincount(self.owner, minlength=self.owners)

    def any(self) -> Mask:
        """Return which owners have one."""
        found = np.zeros(self.owners, bool)
        found[self.owner] = True
        return found

    def next_in(self, others: Happenings) -> Times:
        """Return for each of these when one of the others came next, later than it, to the same owner."""
        after = np.lexsort((others.at, others.owner))
        owner, at = others.owner[after], others.at[after]
        both = np.concatenate((at, self.at))
        rank = np.searchsorted(np.unique(both), both)  # as times and owners together may not fit into 64 bits
        keys, asked = rank[: len(at)], rank[len(at) :]
        width = len(both) + 1
        following = np.searchsorted(owner * width + keys, self.owner * width + asked, side="right")
        owner, at = np.append(owner, -1), np.append(at, NEVER)
        return Times(np.where(owner[following] == self.owner, at[following], NEVER))
