"""The cells of one window, sorted by what they measure: the one walk over them that a scrape makes."""

from __future__ import annotations

from collections.abc import Mapping

from stream.core.labels import Labels
from stream.core.ledger import Cells

# Amounts by measure, labels and bucket.
Measures = Mapping[str, Mapping[Labels, Mapping[int, int]]]


def by_measure(cells: Cells) -> Measures:
    """Sort cells by measure, labels and bucket."""
    measures: dict[str, dict[Labels, dict[int, int]]] = {}
    for (measure, labels, bucket), amount in cells.items():
        by_labels = measures.get(measure)
        if by_labels is None:
            by_labels = measures[measure] = {}
        buckets = by_labels.get(labels)
        if buckets is None:
            buckets = by_labels[labels] = {}
        buckets[bucket] = amount
    return measures
