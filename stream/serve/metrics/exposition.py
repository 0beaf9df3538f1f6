"""The text formats that Prometheus reads, its own and OpenMetrics, written straight from counts.

prometheus_client needs some 30 microseconds for a sample, seconds of a busy worker's CPU for every scrape of 100,000
series. Which format is asked for, and the metrics of the process, are left to it; tests hold this writer to its parser.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from stream.metric_names import Metric

INF = "+Inf"

_ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})


def label_text(names: Sequence[str], values: Sequence[str]) -> str:
    """Write label pairs without braces: `channel="chat",queue="billing"`; empty for none."""
    return ",".join(f'{name}="{value.translate(_ESCAPES)}"' for name, value in zip(names, values, strict=True))


def joined(*texts: str) -> str:
    """Put label pairs behind each other."""
    return ",".join(filter(None, texts))


class Family:
    """The samples of one metric: values, or distributions by upper bounds."""

    __slots__ = ("_bounds", "_distributions", "_values", "metric")

    def __init__(self, metric: Metric) -> None:
        """Start with none."""
        self.metric = metric
        self._values: list[tuple[str, float]] = []
        self._bounds: dict[tuple[str, ...], list[str]] = {}
        self._distributions: list[tuple[str, list[str], Sequence[int], float | None]] = []

    def add(self, labels: str, value: float) -> None:
        """Add a value under label pairs as `label_text` writes them."""
        self._values.append((labels, value))

    def add_distribution(
        self, labels: str, bounds: tuple[str, ...], cumulative: Sequence[int], total: float | None
    ) -> None:
        """Add a distribution: how many values are up to each bound, of which the last is INF, and their sum."""
        tails = self._bounds.get(bounds)
        if tails is None:
            tails = self._bounds[bounds] = [f'le="{bound}"}} ' for bound in bounds]
        self._distributions.append((labels, tails, cumulative, total))

    def lines(self, *, openmetrics: bool) -> Iterator[str]:
        """Yield the lines of an exposition; a distribution's are one chunk."""
        metric = self.metric
        name = metric.name
        series = f"{name}_total" if metric.kind == "counter" else name
        # Prometheus's own format has no gauge histogram, and its counters are called as their samples are.
        kind = "histogram" if metric.kind == "gaugehistogram" and not openmetrics else metric.kind
        yield _head(name if openmetrics else series, kind, metric.help)
        yield "".join([f"{series}{{{labels}}} {value}\n" if labels else f"{series} {value}\n"
                       for labels, value in self._values])  # fmt: skip
        counted, summed = ("count", "sum") if metric.kind == "histogram" else ("gcount", "gsum")
        together = openmetrics or metric.kind == "histogram"
        for labels, tails, cumulative, total in self._distributions:
            start = f"{name}_bucket{{{labels}," if labels else f"{name}_bucket{{"
            yield "".join([f"{start}{tail}{n}\n" for tail, n in zip(tails, cumulative, strict=True)])
            if together and total is not None:
                yield _line(f"{name}_{counted}", labels, cumulative[-1])
                yield _line(f"{name}_{summed}", labels, total)
        if self._distributions and not together and metric.summed:
            yield _head(f"{name}_{counted}", "gauge", metric.help)
            for labels, _, cumulative, _ in self._distributions:
                yield _line(f"{name}_{counted}", labels, cumulative[-1])
            yield _head(f"{name}_{summed}", "gauge", metric.help)
            for labels, _, _, total in self._distributions:
                if total is not None:
                    yield _line(f"{name}_{summed}", labels, total)


def _head(name: str, kind: str, text: str) -> str:
    return f"# HELP {name} {text}\n# TYPE {name} {kind}\n"  # help texts are ours and hold nothing to escape


def _line(name: str, labels: str, value: float) -> str:
    return f"{name}{{{labels}}} {value}\n" if labels else f"{name} {value}\n"


def render(families: Iterable[Family], *, openmetrics: bool) -> bytes:
    """Return families as text; in OpenMetrics without the last line, which says that nothing follows."""
    return "".join(line for family in families for line in family.lines(openmetrics=openmetrics)).encode()
