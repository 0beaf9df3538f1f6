"""What happened to a customer as records of one width, those of a kind in the order of events."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from struct import Struct
from typing import get_args

import numpy as np

from schemas.events import Signal
from stream.core.copies import ACQUIRED, LOST
from stream.core.customer import NOBODY, Customer, Purchase
from stream.model.times import Mask

# amount: of a purchase or a refund in millionths, of an answer its score; -1 where it is not said.
CUSTOMER_RECORD = np.dtype([("at", "<i8"), ("amount", "<i8"), ("kind", "u1")])

PURCHASED, REFUNDED, ANSWERED = "purchased", "refunded", "answered"
SIGNALS: tuple[str, ...] = get_args(Signal)
CUSTOMER_KINDS = {name: code for code, name in enumerate((ACQUIRED, LOST, PURCHASED, REFUNDED, ANSWERED, *SIGNALS))}
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
    yield from ((at_us, amount_micro, PURCHASED) for at_us, amount_micro in _purchases(customer.purchases))
    yield from ((refund.at_us, refund.amount_micro, REFUNDED) for refund in customer.refunds)
    yield from ((signal.at_us, None, signal.kind) for signal in customer.signals)
    if customer.answer is not None:
        yield customer.answer.at_us, customer.answer.score, ANSWERED


def _purchases(told: Sequence[Purchase]) -> list[tuple[int, int | None]]:
    """Return time and amount of each purchase. Several that name the same are one: made when the first of them says,
    for what the last says that says any amount."""
    if all(purchase.purchase_id is None for purchase in told):
        return [(purchase.at_us, purchase.amount_micro) for purchase in told]
    made: dict[tuple[str, str], tuple[int, int | None]] = {}
    for at_us, event_id, amount_micro, purchase_id in told:
        which = ("event", event_id) if purchase_id is None else ("purchase", purchase_id)
        first_us, before = made.get(which, (at_us, None))
        made[which] = first_us, before if amount_micro is None else amount_micro
    return list(made.values())
