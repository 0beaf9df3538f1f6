"""A customer's state: the merge of what happened to the customer, and of what tickets of the customer came to.

Like the state of a ticket it is a join-semilattice, so neither order nor duplicates matter. Tickets live where their
own key leads; what counts of them for their customer (`contact_of`) is sent here and merged.

Of each kind of change, purchase and signal the first and the last `KEPT` are kept, and of the tickets the
`KEPT_CONTACTS` whose ids come last, the shorter before the longer.
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple, TypeVar

import orjson
from pydantic import TypeAdapter

from schemas.events import Event
from stream.core.facts import LIFECYCLE, RETRACTED, is_open, lifecycle
from stream.core.survey import Answer
from stream.core.ticket import KEPT, StatusChange, Ticket, merge
from stream.core.tuples import make

KEPT_CONTACTS = 256  # within the time that counts; who has more is no person

ACQUIRED: Literal["acquired"] = "acquired"
LOST: Literal["lost"] = "lost"
_ASKED = "nps"
MICRO = 1_000_000
"""Amounts of money are kept in millionths of their currency."""


class Change(NamedTuple):
    """Somebody became a customer (kind `acquired`) or left (`lost`); at_us is in microseconds, as everywhere here."""

    at_us: int
    event_id: str
    kind: str


class Purchase(NamedTuple):
    """A purchase; amount_micro is its price in millionths, None if it was not told."""

    at_us: int
    event_id: str
    amount_micro: int | None

    @property
    def kind(self) -> str:
        """Purchases are all of one kind."""
        return "purchased"


class Signal(NamedTuple):
    """A signal of effort or absence; kind is one of `schemas.events.Signal`."""

    at_us: int
    event_id: str
    kind: str


class LastAnswer(NamedTuple):
    """The last NPS answer; score is None for one without a score."""

    at_us: int
    event_id: str
    survey_id: str
    score: int | None


class Customer(NamedTuple):
    """All that is known of a customer. Tuples are sorted by time and event id, contacts by ticket id.

    contacts: tickets that have, or once had, this customer. answer: the last one that names the customer.
    """

    changes: tuple[Change, ...] = ()
    purchases: tuple[Purchase, ...] = ()
    signals: tuple[Signal, ...] = ()
    contacts: tuple[tuple[str, Ticket], ...] = ()
    answer: LastAnswer | None = None

    @property
    def last_us(self) -> int:
        """Return the time of the latest event that is known."""
        latest = 0 if self.answer is None else self.answer.at_us
        for happenings in (self.changes, self.purchases, self.signals):
            if happenings and happenings[-1].at_us > latest:
                latest = happenings[-1].at_us
        for _, ticket in self.contacts:
            latest = max(latest, ticket.last_us)
        return latest


NOBODY = Customer()

# Faster than taking the fields apart here, and it refuses what a worker did not write.
_CUSTOMER = TypeAdapter(Customer)


def lift_customer(event: Event, at: int) -> Customer:
    """Return the state that knows this one customer event alone; at is its time, `at_us(event)`.

    Raises ValueError for an event of another kind.
    """
    event_id = event["event_id"]
    match event["type"]:
        case "customer.acquired":
            return Customer(changes=(Change(at, event_id, ACQUIRED),))
        case "customer.lost":
            return Customer(changes=(Change(at, event_id, LOST),))
        case "customer.purchased":
            amount = event.get("amount")
            return Customer(purchases=(Purchase(at, event_id, None if amount is None else round(amount * MICRO)),))
        case "customer.signal":
            return Customer(signals=(Signal(at, event_id, event["signal"]),))
        case other:
            raise ValueError(f"type: got {other!r}; accepts the customer events")


def contact(ticket_id: str, ticket: Ticket) -> Customer:
    """Return the state that knows of this ticket alone."""
    return make(Customer, ((), (), (), ((ticket_id, contact_of(ticket)),), None))


def contact_of(ticket: Ticket) -> Ticket:
    """Return what counts of a ticket for its customer: when it was opened, its course, and whose it is."""
    course = tuple(
        [
            make(StatusChange, (at, event_id, kind, ""))  # whoever did it
            for at, event_id, kind, _ in ticket.statuses
            if kind in LIFECYCLE
        ]
    )
    return make(Ticket, (ticket.opening, (), course, ticket.writes, (), (), ()))


def answered(survey_id: str, answer: Answer) -> Customer:
    """Return the state that knows this one answer alone; it counts if it answers the NPS question."""
    if answer.instrument != _ASKED:
        return NOBODY
    return Customer(answer=LastAnswer(answer.at_us, answer.event_id, survey_id, answer.score))


def merge_customers(a: Customer, b: Customer) -> Customer:
    """Return the least state that knows what a knows and what b knows; `a` itself if b adds nothing."""
    changes = _union(a.changes, b.changes) if b.changes else a.changes
    purchases = _union(a.purchases, b.purchases) if b.purchases else a.purchases
    signals = _union(a.signals, b.signals) if b.signals else a.signals
    contacts = _merge_contacts(a.contacts, b.contacts) if b.contacts else a.contacts
    answer = b.answer if a.answer is None or (b.answer and _order(b.answer) > _order(a.answer)) else a.answer
    if (
        changes is a.changes
        and purchases is a.purchases
        and signals is a.signals
        and contacts is a.contacts
        and answer is a.answer
    ):
        return a
    return make(Customer, (changes, purchases, signals, contacts, answer))


def is_of(customer_id: str, ticket: Ticket) -> bool:
    """Say whether a ticket that is not retracted has this customer at present."""
    change = lifecycle(ticket)
    return ticket.attributes.get("customer_id") == customer_id and (change is None or change.kind not in RETRACTED)


def pruned(customer: Customer, before_us: int) -> Customer:
    """Forget what lies before every window; `customer` itself if nothing does.

    Contacts go whose ticket is not open and had its last event before before_us, and purchases and signals before
    it. Choose it so that nothing that a window still shows depends on them: `kpi.contact_avoidance.kept_from_us`.
    The last answer stays, as it counts whenever it was given.
    """
    contacts = tuple(each for each in customer.contacts if each[1].last_us >= before_us or is_open(each[1]))
    purchases = tuple(purchase for purchase in customer.purchases if purchase.at_us >= before_us)
    signals = tuple(signal for signal in customer.signals if signal.at_us >= before_us)
    if (contacts, purchases, signals) == (customer.contacts, customer.purchases, customer.signals):
        return customer
    return customer._replace(purchases=purchases, signals=signals, contacts=contacts)


Happening = TypeVar("Happening", bound=Change | Purchase | Signal)


def _order(happening: Change | Purchase | Signal | LastAnswer) -> tuple[Any, ...]:
    """Order by time and event id; what was not told comes before anything that was."""
    return tuple(
        (value is not None, value) if value is None or isinstance(value, int) else value for value in happening
    )


def _union(a: tuple[Happening, ...], b: tuple[Happening, ...]) -> tuple[Happening, ...]:
    """Return the sorted union, the first and the last KEPT of each kind; `a` itself if b adds nothing.

    What is among the KEPT least of a union is among the KEPT least of its part, so cutting early or late comes to
    the same, and merging stays associative.
    """
    union = sorted({*a, *b}, key=_order)
    if len(union) > 2 * KEPT:
        kinds: dict[str, list[Happening]] = {}
        for happening in union:
            kinds.setdefault(happening.kind, []).append(happening)
        kept = {happening for of_kind in kinds.values() for happening in (*of_kind[:KEPT], *of_kind[-KEPT:])}
        union = [happening for happening in union if happening in kept]
    result = tuple(union)
    return a if result == a else result


def _merge_contacts(
    a: tuple[tuple[str, Ticket], ...], b: tuple[tuple[str, Ticket], ...]
) -> tuple[tuple[str, Ticket], ...]:
    tickets = dict(a)
    changed = False
    for ticket_id, ticket in b:
        known = tickets.get(ticket_id)
        merged = ticket if known is None else merge(known, ticket)
        if merged is not known:
            tickets[ticket_id] = merged
            changed = True
    if not changed:
        return a
    if len(tickets) > KEPT_CONTACTS:  # by what never changes, so that merging stays associative
        for ticket_id in sorted(tickets, key=lambda name: (len(name), name))[:-KEPT_CONTACTS]:
            del tickets[ticket_id]
    result = tuple(sorted(tickets.items()))
    return a if result == a else result


def customer_to_json(customer: Customer) -> bytes:
    """Write a state as the changelog holds it."""
    return orjson.dumps(customer, default=tuple)


def customer_from_json(value: bytes) -> Customer:
    """Read a state back from the changelog, or from another partition. Raises ValueError for what is none."""
    return _CUSTOMER.validate_json(value)
