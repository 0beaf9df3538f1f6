"""Merging customers: what a knows and what b knows.

`merge_customers` is commutative, associative and idempotent (a join-semilattice), so neither order nor duplicates
matter, and an event counts once, whatever copies of it there are (`stream.core.copies`).

Of each kind of change and signal the first and the last `KEPT` are kept, of purchases and refunds those of every 30
days: what a customer brought in all counts for as long as there is a desk. The tickets of a customer are beside all
this (`stream.model.customer_state`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any, TypeVar

import orjson
from pydantic import TypeAdapter

from stream.core.copies import (
    ACQUIRED,
    ANSWERED,
    KEPT,
    LOST,
    PURCHASED,
    REFUNDED,
    SIGNALLED,
    Copy,
    Identity,
    counting,
    identity_of,
    kept,
    order_of,
)
from stream.core.customer import Change, Customer, LastAnswer, Purchase, Refund, Signal
from stream.core.windows import DAY_US

_SCORE = 5  # where the score stands in what an answer says

# Faster than taking the fields apart here, and it refuses what a worker did not write.
_CUSTOMER = TypeAdapter(Customer)


def merge_customers(a: Customer, b: Customer) -> Customer:
    """Return the least state that knows what a knows and what b knows; `a` itself if b adds nothing."""
    merged = _merge_parts(a, b)
    if merged is not None:
        return merged
    merged = customer_of(copies_of_customer(a) | copies_of_customer(b))
    return a if merged == a else merged


def _merge_parts(a: Customer, b: Customer) -> Customer | None:
    """Merge states of which each event is known as one copy; None if that is not so of both together."""
    if b.copies or (a.copies and (b.changes or b.purchases or b.signals or b.refunds or b.answer)):
        return None
    changes = _union(a.changes, b.changes) if b.changes else a.changes
    purchases = _union(a.purchases, b.purchases) if b.purchases else a.purchases
    signals = _union(a.signals, b.signals) if b.signals else a.signals
    refunds = _union(a.refunds, b.refunds) if b.refunds else a.refunds
    if changes is None or purchases is None or signals is None or refunds is None:
        return None
    if (changes, purchases, signals, refunds) != (a.changes, a.purchases, a.signals, a.refunds):
        ids = [each[1] for happenings in (changes, purchases, signals, refunds) for each in happenings]
        if len(set(ids)) < len(ids):
            return None
    answer = a.answer
    if answer is None:
        answer = b.answer
    elif b.answer is not None and b.answer != answer:
        return None
    merged = Customer(changes, purchases, signals, answer, a.copies, refunds)
    return a if all(new is old for new, old in zip(merged, a, strict=True)) else merged


def copies_of_customer(customer: Customer) -> set[Copy]:
    """Return all copies that a customer knows."""
    found = set(customer.copies)
    told = {copy.identity for copy in found}
    found |= {
        Copy(kind, at, event_id, ()) for at, event_id, kind in customer.changes if _identity(event_id) not in told
    }
    found |= {
        Copy(PURCHASED, at, event_id, (amount,) if purchase_id is None else (amount, purchase_id))
        for at, event_id, amount, purchase_id in customer.purchases
        if _identity(event_id) not in told
    }
    found |= {
        Copy(REFUNDED, at, event_id, (amount,))
        for at, event_id, amount in customer.refunds
        if _identity(event_id) not in told
    }
    found |= {
        Copy(SIGNALLED, at, event_id, (kind,))
        for at, event_id, kind in customer.signals
        if _identity(event_id) not in told
    }
    if customer.answer is not None:
        answer = _copy_of(customer.answer)
        if answer.identity not in told:
            found.add(answer)
    return found


def score_of(answer: Copy) -> int | None:
    """Return the score of an answer, None for one without."""
    score = answer.said[_SCORE]
    return None if score is None else int(score)


def _copy_of(answer: LastAnswer) -> Copy:
    """Return an answer as a copy; what nobody has told apart is absent, and so is less than any other copy."""
    at, event_id, origin, score = answer
    return Copy(f"{ANSWERED} {origin}", at, event_id, (*[None] * 5, score, *[None] * 3, True))


def customer_of(copies: Iterable[Copy]) -> Customer:
    """Return the state that knows these copies."""
    known = kept(copies, _groups_of)
    counted = sorted(counting(known).values(), key=lambda copy: (copy.at_us, copy.event_id, copy.what))
    by_what: dict[str, list[Copy]] = {}
    for copy in counted:
        by_what.setdefault(copy.what, []).append(copy)
    answers = [copy for copy in counted if copy.what.startswith(ANSWERED) and copy.said[-1]]
    answer = None
    if answers:
        last = answers[-1]
        answer = LastAnswer(last.at_us, last.event_id, last.what.removeprefix(f"{ANSWERED} "), score_of(last))
    changes = [Change(*copy[1:3], copy.what) for copy in counted if copy.what in (ACQUIRED, LOST)]
    times = Counter(copy.identity for copy in known)
    untold = [
        copy
        for copy in known
        if times[copy.identity] > 1 or (copy.what.startswith(ANSWERED) and (answer is None or copy != _copy_of(answer)))
    ]
    return Customer(
        tuple(changes),
        tuple([Purchase(*copy[1:3], _amount(copy), _purchase_id(copy)) for copy in by_what.get(PURCHASED, ())]),
        tuple([Signal(*copy[1:3], str(copy.said[0])) for copy in by_what.get(SIGNALLED, ())]),
        answer,
        tuple(sorted(untold, key=order_of)),
        tuple([Refund(*copy[1:3], _amount(copy)) for copy in by_what.get(REFUNDED, ())]),
    )


def _identity(event_id: str) -> Identity:
    """Return the identity of an event of a customer's own."""
    return identity_of(PURCHASED, event_id)


