"""Customers: who came and who left, and the share that stays."""

from __future__ import annotations

from collections.abc import Mapping

from stream.counting.add import Adds
from stream.model.customers import Customers as Frame
from stream.numbers.cells import Counts
from stream.numbers.declare import Fields, Here, Number, Windowed
from stream.numbers.metric import Gauge
from stream.numbers.tile import Tile, column

COUNTS = Counts("customers", ("acquired", "lost"))


class Customers(Windowed):
    """Customers at the start and at the end of the window, and those who came and went in between."""

    start: int
    acquired: int
    lost: int
    end: int
    retention: float | None
    churn: float | None


def fold(c: Frame, add: Adds) -> None:
    """Add each time somebody became a customer or left."""
    add(COUNTS.measure("acquired"), c.acquired)
    add(COUNTS.measure("lost"), c.lost)


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


def row(n: Mapping[str, int], here: Here) -> Fields:
    """Return who came and went, of how many, and what share that is."""
    acquired, lost, end = n["acquired"], n["lost"], here.totals.tenure.customers
    start = customers_at_start(end, acquired, lost)
    return {
        "start": start,
        "acquired": acquired,
        "lost": lost,
        "end": end,
        "retention": retention_percent(start, end, acquired),
        "churn": churn_percent(start, lost),
    }


NUMBERS = (
    Number(
        name="customers",
        order=310,
        version=1,
        page="customers.md",
        definition="(customers at the end - acquired) / customers at the start x 100",
        shape=Customers,
        book="customers",
        cells=COUNTS,
        fold=fold,
        labelled=False,
        over_all=False,
        row=row,
        metrics=(
            Gauge(
                "deskpulse_customer_changes",
                "Customers acquired and lost in the window.",
                labels=("change",),
                zeros="customers",
            ),
        ),
        tiles=(
            Tile("retention", "percent", "better", column("retention", "start")),
            Tile("churn", "percent", "worse", column("churn", "start")),
        ),
    ),
)
