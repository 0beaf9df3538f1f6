"""The customers of one partition: their states by changelog key, and which of them are still to be counted."""

from __future__ import annotations

from stream.core.customer import NOBODY, Customer
from stream.counting.customer_books import NOBODY_COUNTED, KeptCustomer
from stream.model.customer_state import Contact, CustomerState, read
from stream.model.names import Names
from stream.model.wire import Row
from stream.partition.counted import kept_customer
from stream.partition.held import Held
from stream.partition.keys import customer_id

_Before = tuple[Customer, tuple[Contact, ...]]
_UNKNOWN: _Before = (NOBODY, ())


class Clientele(Held[CustomerState, KeptCustomer]):
    """Customer states by changelog key; like tickets they are states that only grow."""

    def __init__(self, names: Names) -> None:
        """Start with none; names: the codes of the worker."""
        super().__init__(NOBODY_COUNTED)
        self.kept_from_us = 0
        """Before this instant nothing of a customer counts in any window any more."""
        self._names = names

    def kept(self, state: CustomerState) -> KeptCustomer:
        """Return what a customer is counted by."""
        return kept_customer(state.own, state.contacts)

    def learn(self, key: bytes, news: Customer) -> bool:
        """Add what happened to a customer beside tickets; returns whether it was new."""
        known, before = self._known(key)
        return known.learn(news) and self._changed(key, known, before, news.last_us)

    def meet(self, key: bytes, ticket_id: str, course: bytes, rows: list[Row] | None = None) -> bool:
        """Add what is known of the course of a ticket; returns whether it was new. rows: those of the course."""
        known, before = self._known(key)
        new = known.meet(ticket_id, course, customer_id(key), self._names, rows)
        return new and self._changed(key, known, before, known.last_us_of(ticket_id))

    def load(self, key: bytes, value: bytes) -> int:
        """Add a value of the changelog; returns the time of the latest event in it, in microseconds."""
        self.loading = True
        last_us, _ = self._add(key, value)
        return last_us

    def notice(self, key: bytes, value: bytes) -> bool:
        """Add what another partition tells; returns whether it was new. Raises ValueError for what is none."""
        _, new = self._add(key, value)
        return new

    def _add(self, key: bytes, value: bytes) -> tuple[int, bool]:
        who = customer_id(key)
        try:
            news = read(value, who, self._names)  # before anything changes, as it may be none
        except (TypeError, KeyError, AttributeError, IndexError) as error:
            raise ValueError(f"{type(error).__name__}: {error}") from None
        known, before = self._known(key)
        last_us = news.last_us
        return last_us, known.take(news, who, self._names) and self._changed(key, known, before, last_us)

    def _known(self, key: bytes) -> tuple[CustomerState, _Before]:
        """Return what is known of a customer, to add to, and what that is by now."""
        state = self.states.get(key)
        known = CustomerState() if state is None else state
        return known, (known.own, known.contacts)

    def _changed(self, key: bytes, state: CustomerState, before: _Before, last_us: int) -> bool:
        """Note that something was added to a customer, which happened last at a time; returns whether it is kept."""
        if last_us < self.kept_from_us:  # it may have been forgotten
            state.prune(self.kept_from_us)
            if (state.own, state.contacts) == before:
                return False
        self._note(key, state, before)
        return True

    def _note(self, key: bytes, state: CustomerState, before: _Before) -> None:
        self.changes += 1
        self.states.setdefault(key, state)
        if key not in self.was:
            self.was[key] = self._nothing if before == _UNKNOWN else kept_customer(*before)

    def prune(self, key: bytes) -> bool:
        """Forget what no window shows any more of a customer; returns whether nothing is left of them."""
        state = self.states.get(key)
        if state is None:
            return False
        before = state.own, state.contacts
        if self.kept_from_us > 0 and state.prune(self.kept_from_us):
            self._note(key, state, before)
        return state.is_nobody
