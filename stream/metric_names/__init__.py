"""Every metric that Deskpulse exposes, a file for each kind. Docs, dashboards and rules are checked against them."""

from __future__ import annotations

from stream.metric_names import customers, definitions, durations, snapshot, standing, surveys, tickets, worker
from stream.metric_names.metric import DIMENSIONS, Kind, Metric

__all__ = ["DIMENSIONS", "METRICS", "Kind", "Metric"]

METRICS: tuple[Metric, ...] = tuple(
    value
    for module in (durations, standing, tickets, surveys, customers, snapshot, definitions, worker)
    for value in vars(module).values()
    if isinstance(value, Metric)
)
