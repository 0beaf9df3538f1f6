"""Signals of effort: who gave up a form, missed a call, removed the app, or came back by the web.

Customers and other people (prospects) are told apart, so that a share of the customers is one.
"""

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
from stream.numbers.tile import Tile, column

COUNTS = Counts("signals", ("n", "customers", "prospects"), choices=1)
FORMS = Counts("forms", ("started", "abandoned"))


class Signals(Windowed):
    """Signals of a kind, and who gave one last in the window: customers of now, what share of all these are, others."""

    signal: str
    n: int
    customers: int
    prospects: int
    share: float | None


class Forms(Windowed):
    """Forms that were started in the window, and those of them that were abandoned."""

    started: int
    abandoned: int
    rate: float | None


def fold(c: Customers, add: Adds) -> None:
    """Add each signal at its time, and who gave it once, at the latest of a kind."""
    for kind in get_args(events.Signal):
        signals = c.signalled(kind)
        add(COUNTS.measure("n", kind), signals)
        add(COUNTS.measure("customers", kind), signals.last(), where=c.since.known)
        add(COUNTS.measure("prospects", kind), signals.last(), where=~c.since.known)


def fold_forms(c: Customers, add: Adds) -> None:
    """Add each form when it was started, and whether it was abandoned before another one was."""
    started, abandoned = c.forms
    add(FORMS.measure("started"), started)
    add(FORMS.measure("abandoned"), started.some(abandoned))


def row(n: Mapping[str, int], here: Here) -> Fields:
    """Return the counts and the share."""
    return {**n, "share": percent(n["customers"], here.totals.tenure.customers)}


NUMBERS = (
    Number(
        name="signals",
        order=340,
        version=2,
        page="customers.md",
        definition="customers of now who showed it in the window / customers now x 100",
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
                "Customers of now whose latest signal of the kind lies in the window.",
                fields=("customers",),
            ),
            Gauge(
                "deskpulse_signal_prospects",
                "Others whose latest signal of the kind lies in the window: they are no customers, or no longer.",
                fields=("prospects",),
            ),
        ),
    ),
    Number(
        name="forms",
        order=345,
        version=1,
        page="customers.md",
        definition="forms started in the window that were then abandoned / forms started in it x 100",
        shape=Forms,
        book="customers",
        cells=FORMS,
        fold=fold_forms,
        labelled=False,
        over_all=False,
        row=lambda n, _: {**n, "rate": percent(n["abandoned"], n["started"])},
        metrics=(
            Gauge(
                "deskpulse_forms",
                "Forms started in the window, and those of them that were abandoned.",
                labels=("outcome",),
            ),
        ),
        tiles=(Tile("form_abandonment", "percent", "worse", column("rate", "started")),),
    ),
)
