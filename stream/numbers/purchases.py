"""Purchases: what was bought in a window, for how much, and by how many."""

from __future__ import annotations

from collections.abc import Mapping

from stream.core.customer import MICRO
from stream.counting.add import Adds
from stream.model.customers import Customers
from stream.numbers.cells import Counts
from stream.numbers.declare import Fields, Here, Number, Windowed
from stream.numbers.metric import Gauge
from stream.numbers.reasons import Reason

COUNTS = Counts("purchases", ("purchases", "priced", "revenue", "purchasers", "refunds", "refunded"))
_PURCHASES, _PRICED, _REVENUE, _PURCHASERS, _REFUNDS, _REFUNDED = map(COUNTS.measure, COUNTS.fields)


class Purchases(Windowed):
    """Purchases, those of them with an amount, what they came to, and who made them; refunds, and what these came to.

    net_revenue: revenue less what was refunded in the window, whenever it had been bought.
    """

    purchases: int
    priced: int
    revenue: float
    purchasers: int
    refunds: int
    refunded: float
    net_revenue: float
    average_purchase: float | None


def fold(c: Customers, add: Adds) -> None:
    """Add each purchase and what it came to at its time, and its customer once, at the latest."""
    purchases, amounts = c.purchases
    add(_PURCHASES, purchases)
    add(_PRICED, purchases.some(amounts >= 0))
    add(_REVENUE, purchases.some(amounts >= 0), times=amounts[amounts >= 0])
    add(_PURCHASERS, purchases.last())
    refunds, amounts = c.refunds
    add(_REFUNDS, refunds)
    add(_REFUNDED, refunds.some(amounts >= 0), times=amounts[amounts >= 0])


def row(n: Mapping[str, int], _here: Here) -> Fields:
    """Return the counts and the average."""
    revenue = n["revenue"] / MICRO
    return {
        **n,
        "revenue": revenue,
        "refunded": n["refunded"] / MICRO,
        "net_revenue": (n["revenue"] - n["refunded"]) / MICRO,
        "average_purchase": revenue / n["priced"] if n["priced"] else None,
    }


NUMBERS = (
    Number(
        name="purchases",
        order=325,
        version=1,
        page="customers.md",
        definition="what customers bought in the window",
        shape=Purchases,
        book="customers",
        cells=COUNTS,
        fold=fold,
        labelled=False,
        over_all=False,
        row=row,
        why_not=(Reason("bought_nothing", "nothing that they bought is known"),),
        metrics=(
            Gauge(
                "deskpulse_purchases",
                "In the window: purchases, those of them with an amount (priced), customers whose latest purchase it "
                "was, and refunds.",
                labels=("purchase",),
                fields=("purchases", "priced", "purchasers", "refunds"),
                zeros="customers",
            ),
            Gauge(
                "deskpulse_purchase_revenue",
                "Sum of the amounts of the purchases in the window, in the currency of the events.",
                fields=("revenue",),
                divisor=MICRO,
                zeros="customers",
            ),
            Gauge(
                "deskpulse_purchase_refunded",
                "Sum of the amounts of the refunds in the window, in the currency of the events.",
                fields=("refunded",),
                divisor=MICRO,
                zeros="customers",
            ),
        ),
    ),
)
