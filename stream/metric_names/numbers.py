"""The metrics of the declared numbers."""

from __future__ import annotations

from stream.metric_names.metric import DIMENSIONS, Metric
from stream.numbers.declare import Number
from stream.numbers.metric import Gauge, Histogram
from stream.numbers.registry import NUMBERS


def exposed(number: Number, declared: Gauge | Histogram) -> Metric:
    """Return a metric of a number with all its labels: window, choices, what tells fields apart, and dimensions."""
    gauge = declared if isinstance(declared, Gauge) else None
    labels = (
        *(("window",) if number.book is not None and not (gauge and gauge.ahead) else ()),
        *(choice.name for choice in number.choices),
        *((gauge.label,) if gauge and gauge.label else ()),
        *((DIMENSIONS,) if number.labelled else ()),
    )
    return Metric(declared.name, "gauge" if gauge else "gaugehistogram", declared.help, labels)


EXPOSED: dict[str, Metric] = {
    declared.name: exposed(number, declared) for number in NUMBERS.values() for declared in number.metrics
}
