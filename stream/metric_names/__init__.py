"""Every metric that Deskpulse exposes, a file for each kind. Docs, dashboards and rules are checked against them."""

from __future__ import annotations

from stream.metric_names import customers, definitions, durations, snapshot, standing, surveys, tickets, worker
from stream.metric_names.metric import DIMENSIONS, Kind, Metric
from stream.metric_names.numbers import EXPOSED

__all__ = ["DIMENSIONS", "METRICS", "Kind", "Metric"]

_NAMED = (durations, standing, tickets, surveys, customers, snapshot, definitions, worker)
METRICS: tuple[Metric, ...] = (
    *EXPOSED.values(),
    *(value for module in _NAMED for value in vars(module).values() if isinstance(value, Metric)),
)
