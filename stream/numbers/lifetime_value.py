"""Lifetime value: what a customer brings until they leave, from the lives of all customers so far.

Average purchase R/P x frequency P/Y x lifespan Y/D is R/D, where D of the lives have ended: those that still run count
with their years, and as no end. It takes the risk of leaving as constant.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from math import exp, sqrt

from stream.core.cells import Cell
from stream.core.customer import MICRO
from stream.core.policy import Policy
from stream.core.report_view import View
from stream.core.tenure import YEAR_US, TenureTotals
from stream.core.windows import ALL
from stream.counting.add import Adds
from stream.model.customers import Customers
from stream.numbers.cells import Counts, Keys
from stream.numbers.declare import Choice, Fields, Here, Number, Row, Shape
from stream.numbers.explained import UNNAMED, Choices, Explained, FieldOf
from stream.numbers.metric import Gauge
from stream.numbers.reasons import Reason

VALUE = Counts("lifetime_value", ("revenue", "purchases", "customers", "lost"))
BY_YEAR = Counts("value_by_year", ("revenue", "lost"), choices=1)


def _lived(tenure: TenureTotals) -> dict[str, float]:
    return {year: us / YEAR_US for year, us in tenure.first_years_us.items()}


_NO_LIFE = Reason("no_customer", "no customer.acquired of them is known")


class LifetimeValue(Shape):
    """What customers brought, how often they bought, how long they stayed; the product of the three, and its error.

    purchases: those with an amount. lost: lives that ended; lived_years: those of all lives. error_percent: how far
    lifetime_value may be off by chance. value_so_far: by everybody who ever was a customer, so it is no forecast.
    first_years_value: what a customer brings in their first years of tenure, of which first_years are known.
    """

    revenue: float
    purchases: int
    customers: int
    lost: int
    lived_years: float
    average_purchase: float | None
    purchases_per_year: float | None
    lifespan_years: float | None
    lifetime_value: float | None
    error_percent: float | None
    value_so_far: float | None
    first_years: int
    first_years_value: float | None


class ValueByYear(Shape):
    """A year of tenure: how much of it all customers have lived, what they brought in it, and how many left in it."""

    year: int
    revenue: float
    lost: int
    lived_years: float
    revenue_per_year: float | None
    lost_per_year: float | None


def fold(c: Customers, add: Adds) -> None:
    """Add what everybody brought, whom it is known of that they became a customer, and each end of their lives."""
    money, amounts = c.brought
    add(VALUE.measure("revenue"), money, times=amounts)
    add(VALUE.measure("purchases"), money.some(~c.is_refund))
    add(VALUE.measure("customers"), c.acquired.first())
    add(VALUE.measure("lost"), c.left[0])


def fold_by_year(c: Customers, add: Adds) -> None:
    """Add the same by year of tenure."""
    (money, amounts), (left, left_in) = c.brought, c.left
    bought_in = c.tenure_years(money)
    for year in _years(c.policy):
        here = bought_in == int(year)
        add(BY_YEAR.measure("revenue", year), money.some(here), times=amounts[here])
        add(BY_YEAR.measure("lost", year), left.some(left_in == int(year)))


def _years(policy: Policy) -> Keys:
    return tuple(str(year) for year in range(1, policy.definitions.ltv_years + 1))


def row(n: Mapping[str, int], here: Here) -> Fields:
    """Return the counts, the three factors and their product, and what needs no lifespan.

    Without a purchase with an amount nothing is known of what a customer brings; with few losses, nothing of how long
    they stay.
    """
    bought, lost, customers = n["purchases"], n["lost"], n["customers"]
    revenue, lived = n["revenue"] / MICRO, here.totals.tenure.lifespan_us / YEAR_US
    enough = lost >= here.policy.definitions.ltv_min_lost
    first_years, first_value = first_years_value(_of_years(here))
    return {
        **n,
        "revenue": revenue,
        "lived_years": lived,
        "average_purchase": revenue / bought if bought else None,
        "purchases_per_year": bought / lived if lived else None,
        "lifespan_years": lived / lost if enough else None,
        "lifetime_value": revenue / lost if enough and bought else None,
        "error_percent": 100 / sqrt(lost) if enough and bought else None,
        "value_so_far": revenue / customers if bought else None,
        "first_years": first_years,
        "first_years_value": first_value if bought and first_years else None,
    }


def first_years_value(years: Iterable[Fields]) -> tuple[int, float]:
    """Return what a customer brings in their first years of tenure, and of how many of these that is known.

    With r what a year brings and h the risk of leaving in it, who is there when it begins (S) lives S (1 - exp(-h)) / h
    of it, and S exp(-h) are there when it ends.
    """
    known, value, staying = 0, 0.0, 1.0
    for year in years:
        brings, risk = year["revenue_per_year"], year["lost_per_year"]
        if brings is None or risk is None:
            break
        still = staying * exp(-risk)
        value += brings * ((staying - still) / risk if risk else staying)
        known, staying = known + 1, still
    return known, value


def _of_years(here: Here) -> Iterator[Fields]:
    sums = here.totals.customers[ALL]
    for year in _years(here.policy):
        counts = {
            field: sum(
                amount for amounts in sums.of(BY_YEAR.measure(field, year)).values() for amount in amounts.values()
            )
            for field in BY_YEAR.fields
        }
        yield _of_year(counts, here.totals.tenure.first_years_us.get(year, 0))


def _of_year(n: Mapping[str, int], lived_us: int) -> Fields:
    """Return what a year of tenure was; less than one year of it, by all together, says nothing about a year."""
    lived, revenue = lived_us / YEAR_US, n["revenue"] / MICRO
    enough = lived_us >= YEAR_US
    return {
        **n,
        "revenue": revenue,
        "lived_years": lived,
        "revenue_per_year": revenue / lived if enough else None,
        "lost_per_year": n["lost"] / lived if enough else None,
    }


def rows_by_year(view: View) -> Iterator[Row]:
    """Yield a row for each of the years."""
    here = Here(view.totals, view.policy, ALL, 0)
    for year, fields in zip(_years(view.policy), _of_years(here), strict=True):
        yield {"year": int(year), "labels": {}, **fields}


def _in_value(_choices: Choices, _policy: Policy) -> FieldOf:
    def field(cell: Cell) -> str | None:
        place = VALUE.place(cell[0])
        if place is not None:
            return place.field
        return None if BY_YEAR.place(cell[0]) is None else UNNAMED

    return field


def _in_year(choices: Choices, _policy: Policy) -> FieldOf:
    def field(cell: Cell) -> str | None:
        place = BY_YEAR.place(cell[0])
        return place.field if place is not None and place.keys == (choices["year"],) else None

    return field


NUMBERS = (
    Number(
        name="lifetime_value",
        order=330,
        version=2,
        page="customers.md",
        definition="revenue of all customers so far, less refunds / customers lost",
        shape=LifetimeValue,
        book="customers",
        present="customers",
        cells=VALUE,
        fold=fold,
        labelled=False,
        windowless=True,
        row=row,
        needs=("tenure", "value_by_year"),
        explained=Explained(field_of=_in_value, longest=("revenue", "lived_years")),
        why_not=(_NO_LIFE,),
        metrics=(
            Gauge(
                "deskpulse_lifetime_revenue",
                "What everybody brought who ever was a customer, less refunds, in the currency of the events.",
                fields=("revenue",),
                divisor=MICRO,
            ),
            Gauge(
                "deskpulse_lifetime_counts",
                "Their purchases with an amount, how many they are, and how often one of them left (lost), ever.",
                labels=("of",),
                fields=("purchases", "customers", "lost"),
            ),
        ),
    ),
    Number(
        name="value_by_year",
        order=335,
        version=1,
        page="customers.md",
        definition="what a year of tenure brings, and the risk of leaving in it",
        shape=ValueByYear,
        book="customers",
        present="customers",
        cells=BY_YEAR,
        fold=fold_by_year,
        choices=(Choice("year", _years, whole_number=True, as_listed=True),),
        labelled=False,
        windowless=True,
        rows=rows_by_year,
        explained=Explained(field_of=_in_year, longest=("revenue", "lived_years")),
        why_not=(_NO_LIFE,),
        metrics=(
            Gauge(
                "deskpulse_tenure_year_revenue",
                "What customers brought in a year of their tenure, less refunds, in the currency of the events.",
                fields=("revenue",),
                divisor=MICRO,
            ),
            Gauge("deskpulse_tenure_year_lost", "Customers who left in a year of their tenure.", fields=("lost",)),
            Gauge(
                "deskpulse_tenure_year_lived_years",
                "How much of a year of tenure all customers together have lived, in years.",
                labels=("year",),
                read=_lived,
            ),
        ),
    ),
)
