"""What one customer adds to the numbers, all families together."""

from __future__ import annotations

from typing import NamedTuple

from stream.core.customer import NOBODY, Customer
from stream.core.labels import LabelBook, total_labels
from stream.core.ledger import Contribution
from stream.core.policy import Policy
from stream.core.tenure import TenureStanding
from stream.core.tuples import make
from stream.numbers import contact_avoidance, customers, lifetime_value, signals, tenure


class CustomerShare(NamedTuple):
    """What a customer adds: to the panes, and to the tenure of all (None of one who never was a customer)."""

    contributions: list[Contribution]
    standing: TenureStanding | None


NO_SHARE = CustomerShare([], None)


def customer_share(customer_id: str, customer: Customer, policy: Policy, book: LabelBook) -> CustomerShare:
    """Return what a customer adds; nothing of nobody."""
    if customer is NOBODY:
        return NO_SHARE
    total = total_labels(policy.labels)
    counted = [
        *customers.contributions(customer, total),
        *lifetime_value.contributions(customer, total),
        *signals.contributions(customer, total),
        *contact_avoidance.contributions(customer_id, customer, policy, book),
    ]
    return make(CustomerShare, (counted, tenure.standing(customer)))
