"""The families of one scrape while they are filled."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from stream.core.labels import Labels
from stream.metric_names import DIMENSIONS, Metric
from stream.serve.metrics.exposition import Family, joined, label_text


class Sheet:
    """Families by metric, in the order in which they were begun; it writes each combination of labels once."""

    def __init__(self, dimensions: Sequence[str] = ()) -> None:
        """Begin with none; dimensions are the attributes that are labels."""
        self._dimensions = tuple(dimensions)
        self._families: dict[Metric, Family] = {}
        self._texts: dict[Labels, str] = {}

    @property
    def families(self) -> Iterable[Family]:
        """Return what was begun."""
        return self._families.values()

    def family(self, metric: Metric) -> Family:
        """Return the family of a metric, a new one if it was not begun."""
        family = self._families.get(metric)
        return family if family is not None else self._families.setdefault(metric, Family(metric))

    def start(self, metric: Metric, *values: str) -> str:
        """Write the pairs of the first labels of a metric, up to the dimensions."""
        names = [name for name in metric.labels if name != DIMENSIONS]
        return label_text(names, values)

    def dimensions(self, labels: Labels) -> str:
        """Write the pairs of a combination of dimensions."""
        text = self._texts.get(labels)
        if text is None:
            text = self._texts[labels] = label_text(self._dimensions, labels)
        return text

    def value(self, metric: Metric, value: float, *values: str) -> None:
        """Add one value of a metric without dimensions."""
        self.family(metric).add(self.start(metric, *values), value)

    def each(self, metric: Metric, counts: Mapping[str, float], labels: Labels) -> None:
        """Add a value for each name of the metric's one label besides the dimensions."""
        family, dimensions = self.family(metric), self.dimensions(labels)
        for name, count in counts.items():
            family.add(joined(self.start(metric, name), dimensions), count)
