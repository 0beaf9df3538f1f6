"""The declared numbers as metrics: one walk over the registry. Each cell is looked at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from stream.core.cells import COUNT, SUM
from stream.core.histogram import Buckets
from stream.core.labels import Labels
from stream.core.policy import Policy
from stream.core.report_view import View
from stream.core.sums import Measures
from stream.core.windows import AHEAD, ALL, SECOND_US
from stream.metric_names.metric import Metric
from stream.metric_names.numbers import EXPOSED
from stream.numbers.cells import Counts, Durations, Keys
from stream.numbers.declare import Book, Number
from stream.numbers.metric import Distribution, Gauge, Histogram
from stream.numbers.registry import switched_on
from stream.serve.metrics.exposition import INF, joined
from stream.serve.metrics.sheet import Sheet

# What was counted of a number: by choices, labels and field, or by the bucket of a duration.
_Counted = dict[Keys, dict[Labels, dict[str, int]]]
_Timed = dict[Keys, Mapping[Labels, Mapping[int, int]]]


class Bounds:
    """The upper bounds that are shown, and where they lie among all buckets."""

    def __init__(self, buckets: Buckets) -> None:
        """Look them up once for a scrape."""
        self.texts = (*(str(float(le) / SECOND_US) for le in buckets.le_us), INF)
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


class _Series(NamedTuple):
    number: Number
    declared: Gauge | Histogram
    metric: Metric


class WindowNumbers:
    """Fills the sheet with the numbers of ledgers, window by window.

    A combination of labels that has nothing in a window is left out: no data is not zero. One that has something shows
    all fields.
    """

    def __init__(self, sheet: Sheet, policy: Policy, bounds: Bounds, known: Iterable[Labels], seen: Measures) -> None:
        """Begin the families. known: combinations that ever had a ticket; seen: what customers did of all time."""
        self._sheet = sheet
        self._policy = policy
        self._bounds = bounds
        self._in_full = frozenset(policy.distribution_windows)
        self._known = tuple(known)
        self._seen = {measure.partition("/")[0] for measure in seen}
        self._series: dict[str, list[_Series]] = {}
        for number in switched_on(policy).values():
            if number.cells is not None:
                for declared in number.metrics:
                    if declared.read is not None:
                        continue
                    series = _Series(number, declared, EXPOSED[declared.name])
                    self._series.setdefault(number.cells.section, []).append(series)
                    sheet.family(series.metric)

    def add(self, book: Book, window: str, measures: Measures) -> None:
        """Add one window of a ledger."""
        sections: dict[str, Measures] = {}
        for measure, by_labels in measures.items():
            sections.setdefault(measure.partition("/")[0], {})[measure] = by_labels  # type: ignore[index]
        for section, listed in self._series.items():
            number, here = listed[0].number, sections.get(section, {})
            if number.book != book or not (number.over_all if window == ALL else not number.windowless):
                continue
            if isinstance(number.cells, Durations):
                self._durations(window, number.cells, listed, here)
            elif number.cells is not None:
                counted = _counted(number, number.cells, here)
                for series in listed:
                    if isinstance(series.declared, Gauge) and series.declared.ahead is (window == AHEAD):
                        self._counts(window, series, series.declared, counted)

    def _counts(self, window: str, series: _Series, gauge: Gauge, counted: _Counted) -> None:
        number, metric, sheet = series.number, series.metric, self._sheet
        assert isinstance(number.cells, Counts)
        fields = gauge.fields or number.cells.fields
        if zeros := self._zeros(number, gauge):
            counted = {keys: dict.fromkeys(zeros, _NOTHING) | counted.get(keys, {}) for keys in (*counted, ())}
        family = sheet.family(metric)
        windowed = () if gauge.ahead or number.windowless else (window,)
        for keys, by_labels in counted.items():
            starts = {
                field: sheet.start(metric, *windowed, *keys, *((field,) if gauge.labels else ())) for field in fields
            }
            for labels, amounts in by_labels.items():
                if gauge.alone and amounts.keys().isdisjoint(fields):
                    continue
                dimensions = sheet.dimensions(labels) if number.labelled else ""
                for field, start in starts.items():
                    amount = amounts.get(field, 0)
                    shown = amount if gauge.divisor == 1 else amount / gauge.divisor
                    family.add(joined(start, dimensions), shown)

    def _zeros(self, number: Number, gauge: Gauge) -> tuple[Labels, ...]:
        """Return the combinations that are 0, not absent."""
        if gauge.zeros == "tickets":
            return self._known
        assert number.cells is not None
        return ((),) if gauge.zeros == "customers" and number.cells.section in self._seen else ()

    def _durations(self, window: str, cells: Durations, listed: list[_Series], measures: Measures) -> None:
        number = listed[0].number
        by_keys: _Timed = {keys: {} for keys in number.always(self._policy)}
        for measure, by_labels in measures.items():
            place = cells.place(measure)
            assert place is not None
            by_keys[place.keys] = by_labels
        for keys, by_labels in by_keys.items():
            counts: dict[Labels, int] = {}
            for labels, buckets in by_labels.items():
                if n := sum(count for bucket, count in buckets.items() if bucket != SUM):
                    counts[labels] = n
            for series in listed:
                start = self._sheet.start(series.metric, window, *keys)
                if isinstance(series.declared, Histogram):
                    full = series.declared.everywhere or window in self._in_full
                    self._distribution(series.metric, start, by_labels, counts, full=full)
                    continue
                family, zeros = (
                    self._sheet.family(series.metric),
                    dict.fromkeys(self._zeros(number, series.declared), 0),
                )
                for labels, n in (zeros | counts).items():
                    family.add(joined(start, self._sheet.dimensions(labels)), n)

    def _distribution(
        self,
        metric: Metric,
        start: str,
        by_labels: Mapping[Labels, Mapping[int, int]],
        counts: Mapping[Labels, int],
        *,
        full: bool,
    ) -> None:
        family, bounds = self._sheet.family(metric), self._bounds
        for labels, n in counts.items():
            buckets = by_labels[labels]
            text = joined(start, self._sheet.dimensions(labels))
            total = buckets.get(SUM, 0) / SECOND_US
            if full:
                measured = [(bucket, count) for bucket, count in buckets.items() if bucket != SUM]
                family.add_distribution(text, bounds.texts, bounds.cumulative(measured, n), total)
            else:
                family.add_distribution(text, (INF,), [n], total)


_NOTHING: dict[str, int] = {}


def _counted(number: Number, cells: Counts, measures: Measures) -> _Counted:
    counted: _Counted = {}
    for measure, by_labels in measures.items():
        place = cells.place(measure)
        assert place is not None
        combinations = counted.setdefault(place.keys, {})
        for labels, buckets in by_labels.items():
            amounts = combinations.setdefault(labels if number.labelled else (), {})
            amounts[place.field] = amounts.get(place.field, 0) + buckets.get(COUNT, 0)
    return counted


def present_numbers(sheet: Sheet, view: View, bounds: Bounds) -> None:
    """Add what is as of now: open tickets, customers, and this hour beside those of the weeks before.

    A combination of labels that ever had an open ticket is 0, not absent.
    """
    totals = view.totals
    things: Mapping[str, Iterable[tuple[Labels, object]]] = {
        "open": totals.queues.items(),
        "customers": [((), totals.tenure)],
        "past": [((), view)],
    }
    for number in switched_on(view.policy).values():
        for declared in number.metrics:
            if declared.read is None or number.present is None:
                continue
            metric = EXPOSED[declared.name]
            family = sheet.family(metric)
            for labels, thing in things[number.present]:
                dimensions = sheet.dimensions(labels) if number.labelled else ""
                for values, value in _by_label(declared.read(thing)):
                    text = joined(sheet.start(metric, *values), dimensions)
                    if isinstance(value, Distribution):
                        family.add_distribution(text, bounds.texts, value.cumulative, value.total)
                    else:
                        family.add(text, value)


def _by_label(read: object) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield the values of a metric's own labels, and what to show under them."""
    if isinstance(read, Mapping):
        for values, value in read.items():
            yield (values,) if isinstance(values, str) else values, value
    elif read is not None:
        yield (), read
