"""What happened to a customer beside their tickets, which are in `stream.model.customer_state`.

An event is lifted to the state that knows this one event alone. States are merged by `stream.core.customer_merge`.
"""

from __future__ import annotations

from typing import NamedTuple

from schemas.events import CustomerAcquired, CustomerLost, CustomerPurchased, CustomerRefunded, CustomerSignal, Event
from stream.core.copies import ACQUIRED, LOST, PURCHASED, REFUNDED, Copy

MICRO = 1_000_000
"""Amounts of money are kept in millionths of their currency."""


class Change(NamedTuple):
    """Somebody became a customer (kind `acquired`) or left (`lost`); at_us is in microseconds, as everywhere here."""

    at_us: int
    event_id: str
    kind: str


class Purchase(NamedTuple):
    """A purchase; amount_micro is its price in millionths, None if it was not told.

    purchase_id: which one it is, if that was told; several of one id are told of the same.
    """

    at_us: int
    event_id: str
    amount_micro: int | None
    purchase_id: str | None = None

    @property
    def kind(self) -> str:
        """Purchases are all of one kind."""
        return PURCHASED


class Refund(NamedTuple):
    """Money that was given back; amount_micro in millionths, None if it was not told."""

    at_us: int
    event_id: str
    amount_micro: int | None

    @property
    def kind(self) -> str:
        """Refunds are all of one kind."""
        return REFUNDED


class Signal(NamedTuple):
    """A signal of effort or absence; kind is one of `schemas.events.Signal`."""

    at_us: int
    event_id: str
    kind: str


class LastAnswer(NamedTuple):
    """The last NPS answer; score is None for one without a score.

    origin: the changelog key of the ticket, or of the survey without one, that it was given to.
    """

    at_us: int
    event_id: str
    origin: str
    score: int | None


class Customer(NamedTuple):
    """All that is known of it. Tuples are sorted by time and event id.

    answer: the last one that names the customer. copies: all that is known of the events of which the rest does not say
    everything: of those with copies that differ each of them, and of answers that are not the last.
    """

    changes: tuple[Change, ...] = ()
    purchases: tuple[Purchase, ...] = ()
    signals: tuple[Signal, ...] = ()
    answer: LastAnswer | None = None
    copies: tuple[Copy, ...] = ()
    refunds: tuple[Refund, ...] = ()

    @property
    def last_us(self) -> int:
        """Return the time of the latest event that is known."""
        latest = 0 if self.answer is None else self.answer.at_us
        for happenings in (self.changes, self.purchases, self.signals, self.refunds):
            if happenings and happenings[-1].at_us > latest:
                latest = happenings[-1].at_us
        return latest


NOBODY = Customer()


def lift_customer(event: Event) -> Customer:
    """Return the state that knows this one customer event alone. Raises ValueError for an event of another kind."""
    at, event_id = event.at_us, event.event_id
    match event:
        case CustomerAcquired():
            return Customer(changes=(Change(at, event_id, ACQUIRED),))
        case CustomerLost():
            return Customer(changes=(Change(at, event_id, LOST),))
        case CustomerPurchased(amount=amount, purchase_id=purchase_id):
            return Customer(purchases=(Purchase(at, event_id, _micro(amount), purchase_id),))
        case CustomerRefunded(amount=amount):
            return Customer(refunds=(Refund(at, event_id, _micro(amount)),))
        case CustomerSignal(signal=signal):
            return Customer(signals=(Signal(at, event_id, signal),))
    raise ValueError(f"type: got {event.type!r}; accepts the customer events")


def _micro(amount: float | None) -> int | None:
    return None if amount is None else round(amount * MICRO)
