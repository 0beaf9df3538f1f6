"""Every metric that Deskpulse exposes. Docs, dashboards and rules are checked against them."""

from __future__ import annotations

from stream.metric_names import definitions, intake, snapshot, worker
from stream.metric_names.metric import DIMENSIONS, Kind, Metric
from stream.metric_names.numbers import EXPOSED

__all__ = ["DIMENSIONS", "METRICS", "Kind", "Metric"]

METRICS: tuple[Metric, ...] = (
    *EXPOSED.values(),
    *(
        value
        for module in (snapshot, definitions, worker, intake)
        for value in vars(module).values()
        if isinstance(value, Metric)
    ),
)
