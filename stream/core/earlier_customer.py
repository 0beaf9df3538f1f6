"""Customers as earlier versions wrote them to the changelog, and told them to other partitions: in one JSON array.

What counts of a ticket for its customer was written among the rest, part by part.
"""

from __future__ import annotations

from typing import NamedTuple

from pydantic import TypeAdapter

from stream.core.copies import Copy
from stream.core.customer import Change, Customer, LastAnswer, Purchase, Signal
from stream.core.ticket import Ticket


class _Written(NamedTuple):
    changes: tuple[Change, ...] = ()
    purchases: tuple[Purchase, ...] = ()
    signals: tuple[Signal, ...] = ()
    contacts: tuple[tuple[str, Ticket], ...] = ()
    answer: LastAnswer | None = None
    copies: tuple[Copy, ...] = ()


_WRITTEN = TypeAdapter(_Written)


def customer_from_json(value: bytes) -> tuple[Customer, dict[str, Ticket]]:
    """Read a customer and their tickets by id. Raises ValueError for what no version wrote."""
    changes, purchases, signals, contacts, answer, copies = _WRITTEN.validate_json(value)
    return Customer(changes, purchases, signals, answer, copies), dict(contacts)
