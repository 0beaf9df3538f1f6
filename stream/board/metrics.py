"""All that a tile may show, by name."""

from __future__ import annotations

from stream.board import customers, flow, now, response, satisfaction
from stream.board.metric import Metric

METRICS: dict[str, Metric] = {
    metric.name: metric for group in (now, response, flow, satisfaction, customers) for metric in group.METRICS
}
