"""Signals of effort: customers who gave up a form, missed a call, removed the app, or came back by the web."""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

from schemas import events
from stream.core.rows import percent
from stream.counting.add import Adds
from stream.model.customers import Customers
from stream.numbers.cells import Counts
from stream.numbers.declare import Choice, Fields, Here, Number, Windowed
from stream.numbers.metric import Gauge

COUNTS = Counts("signals", ("n", "customers"), choices=1)


class Signals(Windowed):
    """Signals of a kind, the customers who gave one last in the window, and what share of all customers these are."""

    signal: str
    n: int
    customers: int
    share: float | None


def fold(c: Customers, add: Adds) -> None:
    """Add each signal at its time, and its customer once, at the latest of a kind."""
    for kind in get_args(events.Signal):
        signals = c.signalled(kind)
        add(COUNTS.measure("n", kind), signals)
        add(COUNTS.measure("customers", kind), signals.last())


def row(n: Mapping[str, int], here: Here) -> Fields:
    """Return the counts and the share."""
    return {**n, "share": percent(n["customers"], here.totals.tenure.customers)}


NUMBERS = (
    Number(
        name="signals",
        order=340,
        version=1,
        page="customers.md",
        definition="customers who showed it in the window / customers now x 100",
        shape=Signals,
        book="customers",
        cells=COUNTS,
        fold=fold,
        choices=(Choice("signal", lambda _: get_args(events.Signal)),),
        labelled=False,
        over_all=False,
        row=row,
        needs=("tenure",),
        metrics=(
            Gauge("deskpulse_customer_signals", "Signals of effort in the window.", fields=("n",)),
            Gauge(
                "deskpulse_signal_customers",
                "Customers whose latest signal of the kind lies in the window.",
                fields=("customers",),
            ),
        ),
    ),
)
