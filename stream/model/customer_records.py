"""What happened to a customer as records of one width, those of a kind in the order of events."""

from __future__ import annotations

from collections.abc import Iterable
from struct import Struct
from typing import get_args

import numpy as np

from schemas.events import Signal
from stream.core.copies import ACQUIRED, LOST
from stream.core.customer import NOBODY, Customer
from stream.model.times import Mask

# amount: of a purchase in millionths, of an answer its score; -1 where it is not said.
CUSTOMER_RECORD = np.dtype([("at", "<i8"), ("amount", "<i8"), ("kind", "u1")])

PURCHASED, ANSWERED = "purchased", "answered"
SIGNALS: tuple[str, ...] = get_args(Signal)
CUSTOMER_KINDS = {name: code for code, name in enumerate((ACQUIRED, LOST, PURCHASED, ANSWERED, *SIGNALS))}
NO_KIND = len(CUSTOMER_KINDS)

_PACK = Struct("<qqB").pack


def customer_kinds(*names: str) -> Mask:
    """Return for each kind of record whether it is one of these."""
    table = np.zeros(NO_KIND + 1, bool)
    table[[CUSTOMER_KINDS[name] for name in names]] = True
    return table


def customer_records(customer: Customer) -> bytes:
    """Return the records of what happened to a customer."""
    if customer is NOBODY:  # as most who are known by their tickets alone
        return b""
    return b"".join(
        [_PACK(at, -1 if amount is None else amount, CUSTOMER_KINDS[kind]) for at, amount, kind in _of(customer)]
    )


def _of(customer: Customer) -> Iterable[tuple[int, int | None, str]]:
    yield from ((change.at_us, None, change.kind) for change in customer.changes)
    yield from ((purchase.at_us, purchase.amount_micro, PURCHASED) for purchase in customer.purchases)
    yield from ((signal.at_us, None, signal.kind) for signal in customer.signals)
    if customer.answer is not None:
        yield customer.answer.at_us, customer.answer.score, ANSWERED
