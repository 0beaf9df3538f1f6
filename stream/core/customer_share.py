"""What one customer adds to the numbers, all families together."""

from __future__ import annotations

from typing import NamedTuple

from stream.core.cells import Contribution
from stream.core.customer import NOBODY, Customer
from stream.core.labels import LabelBook, total_labels
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
    counted = contact_avoidance.contributions(customer_id, customer, policy, book)
    if customer.changes or customer.purchases or customer.signals:  # few, where only tickets name customers
        total = total_labels(policy.labels)
        counted += customers.contributions(customer, total)
        counted += lifetime_value.contributions(customer, total)
        counted += signals.contributions(customer, total)
    return make(CustomerShare, (counted, tenure.standing(customer)))
