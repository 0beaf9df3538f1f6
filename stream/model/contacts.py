"""What tickets came to for their customers: when each was resolved, and when its customer came again after that."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from stream.model.frame import Tickets
from stream.model.happenings import Happenings
from stream.model.times import Ints, Times


class Contacts:
    """Tickets as those of a customer; n: how many there are, customer: which one's each is.

    A ticket counts for whose it is at present, and not if it is retracted.
    """

    def __init__(self, tickets: Tickets, customer: Ints, customers: int) -> None:
        """tickets: looked at for their customers; customer: ascending; customers: how many there are."""
        self.policy, self.tickets, self.customer, self.n = tickets.policy, tickets, customer, tickets.n
        self._customers = customers

    @property
    def label(self) -> Ints:
        """The number of the labels that each counts under."""
        return self.tickets.label

    @cached_property
    def resolved(self) -> Times:
        """When each ticket was resolved for the first time."""
        return self.tickets.resolved_first.where(self.tickets.is_theirs)

    @cached_property
    def came_again(self) -> Times:
        """When the customer of each ticket that was resolved came next: with a new one, or one that is opened again."""
        t = self.tickets
        opened = np.flatnonzero(t.opened.known & t.is_theirs & ~t.by_agent)
        reopened = t.reopened.of(t.is_theirs)
        contacts = Happenings(
            self._customers,
            self.customer[np.concatenate((opened, reopened.owner))],
            np.concatenate((t.opened.us[opened], reopened.at)),
        )
        resolved = np.flatnonzero(self.resolved.known)
        asked = Happenings(self._customers, self.customer[resolved], self.resolved.us[resolved])
        again = Times.never(self.n)
        again.us[resolved] = asked.next_in(contacts).us
        return again
