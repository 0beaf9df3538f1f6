"""Tiles of who stays."""

from __future__ import annotations

from collections.abc import Callable

from stream.board.metric import Figure, Metric, of_some
from stream.core.policy import Policy
from stream.core.rows import Row


def _of_those_at_the_start(column: str) -> Callable[[Row, Policy], Figure]:
    def read(row: Row, _policy: Policy) -> Figure:
        return of_some(row[column], row["start"])

    return read


def _customers(row: Row, _policy: Policy) -> Figure:
    return Figure(row["customers"], row["customers"])


METRICS = (
    Metric(
        *("retention", "customers", "percent", "better", _of_those_at_the_start("retention")),
        *("customers", ("customers",)),
        over_all=False,
        labelled=False,
    ),
    Metric(
        *("churn", "customers", "percent", "worse", _of_those_at_the_start("churn")),
        *("customers", ("customers",)),
        over_all=False,
        labelled=False,
    ),
    Metric("customers", "tenure", "count", "better", _customers, labelled=False),
)