def _amount(purchase: Copy) -> int | None:
    amount = purchase.said[0]
    return None if amount is None else int(amount)


def _purchase_id(purchase: Copy) -> str | None:
    return str(purchase.said[1]) if len(purchase.said) > 1 else None


def _groups_of(copy: Copy) -> tuple[tuple[str, Any], ...]:
    if copy.what.startswith(ANSWERED):
        return ((ANSWERED, None),)
    if copy.what in (PURCHASED, REFUNDED):
        return ((copy.what, copy.at_us // (30 * DAY_US)),)
    return ((copy.what, copy.said[0] if copy.what == SIGNALLED else None),)


def pruned(customer: Customer, before_us: int) -> Customer:
    """Forget what lies before every window; `customer` itself if nothing does.

    Signals go that were before before_us. Choose it so that nothing that a window still shows depends on them:
    `stream.numbers.contact_avoidance.kept_from_us`. What counts over all time stays: changes, purchases,
    refunds, the last answer.
    """
    last: dict[Identity, int] = {}
    for copy in customer.copies:
        stays = copy.what in (ACQUIRED, LOST, PURCHASED, REFUNDED)
        last[copy.identity] = max(before_us if stays else copy.at_us, last.get(copy.identity, 0))
    # the copy that counts is needed as long as another might count in its place
    signals = tuple(each for each in customer.signals if last.get(_identity(each[1]), each[0]) >= before_us)
    if signals == customer.signals:
        return customer
    copies = tuple(copy for copy in customer.copies if copy.what != SIGNALLED or last[copy.identity] >= before_us)
    return customer._replace(signals=signals, copies=copies)


Happening = TypeVar("Happening", bound=Change | Purchase | Refund | Signal)


def _union(a: tuple[Happening, ...], b: tuple[Happening, ...]) -> tuple[Happening, ...] | None:
    """Return the sorted union, `a` itself if b adds nothing; None if there are two of one id, or too many."""
    both = {*a, *b}
    if len(both) == len(a):
        return a
    if len(both) > 2 * KEPT or len({each[1] for each in both}) < len(both):
        return None
    return tuple(sorted(both, key=_place))


def _place(happening: Change | Purchase | Refund | Signal) -> tuple[int, str, str]:
    return happening[0], happening[1], happening.kind


def own_fields(customer: Customer) -> bytes:
    """Write what happened to a customer beside tickets."""
    return orjson.dumps(customer, default=tuple)


def customer_from_fields(fields: list[Any]) -> Customer:
    """Read back what `own_fields` wrote. Raises ValueError for what is none."""
    changes, purchases, signals, answer, copies, *refunds = fields  # earlier versions knew of no refunds
    return _CUSTOMER.validate_python([changes, purchases, signals, answer, copies, *refunds])
