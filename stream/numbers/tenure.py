"""Tenure: for how long customers have been customers, now."""

from __future__ import annotations

from collections.abc import Iterator

from stream.core.report_view import View
from stream.core.rows import percent
from stream.core.tenure import YEAR_US, TenureTotals
from stream.numbers.declare import Number, Row, Shape
from stream.numbers.explained import Explained
from stream.numbers.metric import Gauge
from stream.numbers.reasons import Reason
from stream.numbers.tile import Figure, Tile


class Tenure(Shape):
    """Customers now, by how long they have been customers, and how long former ones were, in years of 365.25 days."""

    customers: int
    mean_years: float | None
    ages: dict[str, int]
    long_tenure: int
    long_tenure_scored: int
    long_tenure_promoters: int
    promoter_share: float | None
    lifespans: int
    lifespan_years: float | None


def of_now(view: View) -> Iterator[Row]:
    """Yield the one row there is."""
    tenure = view.totals.tenure
    n, lifespans = tenure.customers, tenure.lifespans
    yield {
        "labels": {},
        "customers": n,
        "mean_years": tenure.tenure_us / n / YEAR_US if n else None,
        "ages": dict(tenure.ages),
        "long_tenure": tenure.long_tenure,
        "long_tenure_scored": tenure.long_tenure_scored,
        "long_tenure_promoters": tenure.long_tenure_promoters,
        "promoter_share": percent(tenure.long_tenure_promoters, tenure.long_tenure_scored),
        "lifespans": lifespans,
        "lifespan_years": tenure.lifespan_us / lifespans / YEAR_US if lifespans else None,
    }


def _long(tenure: TenureTotals) -> dict[str, float]:
    return {
        "all": tenure.long_tenure,
        "scored": tenure.long_tenure_scored,
        "promoter": tenure.long_tenure_promoters,
    }


NUMBERS = (
    Number(
        name="tenure",
        order=320,
        version=1,
        page="customers.md",
        definition="for how long they have been customers, in years of 365.25 days",
        shape=Tenure,
        present="customers",
        labelled=False,
        rows=of_now,
        explained=Explained(longest=("tenure_years", "lived_years")),
        why_not=(Reason("no_customer", "no customer.acquired of them is known"),),
        metrics=(
            Gauge("deskpulse_customers", "Customers now.", read=lambda tenure: tenure.customers),
            Gauge(
                "deskpulse_customer_tenure_customers",
                "Customers now, by how long they have been customers.",
                labels=("age",),
                read=lambda tenure: tenure.ages,
            ),
            Gauge(
                "deskpulse_customer_tenure_years",
                "Sum of how long the customers of now have been customers, in years of 365.25 days.",
                read=lambda tenure: tenure.tenure_us / YEAR_US,
            ),
            Gauge(
                "deskpulse_long_tenure_customers",
                "Customers of long tenure now: all, those whose last NPS answer had a score (scored), and promoters.",
                labels=("group",),
                read=_long,
            ),
            Gauge(
                "deskpulse_customer_lifespans",
                "Times that somebody became a customer, ever.",
                read=lambda tenure: tenure.lifespans,
            ),
            Gauge(
                "deskpulse_customer_lifespan_years",
                "Sum of how long these lasted, or have lasted so far, in years of 365.25 days.",
                read=lambda tenure: tenure.lifespan_us / YEAR_US,
            ),
        ),
        tiles=(Tile("customers", "count", "better", lambda row, _: Figure(row["customers"], row["customers"])),),
    ),
)
