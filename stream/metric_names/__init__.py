"""Every metric that Deskpulse exposes. Docs, dashboards and rules are checked against them."""

from __future__ import annotations

from types import ModuleType

from stream.metric_names import definitions, intake, notify, snapshot, worker
from stream.metric_names.metric import DIMENSIONS, Kind, Metric
from stream.metric_names.numbers import EXPOSED

__all__ = ["DIMENSIONS", "METRICS", "OF_INTAKE", "OF_NOTIFY", "OF_WORKERS", "Kind", "Metric"]


def _metrics_in(*modules: ModuleType) -> tuple[Metric, ...]:
    return tuple(value for module in modules for value in vars(module).values() if isinstance(value, Metric))


OF_WORKERS: tuple[Metric, ...] = (*EXPOSED.values(), *_metrics_in(snapshot, definitions, worker))
"""What each worker exposes."""
OF_INTAKE = _metrics_in(intake)
"""What `deskpulse intake` exposes."""
OF_NOTIFY = _metrics_in(notify)
"""What `deskpulse notify` exposes, besides its version."""
METRICS: tuple[Metric, ...] = (*OF_WORKERS, *OF_INTAKE, *OF_NOTIFY)
