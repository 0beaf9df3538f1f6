"""Lifetime value: average purchase x purchases per customer and year x average lifespan."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from stream.core.customer import MICRO
from stream.core.tenure import YEAR_US
from stream.counting.add import Adds
from stream.model.customers import Customers
from stream.numbers.cells import Counts
from stream.numbers.declare import Fields, Here, Number, Windowed
from stream.numbers.explained import Explained
from stream.numbers.metric import Gauge
from stream.numbers.reasons import Reason

COUNTS = Counts("purchases", ("purchases", "priced", "revenue", "purchasers"))
_PURCHASES, _PRICED, _REVENUE, _PURCHASERS = map(COUNTS.measure, COUNTS.fields)


class Value(Windowed):
    """Purchases, those of them with an amount, and what they came to; the three factors and their product."""

    purchases: int
    priced: int
    revenue: float
    purchasers: int
    average_purchase: float | None
    purchases_per_year: float | None
    lifespan_years: float | None
    lifetime_value: float | None


def fold(c: Customers, add: Adds) -> None:
    """Add each purchase and what it came to at its time, and its customer once, at the latest."""
    purchases, amounts = c.purchases
    add(_PURCHASES, purchases)
    add(_PRICED, purchases.some(amounts >= 0))
    add(_REVENUE, purchases.some(amounts >= 0), times=amounts[amounts >= 0])
    add(_PURCHASERS, purchases.last())


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


def row(n: Mapping[str, int], here: Here) -> Fields:
    """Return the counts, the factors and the product."""
    tenure = here.totals.tenure
    value = lifetime_value(
        purchases=n["purchases"],
        priced=n["priced"],
        revenue_micro=n["revenue"],
        purchasers=n["purchasers"],
        window_us=here.length_us,
        lifespans=tenure.lifespans,
        lifespan_us=tenure.lifespan_us,
    )
    return {**n, "revenue": n["revenue"] / MICRO, **value._asdict()}


NUMBERS = (
    Number(
        name="lifetime_value",
        order=330,
        version=1,
        page="customers.md",
        definition="average purchase value x purchases per customer and year x average lifespan in years",
        shape=Value,
        book="customers",
        present="customers",
        cells=COUNTS,
        fold=fold,
        labelled=False,
        over_all=False,
        row=row,
        needs=("tenure",),
        explained=Explained(longest=("revenue", "purchases", "lived_years")),
        why_not=(Reason("bought_nothing", "nothing that they bought is known, and no customer.acquired of them"),),
        metrics=(
            Gauge(
                "deskpulse_purchases",
                "In the window: purchases, those of them with an amount (priced), and customers whose latest purchase "
                "it was.",
                labels=("purchase",),
                fields=("purchases", "priced", "purchasers"),
                zeros="customers",
            ),
            Gauge(
                "deskpulse_purchase_revenue",
                "Sum of the amounts of the purchases in the window, in the currency of the events.",
                fields=("revenue",),
                divisor=MICRO,
                zeros="customers",
            ),
        ),
    ),
)
