"""Numbers of customers: METRICS.md, "Customers".

Retention, churn and lifetime value are read at an instant from sums; what adds to the sums is here too.
"""

from __future__ import annotations

from typing import NamedTuple

from stream.core.customer import ACQUIRED, MICRO, Customer
from stream.core.labels import total_labels
from stream.core.ledger import COUNT, Contribution
from stream.core.policy import Policy
from stream.core.tenure import YEAR_US, TenureStanding
from stream.kpi.families import CUSTOMERS, PURCHASES, SIGNALS

PROMOTER_FROM = 9


class Transition(NamedTuple):
    """Somebody became a customer (kind `acquired`) or left (`lost`), in microseconds."""

    at_us: int
    kind: str


def transitions(customer: Customer) -> list[Transition]:
    """Return when somebody became a customer and when they left, in order.

    To be acquired while being a customer changes nothing, nor does being lost twice. A history that begins with a
    loss is of somebody who was a customer before anybody looked.
    """
    walked: list[Transition] = []
    present = False
    for change in customer.changes:
        if present is not (change.kind == ACQUIRED) or not walked:
            present = change.kind == ACQUIRED
            walked.append(Transition(change.at_us, change.kind))
    return walked


def standing(customer: Customer) -> TenureStanding | None:
    """Return how a customer stands in the tenure of all, None of one who never was a customer."""
    if not customer.changes:
        return None
    since_us: int | None = None
    ended = ended_us = 0
    for at_us, kind in transitions(customer):
        if kind == ACQUIRED:
            since_us = at_us
        elif since_us is not None:
            ended += 1
            ended_us += at_us - since_us
            since_us = None
    if since_us is None and not ended:
        return None
    score = None if customer.answer is None else customer.answer.score
    return TenureStanding(since_us, score is not None, score is not None and score >= PROMOTER_FROM, ended, ended_us)


def contributions(customer: Customer, policy: Policy) -> list[Contribution]:
    """Return what a customer adds by coming, leaving, buying and signalling, each at its time.

    Purchasers and the customers of a signal count once, at the latest of each; revenue is in millionths.
    """
    if not (customer.changes or customer.purchases or customer.signals):
        return []  # nearly everybody, where only tickets name customers
    labels = total_labels(policy.labels)
    counted: list[Contribution] = [
        (at_us, (CUSTOMERS.measure(kind), labels, COUNT), 1) for at_us, kind in transitions(customer)
    ]
    for at_us, _, amount in customer.purchases:
        counted.append((at_us, (PURCHASES.measure("purchases"), labels, COUNT), 1))
        if amount is not None:
            counted.append((at_us, (PURCHASES.measure("priced"), labels, COUNT), 1))
        if amount:
            counted.append((at_us, (PURCHASES.measure("revenue"), labels, COUNT), amount))
    if customer.purchases:
        counted.append((customer.purchases[-1].at_us, (PURCHASES.measure("purchasers"), labels, COUNT), 1))
    latest: dict[str, int] = {}
    for at_us, _, kind in customer.signals:
        counted.append((at_us, (SIGNALS.measure("n", kind), labels, COUNT), 1))
        latest[kind] = at_us
    counted.extend((at_us, (SIGNALS.measure("customers", kind), labels, COUNT), 1) for kind, at_us in latest.items())
    return counted


def customers_at_start(end: int, acquired: int, lost: int) -> int:
    """Return how many customers there were when a window began, from how many there are at its end."""
    return end - acquired + lost


def retention_percent(start: int, end: int, acquired: int) -> float | None:
    """Return the share of the customers at the start who still are, in percent; None if there were none.

    1000 at the start and 1200 at the end, 300 of them acquired, is 90 %.
    """
    return 100 * (end - acquired) / start if start > 0 else None


def churn_percent(start: int, lost: int) -> float | None:
    """Return the share of the customers at the start that were lost, in percent; None if there were none.

    400 of 2000 is 20 %.
    """
    return 100 * lost / start if start > 0 else None


class LifetimeValue(NamedTuple):
    """The three factors and their product, in the currency of the amounts; None where there is nothing to divide by."""

    average_purchase: float | None
    purchases_per_year: float | None
    lifespan_years: float | None
    lifetime_value: float | None


def lifetime_value(
    *,
    purchases: int,
    priced: int,
    revenue_micro: int,
    purchasers: int,
    window_us: int,
    lifespans: int,
    lifespan_us: int,
) -> LifetimeValue:
    """Return average purchase value x average purchase frequency x average lifespan.

    Of the purchases in a window of window_us, priced ones came to revenue_micro millionths, and purchasers made them
    all; lifespans of customers came to lifespan_us in all.
    """
    average = revenue_micro / MICRO / priced if priced else None
    per_year = purchases / purchasers / (window_us / YEAR_US) if purchasers and window_us else None
    years = lifespan_us / lifespans / YEAR_US if lifespans else None
    value = None if average is None or per_year is None or years is None else average * per_year * years
    return LifetimeValue(average, per_year, years, value)
