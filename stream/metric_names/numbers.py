"""The metrics of the declared numbers."""

from __future__ import annotations

from stream.metric_names.metric import DIMENSIONS, Metric
from stream.numbers.declare import Number
from stream.numbers.metric import Gauge, Histogram
from stream.numbers.registry import NUMBERS


def exposed(number: Number, declared: Gauge | Histogram) -> Metric:
    """Return a metric of a number with all its labels: window, choices, its own, and dimensions."""
    counted = number.book is not None and declared.read is None
    ahead = isinstance(declared, Gauge) and declared.ahead
    summed = isinstance(declared, Gauge) or declared.summed
    labels = (
        *(("window",) if counted and not ahead and not number.windowless else ()),
        *(choice.name for choice in number.choices if counted),
        *declared.labels,
        *((DIMENSIONS,) if number.labelled else ()),
    )
    return Metric(
        declared.name, "gauge" if isinstance(declared, Gauge) else "gaugehistogram", declared.help, labels, summed
    )


EXPOSED: dict[str, Metric] = {
    declared.name: exposed(number, declared) for number in NUMBERS.values() for declared in number.metrics
}
