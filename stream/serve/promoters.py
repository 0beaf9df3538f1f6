"""Answers to "would you recommend us", of customers and of employees, as metrics."""

from __future__ import annotations

from stream.core.ledger import COUNT
from stream.core.sums import Measures
from stream.core.windows import AHEAD
from stream.kpi import promoters
from stream.metric_names import surveys as names
from stream.serve.exposition import joined
from stream.serve.sheet import Sheet

_METRICS = {
    promoters.NPS: (names.NPS_ANSWERS, names.NPS_UNSCORED),
    promoters.ENPS: (names.ENPS_ANSWERS, names.ENPS_UNSCORED),
}


class Promoters:
    """Fills the sheet with the groups of answers, window by window; one without an answer is left out."""

    def __init__(self, sheet: Sheet) -> None:
        """Begin the families."""
        self._sheet = sheet
        for metrics in _METRICS.values():
            for metric in metrics:
                sheet.family(metric)

    def add(self, window: str, measures: Measures) -> None:
        """Add a window of the surveys' ledger."""
        if window == AHEAD:
            return
        sheet = self._sheet
        for instrument, (answers, unscored) in _METRICS.items():
            for by in promoters.ATTRIBUTE_TO:
                groups = {
                    group: measures.get(promoters.measure(by, group, instrument), {}) for group in promoters.GROUPS
                }
                for labels in sorted(set().union(*groups.values())):
                    text = sheet.dimensions(labels)
                    for group, by_labels in groups.items():
                        count = by_labels.get(labels, {}).get(COUNT, 0)
                        sheet.family(answers).add(joined(sheet.start(answers, window, by, group), text), count)
                none = measures.get(promoters.measure(by, promoters.UNSCORED, instrument), {})
                start = sheet.start(unscored, window, by)
                for labels, buckets in none.items():
                    sheet.family(unscored).add(joined(start, sheet.dimensions(labels)), buckets[COUNT])
