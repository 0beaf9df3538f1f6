"""The numbers that can be explained: all sections of the snapshot."""

from __future__ import annotations

from stream.report import metrics_customers, metrics_surveys, metrics_tickets
from stream.report.metric import Metric

METRICS: dict[str, Metric] = {
    metric.section: metric
    for metric in (*metrics_tickets.METRICS, *metrics_surveys.METRICS, *metrics_customers.METRICS)
}
