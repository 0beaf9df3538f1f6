"""Durations as gauge histograms: first response, next reply, resolution, and the same hour of the weeks before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from stream.core.histogram import Buckets
from stream.core.history import HistoryTotals
from stream.core.labels import Labels
from stream.core.ledger import SUM
from stream.core.policy import Policy
from stream.core.sums import Measures
from stream.core.windows import SECOND_US
from stream.kpi import resolution
from stream.metric_names import Metric
from stream.metric_names import durations as names
from stream.serve.exposition import INF, joined
from stream.serve.sheet import Sheet

# Measure, metric, and the values of its labels behind the window.
_LESS_OFTEN: tuple[tuple[str, Metric, tuple[str, ...]], ...] = (
    *((measure, names.RESOLUTION_SECONDS, (which,)) for which, measure in resolution.MEASURES.items()),
)


class Bounds:
    """The upper bounds that are shown, and where they lie among all buckets."""

    def __init__(self, buckets: Buckets) -> None:
        """Look them up once for a scrape."""
        self.texts = (*(seconds(le) for le in buckets.le_us), INF)
        self._cuts = [buckets.index(le) for le in buckets.le_us]

    def cumulative(self, counts: Iterable[tuple[int, int]], n: int) -> list[int]:
        """Return how many are up to each bound, the last of which is INF; counts are by bucket, n of them in all."""
        ordered = sorted(counts)
        result, total, i = [], 0, 0
        for last in self._cuts:
            while i < len(ordered) and ordered[i][0] <= last:
                total += ordered[i][1]
                i += 1
            result.append(total)
        return [*result, n]


class Distributions:
    """Fills the sheet with the distributions of each window. An empty one is left out: no data is not zero."""

    def __init__(self, sheet: Sheet, policy: Policy, bounds: Bounds) -> None:
        """Begin the families."""
        self._sheet = sheet
        self._whole = frozenset(policy.distribution_windows)
        self._bounds = bounds
        for metric in (*(each[1] for each in _LESS_OFTEN),):
            sheet.family(metric)

    def add(self, window: str, measures: Measures) -> None:
        """Add a window; outside the windows of distributions as n and sum."""
        for measure, metric, values in _LESS_OFTEN:
            self._distribution(metric, (window, *values), measures.get(measure, {}), whole=window in self._whole)

    def _distribution(
        self, metric: Metric, values: tuple[str, ...], by_labels: Mapping[Labels, Mapping[int, int]], *, whole: bool
    ) -> None:
        """Add what was measured under each combination of labels."""
        family, start = self._sheet.family(metric), self._sheet.start(metric, *values)
        bounds = self._bounds
        for labels, buckets in by_labels.items():
            counts = [(bucket, n) for bucket, n in buckets.items() if bucket != SUM]
            n = sum(count for _, count in counts)
            if n:
                text = joined(start, self._sheet.dimensions(labels))
                total = buckets.get(SUM, 0) / SECOND_US
                if whole:
                    family.add_distribution(text, bounds.texts, bounds.cumulative(counts, n), total)
                else:
                    family.add_distribution(text, (INF,), [n], total)


def same_hours(sheet: Sheet, history: HistoryTotals, backlog: int, bounds: Bounds) -> None:
    """Add this hour and the same hour of the weeks before, where it is known what they were like."""
    responses = sheet.family(names.BASELINE_FIRST_RESPONSE_SECONDS)
    sheet.family(names.BASELINE_TICKETS)
    for ago, week in enumerate(history.weeks):
        if ago and not history.has(week):
            continue
        open_then = backlog - week.change_since if ago else backlog
        sheet.value(names.BASELINE_TICKETS, week.inflow, "inflow", str(ago))
        sheet.value(names.BASELINE_TICKETS, open_then, "backlog", str(ago))
        if n := sum(week.responses.values()):
            text = sheet.start(names.BASELINE_FIRST_RESPONSE_SECONDS, str(ago))
            responses.add_distribution(text, bounds.texts, bounds.cumulative(week.responses.items(), n), None)


def seconds(us: int) -> str:
    """Write a duration as an upper bound: seconds, as a number with a point."""
    return str(float(us) / SECOND_US)
